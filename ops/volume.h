/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the use cases of volumes, pools and the trash share among themselves. */
#ifndef QVM_OPS_VOLUME_H
#define QVM_OPS_VOLUME_H

#include "ops/internal.h"
#include "ops/volumes.h"

/* Commits when R is 0, else rolls back; returns what became of it. */
int tx_end(struct store *s, int r, struct qvm_err *err) must_check;

/*
 * The registry, open for REQ (only for reading where it has a plan), and the pool that it
 * names; what is made here is the caller's, after a failure, too.
 */
int pool_known(struct qvm_ctx *ctx, const struct op_pool *req, struct store **s,
	       struct world **w, const struct world_pool **ret, struct qvm_err *err)
	must_check;

/* ---- revisions (volume_revise.c) ---- */

/* One that neither a revision nor an intent has. */
uint32_t vol_next_serial(const struct vm_volume *vol, const struct intent *all, size_t n);

/* Is it beneath a running domain, or being copied? */
bool vol_is_read(const struct intent *all, size_t n, const char *pool, const char *id);

/*
 * Forgets the oldest revisions beyond the number kept, in the open transaction; GONE gets
 * the steps. The current one stays, and so do those pinned, named, or being read.
 */
int vol_prune(struct store *s, const struct vm_volume *vol, const struct intent *all,
	      size_t n, struct batch *gone, struct qvm_err *err) must_check;

/* All that VM has in pools, as items of an intent. */
void vm_volume_items(const struct vm *vm, struct intent *in);

/* By number or name. */
int vol_revision_find(const struct vm_volume *vol, const char *text,
		      struct vm_revision **ret, struct qvm_err *err) must_check;
int vol_revision_name_check(const char *name, struct qvm_err *err) must_check;

/* In the open transaction: those whose ROLE is made over VM's are at least that large. */
int vol_grow_children(struct store *s, const struct world *w, const struct vm *vm,
		      enum vol_role role, uint64_t size, struct qvm_err *err) must_check;

/* Removes what a committed transaction forgot; what fails is left for recovery. */
void vol_remove_gone(struct qvm_ctx *ctx, struct store *s, const struct world *w,
		     const struct batch *gone, const struct intent *in);

/* ---- one volume at work (volume.c) ---- */

struct vol_work {
	struct qvm_ctx *ctx;
	struct store *s;
	struct world *w;
	struct vm *vm;
	struct vm_volume *vol;
	struct vm_hold hold;
	bool running; /* then only LOCK_OP is held */
};

#define VOL_WORK_INIT                                                                    \
	{                                                                                \
		.hold = VM_HOLD_INIT                                                     \
	}

int vol_open(struct qvm_ctx *ctx, const struct op_volume *req, struct vol_work *ret,
	     struct qvm_err *err) must_check;
/* Then one of these: nothing else changes it until vol_close. The world is a new one. */
int vol_hold(struct vol_work *vw, const char *what, struct qvm_err *err) must_check;
int vol_hold_any(struct vol_work *vw, const char *what, struct qvm_err *err) must_check;
void vol_close(struct vol_work *vw);
#define cleanup_vol_work cleanup(vol_close)

/* Refuses volumes that live for one run only: "cannot WHAT 'work:root': ...". */
int vol_check_lasting(const struct vol_work *vw, const char *what, struct qvm_err *err)
	must_check;
/* R; where it is a failure, "cannot WHAT 'work:root': " before its text. */
int vol_wrap(int r, const struct vol_work *vw, const char *what, struct qvm_err *err)
	must_check;

/*
 * op_volume_snapshot of a domain that runs; one of that name is dropped before.
 * -QVM_E_NOT_RUNNING when its newest revision is its state.
 */
int vol_keep_running(struct qvm_ctx *ctx, const struct op_volume *req, const char *name,
		     struct qvm_err *err) must_check;

/* ---- replacing the content (volume_replace.c) ---- */

struct vol_replacement {
	char from[POOL_ID_MAX]; /* what it begins as, in the same pool; "": blank */
	uint64_t size;		/* 0: that of `from` */
	const char
		*read_pool; /* what FILL reads and nobody may prune meanwhile, or NULL */
	const char *read_id;
	int (*fill)(struct qvm_ctx *ctx, const struct block_dev *to, void *arg,
		    struct qvm_err *err); /* or NULL */
	void *arg;
};

/* VW is held and halted. The old content becomes a revision if it is not one yet. */
int vol_replace(struct vol_work *vw, const struct vol_replacement *how,
		struct qvm_err *err) must_check;

/* ---- copying blocks (volume_copy.c) ---- */

struct vol_copy {
	const char *what; /* for progress: "exporting 'work:private'" */
	int from, to;
	uint64_t size;	/* exactly so much; 0: to the end of FROM */
	uint64_t limit; /* more than this is an error; 0: none */
	bool sparse;	/* TO is blank and can be sought: zeros are left out */
	bool compare;	/* only what differs is written to TO */
};

int vol_copy(struct qvm_ctx *ctx, const struct vol_copy *c, uint64_t *ret_copied,
	     struct qvm_err *err) must_check;

/* Of a volume in any pool to a device that is blank. */
struct vol_source {
	const struct world *w;
	const char *pool;
	const char *id;
	const char *what;
};

int vol_copy_device(struct qvm_ctx *ctx, const struct block_dev *to, void *vol_source,
		    struct qvm_err *err) must_check;

/* ---- devices (volume_release.c) ---- */

/*
 * The devices of VM's volumes go back to the driver, those excepted that somebody needs.
 * No transaction is open.
 */
void vm_devices_release(struct qvm_ctx *ctx, struct store *s, const struct world *w,
			int64_t vm_id);
/* The same for all that IN, which has ended, used: its domain's volumes, and its origins. */
void devices_release(struct qvm_ctx *ctx, struct store *s, const struct world *w,
		     const struct intent *in);

/* ---- reading a revision (volume_stream.c) ---- */

struct vol_reading {
	const char *revision; /* number or name; NULL: the newest */
	int (*fn)(struct qvm_ctx *ctx, const struct block_dev *dev, void *arg,
		  struct qvm_err *err);
	void *arg;
};

/* VW is open; its domain may run. The revision stays while FN reads it. */
int vol_read_revision(struct vol_work *vw, const struct vol_reading *how,
		      struct qvm_err *err) must_check;

/* ---- guard (volume_guard.c) ---- */

/*
 * 0 when the pool may take NEED bytes more, else -QVM_E_NO_SPACE with the figure. What is
 * in the trash goes first, so no lock of a domain may be held; in a dry run it stays.
 */
int pool_guard(struct qvm_ctx *ctx, const struct world *w, const char *pool,
	       uint64_t need, bool dry_run, struct qvm_err *err) must_check;
/* For all that lasts of VM. */
int pool_guard_vm(struct qvm_ctx *ctx, const struct world *w, const struct vm *vm,
		  bool dry_run, struct qvm_err *err) must_check;

/* ---- the guest (volume_guest.c) ---- */

/* Tells a running guest that a disk has grown; -QVM_E_UNSUPPORTED where nobody listens. */
int guest_volume_grown(struct qvm_ctx *ctx, const struct vm *vm, enum vol_role role,
		       struct qvm_err *err) must_check;

/* ---- the trash (trash.c) ---- */

int trash_put(struct store *s, const struct vm *vm, int days, struct qvm_err *err)
	must_check;
/* Removes for good; locks are taken. VM may be hidden. */
int trash_purge(struct qvm_ctx *ctx, struct store *s, const struct vm *vm,
		struct qvm_err *err) must_check;
/* All that expired. What cannot be removed is warned of and stays. */
void trash_expire(struct qvm_ctx *ctx, struct store *s);
/*
 * From here on VM is gone, from the trash too. What it held is named by the intent IN, whose
 * end frees it.
 */
int vm_hide(struct store *s, const struct vm *vm, struct intent *in, struct qvm_err *err)
	must_check;
/* Refuses with -QVM_E_BUSY while somebody copies from a volume of VM. */
int vm_check_unread(struct store *s, const struct vm *vm, struct qvm_err *err) must_check;

#endif
