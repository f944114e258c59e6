/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What no snapshot needs. Chunks that are needed and share a pack with many that are not
 * move into a new one first; only then packs go, so that at any time all is there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backup/vault_internal.h"
#include "lib/alloc.h"

#define SMALL (PACK_SIZE / 4)
#define SMALL_MANY 16

struct pack_use {
	uint64_t used; /* bytes of chunks that are needed */
	bool rewrite;
};

static int use_piece(struct vault *v, const struct vault_volume *vol, size_t piece,
		     struct qvm_err *err)
{
	size_t count = vault_piece_len(v, vol->size, piece);
	const uint8_t *ids;
	struct vault_entry e;
	int r;

	if (vault_is_zero(vol->pieces[piece]))
		return 0;
	/* Lists that were seen need not be read again. */
	if (vault_find(v, vol->pieces[piece], &e) && e.mark == MARK_USED)
		return 0;
	r = vault_chunk_get(v, vol->pieces[piece], count * VAULT_ID, &ids, err);
	if (r < 0)
		return r;
	vault_mark(v, vol->pieces[piece], MARK_USED);
	for (size_t i = 0; i < count; i++) {
		const uint8_t *id = ids + i * VAULT_ID;

		if (vault_is_zero(id))
			continue;
		if (!vault_find(v, id, &e))
			return vault_damaged(err, "a chunk is missing");
		vault_mark(v, id, MARK_USED);
	}
	return 0;
}

static int use_all(struct vault *v, const struct strv *without, struct qvm_err *err)
{
	cleanup_strv struct strv names = STRV_INIT;
	int r = vault_snapshots(v, &names, err);

	for (size_t i = 0; r == 0 && i < names.n; i++) {
		cleanup_snapshot struct vault_snapshot s = {0};

		if (without && strv_has(without, names.v[i]))
			continue;
		r = vault_snapshot_get(v, names.v[i], &s, err);
		for (size_t k = 0; r == 0 && k < s.volume_count; k++)
			for (size_t p = 0; r == 0 && p < s.volumes[k].piece_count; p++)
				r = use_piece(v, &s.volumes[k], p, err);
		if (r < 0)
			return err_wrap(err, "nothing is removed: '%s'", names.v[i]);
	}
	return r;
}

/* Half of it not needed, or one of many small ones. */
static void choose(struct vault *v, struct pack_use *use, struct vault_waste *ret)
{
	size_t small = 0;

	for (size_t i = 0; i < v->entry_count; i++)
		if (v->entries[i].mark == MARK_USED)
			use[v->entries[i].pack].used += v->entries[i].len;
	for (size_t i = 0; i < v->pack_count; i++)
		small += use[i].used && v->packs[i].size < SMALL;
	for (size_t i = 0; i < v->pack_count; i++) {
		uint64_t size = v->packs[i].size;

		ret->bytes += size;
		ret->packs++;
		ret->removed += !use[i].used;
		use[i].rewrite = use[i].used && (use[i].used < size / 2 ||
						 (small >= SMALL_MANY && size < SMALL));
		ret->rewritten += use[i].rewrite;
		if (!use[i].used || use[i].rewrite)
			ret->freed += size - use[i].used;
	}
}

/* Sealed as it is: its seal is bound to its id and not to its place. */
static int move(struct vault *v, const struct vault_entry *e, struct qvm_err *err)
{
	struct vault_slot *s = &v->slots[0];
	cleanup_free uint8_t *sealed = xcalloc(1, vault_sealed_max(v));
	int r = vault_fd(v, e->pack, &s->file, err);

	if (r < 0)
		return r;
	s->entry = *e;
	r = vault_read_sealed(s);
	if (r == 0) {
		memcpy(sealed, s->sealed, e->len);
		r = vault_unseal(&v->keys, VAULT_OF_CHUNK, e->id, VAULT_ID, s->sealed,
				 e->len)
			    ? 0
			    : -EBADMSG;
	}
	if (r < 0)
		return vault_damaged(err, "a chunk in '%s' cannot be used",
				     v->packs[e->pack].name);
	return vault_append(v, e->id, sealed, e->len, err);
}

static int rewrite(struct vault *v, const struct pack_use *use, size_t packs,
		   struct qvm_err *err)
{
	size_t count = v->entry_count;
	int r = 0;

	vault_slots(v);
	for (size_t i = 0; r == 0 && i < count; i++) {
		struct vault_entry e = v->entries[i];

		if (e.mark == MARK_USED && e.pack < packs && use[e.pack].rewrite)
			r = move(v, &e, err);
	}
	return r == 0 ? vault_flush(v, err) : r;
}

int vault_prune(struct vault *v, bool dry, const struct strv *without,
		struct vault_waste *ret, struct qvm_err *err)
{
	cleanup_free struct pack_use *use = xcalloc(v->pack_count + 1, sizeof(*use));
	size_t packs = v->pack_count;
	int r = use_all(v, without, err);

	*ret = (struct vault_waste){0};
	if (r < 0)
		return r;
	if (v->config.append_only && !dry)
		return err_set(err, QVM_E_PERMISSION,
			       "nothing is removed from this repository: it is one that "
			       "is only added to");
	choose(v, use, ret);
	if (dry)
		return 0;
	r = rewrite(v, use, packs, err);
	for (size_t i = 0; r == 0 && i < packs; i++)
		if (!use[i].used || use[i].rewrite)
			r = v->store.remove(v->store.arg, v->packs[i].name, err);
	return r;
}
