/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The use cases: what the commands, and nobody else, call. Each does its work whole: takes
 * its locks, records its intents, undoes what it made when it fails. Nothing here prints;
 * progress and warnings leave through the context.
 *
 * Names given are exact names of domains. Functions on several domains call REPORT once for
 * each with 0 or the error, go on with the others, and return 0, the one error, or
 * -QVM_E_PARTIAL when some failed.
 */
#ifndef QVM_OPS_OPS_H
#define QVM_OPS_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/prop.h"
#include "core/vm.h"
#include "lib/buf.h"
#include "lib/strv.h"

/* R is 0 or negative; ERR is filled when it is negative. */
typedef void op_report_fn(void *arg, const char *vm, int r, const struct qvm_err *err);

struct op_report {
	op_report_fn *fn; /* may be NULL */
	void *arg;
};

/* ---- looking ---- */

/* A snapshot of the registry; LIVE asks the hypervisor too (one request). Free it. */
int op_world(struct qvm_ctx *ctx, bool live, struct world **ret, struct qvm_err *err)
	must_check;

/* Adds what is known of the machine; without a hypervisor that is a warning and nothing. */
void op_host(struct qvm_ctx *ctx, struct world *w);

/* ---- plans: what --dry-run prints ---- */

struct plan_step {
	char *vm;     /* which domain it is done for */
	char *action; /* stable word: "start-netvm", "check-memory", "make-volume", ... */
	char *object; /* what with: "root: 10 GiB over v3-r2 of 'tiny'" */
};

struct plan {
	struct plan_step *steps;
	size_t count;
	char *config; /* of a start: the hypervisor's configuration as JSON, or NULL */
};

void plan_dispose(struct plan *p);
#define cleanup_plan cleanup(plan_dispose)

/* ---- making and unmaking ---- */

struct op_create {
	const char *name;
	enum vm_class klass;
	const char *template;		   /* NULL: default_template or default_dispvm */
	const char *label;		   /* NULL: red for a DispVM, else an error */
	const char *pool;		   /* for all volumes; NULL: the defaults */
	const char *pools[VOL_ROLE_COUNT]; /* by role; NULL: `pool` */
	const char *const *prop_texts;	   /* "name=value" as typed */
	size_t prop_count;
	uint64_t sizes[VOL_ROLE_COUNT]; /* 0: the class's default */
	unsigned number; /* of an unnamed disposable, which ends with its first run; 0 */
	const char *root_from; /* file whose content becomes root, or NULL */
	bool root_move;	       /* and is removed afterwards */
	bool dry_run;
};

int op_create(struct qvm_ctx *ctx, const struct op_create *req, struct plan *ret_plan,
	      struct qvm_err *err) must_check;

struct op_clone {
	const char *source;
	const char *name;
	bool has_class;
	enum vm_class klass; /* has_class: TemplateVM <-> StandaloneVM */
	const char *pool;
	const char *pools[VOL_ROLE_COUNT];
	bool dry_run;
};

int op_clone(struct qvm_ctx *ctx, const struct op_clone *req, struct plan *ret_plan,
	     struct qvm_err *err) must_check;

/* Refused with QVM_E_IN_USE naming each user, and for running ones with QVM_E_RUNNING. */
int op_remove(struct qvm_ctx *ctx, const char *const *names, size_t n, bool dry_run,
	      struct plan *ret_plan, const struct op_report *report, struct qvm_err *err)
	must_check;
int op_rename(struct qvm_ctx *ctx, const char *name, const char *to, bool dry_run,
	      struct qvm_err *err) must_check;

/* ---- running ---- */

struct op_start {
	bool skip_if_running;
	bool paused;	   /* leave it paused when it is built */
	int64_t image;	   /* goes on from that (image.h); 0: it boots */
	const char *cdrom; /* image in dom0 to boot from, absolute; or NULL. One domain */
	bool dry_run;
};

int op_start(struct qvm_ctx *ctx, const char *const *names, size_t n,
	     const struct op_start *req, struct plan *ret_plan,
	     const struct op_report *report, struct qvm_err *err) must_check;

struct op_shutdown {
	bool wait;     /* return when each has ended and its volumes are released */
	int timeout_s; /* 0: property shutdown_timeout; then it is killed */
	bool force;    /* although running domains depend on it */
	bool dry_run;
};

/* Clients before their servers. Those already halted are fine. */
int op_shutdown(struct qvm_ctx *ctx, const char *const *names, size_t n,
		const struct op_shutdown *req, struct plan *ret_plan,
		const struct op_report *report, struct qvm_err *err) must_check;
/* Shuts down those that run, waits, and starts all of them. */
int op_restart(struct qvm_ctx *ctx, const char *const *names, size_t n,
	       const struct op_shutdown *req, struct plan *ret_plan,
	       const struct op_report *report, struct qvm_err *err) must_check;

/*
 * Simple changes of state, by this one function. After OP_KILL it will not run again, and who
 * needs what it had waits for that; after OP_DESTROY all of it is free.
 */
enum op_act { OP_KILL, OP_DESTROY, OP_PAUSE, OP_UNPAUSE, OP_ACT_COUNT };

int op_act(struct qvm_ctx *ctx, enum op_act act, const char *const *names, size_t n,
	   bool dry_run, struct plan *ret_plan, const struct op_report *report,
	   struct qvm_err *err) must_check;

/*
 * Connects IN and OUT (raw terminal or pipe) with the console of a running domain until IN
 * ends, ^] is typed, or the domain ends. One client at a time: QVM_E_BUSY.
 */
int op_console(struct qvm_ctx *ctx, const char *name, int in, int out,
	       struct qvm_err *err) must_check;

/* The watcher's whole life (hidden command). FD carries progress to who asked, -1: none. */
enum watch_mode {
	WATCH_START,
	WATCH_ADOPT, /* a domain whose watcher died */
	WATCH_HOLD, /* the same process after its start, executed afresh; FD is its lock */
};
/* HOW: of WATCH_START only, else NULL. */
int op_watch(struct qvm_ctx *ctx, int64_t vm_id, enum watch_mode mode,
	     const struct op_start *how, int fd, struct qvm_err *err) must_check;

/* ---- settings ---- */

/* NAME NULL: global. TEXT NULL: back to the default. */
int op_prop_set(struct qvm_ctx *ctx, const char *name, const char *prop, const char *text,
		bool dry_run, struct qvm_err *err) must_check;
int op_feature_set(struct qvm_ctx *ctx, const char *name, const char *feature,
		   const char *value, bool dry_run, struct qvm_err *err) must_check;
int op_tags_set(struct qvm_ctx *ctx, const char *name, const char *const *tags, size_t n,
		bool present, bool dry_run, struct qvm_err *err) must_check;

/* ---- firewalls ---- */

enum op_rule_act { RULE_ADD, RULE_DELETE, RULE_RESET, RULE_PUSH };

struct op_rule {
	const char *vm;
	bool forward; /* a port led in, in place of a rule */
	enum op_rule_act act;
	const char *text; /* of netvm/rule.h; NULL: `number` tells which */
	long long number; /* delete: this one; add: before it; -1: none, the end */
	struct buf
		*nft; /* not NULL: nothing is changed, and it is what would come of it */
};

/*
 * Changes the rules of a domain, and tells its network domain where it runs; RULE_PUSH only
 * tells it again.
 */
int op_rule(struct qvm_ctx *ctx, const struct op_rule *req, struct qvm_err *err)
	must_check;

/* ---- the system ---- */

struct op_init {
	const char *pool;    /* "vg/thinpool"; NULL: keep, or the only one found */
	const char *scratch; /* "vg/lv"; NULL: keep, or make it beside the pool */
	uint64_t
		scratch_size; /* 0: half of what the volume group has free, at most 8 GiB */
	const char
		*kernel; /* folder with vmlinuz or vmlinux, initramfs, modules; or NULL */
	const char *kernel_name; /* NULL: the folder's name */
	bool dry_run;
};

/* Idempotent: what is there already is left alone. */
int op_init(struct qvm_ctx *ctx, const struct op_init *req, struct plan *ret_plan,
	    struct qvm_err *err) must_check;

/* One domain to be there. */
struct op_init_vm {
	const char *name;
	enum vm_class klass;
	const char *label;	  /* NULL: red */
	const char *template;	  /* NULL: the default one */
	const char *const *props; /* "name=value" */
	size_t prop_count;
	const char *global; /* property that names it where none is set yet; or NULL */
};

/*
 * The template and the domains of a new machine: the standard ones (sys-net, sys-firewall,
 * a template of disposables, work, personal, untrusted, vault) and those of VMS, one of
 * which takes the place of a standard one of its name. Idempotent, too: what is there is
 * left alone. Comes after op_init.
 */
struct op_init_preset {
	const char *template; /* what the first template is made of; NULL: there is one */
	const char *template_name;
	const char *const *template_props; /* of a template that is made */
	size_t template_prop_count;
	bool standard;
	const struct op_init_vm *vms;
	size_t vm_count;
	const char *const *start; /* domains that run afterwards */
	size_t start_count;
	bool dry_run;
};

int op_init_preset(struct qvm_ctx *ctx, const struct op_init_preset *req,
		   struct plan *ret_plan, struct qvm_err *err) must_check;

struct op_template_install {
	const char *name;
	const char *source; /* archive, image, disk or folder: see qvm-template(1) */
	const char *label;  /* NULL: black */
	const char *pool;
	uint64_t root_size; /* 0: 10 GiB, or what the disk in SOURCE needs */
	bool apart;	    /* an archive: unpacked in a disposable (template_apart.h) */
	bool dry_run;
};

int op_template_install(struct qvm_ctx *ctx, const struct op_template_install *req,
			struct plan *ret_plan, struct qvm_err *err) must_check;

/*
 * Fresh root and private volumes for a template that is there and halted. The root before
 * is kept as a revision; children see the new one when they start next.
 */
int op_template_reinstall(struct qvm_ctx *ctx, const struct op_template_install *req,
			  struct plan *ret_plan, struct qvm_err *err) must_check;

/* Of packages that mmdebstrap fetches; what REQ says of a source is not looked at. */
struct op_template_build {
	const char *suite;	     /* "bookworm" */
	const char *mirror;	     /* NULL: mmdebstrap's own */
	const char *const *packages; /* beside those that every domain needs */
	size_t package_count;
};

int op_template_build(struct qvm_ctx *ctx, const struct op_template_install *req,
		      const struct op_template_build *build, struct plan *ret_plan,
		      struct qvm_err *err) must_check;

/* By the distribution's updater in it; started, and halted again, where it was halted. */
struct op_template_update {
	const char *name;
	int out, errors; /* where the updater's words go; -1: nowhere */
	bool filter;	 /* make them fit for a terminal */
	bool dry_run;
};

int op_template_update(struct qvm_ctx *ctx, const struct op_template_update *req,
		       struct plan *ret_plan, struct qvm_err *err) must_check;

/* Its newest root as a file that install takes; FILE must not be there. */
int op_template_export(struct qvm_ctx *ctx, const char *name, const char *file,
		       bool dry_run, struct plan *ret_plan, struct qvm_err *err)
	must_check;

/* ---- kernels ---- */

/* Of one source: see kernel_build in templates/template.h. */
struct op_kernel_add {
	const char *name;
	const char *folder, *version, *package, *image;
	bool dry_run;
};

/* The first one becomes the default, unless it is an image alone. */
int op_kernel_add(struct qvm_ctx *ctx, const struct op_kernel_add *req, struct plan *plan,
		  struct qvm_err *err) must_check;
/* -QVM_E_IN_USE naming who boots it. */
int op_kernel_remove(struct qvm_ctx *ctx, const char *name, bool dry_run,
		     struct plan *plan, struct qvm_err *err) must_check;
int op_kernel_default(struct qvm_ctx *ctx, const char *name, bool dry_run,
		      struct qvm_err *err) must_check;
/* Their names, sorted. */
int op_kernels(struct qvm_ctx *ctx, struct strv *ret, struct qvm_err *err) must_check;
/* How many domains boot it, by name where RET is not NULL. */
size_t op_kernel_users(const struct world *w, const char *kernel, struct strv *ret);

/* One thing that recovery found, and what it did or would do. */
struct recovery {
	char *kind; /* "intent", "volume", "scratch", "domain", "folder" */
	char *object;
	char *action; /* "removed", "finished", "adopted", "reported" */
};

struct recovery_list {
	struct recovery *v;
	size_t n;
};

void recovery_list_dispose(struct recovery_list *l);

/* Compares registry, pools, device-mapper, Xen and run folder. Idempotent. */
int op_recover(struct qvm_ctx *ctx, bool dry_run, struct recovery_list *ret,
	       struct qvm_err *err) must_check;

#endif
