/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing: one thread reads and keeps the order; blocks are compressed and parts are sealed
 * by the others. Both wait in rings, whose oldest entry is taken when there is no more room.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backup/squeeze.h"
#include "backup/tar.h"
#include "backup/v4_write.h"
#include "lib/alloc.h"
#include "lib/file.h"

#define BLOCK (1u << 20)
#define PARTS 4			   /* in memory at once, at most */
#define END_OF_TAR (2 * TAR_BLOCK) /* of zeros; a reader misses any that is missing */
#define RECORD (20 * TAR_BLOCK)	   /* the outer archive is so many times as long */

/* ---- blocks ---- */

static void compress_block(struct par_job *job)
{
	struct block *b = (struct block *)job;

	b->out_len = squeeze(b->filter, b->in, b->in_len, b->out, b->out_size);
}

static int block_take_oldest(struct v4_writer *w, struct qvm_err *err)
{
	struct block *b = &w->blocks[w->block_first];

	par_wait(w->par, &b->job);
	w->block_first = (w->block_first + 1) % w->block_room;
	w->block_count--;
	if (!b->out_len)
		return err_set(err, QVM_E_FAILED, "cannot compress '%s'", w->path);
	return v4_part_add(w, b->out, b->out_len, err);
}

/* The block that is being filled comes behind those under way. */
static struct block *block_now(struct v4_writer *w)
{
	return &w->blocks[(w->block_first + w->block_count) % w->block_room];
}

static int block_submit(struct v4_writer *w, struct qvm_err *err)
{
	struct block *b = block_now(w);
	int r = 0;

	b->job.run = compress_block;
	b->filter = w->how.header.filter;
	w->block_count++;
	par_submit(w->par, &b->job);
	if (w->block_count == w->block_room)
		r = block_take_oldest(w, err);
	block_now(w)->in_len = 0;
	return r;
}

static int add(struct v4_writer *w, const void *data, size_t len, struct qvm_err *err)
{
	int r = 0;

	while (r == 0 && len) {
		struct block *b = block_now(w);
		size_t n = BLOCK - b->in_len < len ? BLOCK - b->in_len : len;

		if (data)
			memcpy(b->in + b->in_len, data, n);
		else
			memset(b->in + b->in_len, 0, n);
		b->in_len += n;
		len -= n;
		if (data)
			data = (const uint8_t *)data + n;
		if (b->in_len == BLOCK)
			r = block_submit(w, err);
	}
	return r;
}

static int add_range(struct v4_writer *w, int fd, const struct pool_range *range,
		     struct qvm_err *err)
{
	uint64_t at = range->at, end = at + range->len;
	int r = 0;

	while (r == 0 && at < end) {
		struct block *b = block_now(w);
		size_t room = BLOCK - b->in_len;
		size_t n = end - at < room ? (size_t)(end - at) : room;
		ssize_t got = pread(fd, b->in + b->in_len, n, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return err_errno(err, got < 0 ? -errno : -ENODATA,
					 "cannot read the volume of '%s'", w->path);
		b->in_len += (size_t)got;
		at += (uint64_t)got;
		w->read += (uint64_t)got;
		if (b->in_len < BLOCK)
			continue;
		r = block_submit(w, err);
		if (r == 0 && w->how.progress)
			w->how.progress(w->how.arg, w->read);
	}
	return r;
}

/* ---- files ---- */

static void file_begin(struct v4_writer *w, const char *path)
{
	w->path = path;
	w->number = 0;
	block_now(w)->in_len = 0;
}

static int file_end(struct v4_writer *w, uint64_t data, struct qvm_err *err)
{
	int r = add(w, NULL, tar_padding(data) + END_OF_TAR, err);

	if (r == 0 && block_now(w)->in_len)
		r = block_submit(w, err);
	while (r == 0 && w->block_count)
		r = block_take_oldest(w, err);
	if (r == 0 && w->filling)
		v4_part_submit(w);
	return r;
}

int v4_write_file(struct v4_writer *w, const char *path, const void *data, size_t len,
		  struct qvm_err *err)
{
	uint8_t header[TAR_BLOCK];
	int r;

	file_begin(w, path);
	tar_header(header, path, len);
	r = add(w, header, sizeof(header), err);
	if (r == 0 && len)
		r = add(w, data, len, err);
	return r < 0 ? r : file_end(w, len, err);
}

/*
 * Readers take the data of each range in whole blocks, so ranges begin and end on them; the
 * map tells the volume's size by where its last entry ends. RET has room for N + 1.
 */
static size_t whole_blocks(const struct pool_range *ranges, size_t n, uint64_t size,
			   struct pool_range *ret)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t at = ranges[i].at / TAR_BLOCK * TAR_BLOCK;
		uint64_t end = ranges[i].at + ranges[i].len;

		end += tar_padding(end);
		if (end > size)
			end = size;
		if (count && at <= ret[count - 1].at + ret[count - 1].len)
			ret[count - 1].len = end - ret[count - 1].at;
		else
			ret[count++] = (struct pool_range){at, end - at};
	}
	if (!count || ret[count - 1].at + ret[count - 1].len < size)
		ret[count++] = (struct pool_range){size, 0};
	return count;
}

int v4_write_volume(struct v4_writer *w, const char *path, int fd, uint64_t size,
		    const struct pool_range *ranges, size_t n, struct qvm_err *err)
{
	cleanup_buf struct buf head = BUF_INIT;
	cleanup_free struct pool_range *all = xcalloc(n + 1, sizeof(*all));
	uint64_t data = 0;
	int r;

	n = whole_blocks(ranges, n, size, all);
	file_begin(w, path);
	tar_sparse_head(path, size, all, n, &head);
	r = add(w, head.data, head.len, err);
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = add_range(w, fd, &all[i], err);
		data += all[i].len;
	}
	return r < 0 ? r : file_end(w, data, err);
}

/* ---- the whole ---- */

static int put_header(struct v4_writer *w, struct qvm_err *err)
{
	cleanup_buf struct buf text = BUF_INIT;
	cleanup(v4_pass_wipe) struct buf pass = BUF_INIT;
	const struct scrypt_cost cost = {w->how.log_n, 8, 1};
	uint8_t sealed[V4_HEADER_MAX + SCRYPT_EXTRA];
	struct secret p;
	int r;

	v4_header_format(&w->how.header, &text);
	if (text.len > V4_HEADER_MAX)
		return err_set(err, QVM_E_VALUE, "the backup's header is too long");
	memcpy(sealed + SCRYPT_HEAD, text.data, text.len);
	v4_pass(NULL, "backup-header", &w->how.pass, &pass);
	p = (struct secret){pass.data, pass.len};
	r = scrypt_seal(sealed, text.len, &p, &cost, err);
	if (r == 0)
		r = v4_put_member(w, "backup-header", text.data, text.len, err);
	return r < 0 ? r
		     : v4_put_member(w, "backup-header.hmac", sealed,
				     text.len + SCRYPT_EXTRA, err);
}

int v4_writer_new(const struct v4_write *write, struct v4_writer **ret,
		  struct qvm_err *err)
{
	struct v4_writer *w = xcalloc(1, sizeof(*w));
	int r;

	w->how = *write;
	w->par = par_new(0);
	if (!w->par) {
		r = err_errno(err, -errno, "cannot start threads");
		free(w);
		return r;
	}
	w->block_room = 2 * par_width(w->par) + 2;
	w->part_room = par_width(w->par) + 1 < PARTS ? par_width(w->par) + 1 : PARTS;
	w->blocks = xcalloc(w->block_room, sizeof(*w->blocks));
	w->parts = xcalloc(w->part_room, sizeof(*w->parts));
	for (size_t i = 0; i < w->block_room; i++) {
		w->blocks[i].out_size = squeeze_bound(w->how.header.filter, BLOCK);
		w->blocks[i].in = xcalloc(1, BLOCK);
		w->blocks[i].out = xcalloc(1, w->blocks[i].out_size);
	}
	*ret = w;
	return put_header(w, err);
}

int v4_writer_end(struct v4_writer *w, struct qvm_err *err)
{
	static const uint8_t zeros[2 * RECORD];
	size_t left;
	int r = 0;

	while (r == 0 && w->part_count)
		r = v4_part_put(w, err);
	left = RECORD - (size_t)(w->written % RECORD);
	/* Two blocks of zeros at least, up to a whole record. */
	return r < 0 ? r
		     : v4_put(w, zeros, left < END_OF_TAR ? left + RECORD : left, err);
}

uint64_t v4_writer_written(const struct v4_writer *w)
{
	return w->written;
}

void v4_writer_free(struct v4_writer *w)
{
	if (!w)
		return;
	par_free(w->par); /* ends what is under way */
	for (size_t i = 0; i < w->block_room; i++) {
		free(w->blocks[i].in);
		free(w->blocks[i].out);
	}
	for (size_t i = 0; i < w->part_room; i++) {
		v4_pass_wipe(&w->parts[i].pass);
		free(w->parts[i].buf);
	}
	free(w->blocks);
	free(w->parts);
	free(w);
}
