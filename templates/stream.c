/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "templates/stream.h"

#include <errno.h>
#include <unistd.h>

void stream_init(struct stream *s, int fd, struct archive *from)
{
	s->fd = fd;
	s->from = from;
	s->bytes = 0;
	s->total = NULL;
	s->errnum = 0;
	s->hash = digest_new();
	if (!s->hash)
		s->errnum = ENOMEM;
}

void stream_dispose(struct stream *s)
{
	digest_free(s->hash);
	s->hash = NULL;
}

static ssize_t fetch(struct stream *s)
{
	ssize_t n;

	if (s->from) {
		n = archive_read_data(s->from, s->chunk, sizeof(s->chunk));
		if (n < 0)
			s->errnum = EBADMSG;
		return n;
	}
	do
		n = read(s->fd, s->chunk, sizeof(s->chunk));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		s->errnum = errno;
	return n;
}

ssize_t stream_next(struct stream *s, const void **ret)
{
	ssize_t n = s->errnum ? -1 : fetch(s);

	if (n <= 0)
		return n;
	if (digest_add(s->hash, s->chunk, (size_t)n) < 0) {
		s->errnum = ENOMEM;
		return -1;
	}
	s->bytes += (uint64_t)n;
	if (s->total)
		*s->total += (uint64_t)n;
	*ret = s->chunk;
	return n;
}

static la_ssize_t next_for_archive(struct archive *a, void *arg, const void **ret)
{
	struct stream *s = arg;
	ssize_t n = stream_next(s, ret);

	if (n < 0)
		archive_set_error(a, s->errnum, "%s",
				  s->from ? archive_error_string(s->from)
					  : "cannot read");
	return n < 0 ? ARCHIVE_FATAL : n;
}

int stream_archive(struct stream *s, struct archive *a, int raw, struct qvm_err *err)
{
	if (raw)
		archive_read_support_format_raw(a);
	else
		archive_read_support_format_tar(a);
	/* By name: `all` would include those that run another program. */
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_compress(a);
	archive_read_support_filter_lzip(a);
	archive_read_support_filter_lzma(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_lz4(a);
	archive_read_support_filter_zstd(a);
	if (archive_read_open(a, s, NULL, next_for_archive, NULL) != ARCHIVE_OK)
		return err_set(err, QVM_E_VALUE, "cannot read the archive: %s",
			       archive_error_string(a));
	return 0;
}

int stream_digest(struct stream *s, char ret[static DIGEST_HEX], struct qvm_err *err)
{
	const void *rest;
	ssize_t n;

	while ((n = stream_next(s, &rest)) > 0)
		;
	if (n < 0)
		return err_errno(err, -s->errnum, "cannot read to the end");
	if (digest_end(s->hash, ret) < 0)
		return err_set(err, QVM_E_FAILED, "cannot make a digest");
	return 0;
}
