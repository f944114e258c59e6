/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copying the blocks of volumes: to other pools, to files and pipes, and from them. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/size.h"
#include "ops/volume.h"

#define CHUNK (1u << 20)
#define BLOCK 4096u /* what is left out or compared is this large */

struct copying {
	struct qvm_ctx *ctx;
	const struct vol_copy *c;
	uint64_t at;
	int percent; /* as shown last */
	char *data, *old;
};

static void show(struct copying *cp)
{
	int percent = cp->c->size ? (int)(cp->at * 100 / cp->c->size) : -1;

	if (percent == cp->percent && percent >= 0)
		return;
	cp->percent = percent;
	ctx_progress(cp->ctx, cp->c->what, percent);
}

/* As much as comes, up to a chunk: a pipe gives it in pieces. */
static ssize_t fill_chunk(const struct copying *cp)
{
	size_t want = CHUNK, have = 0;

	if (cp->c->size && cp->c->size - cp->at < want)
		want = cp->c->size - cp->at;
	while (have < want) {
		ssize_t n = read(cp->c->from, cp->data + have, want - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

static int write_at(int fd, const char *data, size_t len, uint64_t at)
{
	while (len) {
		ssize_t n = pwrite(fd, data, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		data += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static bool is_wanted(const struct copying *cp, size_t at, size_t len)
{
	static const char zeros[BLOCK];

	return memcmp(cp->data + at, cp->c->compare ? cp->old + at : zeros, len) != 0;
}

/* Runs of blocks that are wanted are written in one piece each. */
static int write_wanted(struct copying *cp, size_t len)
{
	size_t begin = 0, at = 0;
	int r = 0;

	while (r == 0 && at < len) {
		size_t piece = len - at < BLOCK ? len - at : BLOCK;

		if (!is_wanted(cp, at, piece)) {
			r = write_at(cp->c->to, cp->data + begin, at - begin,
				     cp->at + begin);
			begin = at + piece;
		}
		at += piece;
	}
	return r < 0 ? r
		     : write_at(cp->c->to, cp->data + begin, at - begin, cp->at + begin);
}

static int read_old(struct copying *cp, size_t len)
{
	ssize_t n = pread(cp->c->to, cp->old, len, (off_t)cp->at);

	if (n < 0)
		return -errno;
	memset(cp->old + n, 0, len - (size_t)n);
	return 0;
}

static int write_chunk(struct copying *cp, size_t len)
{
	int r = cp->c->compare ? read_old(cp, len) : 0;

	if (r < 0)
		return r;
	return cp->c->sparse || cp->c->compare ? write_wanted(cp, len)
					       : fd_write_all(cp->c->to, cp->data, len);
}

/* A file with holes tells where data comes next; anything else is read through. */
static void skip_hole(struct copying *cp)
{
	off_t next, end;

	if (!cp->c->sparse)
		return;
	next = lseek(cp->c->from, (off_t)cp->at, SEEK_DATA);
	if (next < 0 && errno == ENXIO) {
		end = lseek(cp->c->from, 0, SEEK_END);
		next = cp->c->size && (uint64_t)end > cp->c->size ? (off_t)cp->c->size
								  : end;
	}
	if (next > (off_t)cp->at)
		cp->at = cp->c->size && (uint64_t)next > cp->c->size ? cp->c->size
								     : (uint64_t)next;
	if (next >= 0)
		(void)lseek(cp->c->from, (off_t)cp->at, SEEK_SET);
}

/* A disk that fails is a matter of the volumes, whatever the command was. */
static int failed(int r, const char *what, struct qvm_err *err)
{
	if (r == -ENOSPC || r == -EDQUOT)
		return err_set(err, QVM_E_NO_SPACE, "no space is left for it");
	err_errno(err, r, "cannot %s it", what);
	if (r == -EIO)
		err->kind = QVM_E_STORAGE;
	return -err->kind;
}

static int too_long(const struct copying *cp, struct qvm_err *err)
{
	char limit[32];

	size_format(cp->c->limit, limit);
	return err_set(err, QVM_E_VALUE, "there are more than %s of data", limit);
}

static int copy_all(struct copying *cp, struct qvm_err *err)
{
	const struct vol_copy *c = cp->c;

	for (;;) {
		ssize_t n;
		int r;

		skip_hole(cp);
		if (c->size && cp->at >= c->size)
			return 0;
		n = fill_chunk(cp);
		if (n < 0)
			return failed((int)n, "read", err);
		if (n == 0)
			return 0;
		if (c->limit && cp->at + (uint64_t)n > c->limit)
			return too_long(cp, err);
		r = write_chunk(cp, (size_t)n);
		if (r < 0)
			return failed(r, "write", err);
		cp->at += (uint64_t)n;
		show(cp);
	}
}

static int finish(const struct copying *cp, struct qvm_err *err)
{
	const struct vol_copy *c = cp->c;
	char got[32], want[32];
	struct stat st;

	if (c->size && cp->at < c->size) {
		size_format(cp->at, got);
		size_format(c->size, want);
		return err_set(err, QVM_E_VALUE, "the data end after %s of %s", got,
			       want);
	}
	if (c->sparse && fstat(c->to, &st) == 0 && S_ISREG(st.st_mode) &&
	    (uint64_t)st.st_size < cp->at && ftruncate(c->to, (off_t)cp->at) < 0)
		return failed(-errno, "write", err);
	/* A pipe or a terminal cannot be synced. */
	if (fsync(c->to) < 0 && errno != EINVAL && errno != EROFS)
		return failed(-errno, "write", err);
	return 0;
}

int vol_copy(struct qvm_ctx *ctx, const struct vol_copy *c, uint64_t *ret_copied,
	     struct qvm_err *err)
{
	cleanup_free char *data = xcalloc(1, CHUNK);
	cleanup_free char *old = c->compare ? xcalloc(1, CHUNK) : NULL;
	struct copying cp = {.ctx = ctx, .c = c, .percent = -1, .data = data, .old = old};
	int r = copy_all(&cp, err);

	if (r == 0)
		r = finish(&cp, err);
	if (r == 0 && ret_copied)
		*ret_copied = cp.at;
	return r;
}

int vol_copy_device(struct qvm_ctx *ctx, const struct block_dev *to, void *vol_source,
		    struct qvm_err *err)
{
	const struct vol_source *source = vol_source;
	cleanup_pool struct pool_handle pool = POOL_HANDLE_INIT;
	cleanup_close int in = -1;
	cleanup_close int out = open(to->path, O_RDWR | O_CLOEXEC);
	struct vol_copy copy = {.what = source->what, .sparse = true};
	struct block_dev from;
	struct vol_stat st;
	int r = pool_open(ctx, source->w, source->pool, &pool, err);

	if (r == 0)
		r = pool.ops->device(pool.pool, source->id, &from, err);
	if (r == 0)
		r = pool.ops->stat(pool.pool, source->id, &st, err);
	if (r < 0)
		return r;
	in = open(from.path, O_RDONLY | O_CLOEXEC);
	if (in < 0 || out < 0)
		return err_errno(err, -errno, "cannot open the volume '%s'",
				 in < 0 ? from.path : to->path);
	copy.from = in;
	copy.to = out;
	copy.size = st.size;
	return vol_copy(ctx, &copy, NULL, err);
}
