/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "templates/parts.h"

#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "templates/extract.h"

#define LINKS_MAX 4

void part_close(struct part *part)
{
	if (!part)
		return;
	stream_dispose(&part->stream);
	archive_read_free(part->tar);
	if (part->outer)
		stream_dispose(part->outer);
	free(part->outer);
	cleanup_close_at(&part->fd);
	free(part);
}

static int not_there(const char *name, struct qvm_err *err)
{
	cleanup_free char *shown = extract_shown(name);

	return err_set(err, QVM_E_NOT_FOUND, "the image has no '%s'", shown);
}

static int open_file(const struct parts *p, const char *name, struct part *part,
		     struct qvm_err *err)
{
	const struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	cleanup_close int dir = open(p->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (dir >= 0)
		part->fd = (int)syscall(SYS_openat2, dir, name, &how, sizeof(how));
	if (part->fd < 0 && errno == ENOENT)
		return not_there(name, err);
	if (part->fd < 0 || fstat(part->fd, &st) < 0)
		return err_errno(err, -errno, "cannot open the image's '%.200s'", name);
	if (!S_ISREG(st.st_mode))
		return not_there(name, err);
	stream_init(&part->stream, part->fd, NULL);
	return 0;
}

/* ---- a tar ---- */

static const char *plain(const char *name)
{
	while (name && (strncmp(name, "./", 2) == 0 || *name == '/'))
		name += *name == '.' ? 2 : 1;
	return name ? name : "";
}

static int start_tar(int fd, struct part *part, struct qvm_err *err)
{
	archive_read_free(part->tar);
	if (part->outer)
		stream_dispose(part->outer);
	else
		part->outer = xcalloc(1, sizeof(*part->outer));
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_errno(err, -errno, "cannot read the image again");
	stream_init(part->outer, fd, NULL);
	part->tar = archive_read_new();
	return stream_archive(part->outer, part->tar, 0, err);
}

/* "ab/layer.tar" is a link "../cd/layer.tar": the name that is meant. */
static char *link_target(const char *name, struct archive_entry *entry)
{
	const char *hard = archive_entry_hardlink(entry);
	const char *soft = archive_entry_symlink(entry);
	const char *slash = strrchr(name, '/');

	if (hard)
		return xstrdup(plain(hard));
	if (!soft || *soft == '/')
		return NULL;
	if (slash && strncmp(soft, "../", 3) == 0 &&
	    !memchr(name, '/', (size_t)(slash - name)))
		return xstrdup(soft + 3);
	return slash ? xasprintf("%.*s/%s", (int)(slash - name), name, soft)
		     : xstrdup(soft);
}

/* Stands at the entry afterwards; *ret_link when it is a link to another. */
static int find_entry(const struct parts *p, const char *name, struct part *part,
		      char **ret_link, struct qvm_err *err)
{
	struct archive_entry *entry;
	int rc, r = start_tar(p->fd, part, err);

	while (r == 0 &&
	       ((rc = archive_read_next_header(part->tar, &entry)) == ARCHIVE_OK ||
		rc == ARCHIVE_WARN)) {
		if (strcmp(plain(archive_entry_pathname(entry)), name) != 0)
			continue;
		*ret_link = link_target(name, entry);
		return 0;
	}
	if (r < 0)
		return r;
	return rc == ARCHIVE_EOF ? not_there(name, err)
				 : err_set(err, QVM_E_VALUE, "bad image: %s",
					   archive_error_string(part->tar));
}

static int open_member(const struct parts *p, const char *name, struct part *part,
		       struct qvm_err *err)
{
	cleanup_free char *wanted = xstrdup(plain(name));

	for (int i = 0; i < LINKS_MAX; i++) {
		char *link = NULL;
		int r = find_entry(p, wanted, part, &link, err);

		if (r < 0)
			return r;
		if (!link) {
			stream_init(&part->stream, -1, part->tar);
			return 0;
		}
		free(wanted);
		wanted = link;
	}
	return not_there(name, err);
}

int part_open(const struct parts *p, const char *name, struct part **ret,
	      struct qvm_err *err)
{
	cleanup_part struct part *part = xcalloc(1, sizeof(*part));
	int r;

	part->fd = -1;
	r = p->dir ? open_file(p, name, part, err) : open_member(p, name, part, err);
	if (r < 0)
		return r;
	part->stream.total = p->total;
	*ret = steal(part);
	return 0;
}

int part_text(const struct parts *p, const char *name, struct buf *ret,
	      char digest[static DIGEST_HEX], struct qvm_err *err)
{
	cleanup_part struct part *part = NULL;
	const void *chunk;
	ssize_t n;
	int r = part_open(p, name, &part, err);

	if (r < 0)
		return r;
	while ((n = stream_next(&part->stream, &chunk)) > 0) {
		if (ret->len + (size_t)n > PART_TEXT_MAX)
			return err_set(err, QVM_E_VALUE,
				       "bad image: '%.100s' is too long", name);
		buf_add_mem(ret, chunk, (size_t)n);
	}
	return stream_digest(&part->stream, digest, err);
}

bool parts_name_of_image(const char *name)
{
	static const char *const known[] = {"blobs/", "oci-layout", "index.json",
					    "manifest.json", "repositories"};
	size_t hex;

	name = plain(name);
	for (size_t i = 0; i < array_len(known); i++)
		if (strncmp(name, known[i], strlen(known[i])) == 0)
			return true;
	hex = strspn(name, "0123456789abcdef");
	return strcmp(name, "blobs") == 0 ||
	       (hex == 64 && (name[64] == '\0' || name[64] == '/' || name[64] == '.'));
}

int parts_is_image(int fd, bool *ret, struct qvm_err *err)
{
	cleanup_part struct part *part = xcalloc(1, sizeof(*part));
	struct archive_entry *entry;
	int rc, r;

	*ret = false;
	part->fd = -1;
	r = start_tar(fd, part, err);
	if (r < 0)
		return r;
	/* The first name that says anything decides: a root file system has none of those. */
	while ((rc = archive_read_next_header(part->tar, &entry)) == ARCHIVE_OK ||
	       rc == ARCHIVE_WARN) {
		const char *name = plain(archive_entry_pathname(entry));

		if (!*name || strcmp(name, ".") == 0)
			continue;
		*ret = parts_name_of_image(name);
		return 0;
	}
	/* What is wrong with it is found again by who reads it. */
	return 0;
}
