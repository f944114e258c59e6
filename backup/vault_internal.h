/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A repository at work: what the files vault_*.c share. */
#ifndef QVM_BACKUP_VAULT_INTERNAL_H
#define QVM_BACKUP_VAULT_INTERNAL_H

#include <pthread.h>
#include <string.h>

#include "backup/parallel.h"
#include "backup/vault.h"

#define PACK_MAGIC "qvmpack1"
#define SNAP_MAGIC "qvmsnap1"
#define HEAD 12		      /* of a pack: magic and length */
#define NONCE 24	      /* what stands before sealed data */
#define ENTRY (VAULT_ID + 4)  /* bytes of a table's entry */
#define PACK_ENTRIES 8192     /* at most */
#define PACK_SIZE (32u << 20) /* a pack with so many bytes is full */
#define TABLE_MAX (PACK_ENTRIES * ENTRY + VAULT_SEAL_EXTRA)
#define FILES 64	       /* packs that are open at once; more than slots */
#define PACK_NAME (6 + 32 + 1) /* "packs/..." with NUL */

enum vault_mark { MARK_NONE, MARK_GOOD, MARK_BAD, MARK_USED };

struct vault_entry {
	uint8_t id[VAULT_ID];
	uint32_t pack, at, len; /* where it is; len: sealed */
	uint8_t mark;
};

struct vault_pack {
	char name[PACK_NAME];
	uint64_t size;
};

/* One that is being filled, or written. */
struct vault_filling {
	struct par_job job;
	const struct vault_keys *keys;
	uint32_t number;
	uint8_t *data, *table; /* table: with room for its seal */
	size_t len, count;
	int fd, r;
	bool busy;
};

struct vault_file {
	int fd;
	uint32_t pack;
	unsigned users; /* jobs that read from it */
};

/* What one chunk needs on its way. */
struct vault_slot;

struct vault {
	struct vault_store store;
	struct vault_config config;
	struct vault_keys keys;
	size_t chunk; /* bytes */
	struct par *par;
	void (*progress)(void *arg, uint64_t bytes);
	void *progress_arg;
	uint64_t moved; /* bytes, for progress */
	size_t damaged;

	struct vault_pack *packs;
	size_t pack_count;
	/* Open addressing over entries; index + 1, 0: free. Threads look, one adds. */
	pthread_mutex_t lock;
	struct vault_entry *entries;
	size_t entry_count;
	uint32_t *table;
	size_t table_size;

	struct vault_filling filling[2];
	unsigned now; /* which of them is being filled */
	uint64_t stored;

	struct vault_file files[FILES];
	unsigned next_file;
	struct vault_slot *slots;
	size_t slot_count;
};

static inline bool vault_is_zero(const uint8_t *id)
{
	static const uint8_t zero[VAULT_ID];

	return memcmp(id, zero, VAULT_ID) == 0;
}

int vault_damaged(struct qvm_err *err, const char *fmt, ...) printf_like(2, 3);

/* ---- vault_index.c ---- */

/* Any thread; a copy, as entries move. */
bool vault_find(struct vault *v, const uint8_t *id, struct vault_entry *ret);
void vault_mark(struct vault *v, const uint8_t *id, enum vault_mark mark);
/* In place of what was known of it. */
void vault_add(struct vault *v, const struct vault_entry *e);
int vault_fd(struct vault *v, uint32_t pack, struct vault_file **ret, struct qvm_err *err)
	must_check;
void vault_files_close(struct vault *v);
uint32_t vault_pack_add(struct vault *v, const char *name, uint64_t size);

/* ---- vault_pack.c ---- */

/* A sealed chunk goes into the pack that is being filled. */
int vault_append(struct vault *v, const uint8_t *id, const uint8_t *sealed, size_t len,
		 struct qvm_err *err) must_check;
/* Until all of them are in packs that have their names. */
int vault_flush(struct vault *v, struct qvm_err *err) must_check;
void vault_pack_end(struct vault *v);

/* ---- vault_chunk.c ---- */

struct vault_slot {
	struct par_job job;
	struct vault *v;
	/* saving: from where, which parts of it */
	int fd;
	uint64_t at;
	size_t len;
	const struct pool_range *ranges;
	size_t range_count;
	/* loading */
	struct vault_entry entry;
	struct vault_file *file;
	enum vault_how how;
	/* what came of it */
	uint8_t id[VAULT_ID];
	uint8_t *plain, *sealed;
	size_t sealed_len;
	bool zero, known;
	int r; /* negative errno; -EBADMSG: it is not what it should be */
	void *coder, *decoder;
};

void vault_slots(struct vault *v); /* makes them, once */
void vault_slots_free(struct vault *v);
size_t vault_sealed_max(const struct vault *v);
/* s->plain, of s->len bytes, to s->sealed under s->id. */
bool vault_encode(struct vault_slot *s) must_check;
/* s->entry from s->file to s->sealed, as it is. */
int vault_read_sealed(struct vault_slot *s) must_check;
/* The chunk s->entry from s->file to s->plain, of s->len bytes; HASH: with its id, too. */
int vault_decode(struct vault_slot *s, bool hash) must_check;
/* One by itself, by the first slot; the data are good until that is used again. */
int vault_chunk_get(struct vault *v, const uint8_t *id, size_t len, const uint8_t **ret,
		    struct qvm_err *err) must_check;
/* DATA of LEN bytes, unless it is there or nothing but zeros. */
int vault_chunk_put(struct vault *v, const void *data, size_t len,
		    uint8_t ret[static VAULT_ID], struct qvm_err *err) must_check;

/* ---- of volumes ---- */

static inline uint64_t vault_chunks_of(const struct vault *v, uint64_t size)
{
	return (size + v->chunk - 1) / v->chunk;
}

/* How many ids the piece N of a volume's list has. */
size_t vault_piece_len(const struct vault *v, uint64_t size, size_t n);

#endif
