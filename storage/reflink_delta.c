/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where two files that may share blocks do not: by where the file system says that their
 * blocks are. What it cannot say for sure counts as different.
 */
#include <errno.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>

#include "lib/alloc.h"
#include "storage/reflink.h"

#define ROWS 512
#define UNSURE                                                                           \
	(FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_DELALLOC | FIEMAP_EXTENT_ENCODED |        \
	 FIEMAP_EXTENT_DATA_INLINE | FIEMAP_EXTENT_DATA_TAIL |                           \
	 FIEMAP_EXTENT_NOT_ALIGNED)

int reflink_extents(int fd, struct reflink_extent **ret, size_t *ret_n)
{
	cleanup_free struct fiemap *map =
		xcalloc(1, sizeof(*map) + ROWS * sizeof(struct fiemap_extent));
	cleanup_free struct reflink_extent *v = NULL;
	uint64_t at = 0;
	size_t n = 0;
	bool last = false;

	while (!last) {
		*map = (struct fiemap){.fm_start = at,
				       .fm_length = FIEMAP_MAX_OFFSET - at,
				       .fm_flags = at ? 0 : FIEMAP_FLAG_SYNC,
				       .fm_extent_count = ROWS};
		if (ioctl(fd, FS_IOC_FIEMAP, map) < 0)
			return -errno;
		last = map->fm_mapped_extents == 0;
		for (unsigned i = 0; i < map->fm_mapped_extents; i++) {
			const struct fiemap_extent *e = &map->fm_extents[i];

			array_grow(v, n) = (struct reflink_extent){
				.at = e->fe_logical,
				.len = e->fe_length,
				.place = e->fe_physical,
				.unsure = e->fe_flags & UNSURE,
				.zero = e->fe_flags & FIEMAP_EXTENT_UNWRITTEN,
			};
			n++;
			at = e->fe_logical + e->fe_length;
			last |= (e->fe_flags & FIEMAP_EXTENT_LAST) != 0;
		}
	}
	*ret = steal(v);
	*ret_n = n;
	return 0;
}

/* One of the two, walked along. */
struct walk {
	const struct reflink_extent *v;
	size_t n, i;
};

/* What covers AT, or NULL for a hole; and up to where that is so. */
static const struct reflink_extent *cover(struct walk *w, uint64_t at, uint64_t *end)
{
	const struct reflink_extent *e;

	while (w->i < w->n && w->v[w->i].at + w->v[w->i].len <= at)
		w->i++;
	if (w->i == w->n)
		return NULL;
	e = &w->v[w->i];
	if (e->at > at) {
		*end = e->at < *end ? e->at : *end;
		return NULL;
	}
	*end = e->at + e->len < *end ? e->at + e->len : *end;
	return e;
}

static bool same(const struct reflink_extent *a, const struct reflink_extent *b,
		 uint64_t at)
{
	bool no_a = !a || (a->zero && !a->unsure), no_b = !b || (b->zero && !b->unsure);

	if (no_a || no_b)
		return no_a && no_b;
	return !a->unsure && !b->unsure &&
	       a->place + (at - a->at) == b->place + (at - b->at);
}

void reflink_differ(const struct reflink_extent *a, size_t n_a,
		    const struct reflink_extent *b, size_t n_b, uint64_t size,
		    struct pool_range **ret, size_t *ret_n)
{
	struct walk wa = {a, n_a, 0}, wb = {b, n_b, 0};
	struct pool_range *v = NULL;
	uint64_t at, end;
	size_t n = 0;

	for (at = 0; at < size; at = end) {
		const struct reflink_extent *x, *y;

		end = size;
		x = cover(&wa, at, &end);
		y = cover(&wb, at, &end);
		if (same(x, y, at))
			continue;
		if (n && v[n - 1].at + v[n - 1].len == at) {
			v[n - 1].len += end - at;
			continue;
		}
		array_grow(v, n) = (struct pool_range){at, end - at};
		n++;
	}
	*ret = v;
	*ret_n = n;
}
