/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A repository of backups. Volumes are cut into chunks of one size, which are stored once
 * each under a keyed hash of what is in them. Several chunks are a pack:
 *
 *	pack	  "qvmpack1" length:4 sealed(table) chunks	bound to its name
 *	table	  for each chunk, in their order, id:32 length:4
 *	chunk	  sealed(coding:1 data)				bound to its id
 *	snapshot  "qvmsnap1" sealed(zstd of its text)		bound to its name
 *
 * A volume is a list of its chunks' ids, where zeros have none; the list is cut into pieces,
 * which are chunks, too. A snapshot names the pieces. Packs are written first, each whole
 * or not at all, and the snapshot last: it makes the backup. No byte but the lengths in the
 * fixed heads is looked at before it is authenticated.
 *
 * Open it, then vault_index; volumes and snapshots after that. One thread may use it; what
 * takes time is done by others that it has.
 */
#ifndef QVM_BACKUP_VAULT_H
#define QVM_BACKUP_VAULT_H

#include <stdio.h>

#include "backup/vault_crypt.h"
#include "backup/vault_store.h"
#include "core/pool.h"
#include "lib/strv.h"

#define VAULT_PIECE 4096		     /* ids in a piece of a list */
#define VAULT_VOLUME_MAX (UINT64_C(1) << 46) /* bytes */
#define VAULT_STAMP 32			     /* of a snapshot's name, with NUL */
#define VAULT_KEY_MAX 160
#define VAULT_KEY_NOW "/now" /* end of a key that is not kept */

struct vault;

/* CONFIG with a new key, in an empty folder. */
int vault_create(const struct vault_store *store, const struct vault_config *config,
		 const struct secret *pass, struct qvm_err *err) must_check;
/* Nothing but the config is written again. KIB: what deriving the key takes; 0: as before. */
int vault_change_pass(const struct vault_store *store, const struct secret *pass,
		      const struct secret *new_pass, uint32_t kib, struct qvm_err *err)
	must_check;
int vault_open(const struct vault_store *store, const struct secret *pass,
	       struct vault **ret, struct qvm_err *err) must_check;
/* Looks at the tables of all packs. Those that are damaged are passed over, and counted. */
int vault_index(struct vault *v, struct qvm_err *err) must_check;
void vault_free(struct vault *v);
bool vault_append_only(const struct vault *v);
size_t vault_damaged_packs(const struct vault *v);

/* Called with bytes that were read, now and then. */
void vault_on_progress(struct vault *v, void (*fn)(void *arg, uint64_t bytes), void *arg);

/* ---- snapshots (vault_snap.c) ---- */

struct vault_volume {
	char *path; /* "vm7/private.img" */
	char *key; /* which data it was; the same key is the same data. "": nobody knows */
	uint64_t size;
	uint64_t data;		     /* bytes that were not zeros, as far as known */
	uint8_t (*pieces)[VAULT_ID]; /* all zeros: nothing but zeros */
	size_t piece_count;
};

struct vault_text { /* firewall rules by path */
	char *path, *text;
};

struct vault_snapshot {
	char name[VAULT_STAMP];
	int64_t time;	 /* 0: when it is committed */
	uint64_t stored; /* bytes that it added to the repository */
	struct vault_volume *volumes;
	size_t volume_count;
	struct vault_text *texts;
	size_t text_count;
	char *meta; /* meta_format's lines */
};

void vault_volume_dispose(struct vault_volume *vol);
void vault_snapshot_dispose(struct vault_snapshot *s);
#define cleanup_snapshot cleanup(vault_snapshot_dispose)

const struct vault_volume *vault_volume_find(const struct vault_snapshot *s,
					     const char *path);
/* A copy of a volume under another path. */
void vault_volume_copy(const struct vault_volume *from, const char *path,
		       struct vault_volume *ret);

/* Oldest first. */
int vault_snapshots(struct vault *v, struct strv *ret, struct qvm_err *err) must_check;
int vault_snapshot_get(struct vault *v, const char *name, struct vault_snapshot *ret,
		       struct qvm_err *err) must_check;
/* "latest", NULL, or the beginning of a name; RET is the whole name. */
int vault_snapshot_find(struct vault *v, const char *name, char ret[static VAULT_STAMP],
			struct qvm_err *err) must_check;
/* Writes what is pending, then the snapshot under a new name, which is put into S. */
int vault_commit(struct vault *v, struct vault_snapshot *s, struct qvm_err *err)
	must_check;
int vault_forget(struct vault *v, const char *name, struct qvm_err *err) must_check;

/* The text of a snapshot, and back. Pure. */
void vault_snapshot_format(const struct vault_snapshot *s, struct buf *ret);
int vault_snapshot_parse(char *text, struct vault_snapshot *ret, struct qvm_err *err)
	must_check;

/* ---- volumes ---- */

struct vault_source {
	int fd;
	uint64_t size;
	const struct pool_range *ranges; /* that may have data, ascending */
	size_t range_count;
	/* NULL, or what it was before, and where it may have changed since. */
	const struct vault_volume *parent;
	const struct pool_range *changed;
	size_t changed_count;
};

/* Stores it. RET's path and key are the caller's to set. */
int vault_save(struct vault *v, const struct vault_source *src, struct vault_volume *ret,
	       struct qvm_err *err) must_check;
/* Whether every chunk of it is there. */
int vault_has(struct vault *v, const struct vault_volume *vol, bool *ret,
	      struct qvm_err *err) must_check;
uint64_t vault_stored(const struct vault *v); /* bytes of packs since it was opened */

enum vault_how {
	VAULT_CHECK,  /* nothing is written */
	VAULT_FILL,   /* a blank file or device is filled */
	VAULT_STREAM, /* all of it, in order */
};

/* Gives it out to FD. SAMPLE: of 100 chunks so many, for VAULT_CHECK. */
int vault_load(struct vault *v, const struct vault_volume *vol, enum vault_how how,
	       int fd, unsigned sample, struct qvm_err *err) must_check;

/* ---- cleaning up (vault_prune.c) ---- */

struct vault_waste {
	uint64_t bytes; /* of all packs */
	uint64_t freed; /* by removing and rewriting packs, when that is done */
	size_t packs, removed, rewritten;
};

/*
 * Takes out of the repository what no snapshot needs. DRY: only counts it, as if those of
 * WITHOUT (or NULL) had gone.
 */
int vault_prune(struct vault *v, bool dry, const struct strv *without,
		struct vault_waste *ret, struct qvm_err *err) must_check;

#endif
