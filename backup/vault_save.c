/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Storing a volume, piece by piece of its list. Threads read, hash, compress and seal; the
 * one that knows the order puts what is new into packs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backup/vault_internal.h"
#include "lib/alloc.h"

/* The parts of ranges that are asked for in ascending order. */
struct cursor {
	const struct pool_range *v;
	size_t n, at;
};

/* Which ranges reach into AT to END: the first and how many. */
static size_t within(struct cursor *c, uint64_t at, uint64_t end, size_t *ret_first)
{
	size_t n = 0;

	while (c->at < c->n && c->v[c->at].at + c->v[c->at].len <= at)
		c->at++;
	while (c->at + n < c->n && c->v[c->at + n].at < end)
		n++;
	*ret_first = c->at;
	return n;
}

struct save {
	struct vault *v;
	const struct vault_source *src;
	struct cursor data, changed;
	struct vault_volume *vol;
	uint8_t (*ids)[VAULT_ID]; /* of the piece at work */
	size_t count;
	uint64_t first; /* number of its first chunk */
	/* Slots under way, a ring: the oldest, how many, and their places in the piece. */
	size_t oldest, busy;
	size_t *places;
};

/* ---- in threads ---- */

static int read_range(struct vault_slot *s, const struct pool_range *range)
{
	uint64_t at = range->at > s->at ? range->at : s->at;
	uint64_t end = range->at + range->len;

	if (end > s->at + s->len)
		end = s->at + s->len;
	while (at < end) {
		ssize_t n = pread(s->fd, s->plain + (at - s->at), (size_t)(end - at),
				  (off_t)at);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return -ENODATA;
		at += n > 0 ? (uint64_t)n : 0;
	}
	return 0;
}

static void save_chunk(struct par_job *job)
{
	struct vault_slot *s = (struct vault_slot *)job;
	struct vault_entry known;

	s->r = 0;
	s->known = s->zero = false;
	if (s->range_count != 1 || s->ranges[0].at > s->at ||
	    s->ranges[0].at + s->ranges[0].len < s->at + s->len)
		memset(s->plain, 0, s->len);
	for (size_t i = 0; s->r == 0 && i < s->range_count; i++)
		s->r = read_range(s, &s->ranges[i]);
	if (s->r < 0)
		return;
	s->zero = !s->plain[0] && memcmp(s->plain, s->plain + 1, s->len - 1) == 0;
	if (s->zero)
		return;
	vault_id(&s->v->keys, s->plain, s->len, s->id);
	s->known = vault_find(s->v, s->id, &known);
	if (!s->known && !vault_encode(s))
		s->r = -ENOMEM;
}

/* ---- in order ---- */

static void tell(struct vault *v, uint64_t bytes)
{
	v->moved += bytes;
	if (v->progress)
		v->progress(v->progress_arg, v->moved);
}

static int take_oldest(struct save *sv, struct qvm_err *err)
{
	struct vault_slot *s = &sv->v->slots[sv->oldest];
	size_t place = sv->places[sv->oldest];
	struct vault_entry known;

	par_wait(sv->v->par, &s->job);
	sv->oldest = (sv->oldest + 1) % sv->v->slot_count;
	sv->busy--;
	if (s->r < 0)
		return err_errno(err, s->r, "cannot read the volume");
	tell(sv->v, s->len);
	if (s->zero)
		return 0;
	sv->vol->data += s->len;
	memcpy(sv->ids[place], s->id, VAULT_ID);
	/* Another of the same may have come meanwhile. */
	if (s->known || vault_find(sv->v, s->id, &known))
		return 0;
	return vault_append(sv->v, s->id, s->sealed, s->sealed_len, err);
}

static int submit(struct save *sv, size_t place, uint64_t at, size_t len, size_t first,
		  size_t ranges, struct qvm_err *err)
{
	struct vault *v = sv->v;
	size_t i = (sv->oldest + sv->busy) % v->slot_count;
	struct vault_slot *s = &v->slots[i];

	sv->places[i] = place;
	s->fd = sv->src->fd;
	s->at = at;
	s->len = len;
	s->ranges = sv->src->ranges + first;
	s->range_count = ranges;
	s->job.run = save_chunk;
	par_submit(v->par, &s->job);
	sv->busy++;
	return sv->busy == v->slot_count ? take_oldest(sv, err) : 0;
}

static int drain(struct save *sv, int r, struct qvm_err *err)
{
	struct qvm_err ignored;

	while (sv->busy) {
		int late = take_oldest(sv, r < 0 ? &ignored : err);

		r = r < 0 ? r : late;
	}
	return r;
}

/* One chunk: as it was before, read, or nothing. */
static int one(struct save *sv, size_t place, const uint8_t (*before)[VAULT_ID],
	       struct qvm_err *err)
{
	struct vault *v = sv->v;
	uint64_t at = (sv->first + place) * v->chunk, end = at + v->chunk;
	size_t first, ignored, n;

	if (end > sv->src->size)
		end = sv->src->size;
	n = within(&sv->data, at, end, &first);
	if (before && !within(&sv->changed, at, end, &ignored)) {
		memcpy(sv->ids[place], before[place], VAULT_ID);
		if (!vault_is_zero(before[place]))
			sv->vol->data += end - at;
		return 0;
	}
	return n ? submit(sv, place, at, (size_t)(end - at), first, n, err) : 0;
}

/*
 * What the piece was in the parent, where that is of use: the list has to be as long, and
 * each chunk of it to be there.
 */
static int ids_before(struct save *sv, size_t piece, uint8_t (*ret)[VAULT_ID],
		      bool *ret_use, struct qvm_err *err)
{
	const struct vault_volume *p = sv->src->parent;
	struct vault_entry found;
	const uint8_t *ids;
	int r;

	*ret_use = p && p->size == sv->src->size && piece < p->piece_count;
	if (!*ret_use)
		return 0;
	memset(ret, 0, sv->count * VAULT_ID);
	if (vault_is_zero(p->pieces[piece]))
		return 0;
	*ret_use = vault_find(sv->v, p->pieces[piece], &found);
	if (!*ret_use)
		return 0;
	r = vault_chunk_get(sv->v, p->pieces[piece], sv->count * VAULT_ID, &ids, err);
	if (r < 0)
		return r;
	memcpy(ret, ids, sv->count * VAULT_ID);
	for (size_t i = 0; *ret_use && i < sv->count; i++)
		*ret_use = vault_is_zero(ret[i]) || vault_find(sv->v, ret[i], &found);
	return 0;
}

static int save_piece(struct save *sv, size_t piece, struct qvm_err *err)
{
	cleanup_free uint8_t(*before)[VAULT_ID] = xcalloc(VAULT_PIECE, VAULT_ID);
	bool use;
	int r;

	sv->first = (uint64_t)piece * VAULT_PIECE;
	sv->count = vault_piece_len(sv->v, sv->src->size, piece);
	memset(sv->ids, 0, VAULT_PIECE * VAULT_ID);
	r = ids_before(sv, piece, before, &use, err);
	for (size_t i = 0; r == 0 && i < sv->count; i++)
		r = one(sv, i, use ? (const uint8_t(*)[VAULT_ID])before : NULL, err);
	r = drain(sv, r, err);
	return r < 0 ? r
		     : vault_chunk_put(sv->v, sv->ids, sv->count * VAULT_ID,
				       sv->vol->pieces[piece], err);
}

int vault_save(struct vault *v, const struct vault_source *src, struct vault_volume *ret,
	       struct qvm_err *err)
{
	struct save sv = {
		.v = v,
		.src = src,
		.vol = ret,
		.data = {src->ranges, src->range_count, 0},
		.changed = {src->changed, src->changed_count, 0},
	};
	cleanup_free uint8_t(*ids)[VAULT_ID] = xcalloc(VAULT_PIECE, VAULT_ID);
	cleanup_free size_t *places = NULL;
	int r = 0;

	if (src->size > VAULT_VOLUME_MAX)
		return err_set(err, QVM_E_VALUE, "the volume is too large");
	vault_slots(v);
	places = xcalloc(v->slot_count, sizeof(*places));
	sv.ids = ids;
	sv.places = places;
	ret->size = src->size;
	ret->data = 0;
	ret->piece_count =
		(size_t)((vault_chunks_of(v, src->size) + VAULT_PIECE - 1) / VAULT_PIECE);
	ret->pieces = xcalloc(ret->piece_count + 1, VAULT_ID);
	for (size_t i = 0; r == 0 && i < ret->piece_count; i++)
		r = save_piece(&sv, i, err);
	return r;
}
