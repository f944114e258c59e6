/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "templates/pack.h"

#include <archive_entry.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "lib/strv.h"
#include "templates/fill_root.h"
#include "templates/stream.h"

#define TEXT_NAME "qvm-template.txt"
#define DISK_NAME "root.img"
#define TEXT_MAX 4096
#define CHUNK (1 << 20)

/* ---- reading ---- */

struct unpacking {
	struct stream stream;
	struct archive *a;
	struct archive_entry *entry; /* the one it stands at */
};

static void unpacking_free(struct unpacking **u)
{
	if (!*u)
		return;
	archive_read_free((*u)->a);
	stream_dispose(&(*u)->stream);
	free(*u);
}

/* Stands at the first entry; *RET stays NULL when that is another archive's. */
static int open_pack(int fd, struct unpacking **ret, struct qvm_err *err)
{
	cleanup(unpacking_free) struct unpacking *u = xcalloc(1, sizeof(*u));
	int r;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_errno(err, -errno, "cannot read the archive again");
	stream_init(&u->stream, fd, NULL);
	u->a = archive_read_new();
	r = stream_archive(&u->stream, u->a, 0, err);
	if (r < 0)
		return r;
	if (archive_read_next_header(u->a, &u->entry) == ARCHIVE_OK &&
	    strcmp(archive_entry_pathname(u->entry), TEXT_NAME) == 0)
		*ret = steal(u);
	return 0;
}

static int read_text(struct unpacking *u, struct buf *ret, struct qvm_err *err)
{
	char chunk[512];
	la_ssize_t n;

	while ((n = archive_read_data(u->a, chunk, sizeof(chunk))) > 0) {
		if (ret->len + (size_t)n > TEXT_MAX)
			return err_set(err, QVM_E_VALUE,
				       "bad archive: '" TEXT_NAME "' is too long");
		buf_add_mem(ret, chunk, (size_t)n);
	}
	return n < 0 ? err_set(err, QVM_E_VALUE, "bad archive: %s",
			       archive_error_string(u->a))
		     : 0;
}

static uint64_t size_in(const struct buf *text)
{
	cleanup_strv struct strv lines = STRV_INIT;
	long long size = 0;

	strv_split(&lines, buf_str(text), "\n");
	for (size_t i = 0; i < lines.n; i++)
		if (strncmp(lines.v[i], "size ", 5) == 0 &&
		    num_parse(lines.v[i] + 5, 0, LLONG_MAX, &size) < 0)
			size = 0;
	return (uint64_t)size;
}

int pack_look(int fd, bool *ret, struct buf *facts, uint64_t *ret_size,
	      struct qvm_err *err)
{
	cleanup(unpacking_free) struct unpacking *u = NULL;
	int r = open_pack(fd, &u, err);

	*ret = r == 0 && u;
	if (r < 0 || !u)
		return r;
	r = read_text(u, facts, err);
	if (r < 0)
		return r;
	*ret_size = size_in(facts);
	return *ret_size ? 0 : err_set(err, QVM_E_VALUE, "bad archive: it tells no size");
}

int put_sparse(int to, const void *data, size_t len, uint64_t at)
{
	static const char zeros[4096];

	for (const char *from = data; len;) {
		size_t n = len < sizeof(zeros) ? len : sizeof(zeros);

		if (memcmp(from, zeros, n) != 0) {
			ssize_t done = pwrite(to, from, n, (off_t)at);

			if (done < 0 && errno == EINTR)
				continue;
			if (done <= 0)
				return done < 0 ? -errno : -EIO;
			n = (size_t)done;
		}
		from += n;
		len -= n;
		at += n;
	}
	return 0;
}

static int pour_in(struct unpacking *u, int device, struct qvm_err *err)
{
	uint64_t size = (uint64_t)archive_entry_size(u->entry);
	const void *block;
	la_int64_t at;
	size_t len;
	int percent = -1, rc, r;

	while ((rc = archive_read_data_block(u->a, &block, &len, &at)) == ARCHIVE_OK) {
		int now = size ? (int)((uint64_t)at * 100 / size) : 100;

		r = put_sparse(device, block, len, (uint64_t)at);
		if (r < 0)
			return err_errno(err, r, "cannot write the volume");
		if (now != percent)
			fill_progress(percent = now);
	}
	return rc == ARCHIVE_EOF ? 0
				 : err_set(err, QVM_E_VALUE, "bad archive: %s",
					   archive_error_string(u->a));
}

int pack_read(int fd, int device, struct qvm_err *err)
{
	cleanup(unpacking_free) struct unpacking *u = NULL;
	int r = open_pack(fd, &u, err);

	if (r < 0)
		return r;
	if (!u || archive_read_next_header(u->a, &u->entry) != ARCHIVE_OK ||
	    strcmp(archive_entry_pathname(u->entry), DISK_NAME) != 0)
		return err_set(err, QVM_E_VALUE,
			       "bad archive: it has no '" DISK_NAME "'");
	return pour_in(u, device, err);
}

/* ---- writing ---- */

static void writer_free(struct archive **a)
{
	archive_write_free(*a);
}

static int failed(struct archive *a, struct qvm_err *err)
{
	return err_set(err, archive_errno(a) == ENOSPC ? QVM_E_NO_SPACE : QVM_E_FAILED,
		       "cannot write the archive: %s", archive_error_string(a));
}

static int add_entry(struct archive *a, const char *name, uint64_t size,
		     struct qvm_err *err)
{
	struct archive_entry *entry = archive_entry_new();
	int rc;

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, (la_int64_t)size);
	rc = archive_write_header(a, entry);
	archive_entry_free(entry);
	return rc == ARCHIVE_OK ? 0 : failed(a, err);
}

static int pour_out(struct archive *a, int device, uint64_t size, struct qvm_err *err)
{
	cleanup_free char *chunk = xcalloc(1, CHUNK);
	int percent = -1;

	for (uint64_t at = 0; at < size;) {
		size_t want = size - at < CHUNK ? (size_t)(size - at) : CHUNK;
		ssize_t n = pread(device, chunk, want, (off_t)at);
		int now = (int)(at * 100 / size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_errno(err, n < 0 ? -errno : -EIO,
					 "cannot read the volume");
		if (archive_write_data(a, chunk, (size_t)n) != n)
			return failed(a, err);
		at += (uint64_t)n;
		if (now != percent)
			fill_progress(percent = now);
	}
	return 0;
}

int pack_write(int device, uint64_t size, const char *facts, int fd, struct qvm_err *err)
{
	cleanup(writer_free) struct archive *a = archive_write_new();
	cleanup_free char *text =
		xasprintf("size %llu\n%s", (unsigned long long)size, facts);
	int r;

	archive_write_set_format_pax_restricted(a);
	archive_write_add_filter_zstd(a);
	archive_write_set_options(a, "zstd:compression-level=1");
	if (archive_write_open_fd(a, fd) != ARCHIVE_OK)
		return failed(a, err);
	r = add_entry(a, TEXT_NAME, strlen(text), err);
	if (r == 0 && archive_write_data(a, text, strlen(text)) < 0)
		r = failed(a, err);
	if (r == 0)
		r = add_entry(a, DISK_NAME, size, err);
	if (r == 0)
		r = pour_out(a, device, size, err);
	if (r == 0 && archive_write_close(a) != ARCHIVE_OK)
		r = failed(a, err);
	return r;
}
