/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The use cases of volumes, pools and the trash, beside those of ops.h and with its rules.
 *
 * A volume of a domain is a live generation that the domain writes to, and revisions, which
 * never change. Whatever replaces its content makes a new generation beside the old one;
 * one transaction makes it the live one, and what was before has become a revision by then.
 */
#ifndef QVM_OPS_VOLUMES_H
#define QVM_OPS_VOLUMES_H

#include "ops/ops.h"

/* Which volume; with a plan nothing is done, and the steps are added to it. */
struct op_volume {
	const char *vm;
	enum vol_role role;
	struct plan *plan;
};

/* ---- looking ---- */

struct volume_info {
	struct world *world; /* what the others point into */
	const struct vm *vm;
	const struct vm_volume *volume;
	char vid[48];	 /* id in its pool, or in the scratch store */
	char source[96]; /* "tiny:root" beneath it, or "" */
	bool has_usage;
	uint64_t usage;
	bool ephemeral; /* gone with the run, encrypted with a key of it */
	bool outdated;	/* its source has a newer state than the one beneath it now */
	bool revertible;
	uint64_t *sizes, *used; /* one each for volume->revisions; 0 where unknown */
};

int op_volume_info(struct qvm_ctx *ctx, const struct op_volume *req,
		   struct volume_info *ret, struct qvm_err *err) must_check;
void volume_info_dispose(struct volume_info *info);

/* Is there an older state that revert would go back to? */
bool volume_revertible(const struct vm_volume *vol);

/* ---- settings and revisions ---- */

/* KEY is rw or revisions_to_keep. -QVM_E_IN_USE for -1 where others read its revisions. */
int op_volume_config(struct qvm_ctx *ctx, const struct op_volume *req, const char *key,
		     const char *value, struct qvm_err *err) must_check;

/*
 * Keeps the present state under a name. Of a running domain that is the state of its disk
 * as after a power cut, and never what children and clones read.
 */
int op_volume_snapshot(struct qvm_ctx *ctx, const struct op_volume *req, const char *name,
		       struct qvm_err *err) must_check;

/* REVISION below is a number or a name. -QVM_E_NOT_FOUND. */
int op_volume_pin(struct qvm_ctx *ctx, const struct op_volume *req, const char *revision,
		  bool pinned, struct qvm_err *err) must_check;
/* Removes it; refused for the current one, for pinned ones and for those being read. */
int op_volume_drop(struct qvm_ctx *ctx, const struct op_volume *req, const char *revision,
		   struct qvm_err *err) must_check;

/* ---- content; the domain is halted ---- */

/* NULL: the newest state before the current one. The current one becomes a revision. */
int op_volume_revert(struct qvm_ctx *ctx, const struct op_volume *req,
		     const char *revision, struct qvm_err *err) must_check;
int op_volume_clear(struct qvm_ctx *ctx, const struct op_volume *req, struct qvm_err *err)
	must_check;

struct volume_import {
	int fd;
	uint64_t
		size; /* exactly so much is read, and the volume gets that size; 0: all */
	uint64_t known; /* how much FD holds, where that is known; else 0 */
	bool no_resize; /* the volume keeps its size */
};

int op_volume_import(struct qvm_ctx *ctx, const struct op_volume *req,
		     const struct volume_import *from, struct qvm_err *err) must_check;
/* The content of TO becomes that of the newest revision of FROM, which may run. */
int op_volume_clone(struct qvm_ctx *ctx, const struct op_volume *from,
		    const struct op_volume *to, struct qvm_err *err) must_check;
/* With all its revisions. */
int op_volume_move(struct qvm_ctx *ctx, const struct op_volume *req, const char *pool,
		   struct qvm_err *err) must_check;

/* ---- content; the domain may run ---- */

/* Shrinking wants FORCE and a halted domain; the state before is kept as a revision. */
int op_volume_resize(struct qvm_ctx *ctx, const struct op_volume *req, uint64_t size,
		     bool force, struct qvm_err *err) must_check;
/* Writes REVISION (NULL: the newest) to FD; into a regular file with holes. */
int op_volume_export(struct qvm_ctx *ctx, const struct op_volume *req,
		     const char *revision, int fd, struct qvm_err *err) must_check;

/* ---- pools ---- */

enum pool_level { POOL_OK, POOL_WARN, POOL_FULL };

/* With NEED bytes more in it. WARN from 80 % on, FULL from 95 % of data, 90 % of metadata. */
enum pool_level pool_level(uint64_t size, uint64_t used, uint64_t meta_size,
			   uint64_t meta_used, uint64_t need);

struct pool_info {
	uint64_t size, used, meta_size, meta_used;
	uint64_t trash; /* at most so much comes back when the trash is emptied */
	enum pool_level level;
	size_t volumes; /* of domains, those in the trash included */
};

int op_pool_info(struct qvm_ctx *ctx, const struct world *w, const char *name,
		 struct pool_info *ret, struct qvm_err *err) must_check;

/* Drivers and their options, for help and for checking. Ends with an empty row. */
struct pool_driver {
	const char *name;
	const char *options; /* "location,volume_group,thin_pool,revisions_to_keep" */
	const char *help;
};

extern const struct pool_driver pool_drivers[];

/* OPTIONS are "name=value" as typed. */
struct op_pool {
	const char *name;
	const char *driver;
	const char *const *options;
	size_t option_count;
	struct plan *plan; /* not NULL: a dry run */
};

int op_pool_add(struct qvm_ctx *ctx, const struct op_pool *req, struct qvm_err *err)
	must_check;
int op_pool_set(struct qvm_ctx *ctx, const struct op_pool *req, struct qvm_err *err)
	must_check;
/* Forgets it; what it holds of others stays. -QVM_E_IN_USE naming the volumes in it. */
int op_pool_remove(struct qvm_ctx *ctx, const struct op_pool *req, struct qvm_err *err)
	must_check;
/* Adds BYTES of data, and the metadata that goes with it. */
int op_pool_extend(struct qvm_ctx *ctx, const struct op_pool *req, uint64_t bytes,
		   struct qvm_err *err) must_check;

/* One warning through the context for each pool that is nearly full. */
void op_pools_warn(struct qvm_ctx *ctx, const struct world *w);

/* ---- the trash ---- */

#define TRASH_DAYS 7

/*
 * As op_remove, but they can be brought back for DAYS, unless room is needed before.
 * Disposables are removed for good.
 */
int op_trash(struct qvm_ctx *ctx, const char *const *names, size_t n, int days,
	     struct plan *ret_plan, const struct op_report *report, struct qvm_err *err)
	must_check;

/* The one removed last under that name. NEW_NAME may be NULL. */
int op_trash_restore(struct qvm_ctx *ctx, const char *name, const char *new_name,
		     struct plan *plan, struct qvm_err *err) must_check;

/* Removes for good: all, or all of these names. */
int op_trash_empty(struct qvm_ctx *ctx, const char *const *names, size_t n,
		   struct plan *plan, const struct op_report *report, struct qvm_err *err)
	must_check;

/* What it takes in its pools, shared blocks counted again; 0 where that is unknown. */
uint64_t op_trash_usage(struct qvm_ctx *ctx, const struct world *w,
			const struct world_trash *trash);

#endif
