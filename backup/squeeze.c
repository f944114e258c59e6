/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/squeeze.h"

#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define GZIP_LEVEL 6
#define ZSTD_LEVEL 3

size_t squeeze_bound(enum v4_filter filter, size_t len)
{
	switch (filter) {
	case V4_GZIP:
		return compressBound(len) + 32;
	case V4_ZSTD:
		return ZSTD_compressBound(len);
	default:
		return len;
	}
}

static size_t gzip(const void *data, size_t len, void *ret, size_t size)
{
	z_stream z = {0};
	size_t n = 0;

	if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) !=
	    Z_OK)
		return 0;
	z.next_in = (Bytef *)(uintptr_t)data;
	z.avail_in = (uInt)len;
	z.next_out = ret;
	z.avail_out = (uInt)size;
	if (deflate(&z, Z_FINISH) == Z_STREAM_END)
		n = z.total_out;
	deflateEnd(&z);
	return n;
}

size_t squeeze(enum v4_filter filter, const void *data, size_t len, void *ret,
	       size_t size)
{
	size_t n;

	switch (filter) {
	case V4_GZIP:
		return gzip(data, len, ret, size);
	case V4_ZSTD:
		n = ZSTD_compress(ret, size, data, len, ZSTD_LEVEL);
		return ZSTD_isError(n) ? 0 : n;
	default:
		if (len > size)
			return 0;
		memcpy(ret, data, len);
		return len;
	}
}
