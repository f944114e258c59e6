/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the use cases share among themselves. */
#ifndef QVM_OPS_INTERNAL_H
#define QVM_OPS_INTERNAL_H

#include "core/hv.h"
#include "core/lock.h"
#include "core/pool.h"
#include "core/reserve.h"
#include "core/store.h"
#include "netvm/keys.h"
#include "ops/ops.h"

/* ---- pools (pools.c) ---- */

struct pool_handle {
	const struct pool_ops *ops;
	void *pool;
};

#define POOL_HANDLE_INIT                                                                 \
	{                                                                                \
		0                                                                        \
	}

int pool_open(struct qvm_ctx *ctx, const struct world *w, const char *name,
	      struct pool_handle *ret, struct qvm_err *err) must_check;
void pool_close(struct pool_handle *p);

/*
 * Looks at a pool that is about to be registered; without DRY_RUN it is made where its
 * driver makes one of a blank place.
 */
int pool_prepare(struct qvm_ctx *ctx, const struct world_pool *pool, bool dry_run,
		 struct qvm_err *err) must_check;
#define cleanup_pool cleanup(pool_close)

/* Keeps its own tools from looking for what guests may have written in it. */
int pool_hide(struct qvm_ctx *ctx, const struct world *w, const char *name,
	      struct qvm_err *err) must_check;

/* The volume whose newest revision lies under ROLE of VM; NULL when there is none. */
const struct vm_volume *volume_source(const struct world *w, const struct vm *vm,
				      enum vol_role role, const struct vm **ret_owner);

/*
 * Steps for one or more pools, and the intent that goes with them: volume_step adds a step
 * and, for what makes a volume, an item. batch_apply runs them pool by pool, in order.
 */
struct batch_step {
	struct pool_step step;
	const char *pool; /* belongs to the world */
};

struct batch {
	struct batch_step *steps;
	size_t count;
};

void batch_add(struct batch *b, const char *pool, const struct pool_step *step);
int batch_apply(struct qvm_ctx *ctx, const struct world *w, const struct batch *b,
		struct qvm_err *err) must_check;
void batch_intent(const struct batch *b, struct intent *in);
void batch_dispose(struct batch *b);
#define cleanup_batch cleanup(batch_dispose)

/* ---- settings (settings.c) ---- */

/* A kernel that a property names has to be registered: prop_check cannot know. */
int change_check_kernel(struct qvm_ctx *ctx, const struct prop_change *change,
			struct qvm_err *err) must_check;

/* ---- devices (device.c) ---- */

/*
 * Does VM's property devices_denied name such a device? KIND is Qubes's letter ('b' block,
 * 'p' PCI), CODE its six hexadecimal digits, or "" where there are none. An entry is a letter
 * and six digits, '*' in any place for all of them.
 */
int device_verify_allowed(const struct world *w, const struct vm *vm, char kind,
			  const char *code, struct qvm_err *err) must_check;

/* ---- plans (plan.c) ---- */

void plan_add(struct plan *p, const char *vm, const char *action, const char *fmt, ...)
	printf_like(4, 5);
void plan_take(struct plan *to, struct plan *from); /* NULL `to`: only disposes */

/* ---- the record of a domain to be (draft.c) ---- */

/* Name, class and a new uuid; -QVM_E_EXISTS when the name is taken. */
int vm_draft_base(const struct world *w, const char *name, enum vm_class klass,
		  struct vm *draft, struct qvm_err *err) must_check;
/* Properties, features, rules and tags; what tells FROM apart stays its own. */
void vm_copy_settings(const struct vm *from, struct vm *to);
/* The record that REQ would make, checked; nothing is made. Dispose of it. */
int vm_draft(struct qvm_ctx *ctx, const struct world *w, const struct op_create *req,
	     struct vm *draft, struct qvm_err *err) must_check;

/* May a template get this NAME? -QVM_E_EXISTS when it is taken (template.c). */
int template_name_check(const struct world *w, const char *name, struct qvm_err *err)
	must_check;

/* ---- making it (make.c) ---- */

/* Volumes for a new domain of its class, pools and sizes filled in. */
int vm_plan_volumes(const struct world *w, struct vm *vm, const char *pool,
		    const char *const pools[VOL_ROLE_COUNT],
		    const uint64_t sizes[VOL_ROLE_COUNT], struct qvm_err *err) must_check;

/*
 * Records DRAFT hidden with its intent, makes its volumes by the steps of FILL, lets FILL
 * put content in, takes the first revisions, and publishes it: one commit point. What was
 * made is undone on failure.
 */
struct make_source {
	/* Content of a persistent role: a revision or live volume in the same pool, or NULL. */
	const char *pool[VOL_ROLE_COUNT];
	char id[VOL_ROLE_COUNT][POOL_ID_MAX]; /* "": blank */
	int (*fill)(struct qvm_ctx *ctx, const struct block_dev *root, void *arg,
		    struct qvm_err *err); /* writes root's content; or NULL */
	void *arg;
};

int vm_make(struct qvm_ctx *ctx, struct store *s, const struct world *w, struct vm *draft,
	    const struct make_source *source, struct qvm_err *err) must_check;
void vm_make_plan(const struct vm *draft, const struct make_source *source,
		  struct plan *ret);

/*
 * The same in steps, for who makes several at once: begin for each, which leaves blank live
 * volumes to be filled; end, which publishes; then over with what became of it, which undoes
 * what failed.
 */
struct vm_making {
	struct batch live, revisions;
	struct intent in;
	bool at_once; /* nothing is filled: the revisions are made with the live volumes */
	bool recorded;
};

int vm_make_begin(struct qvm_ctx *ctx, struct store *s, const struct world *w,
		  struct vm *draft, const struct make_source *source, struct vm_making *m,
		  struct qvm_err *err) must_check;
int vm_make_end(struct qvm_ctx *ctx, struct store *s, const struct world *w,
		struct vm *draft, struct vm_making *m, struct qvm_err *err) must_check;
void vm_make_over(struct qvm_ctx *ctx, struct store *s, const struct world *w, int r,
		  const struct vm_making *m);
void vm_making_dispose(struct vm_making *m);

/* ---- undoing and finishing (resolve.c) ---- */

/*
 * Undoes or finishes what an intent without a living owner (or our own, after a failure)
 * left: whatever the registry refers to stays, all else that the intent names goes. The
 * caller holds LOCK_RUNNING of its domain, unless that is still hidden.
 */
int intent_resolve(struct qvm_ctx *ctx, struct store *s, const struct intent *in,
		   struct qvm_err *err) must_check;

/*
 * Takes revisions of VM's dirty volumes and prunes old ones; ends the intent RUN_ID (0:
 * none) in the same transaction as they become current.
 */
int vm_revise(struct qvm_ctx *ctx, struct store *s, int64_t vm_id, int64_t run_id,
	      struct qvm_err *err) must_check;

/* ---- holding a halted domain (hold.c) ---- */

struct vm_hold {
	struct lock op, running;
};

#define VM_HOLD_INIT                                                                     \
	{                                                                                \
		LOCK_INIT, LOCK_INIT                                                     \
	}

/*
 * Takes both locks of a domain, finishes what a dead owner left, and makes sure that it is
 * halted: -QVM_E_RUNNING with "cannot WHAT 'name': it is running" otherwise. A domain that
 * runs without a watcher is given one on the way.
 */
int vm_hold_halted(struct qvm_ctx *ctx, struct store *s, const struct vm *vm,
		   const char *what, struct vm_hold *ret, struct qvm_err *err) must_check;
/*
 * 1: it lives in the hypervisor, as *ret; 0: it does not, and may have left one that is still
 * being taken apart; negative: nobody can tell.
 */
int vm_alive(struct qvm_ctx *ctx, const struct vm *vm, struct hv_dom *ret,
	     struct qvm_err *err) must_check;
/* 1 and the domain when VM runs and its start is over; 0 when it does not. */
int vm_running(struct qvm_ctx *ctx, const struct vm *vm, struct hv_id *ret,
	       struct qvm_err *err) must_check;
void vm_hold_release(struct vm_hold *h);
#define cleanup_hold cleanup(vm_hold_release)

/* ---- runtime files (runfile.c) ---- */

/* RUN_ENDING: the run is over, and what it wrote is being made a revision. */
enum run_phase { RUN_NONE, RUN_STARTING, RUN_RUNNING, RUN_ENDING };

struct run_state {
	enum run_phase phase;
	uint32_t domid;
	int64_t start_time;
	char console[64]; /* path of the console's terminal, or "" */
};

int run_state_write(struct qvm_ctx *ctx, int64_t vm_id, const struct run_state *state,
		    struct qvm_err *err) must_check;
/* RUN_NONE when there is no (readable) file. */
void run_state_read(struct qvm_ctx *ctx, int64_t vm_id, struct run_state *ret);
void run_state_remove(struct qvm_ctx *ctx, int64_t vm_id);

/* ---- waiting for ends (await.c) ---- */

#define VM_LOOK_AGAIN_MS 20

typedef bool vm_is_fn(struct qvm_ctx *ctx, const struct vm *vm);

/* Until IS_DONE; a watcher that dies meanwhile is replaced: it finds its work to do. */
int vm_await(struct qvm_ctx *ctx, const struct vm *vm, vm_is_fn *is_done, int timeout_ms,
	     struct qvm_err *err) must_check;

/*
 * Until NEED bytes of the machine's memory are free, or nobody is about to give any back:
 * -QVM_E_NO_MEMORY. (memory.c)
 */
int memory_await(struct qvm_ctx *ctx, uint64_t need, struct qvm_err *err) must_check;

/*
 * Will its run as DOMID never go on? What it used may still be in use. Where that cannot be
 * seen it is not assumed.
 */
bool vm_is_off(struct qvm_ctx *ctx, const struct vm *vm, uint32_t domid);

/*
 * Is its newest revision still to come? From the moment on in which it was powered off, or
 * has powered itself off.
 */
bool vm_is_ending(struct qvm_ctx *ctx, const struct vm *vm);
int vm_await_revisions(struct qvm_ctx *ctx, const struct vm *vm, struct qvm_err *err)
	must_check;

/* The registry, with the newest revisions of NAME if there is such a domain. */
int store_load_settled(struct qvm_ctx *ctx, struct store *s, const char *name,
		       struct world **ret, struct qvm_err *err) must_check;
/* The same within a transaction that it begins, with those that VM_ID starts from. */
int store_begin_settled(struct qvm_ctx *ctx, struct store *s, int64_t vm_id,
			struct world **ret, struct qvm_err *err) must_check;

/* ---- the world (world.c) ---- */

/*
 * Joins W with what the hypervisor lists. KNOWN: W itself or an earlier world, whose
 * running domains need no second look into their run folders; or NULL.
 */
void world_live(struct qvm_ctx *ctx, struct world *w, const struct world *known,
		const struct hv_dom *list, size_t n);

/* ---- running (run.c, hvconfig.c) ---- */

/* Everything that one start needs, computed beforehand; hvconfig.c fills it. */
struct run_plan {
	struct hv_config config;
	struct hv_disk disks[VOL_ROLE_COUNT + 1];
	struct block_dev devices[VOL_ROLE_COUNT];
	struct block_dev modules_device;
	const char *modules; /* image of the kernel's modules, the fourth disk; or NULL */
	const char *cdrom;   /* image in a CD drive, in its place (HVM only); or NULL */
	struct strv strings; /* what config's pointers point into */
	struct hv_key *keys;
	struct pci_list pcis;
	struct hv_nic nic; /* the only one, where it has a network */
	char nic_ip[NET_IP_TEXT];
};

#define RUN_PLAN_INIT                                                                    \
	{                                                                                \
		0                                                                        \
	}

/* Fills in all but the devices of disks; RET's cdrom is looked at. -QVM_E_NOT_FOUND for a
 * missing kernel. */
int run_plan_make(struct qvm_ctx *ctx, const struct world *w, const struct vm *vm,
		  struct run_plan *ret, struct qvm_err *err) must_check;
/* A further node "qvm/NAME" that the guest can read. */
void run_plan_key(struct run_plan *p, const char *name, const char *value);
void run_plan_dispose(struct run_plan *p);
#define cleanup_run_plan cleanup(run_plan_dispose)

/* The name of a role's volume in the scratch store. */
void scratch_name(const struct vm *vm, enum vol_role role, char ret[static POOL_ID_MAX]);

/* Refusals that need no locks: class, feature prohibit-start, template without root. */
int run_check(const struct world *w, const struct vm *vm, struct qvm_err *err) must_check;

/* Builds and unpauses; LOCK_OP and LOCK_RUNNING are held. On failure nothing is left. */
int run_start(struct qvm_ctx *ctx, struct store *s, int64_t vm_id,
	      const struct op_start *how, struct qvm_err *err) must_check;

/* After its end: tears down, releases, and takes revisions. LOCK_RUNNING is held. */
int run_stop(struct qvm_ctx *ctx, struct store *s, int64_t vm_id, struct qvm_err *err)
	must_check;

/* Starts a watcher for VM_ID, a domain that runs and whose watcher has died. */
int watcher_adopt(struct qvm_ctx *ctx, int64_t vm_id, struct qvm_err *err) must_check;
/* The same, unless it has one: its lock tells. */
int watcher_ensure(struct qvm_ctx *ctx, const struct vm *vm, struct qvm_err *err)
	must_check;
/* Reads one watcher's messages to the end; its error becomes ours. */
int watcher_wait(struct qvm_ctx *ctx, int fd, struct qvm_err *err) must_check;

/* ---- console (console.c) ---- */

struct console;

/* Relays a guest's console to its log and to one client; NULL when it has none. */
struct console *console_open(struct qvm_ctx *ctx, const struct vm *vm, const char *tty);
int console_fd(const struct console *c); /* readable when console_serve has work; or -1 */
void console_serve(struct console *c);
void console_close(struct console *c);

/* ---- many at once (report.c) ---- */

/* Counts and reports the outcome for one domain of several. */
struct tally {
	const struct op_report *report;
	size_t total, failed;
	struct qvm_err last;
};

void tally_add(struct tally *t, const char *vm, int r, const struct qvm_err *err);
int tally_result(const struct tally *t, struct qvm_err *err) must_check;

#endif
