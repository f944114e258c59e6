/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The registry: one SQLite database, WAL, full sync. store.c is its only user.
 *
 *	store_open → [store_begin → changes ... → store_commit] → store_close
 *
 * A change outside a transaction is one of its own. Each commit costs one sync. Closing
 * with a transaction open rolls it back. Reading needs no privileges beyond the file's.
 *
 * Domains from DISP_ID_FIRST on, unnamed disposables, have their rows in a second database
 * below the run folder, which is gone with the boot: all functions here find the right one.
 *
 * A registry of an older version is brought to STORE_SCHEMA by whoever opens it first.
 */
#ifndef QVM_CORE_STORE_H
#define QVM_CORE_STORE_H

#include "core/ctx.h"
#include "core/prop.h"
#include "core/vm.h"

#define STORE_SCHEMA 3

struct store;

enum store_mode {
	STORE_READ, /* -QVM_E_DATABASE "run qvm-init" when it is absent */
	STORE_WRITE,
	STORE_CREATE,	   /* makes it when absent: qvm-init */
	STORE_DISPOSABLES, /* write, and unnamed disposables can be added */
	STORE_MAKE_ROOM,   /* write, for what ends or removes: the reserve may be used */
};

int store_open(struct qvm_ctx *ctx, enum store_mode mode, struct store **ret,
	       struct qvm_err *err) must_check;
/*
 * Writes the log back and empties it, so that who opens the registry next has nothing to
 * read there. For a moment when nobody waits; not done while another command reads.
 */
void store_tidy(struct store *s);
void store_close(struct store *s);
#define cleanup_store cleanup(store_close_at)
static inline void store_close_at(struct store **s)
{
	store_close(*s);
}

/* The whole registry as one consistent snapshot; free with world_free. */
int store_load(struct store *s, struct world **ret, struct qvm_err *err) must_check;

/* A number that is another one after each change that somebody else has made. */
int store_version(struct store *s, int64_t *ret, struct qvm_err *err) must_check;

int store_begin(struct store *s, struct qvm_err *err) must_check;
int store_commit(struct store *s, struct qvm_err *err) must_check;
void store_rollback(struct store *s);

/*
 * Adds the domain with its set properties, features, tags and volumes; sets the ids in it
 * (the lowest free one where vm->id is 0). It stays hidden from store_load until
 * store_vm_publish(true), while its name is taken: -QVM_E_EXISTS for a second one.
 */
int store_vm_add(struct store *s, struct vm *vm, struct qvm_err *err) must_check;
int store_vm_publish(struct store *s, int64_t id, bool visible, struct qvm_err *err)
	must_check;
/* Loads one domain, hidden or not; dispose of it. -QVM_E_NO_VM. */
int store_vm_load(struct store *s, int64_t id, struct vm *ret, struct qvm_err *err)
	must_check;
int store_vm_remove(struct store *s, int64_t id, struct qvm_err *err) must_check;
int store_vm_rename(struct store *s, int64_t id, const char *name, struct qvm_err *err)
	must_check;

/* VM_ID -1: a global property. */
int store_prop_set(struct store *s, int64_t vm_id, const struct prop_change *change,
		   struct qvm_err *err) must_check;
int store_feature_set(struct store *s, int64_t vm_id, const char *name, const char *value,
		      struct qvm_err *err) must_check; /* VALUE NULL: removes it */
int store_tag_set(struct store *s, int64_t vm_id, const char *tag, bool present,
		  struct qvm_err *err) must_check;

/* Both as in struct vm, whole; both NULL: as if never set. */
int store_firewall_set(struct store *s, int64_t vm_id, const char *rules,
		       const char *forwards, struct qvm_err *err) must_check;

int store_volume_update(struct store *s, const struct vm_volume *vol, struct qvm_err *err)
	must_check;
int store_revision_add(struct store *s, int64_t volume_id, struct vm_revision *rev,
		       struct qvm_err *err) must_check; /* sets rev->id */
int store_revision_update(struct store *s, const struct vm_revision *rev,
			  struct qvm_err *err) must_check; /* serial, label, pinned */
int store_revision_remove(struct store *s, int64_t revision_id, struct qvm_err *err)
	must_check;

/*
 * Hides the domain in the trash, where its name is free for others; takes it out again, visible under NAME: -QVM_E_EXISTS; or forgets only that
 * it is in the trash, before it is removed for good.
 */
int store_trash_put(struct store *s, const struct vm *vm, int64_t removed,
		    int64_t expires, struct qvm_err *err) must_check;
int store_trash_restore(struct store *s, int64_t id, const char *name,
			struct qvm_err *err) must_check;
int store_trash_forget(struct store *s, int64_t id, struct qvm_err *err) must_check;

/* Registers or changes a pool; records where the scratch store is. */
int store_pool_put(struct store *s, const struct world_pool *pool, struct qvm_err *err)
	must_check;
int store_pool_remove(struct store *s, const char *name, struct qvm_err *err) must_check;
int store_scratch_set(struct store *s, const char *location, struct qvm_err *err)
	must_check;

/*
 * Intents: what an operation is about to make outside the database, recorded before it
 * does. OWNER is a process by pid and start time; the record goes with the last effect.
 */
enum intent_op {
	INTENT_CREATE, /* a domain is being made: its row exists, hidden, until it is done */
	INTENT_REMOVE,
	INTENT_RUN,    /* from the start of a domain to the end of its stop */
	INTENT_REVISE, /* revisions are being taken, or old ones pruned */
	INTENT_OP_COUNT,
};

extern const char *const intent_op_names[INTENT_OP_COUNT];

struct intent_item {
	/* "volume", "origin" (only read), "resize", "scratch", "domain", "folder" */
	char *kind;
	char *pool; /* of a volume, else NULL */
	char *name; /* pool id, scratch name, uuid, path */
};

struct intent {
	int64_t id;
	int64_t vm_id;
	enum intent_op op;
	int64_t owner_pid;
	uint64_t owner_start;
	struct intent_item *items; /* in order of making */
	size_t item_count;
};

void intent_dispose(struct intent *in);
void intents_free(struct intent *in, size_t n);
/* The copy keeps the strings given. */
void intent_item_add(struct intent *in, const char *kind, const char *pool,
		     const char *name);

int intent_begin(struct store *s, struct intent *in, struct qvm_err *err) must_check;
int intent_end(struct store *s, int64_t intent_id, struct qvm_err *err) must_check;
int intent_adopt(struct store *s, int64_t intent_id, struct qvm_err *err) must_check;
int intent_list(struct store *s, struct intent **ret, size_t *ret_n, struct qvm_err *err)
	must_check; /* free with intents_free */
bool intent_owner_alive(const struct intent *in);

#endif
