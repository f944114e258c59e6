/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "templates/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"
#include "templates/bzimage.h"
#include "templates/initramfs.h"

/* A part of a file, as libarchive asks for it. */
struct range {
	int fd;
	uint64_t at, left;
	char chunk[65536];
};

static la_ssize_t range_read(struct archive *a, void *arg, const void **ret)
{
	struct range *range = arg;
	size_t want = range->left < sizeof(range->chunk) ? (size_t)range->left
							 : sizeof(range->chunk);
	ssize_t n;

	do
		n = pread(range->fd, range->chunk, want, (off_t)range->at);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		archive_set_error(a, errno, "cannot read");
		return -1;
	}
	range->at += (uint64_t)n;
	range->left -= (uint64_t)n;
	*ret = range->chunk;
	return n;
}

static void archive_free_at(struct archive **a)
{
	archive_read_free(*a);
}

static int read_exactly(int fd, void *into, size_t len, uint64_t at, struct qvm_err *err)
{
	ssize_t n = pread(fd, into, len, (off_t)at);

	if (n < 0)
		return err_errno(err, -errno, "cannot read the kernel");
	if ((size_t)n != len)
		return err_set(err, QVM_E_VALUE, "the kernel is cut short");
	return 0;
}

/*
 * All compressors but gzip get the unpacked size appended by the kernel's build, which is
 * no part of their format; gzip itself ends with it.
 */
static int find_payload(int in, struct range *range, uint32_t *ret_size,
			struct qvm_err *err)
{
	uint8_t head[BZIMAGE_HEAD], magic[2], size[4];
	struct bzimage image;
	struct stat st;
	int r;

	if (fstat(in, &st) < 0)
		return err_errno(err, -errno, "cannot read the kernel");
	r = read_exactly(in, head, sizeof(head), 0, err);
	if (r < 0)
		return r;
	r = bzimage_parse(head, sizeof(head), (uint64_t)st.st_size, &image);
	if (r == -ENOEXEC)
		return err_set(err, QVM_E_VALUE,
			       "it is neither a bzImage nor an uncompressed kernel");
	if (r < 0)
		return err_set(err, QVM_E_VALUE, "the kernel is cut short");
	r = read_exactly(in, magic, sizeof(magic), image.offset, err);
	if (r == 0)
		r = read_exactly(in, size, sizeof(size), image.offset + image.length - 4,
				 err);
	if (r < 0)
		return r;
	range->fd = in;
	range->at = image.offset;
	range->left = image.length - (magic[0] == 0x1f && magic[1] == 0x8b ? 0 : 4);
	*ret_size = size[0] | (uint32_t)size[1] << 8 | (uint32_t)size[2] << 16 |
		    (uint32_t)size[3] << 24;
	if (*ret_size > KERNEL_MAX)
		return err_set(err, QVM_E_VALUE,
			       "the unpacked kernel would be too large");
	return 0;
}

static int open_range(struct archive *a, struct range *range, struct qvm_err *err)
{
	struct archive_entry *entry;

	archive_read_support_format_raw(a);
	if (archive_read_open(a, range, NULL, range_read, NULL) != ARCHIVE_OK ||
	    archive_read_next_header(a, &entry) != ARCHIVE_OK)
		return err_set(err, QVM_E_VALUE, "cannot unpack it: %s",
			       archive_error_string(a));
	return 0;
}

static void accept_all(struct archive *a)
{
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_lzma(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_lzop(a);
	archive_read_support_filter_lz4(a);
	archive_read_support_filter_zstd(a);
}

/* ELF: what comes out has to be a kernel. */
static int pour(struct archive *a, int out, uint32_t size, bool elf, struct qvm_err *err)
{
	static char chunk[1 << 17];
	uint64_t total = 0;
	la_ssize_t n;
	int r;

	while ((n = archive_read_data(a, chunk, sizeof(chunk))) > 0) {
		if (elf && total == 0 &&
		    ((size_t)n < SELFMAG || memcmp(chunk, ELFMAG, SELFMAG)))
			return err_set(err, QVM_E_VALUE, "what it holds is not a kernel");
		total += (uint64_t)n;
		if (total > size)
			break;
		r = fd_write_all(out, chunk, (size_t)n);
		if (r < 0)
			return err_errno(err, r, "cannot write what was unpacked");
	}
	if (n < 0)
		return err_set(err, QVM_E_VALUE, "cannot unpack it: %s",
			       archive_error_string(a));
	if (total != size)
		return err_set(err, QVM_E_VALUE,
			       "it is damaged: it does not unpack to %u bytes", size);
	return 0;
}

int kernel_unpack(int in, int out, struct qvm_err *err)
{
	cleanup(archive_free_at) struct archive *a = archive_read_new();
	struct range range;
	uint32_t size = 0;
	int r;

	r = find_payload(in, &range, &size, err);
	if (r < 0)
		return r;
	accept_all(a);
	r = open_range(a, &range, err);
	return r < 0 ? r : pour(a, out, size, true, err);
}

int initramfs_unpack(int in, int out, struct qvm_err *err)
{
	cleanup(archive_free_at) struct archive *a = archive_read_new();
	struct range range = {.fd = in};
	uint32_t size = 0;
	int r = initramfs_size(in, &size);

	if (r < 0)
		return err_errno(err, r, "cannot read it");
	if (r == 0)
		return err_set(err, QVM_E_VALUE, "it is not one to unpack");
	range.left = UINT64_MAX;
	archive_read_support_filter_gzip(a);
	r = open_range(a, &range, err);
	return r < 0 ? r : pour(a, out, size, false, err);
}
