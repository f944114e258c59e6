/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Storage as tables of functions. storage/ implements them; tests/fake has a twin that
 * keeps volumes as sparse files in a folder.
 *
 * A *pool* holds what lasts: volumes, each a block device named by an id that core makes
 * from numbers of the database ("v12-g1" live generation 1 of volume 12, "v12-r3" its
 * revision 3), never from a domain's name. Nothing is ever renamed. The *scratch* store
 * holds what lives for one run of one domain, and is gone with it.
 *
 * All sizes are bytes. All calls return 0 or a negative kind with *err filled.
 */
#ifndef QVM_CORE_POOL_H
#define QVM_CORE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ctx.h"
#include "lib/strv.h"

#define POOL_ID_MAX 48 /* of a volume's id, with NUL: letters, digits, '-' */

/* A device as blkback wants it. */
struct block_dev {
	uint32_t major, minor;
	char path[96]; /* where a node of it is, or "" when none was asked for */
};

struct pool_usage {
	uint64_t size, used;
	uint64_t meta_size, meta_used; /* 0, 0 where the driver has none */
};

struct vol_stat {
	uint64_t size;
	uint64_t used; /* allocated */
};

/* A part of a volume, in bytes. */
struct pool_range {
	uint64_t at, len;
};

/* The data of a file, as its file system knows its holes. 0 or a negative errno. */
int pool_file_ranges(int fd, struct pool_range **ret, size_t *ret_n) must_check;

/* What a pool was registered with: text of the database. */
struct pool_config {
	const char *name;
	const char *driver;
	const char *location; /* "vg/thinpool", a folder, or a block device */
};

/* One step of a batch; a driver may do a batch in one process and one commit of its own. */
enum pool_step_kind {
	POOL_CREATE,   /* a blank volume TO of SIZE */
	POOL_SNAPSHOT, /* TO becomes a snapshot of FROM, writable unless READONLY */
	POOL_REMOVE,   /* TO goes; an absent one is fine */
	POOL_RESIZE,   /* TO grows (or shrinks) to SIZE */
};

struct pool_step {
	enum pool_step_kind kind;
	char from[POOL_ID_MAX];
	char to[POOL_ID_MAX];
	uint64_t size;
	bool readonly;
};

struct pool_ops {
	const char *name; /* "lvm" */
	/*
	 * Once, before a pool is registered: makes one of the place, which has to be blank, or
	 * one of these without a volume. With DRY_RUN it is only looked at. NULL: the
	 * driver takes what is there.
	 */
	int (*make)(struct qvm_ctx *ctx, const struct pool_config *config, bool dry_run,
		    struct qvm_err *err);
	int (*open)(struct qvm_ctx *ctx, const struct pool_config *config, void **ret,
		    struct qvm_err *err);
	void (*close)(void *pool);
	/*
	 * Runs the steps in order. At the first that fails it stops; what the earlier ones
	 * made stays, and the caller, who has recorded all ids in an intent, removes it.
	 * Creating or snapshotting onto an id that exists fails with QVM_E_EXISTS.
	 */
	int (*apply)(void *pool, const struct pool_step *steps, size_t n,
		     struct qvm_err *err);
	/*
	 * The volume as an open-able block device, activated where it is not; quick and
	 * without a process when it is active already. QVM_E_NOT_FOUND when absent.
	 */
	int (*device)(void *pool, const char *id, struct block_dev *ret,
		      struct qvm_err *err);
	/*
	 * The device is no longer needed, and nobody else can be about to use it: what
	 * `device` made may go, at the last close or with a later release where it is still
	 * open. An absent volume is fine. NULL: nothing to do. POOL_REMOVE does it, too.
	 */
	int (*release)(void *pool, const char *id, struct qvm_err *err);
	int (*stat)(void *pool, const char *id, struct vol_stat *ret,
		    struct qvm_err *err);
	int (*usage)(void *pool, struct pool_usage *ret, struct qvm_err *err);
	/*
	 * Reserves room of SIZE beside the volumes for the scratch store (0: half of the
	 * free space, at most 8 GiB) and names it in *ret, as scratch_ops.open takes it
	 * (free it). What is there already is kept. NULL: not supported.
	 */
	int (*reserve)(void *pool, uint64_t size, char **ret, struct qvm_err *err);
	/*
	 * Adds BYTES of data to the pool itself, and the metadata that goes with them; works
	 * in a full one. NULL: not supported.
	 */
	int (*extend)(void *pool, uint64_t bytes, struct qvm_err *err);
	/*
	 * Once, when the system is set up: keeps its own tools from looking for what guests
	 * may have written. NULL: nothing to do.
	 */
	int (*hide)(void *pool, struct qvm_err *err);
	/*
	 * Puts back what a power cut has left so that the pool cannot be used at all, or what
	 * somebody had begun in it; *RET: that was needed (with DRY_RUN: is). NULL: nothing
	 * to do.
	 */
	int (*mend)(void *pool, bool dry_run, bool *ret, struct qvm_err *err);
	/*
	 * Where the volume ID may have other data than zeros, in ascending order; free *ret.
	 * NULL: the driver cannot tell, and all of it has to be read.
	 */
	int (*ranges)(void *pool, const char *id, struct pool_range **ret, size_t *ret_n,
		      struct qvm_err *err);
	/*
	 * Where the volume TO may differ from FROM, an earlier state of the same one, in
	 * ascending order; free *ret. NULL: the driver cannot tell.
	 */
	int (*delta)(void *pool, const char *from, const char *to,
		     struct pool_range **ret, size_t *ret_n, struct qvm_err *err);
	/* The ids of all volumes in it that bear our mark; for recovery. */
	int (*list)(void *pool, struct strv *ret, struct qvm_err *err);
	/*
	 * It is no longer registered: takes down the devices that it is made of. What it holds
	 * stays. NULL: there are none.
	 */
	int (*stop)(void *pool, struct qvm_err *err);
};

/* A volume for one run. */
struct scratch_request {
	char name[POOL_ID_MAX];		/* "r12-root": by domain id and role */
	const struct block_dev *origin; /* read-only beneath it; NULL: blank */
	uint64_t size;			/* at least the origin's */
};

struct scratch_ops {
	const char *name;
	/*
	 * Opens the store on the device at LOCATION ("vg/lv"); makes it anew when this boot
	 * has none yet. What an earlier boot left in it is not readable.
	 */
	int (*open)(struct qvm_ctx *ctx, const char *location, void **ret,
		    struct qvm_err *err);
	void (*close)(void *scratch);
	/*
	 * Makes all N volumes, or none: what was made before a failure is undone. One of
	 * that name left from a dead run is replaced. No LVM command, no process.
	 */
	int (*create)(void *scratch, const struct scratch_request *req, size_t n,
		      struct block_dev *ret, struct qvm_err *err);
	/* Removes by name; absent ones are fine; busy ones are retried for some seconds. */
	int (*remove)(void *scratch, const char *const *names, size_t n,
		      struct qvm_err *err);
	/* The device of one that is there; NULL: not supported. */
	int (*find)(void *scratch, const char *name, struct block_dev *ret,
		    struct qvm_err *err);
	int (*list)(void *scratch, struct strv *ret, struct qvm_err *err);
	int (*usage)(void *scratch, struct pool_usage *ret, struct qvm_err *err);
	/* Takes the whole store down (no volume may be in it); for uninstalling. */
	int (*stop)(void *scratch, struct qvm_err *err);
};

#endif
