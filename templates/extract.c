/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "templates/extract.h"

#include <archive_entry.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/alloc.h"
#include "templates/layer.h"

#define DEPTH_MAX 256

/* The open ends of one extraction. */
enum { TAR_BLOCK = 512 };

struct ends {
	struct archive *in, *out;
	struct archive_entry_linkresolver *links; /* of a folder */
	struct layer whole;
};

static void ends_dispose(struct ends *e)
{
	archive_read_free(e->in);
	archive_write_free(e->out);
	layer_dispose(&e->whole);
	if (e->links)
		archive_entry_linkresolver_free(e->links);
}

bool extract_name_ok(const char *name)
{
	int depth = 0;

	if (!*name || *name == '/' || strlen(name) >= PATH_MAX)
		return false;
	for (const char *at = name; at; at = strchr(at, '/')) {
		at += *at == '/';
		if (at[0] == '.' && at[1] == '.' && (!at[2] || at[2] == '/'))
			return false;
		if (++depth > DEPTH_MAX)
			return false;
	}
	return true;
}

char *extract_shown(const char *text)
{
	char *shown = xstrndup(text ? text : "", 200);

	for (char *at = shown; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
	return shown;
}

static int refuse(struct archive_entry *entry, struct qvm_err *err, const char *why)
{
	cleanup_free char *name = extract_shown(archive_entry_pathname(entry));

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

	if (archive_entry_xattr_reset(entry) == 0)
		return;
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

static int open_out(const struct extract *x, struct ends *e, struct qvm_err *err)
{
	/* Names are found safe, and parents to be no links, before it sees them (layer.c):
	 * its own way of looking at each part of each name is two thirds of its time. */
	int flags = ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME;

	if (x->owners)
		flags |= ARCHIVE_EXTRACT_OWNER | ARCHIVE_EXTRACT_XATTR |
			 ARCHIVE_EXTRACT_ACL;
	e->out = archive_write_disk_new();
	if (archive_write_disk_set_options(e->out, flags) != ARCHIVE_OK)
		return err_set(err, QVM_E_FAILED, "cannot write: %s",
			       archive_error_string(e->out));
	return 0;
}

static int failed_writing(struct ends *e, struct archive_entry *entry,
			  struct qvm_err *err)
{
	cleanup_free char *name = extract_shown(archive_entry_pathname(entry));
	int errnum = archive_errno(e->out);

	if (errnum == ENOSPC || errnum == EDQUOT)
		return err_set(err, QVM_E_NO_SPACE,
			       "cannot write '%s': it holds more than the volume", name);
	return err_set(err, QVM_E_FAILED, "cannot write '%s': %s", name,
		       archive_error_string(e->out));
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
		if (x->progress)
			x->progress(x);
		if (x->limit && x->bytes > x->limit)
			return err_set(err, QVM_E_NO_SPACE,
				       "it holds more than the volume");
		if (x->write && archive_write_data_block(e->out, block, size, at) < 0)
			return failed_writing(e, entry, err);
	}
	return rc == ARCHIVE_EOF ? 0 : failed_reading(e, err);
}

static int write_entry(struct extract *x, struct ends *e, struct archive_entry *entry,
		       struct qvm_err *err)
{
	int r;

	x->entries++;
	if (x->write && archive_write_header(e->out, entry) != ARCHIVE_OK)
		return failed_writing(e, entry, err);
	r = archive_entry_hardlink(entry) && archive_entry_size(entry) == 0
		    ? 0
		    : copy_data(x, e, entry, err);
	if (r < 0)
		return r;
	if (x->write && archive_write_finish_entry(e->out) != ARCHIVE_OK)
		return failed_writing(e, entry, err);
	return 0;
}

static int take_entry(struct extract *x, struct ends *e, struct archive_entry *entry,
		      struct qvm_err *err)
{
	mode_t type = archive_entry_filetype(entry);
	int r = check_entry(entry, err);

	if (r < 0)
		return r;
	if (x->wanted && !x->wanted(archive_entry_pathname(entry)))
		return 0;
	/* A guest's /dev is made by its kernel. */
	if (!archive_entry_hardlink(entry) && (S_ISCHR(type) || S_ISBLK(type))) {
		x->devices++;
		return 0;
	}
	keep_known_xattrs(entry);
	if (x->write) {
		r = layer_prepare(x->layer ? x->layer : &e->whole, entry, err);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return write_entry(x, e, entry, err);
}

/* ---- a folder ---- */

static int open_tree(const struct extract *x, struct ends *e, struct qvm_err *err)
{
	e->in = archive_read_disk_new();
	archive_read_disk_set_symlink_physical(e->in);
	archive_read_disk_set_behavior(e->in, ARCHIVE_READDISK_NO_TRAVERSE_MOUNTS);
	e->links = archive_entry_linkresolver_new();
	archive_entry_linkresolver_set_strategy(e->links, ARCHIVE_FORMAT_TAR);
	if (archive_read_disk_open(e->in, x->tree) != ARCHIVE_OK)
		return err_set(err, QVM_E_FAILED, "cannot read the folder: %s",
			       archive_error_string(e->in));
	return 0;
}

/* "/in/etc/passwd" of the folder "/in" becomes "./etc/passwd". */
static int take_file(struct extract *x, struct ends *e, struct archive_entry *entry,
		     struct qvm_err *err)
{
	const char *below = archive_entry_pathname(entry) + strlen(x->tree);
	cleanup_free char *name = xasprintf(".%s", below);
	struct archive_entry *none = NULL;

	archive_read_disk_descend(e->in);
	archive_entry_copy_pathname(entry, name);
	archive_entry_linkify(e->links, &entry, &none);
	return take_entry(x, e, entry, err);
}

/* ---- both ---- */

static int open_in(const struct extract *x, struct ends *e, struct qvm_err *err)
{
	if (x->tree)
		return open_tree(x, e, err);
	e->in = archive_read_new();
	return stream_archive(x->from, e->in, 0, err);
}

/*
 * 1 and an entry, or 0 at the end. A tar that just stops between two entries is whole for
 * libarchive; a block of zeros has to be there, and is then behind all that was read.
 */
static int next_entry(const struct extract *x, struct ends *e, struct archive_entry **ret,
		      struct qvm_err *err)
{
	la_int64_t at = x->tree ? 0 : archive_filter_bytes(e->in, 0);
	int rc = archive_read_next_header(e->in, ret);

	/* A warning here is about a name's character set; its bytes are kept. */
	if (rc == ARCHIVE_OK || rc == ARCHIVE_WARN)
		return 1;
	if (rc != ARCHIVE_EOF)
		return failed_reading(e, err);
	if (!x->tree &&
	    (archive_format(e->in) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR &&
	    archive_filter_bytes(e->in, 0) - at < TAR_BLOCK)
		return err_set(err, QVM_E_VALUE, "bad archive: its end is missing");
	return 0;
}

/* What nobody wanted of an entry must not be taken for the end of the archive. */
static int skip_data(struct ends *e, struct qvm_err *err)
{
	int rc = archive_read_data_skip(e->in);

	return rc == ARCHIVE_OK || rc == ARCHIVE_WARN || rc == ARCHIVE_EOF
		       ? 0
		       : failed_reading(e, err);
}

int extract(struct extract *x, struct qvm_err *err)
{
	cleanup(ends_dispose) struct ends e = {0};
	struct archive_entry *entry;
	uint64_t before = x->entries;
	int r = open_in(x, &e, err);

	if (r == 0)
		r = open_out(x, &e, err);
	while (r == 0 && (r = next_entry(x, &e, &entry, err)) > 0) {
		r = x->tree ? take_file(x, &e, entry, err)
			    : take_entry(x, &e, entry, err);
		if (r == 0 && !x->tree)
			r = skip_data(&e, err);
	}
	if (r < 0)
		return r;
	if (x->entries == before && !x->layer)
		return err_set(err, QVM_E_VALUE, "bad archive: it holds nothing");
	/* Folders get their modes and times last. */
	if (archive_write_close(e.out) != ARCHIVE_OK)
		return err_set(err, QVM_E_FAILED, "cannot finish writing: %s",
			       archive_error_string(e.out));
	return 0;
}
