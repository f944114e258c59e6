/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One chunk, between plain and stored. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "backup/vault_internal.h"
#include "lib/alloc.h"

/* Twice as fast as zstd's default, both ways, for 3 % more of what systems hold. */
#define LEVEL 1

enum coding { PLAIN, ZSTD };

/* Nonce, coding, data (never more than plain ones), authenticator. */
size_t vault_sealed_max(const struct vault *v)
{
	return v->chunk + 1 + VAULT_SEAL_EXTRA;
}

void vault_slots(struct vault *v)
{
	if (v->slots)
		return;
	v->slot_count = 2 * par_width(v->par) + 2;
	v->slots = xcalloc(v->slot_count, sizeof(*v->slots));
	for (size_t i = 0; i < v->slot_count; i++) {
		v->slots[i].v = v;
		v->slots[i].plain = xcalloc(1, v->chunk);
		v->slots[i].sealed = xcalloc(1, vault_sealed_max(v));
	}
}

void vault_slots_free(struct vault *v)
{
	for (size_t i = 0; i < v->slot_count; i++) {
		ZSTD_freeCCtx(v->slots[i].coder);
		ZSTD_freeDCtx(v->slots[i].decoder);
		free(v->slots[i].plain);
		free(v->slots[i].sealed);
	}
	free(v->slots);
}

static ZSTD_CCtx *coder_new(void)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();

	if (c &&
	    (ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, LEVEL)) ||
	     ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1)))) {
		ZSTD_freeCCtx(c);
		return NULL;
	}
	return c;
}

bool vault_encode(struct vault_slot *s)
{
	uint8_t *data = s->sealed + NONCE;
	size_t n;

	if (!s->coder)
		s->coder = coder_new();
	n = s->coder ? ZSTD_compress2(s->coder, data + 1, s->len, s->plain, s->len) : 0;
	data[0] = ZSTD;
	/* Where it does not become shorter there is no room for it either. */
	if (!n || ZSTD_isError(n)) {
		data[0] = PLAIN;
		memcpy(data + 1, s->plain, s->len);
		n = s->len;
	}
	vault_seal(&s->v->keys, VAULT_OF_CHUNK, s->id, VAULT_ID, s->sealed, n + 1);
	s->sealed_len = n + 1 + VAULT_SEAL_EXTRA;
	return s->coder;
}

int vault_read_sealed(struct vault_slot *s)
{
	for (size_t done = 0; done < s->entry.len;) {
		ssize_t n = pread(s->file->fd, s->sealed + done, s->entry.len - done,
				  (off_t)(s->entry.at + done));

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return -EBADMSG;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* What it says of its own length is not asked. */
static bool decode(struct vault_slot *s, const uint8_t *data, size_t len)
{
	if (data[0] == PLAIN && len - 1 == s->len) {
		memcpy(s->plain, data + 1, s->len);
		return true;
	}
	if (!s->decoder)
		s->decoder = ZSTD_createDCtx();
	return data[0] == ZSTD && s->decoder &&
	       ZSTD_decompressDCtx(s->decoder, s->plain, s->len, data + 1, len - 1) ==
		       s->len;
}

/*
 * What is authentic is what was sealed for this id, and zstd's own sum tells whether it came
 * out right. That it was sealed under the wrong id, by memory that failed between the hash and
 * the seal, only the hash shows: it costs as much as all else together.
 */
int vault_decode(struct vault_slot *s, bool hash)
{
	uint8_t id[VAULT_ID];
	int r;

	if (s->entry.len <= VAULT_SEAL_EXTRA || s->entry.len > vault_sealed_max(s->v))
		return -EBADMSG;
	r = vault_read_sealed(s);
	if (r < 0)
		return r;
	if (!vault_unseal(&s->v->keys, VAULT_OF_CHUNK, s->entry.id, VAULT_ID, s->sealed,
			  s->entry.len) ||
	    !decode(s, s->sealed + NONCE, s->entry.len - VAULT_SEAL_EXTRA))
		return -EBADMSG;
	if (!hash)
		return 0;
	vault_id(&s->v->keys, s->plain, s->len, id);
	return memcmp(id, s->entry.id, VAULT_ID) == 0 ? 0 : -EBADMSG;
}

int vault_chunk_get(struct vault *v, const uint8_t *id, size_t len, const uint8_t **ret,
		    struct qvm_err *err)
{
	struct vault_slot *s;
	int r;

	vault_slots(v);
	s = &v->slots[0];
	if (!vault_find(v, id, &s->entry))
		return vault_damaged(err, "a chunk is missing");
	r = vault_fd(v, s->entry.pack, &s->file, err);
	if (r < 0)
		return r;
	s->len = len;
	r = vault_decode(s, true);
	if (r < 0)
		return vault_damaged(err, "a chunk in '%s' cannot be used",
				     v->packs[s->entry.pack].name);
	*ret = s->plain;
	return 0;
}

int vault_chunk_put(struct vault *v, const void *data, size_t len,
		    uint8_t ret[static VAULT_ID], struct qvm_err *err)
{
	struct vault_entry known;
	struct vault_slot *s;

	memset(ret, 0, VAULT_ID);
	if (!len || (!*(const uint8_t *)data &&
		     memcmp(data, (const uint8_t *)data + 1, len - 1) == 0))
		return 0;
	vault_id(&v->keys, data, len, ret);
	if (vault_find(v, ret, &known))
		return 0;
	vault_slots(v);
	s = &v->slots[0];
	memcpy(s->plain, data, len);
	memcpy(s->id, ret, VAULT_ID);
	s->len = len;
	if (!vault_encode(s))
		return err_set(err, QVM_E_NO_MEMORY, "cannot compress");
	return vault_append(v, s->id, s->sealed, s->sealed_len, err);
}
