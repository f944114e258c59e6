/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Giving a volume out. Nothing of a chunk is written before all of it is known to be right. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backup/vault_internal.h"
#include "lib/alloc.h"
#include "lib/file.h"

struct load {
	struct vault *v;
	const struct vault_volume *vol;
	enum vault_how how;
	int fd;
	unsigned sample;
	uint64_t streamed; /* bytes given out in order */
	size_t oldest, busy;
};

/* ---- in threads ---- */

#define STEP 65536

/* The volume is blank: zeros need no place in it. */
static int fill(const struct vault_slot *s)
{
	for (size_t done = 0; done < s->len;) {
		const uint8_t *data = s->plain + done;
		size_t n = s->len - done < STEP ? s->len - done : STEP;
		ssize_t put = (ssize_t)n;

		if (data[0] || memcmp(data, data + 1, n - 1) != 0)
			put = pwrite(s->fd, data, n, (off_t)(s->at + done));
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return put < 0 ? -errno : -ENOSPC;
		done += (size_t)put;
	}
	return 0;
}

static void load_chunk(struct par_job *job)
{
	struct vault_slot *s = (struct vault_slot *)job;
	int r;

	s->r = vault_decode(s, s->how == VAULT_CHECK);
	s->known = s->r == 0; /* what fails from here on is the volume's fault */
	if (s->r < 0 || s->how != VAULT_FILL)
		return;
	r = fill(s);
	s->r = r < 0 ? r : 0;
}

/* ---- in order ---- */

static int stream_zeros(struct load *ld, uint64_t until)
{
	static const uint8_t zeros[STEP];
	int r = 0;

	while (r == 0 && ld->streamed < until) {
		size_t n = until - ld->streamed < STEP ? (size_t)(until - ld->streamed)
						       : STEP;

		r = fd_write_all(ld->fd, zeros, n);
		ld->streamed += n;
	}
	return r;
}

static int stream(struct load *ld, const struct vault_slot *s)
{
	int r = stream_zeros(ld, s->at);

	if (r == 0)
		r = fd_write_all(ld->fd, s->plain, s->len);
	ld->streamed += s->len;
	return r;
}

static int take_oldest(struct load *ld, struct qvm_err *err)
{
	struct vault *v = ld->v;
	struct vault_slot *s = &v->slots[ld->oldest];

	par_wait(v->par, &s->job);
	ld->oldest = (ld->oldest + 1) % v->slot_count;
	ld->busy--;
	s->file->users--;
	vault_mark(v, s->entry.id, s->known ? MARK_GOOD : MARK_BAD);
	if (!s->known)
		return vault_damaged(err, "a chunk in '%s' cannot be used",
				     v->packs[s->entry.pack].name);
	if (s->r == 0 && ld->how == VAULT_STREAM)
		s->r = stream(ld, s);
	if (s->r == -ENOSPC)
		return err_set(err, QVM_E_NO_SPACE,
			       "cannot write the volume: there is no room for it");
	if (s->r < 0)
		return err_errno(err, s->r, "cannot write the volume");
	v->moved += s->len;
	if (v->progress)
		v->progress(v->progress_arg, v->moved);
	return 0;
}

static int submit(struct load *ld, const struct vault_entry *e, uint64_t at, size_t len,
		  struct qvm_err *err)
{
	struct vault *v = ld->v;
	struct vault_slot *s = &v->slots[(ld->oldest + ld->busy) % v->slot_count];
	int r = vault_fd(v, e->pack, &s->file, err);

	if (r < 0)
		return r;
	s->file->users++;
	s->entry = *e;
	s->fd = ld->fd;
	s->how = ld->how;
	s->at = at;
	s->len = len;
	s->known = false;
	s->job.run = load_chunk;
	par_submit(v->par, &s->job);
	ld->busy++;
	return ld->busy == v->slot_count ? take_oldest(ld, err) : 0;
}

static int one(struct load *ld, const uint8_t *id, uint64_t at, struct qvm_err *err)
{
	uint64_t left = ld->vol->size - at;
	size_t len = left < ld->v->chunk ? (size_t)left : ld->v->chunk;
	struct vault_entry e;
	uint8_t dice;

	if (vault_is_zero(id))
		return 0;
	if (!vault_find(ld->v, id, &e))
		return vault_damaged(err, "a chunk is missing");
	if (ld->how == VAULT_CHECK) {
		if (e.mark == MARK_GOOD)
			return 0;
		vault_random(&dice, 1);
		if (dice * 100u / 256 >= ld->sample)
			return 0;
	}
	return submit(ld, &e, at, len, err);
}

static int load_piece(struct load *ld, size_t piece, struct qvm_err *err)
{
	cleanup_free uint8_t(*ids)[VAULT_ID] = NULL;
	size_t count = vault_piece_len(ld->v, ld->vol->size, piece);
	struct qvm_err ignored;
	const uint8_t *list;
	int r;

	if (vault_is_zero(ld->vol->pieces[piece]))
		return 0;
	r = vault_chunk_get(ld->v, ld->vol->pieces[piece], count * VAULT_ID, &list, err);
	if (r < 0)
		return r;
	ids = xcalloc(count, VAULT_ID);
	memcpy(ids, list, count * VAULT_ID);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = one(ld, ids[i], ((uint64_t)piece * VAULT_PIECE + i) * ld->v->chunk,
			err);
	while (ld->busy) {
		int late = take_oldest(ld, r < 0 ? &ignored : err);

		r = r < 0 ? r : late;
	}
	return r;
}

int vault_load(struct vault *v, const struct vault_volume *vol, enum vault_how how,
	       int fd, unsigned sample, struct qvm_err *err)
{
	struct load ld = {.v = v, .vol = vol, .how = how, .fd = fd, .sample = sample};
	uint64_t pieces = (vault_chunks_of(v, vol->size) + VAULT_PIECE - 1) / VAULT_PIECE;
	int r = 0;

	if (vol->size > VAULT_VOLUME_MAX || pieces != vol->piece_count)
		return vault_damaged(err, "a volume has not the size of its list");
	vault_slots(v);
	for (size_t i = 0; r == 0 && i < vol->piece_count; i++)
		r = load_piece(&ld, i, err);
	if (r == 0 && how == VAULT_STREAM) {
		r = stream_zeros(&ld, vol->size);
		if (r < 0)
			r = err_errno(err, r, "cannot write the volume");
	}
	if (r == 0 && how == VAULT_FILL && fsync(fd) < 0)
		r = err_errno(err, -errno, "cannot write the volume");
	return r;
}

/* Of its pieces and all that they name; nothing but the pieces is read. */
int vault_has(struct vault *v, const struct vault_volume *vol, bool *ret,
	      struct qvm_err *err)
{
	struct vault_entry e;

	*ret = true;
	for (size_t i = 0; *ret && i < vol->piece_count; i++) {
		size_t count = vault_piece_len(v, vol->size, i);
		const uint8_t *ids;
		int r;

		if (vault_is_zero(vol->pieces[i]))
			continue;
		*ret = vault_find(v, vol->pieces[i], &e);
		r = *ret ? vault_chunk_get(v, vol->pieces[i], count * VAULT_ID, &ids, err)
			 : 0;
		if (r < 0)
			return r;
		for (size_t k = 0; *ret && k < count; k++)
			*ret = vault_is_zero(ids + k * VAULT_ID) ||
			       vault_find(v, ids + k * VAULT_ID, &e);
	}
	return 0;
}
