/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>

#include "backup/v4_read.h"

#define END_OF_TAR 1024

/* libarchive's codes and functions of each compression. */
static const struct {
	int code;
	int (*support)(struct archive *a);
} inner_filters[V4_FILTER_COUNT] = {
	[V4_NONE] = {ARCHIVE_FILTER_NONE, archive_read_support_filter_none},
	[V4_GZIP] = {ARCHIVE_FILTER_GZIP, archive_read_support_filter_gzip},
	[V4_BZIP2] = {ARCHIVE_FILTER_BZIP2, archive_read_support_filter_bzip2},
	[V4_XZ] = {ARCHIVE_FILTER_XZ, archive_read_support_filter_xz},
	[V4_LZMA] = {ARCHIVE_FILTER_LZMA, archive_read_support_filter_lzma},
	[V4_ZSTD] = {ARCHIVE_FILTER_ZSTD, archive_read_support_filter_zstd},
};

static la_ssize_t on_read(struct archive *a, void *arg, const void **ret)
{
	struct v4_reader *rd = arg;
	ssize_t n = v4_read_part(rd, ret);

	if (n < 0)
		archive_set_error(a, EIO, "%s", rd->err.text);
	return n;
}

static int failed(struct v4_reader *rd, struct qvm_err *err)
{
	const char *why = archive_error_string(rd->archive);

	if (rd->err.kind) {
		*err = rd->err;
		return -err->kind;
	}
	return err_set(err, QVM_E_VALUE, "the archive in it is damaged: %.200s",
		       why ? why : "it ends too early");
}

static int check_entry(struct v4_reader *rd, struct qvm_err *err)
{
	const char *name = archive_entry_pathname(rd->entry);

	if (!name || strcmp(name, rd->path) != 0)
		return err_set(err, QVM_E_VALUE, "it holds another file");
	if (archive_entry_filetype(rd->entry) != AE_IFREG ||
	    archive_entry_hardlink(rd->entry) || !archive_entry_size_is_set(rd->entry) ||
	    archive_entry_size(rd->entry) < 0)
		return err_set(err, QVM_E_VALUE, "what it holds is no plain file");
	return 0;
}

int v4_inner_open(struct v4_reader *rd, uint64_t *ret_size, struct qvm_err *err)
{
	enum v4_filter filter = rd->header.filter;
	struct archive *a = archive_read_new();
	int r;

	v4_inner_close(rd);
	rd->archive = a;
	rd->err = QVM_ERR_INIT;
	/* All of the stream is read: what is behind the first end has to be checked, too. */
	if (!a || inner_filters[filter].support(a) != ARCHIVE_OK ||
	    archive_read_support_format_tar(a) != ARCHIVE_OK ||
	    archive_read_set_option(a, "tar", "read_concatenated_archives", "1") !=
		    ARCHIVE_OK)
		return err_set(err, QVM_E_UNSUPPORTED, "libarchive cannot read %s",
			       v4_filter_name(filter));
	if (archive_read_open(a, rd, NULL, on_read, NULL) != ARCHIVE_OK ||
	    archive_read_next_header(a, &rd->entry) != ARCHIVE_OK)
		return failed(rd, err);
	if (archive_filter_code(a, 0) != inner_filters[filter].code)
		return err_set(err, QVM_E_VALUE, "it is not compressed by %s",
			       v4_filter_name(filter));
	r = check_entry(rd, err);
	if (r == 0)
		*ret_size = (uint64_t)archive_entry_size(rd->entry);
	return r;
}

int v4_data(struct v4_reader *rd, const void **ret, size_t *ret_len, uint64_t *ret_at,
	    struct qvm_err *err)
{
	la_int64_t at = 0, end;
	int r;

	do
		r = archive_read_data_block(rd->archive, ret, ret_len, &at);
	while (r == ARCHIVE_OK && *ret_len == 0);
	*ret_at = (uint64_t)at;
	if (r == ARCHIVE_OK)
		return 1;
	if (r != ARCHIVE_EOF)
		return failed(rd, err);
	end = archive_filter_bytes(rd->archive, 0);
	r = archive_read_next_header(rd->archive, &rd->entry);
	if (r == ARCHIVE_OK)
		return err_set(err, QVM_E_VALUE, "it holds more than one file");
	if (r != ARCHIVE_EOF || rd->err.kind)
		return failed(rd, err);
	/* libarchive does without the end of an archive; whoever cut it off wants that. */
	if (archive_filter_bytes(rd->archive, 0) - end < END_OF_TAR)
		return err_set(err, QVM_E_VALUE, "the archive in it ends too early");
	v4_inner_close(rd);
	return 0;
}

void v4_inner_close(struct v4_reader *rd)
{
	if (rd->archive)
		archive_read_free(rd->archive);
	rd->archive = NULL;
	rd->entry = NULL;
}
