/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "templates/extract.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "lib/alloc.h"

#define CHUNK (1 << 17)

/* The open ends of one extraction. */
struct ends {
	struct archive *in, *out;
	int percent;
};

static void ends_dispose(struct ends *e)
{
	archive_read_free(e->in);
	archive_write_free(e->out);
}

bool extract_name_ok(const char *name)
{
	if (!*name || *name == '/' || strlen(name) >= PATH_MAX)
		return false;
	for (const char *at = name; at; at = strchr(at, '/')) {
		at += *at == '/';
		if (at[0] == '.' && at[1] == '.' && (!at[2] || at[2] == '/'))
			return false;
	}
	return true;
}

/* A name of the archive as a message may show it. */
static char *shown(const char *name)
{
	char *text = xstrndup(name ? name : "", 200);

	for (char *at = text; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
	return text;
}

static int refuse(struct archive_entry *entry, struct qvm_err *err, const char *why)
{
	cleanup_free char *name = shown(archive_entry_pathname(entry));

	return err_set(err, QVM_E_VALUE, "bad archive: '%s' %s", name, why);
}

static int check_entry(struct archive_entry *entry, struct qvm_err *err)
{
	const char *name = archive_entry_pathname(entry);
	const char *link = archive_entry_hardlink(entry);
	const char *target = archive_entry_symlink(entry);

	if (!name || !extract_name_ok(name))
		return refuse(entry, err, "leads out of the file system");
	if (link && !extract_name_ok(link))
		return refuse(entry, err, "is a link that leads out of the file system");
	if (target && strlen(target) >= PATH_MAX)
		return refuse(entry, err, "is a link to a name too long");
	return 0;
}

/* Other attributes would need privileges that are given up, and mean nothing to a guest. */
static void keep_known_xattrs(struct archive_entry *entry)
{
	cleanup_free char **names = NULL;
	cleanup_free void **values = NULL;
	cleanup_free size_t *sizes = NULL;
	const char *name;
	const void *value;
	size_t size, n = 0;

	archive_entry_xattr_reset(entry);
	while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
		if (strcmp(name, "security.capability") != 0 && strncmp(name, "user.", 5))
			continue;
		names = xreallocarray(names, n + 1, sizeof(*names));
		values = xreallocarray(values, n + 1, sizeof(*values));
		sizes = xreallocarray(sizes, n + 1, sizeof(*sizes));
		names[n] = xstrdup(name);
		values[n] = xcalloc(1, size + 1);
		memcpy(values[n], value, size);
		sizes[n++] = size;
	}
	archive_entry_xattr_clear(entry);
	for (size_t i = 0; i < n; i++) {
		archive_entry_xattr_add_entry(entry, names[i], values[i], sizes[i]);
		free(names[i]);
		free(values[i]);
	}
}

static int open_ends(const struct extract *x, struct ends *e, struct qvm_err *err)
{
	int flags = ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME |
		    ARCHIVE_EXTRACT_SECURE_SYMLINKS | ARCHIVE_EXTRACT_SECURE_NODOTDOT |
		    ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS;

	if (x->owners)
		flags |= ARCHIVE_EXTRACT_OWNER | ARCHIVE_EXTRACT_XATTR |
			 ARCHIVE_EXTRACT_ACL;
	e->in = archive_read_new();
	archive_read_support_format_tar(e->in);
	/* By name: `all` would include those that run another program. */
	archive_read_support_filter_gzip(e->in);
	archive_read_support_filter_bzip2(e->in);
	archive_read_support_filter_lzma(e->in);
	archive_read_support_filter_xz(e->in);
	archive_read_support_filter_lz4(e->in);
	archive_read_support_filter_zstd(e->in);
	if (archive_read_open_fd(e->in, x->tar, CHUNK) != ARCHIVE_OK)
		return err_set(err, QVM_E_VALUE, "cannot read the archive: %s",
			       archive_error_string(e->in));
	e->out = archive_write_disk_new();
	if (archive_write_disk_set_options(e->out, flags) != ARCHIVE_OK)
		return err_set(err, QVM_E_FAILED, "cannot write: %s",
			       archive_error_string(e->out));
	return 0;
}

static void tell(const struct extract *x, struct ends *e)
{
	uint64_t read = (uint64_t)archive_filter_bytes(e->in, -1);
	int percent = x->size && read < x->size ? (int)(read * 100 / x->size) : 100;

	if (!x->progress || percent == e->percent || (!x->size && percent == 100))
		return;
	e->percent = percent;
	x->progress(percent);
}

static int failed_writing(struct ends *e, struct archive_entry *entry,
			  struct qvm_err *err)
{
	cleanup_free char *name = shown(archive_entry_pathname(entry));
	int errnum = archive_errno(e->out);

	return err_set(err, errnum == ENOSPC ? QVM_E_NO_SPACE : QVM_E_FAILED,
		       "cannot write '%s': %s", name, archive_error_string(e->out));
}

static int failed_reading(struct ends *e, struct qvm_err *err)
{
	return err_set(err, QVM_E_VALUE, "bad archive: %s", archive_error_string(e->in));
}

static int copy_data(struct extract *x, struct ends *e, struct archive_entry *entry,
		     struct qvm_err *err)
{
	const void *block;
	la_int64_t at;
	size_t size;
	int rc;

	while ((rc = archive_read_data_block(e->in, &block, &size, &at)) == ARCHIVE_OK) {
		x->bytes += size;
		tell(x, e);
		if (x->write && archive_write_data_block(e->out, block, size, at) < 0)
			return failed_writing(e, entry, err);
	}
	return rc == ARCHIVE_EOF ? 0 : failed_reading(e, err);
}

static int take_entry(struct extract *x, struct ends *e, struct archive_entry *entry,
		      struct qvm_err *err)
{
	int r = check_entry(entry, err);

	if (r < 0)
		return r;
	keep_known_xattrs(entry);
	if (x->write && archive_write_header(e->out, entry) != ARCHIVE_OK)
		return failed_writing(e, entry, err);
	r = copy_data(x, e, entry, err);
	if (r < 0)
		return r;
	if (x->write && archive_write_finish_entry(e->out) != ARCHIVE_OK)
		return failed_writing(e, entry, err);
	x->entries++;
	return 0;
}

int extract(struct extract *x, struct qvm_err *err)
{
	cleanup(ends_dispose) struct ends e = {.percent = -1};
	struct archive_entry *entry;
	int rc, r;

	r = open_ends(x, &e, err);
	if (r < 0)
		return r;
	/* A warning here is about a name's character set; its bytes are kept. */
	while ((rc = archive_read_next_header(e.in, &entry)) == ARCHIVE_OK ||
	       rc == ARCHIVE_WARN) {
		r = take_entry(x, &e, entry, err);
		if (r < 0)
			return r;
		tell(x, &e);
	}
	if (rc != ARCHIVE_EOF)
		return failed_reading(&e, err);
	if (x->entries == 0)
		return err_set(err, QVM_E_VALUE, "bad archive: it holds nothing");
	/* Folders get their modes and times last. */
	if (archive_write_close(e.out) != ARCHIVE_OK)
		return err_set(err, QVM_E_FAILED, "cannot finish writing: %s",
			       archive_error_string(e.out));
	return 0;
}
