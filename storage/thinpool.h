/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of the driver `thin`: a thin pool of our own on one block device, with its list
 * of volumes. No LVM and no process has a part in it. Nothing in here is seen outside this
 * folder.
 *
 * The device, in bytes; numbers are little-endian:
 *
 *	0	label: what it is, its name and UUID, the size of its blocks; written once
 *	1 MiB	state, two copies of at most 2 MiB each
 *	8 MiB	what is kept free for the ephemeral store, if it is to be here, too
 *	behind	segments: some metadata of the thin pool, then some data. The first takes
 *		the rest of the device, and each time that it has grown another one follows.
 *
 * Of the two copies the newer one whose checksum is right counts. A change writes the other
 * one and flushes it, so that a power cut leaves the state before or the state after.
 *
 * A volume that is about to be made or removed is marked so first. Who takes the lock and
 * finds a mark knows that its maker has died, and removes that volume (tp_hold).
 *
 * The devices are "qvm-pool-XXXXXXXX-..." by the first four bytes of the UUID: -head (the
 * first 8 MiB), -meta, -data, -pool, and one for each volume that is in use.
 */
#ifndef QVM_STORAGE_THINPOOL_H
#define QVM_STORAGE_THINPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/pool.h"
#include "lib/buf.h"
#include "lib/macro.h"
#include "lib/size.h"
#include "lib/uuid.h"
#include "storage/dm.h"
#include "storage/thin.h"

#define TP_LABEL_LEN 4096
#define TP_STATE_AT(copy) ((uint64_t)(1 + 2 * (copy)) * MIB)
#define TP_STATE_MAX (2 * MIB)
#define TP_HEAD_LEN ((sectors)8 * MIB / SECTOR)
#define TP_SEGMENTS_MAX 64

#define TP_ROLE_MAX (POOL_ID_MAX + 16) /* of a device's name, with NUL */

#define TP_NAME_MAX 40 /* with NUL */

struct tp_label {
	struct uuid uuid;
	sectors block;
	char name[TP_NAME_MAX]; /* that the pool was registered with */
};

/* Sectors of the device; META_LEN may be 0. */
struct tp_segment {
	uint64_t meta, meta_len, data, data_len;
};

enum {
	TP_READONLY = 1,
	TP_MAKING = 2, /* to be removed by whoever finds it */
	TP_GOING = 4,  /* likewise */
	TP_MARKED = TP_MAKING | TP_GOING,
};

struct tp_volume {
	char id[POOL_ID_MAX];
	uint32_t thin; /* the thin pool's number of it */
	uint32_t flags;
	uint64_t size;
};

struct tp_state {
	uint64_t seq;  /* one more with each change */
	uint32_t next; /* the number to try for the next volume */
	bool growing;  /* the newest segment may not be in the devices yet */
	struct tp_segment segments[TP_SEGMENTS_MAX];
	size_t segment_count;
	struct tp_volume *v;
	size_t n;
};

struct thinpool {
	struct qvm_ctx *ctx;
	struct dmap dm;
	char *location;
	struct block_dev dev; /* beneath it all */
	struct tp_label label;
	struct dmap_dev pool;
	bool complained; /* that what somebody had begun cannot be taken back */
};

/* --- thinpool_state.c: what is on the device; no side effects --- */

void tp_label_encode(const struct tp_label *label, uint8_t ret[static TP_LABEL_LEN]);
/* -EINVAL for anything else than a whole label. */
int tp_label_decode(const uint8_t data[static TP_LABEL_LEN], struct tp_label *ret)
	must_check;

/* -EFBIG where the list is too long for the device. */
int tp_state_encode(const struct tp_state *s, const struct uuid *pool, struct buf *ret)
	must_check;
/* The length that a copy says it has, by its first bytes; 0: it is none. */
#define TP_STATE_FIXED 64
size_t tp_state_length(const uint8_t data[static TP_STATE_FIXED], uint64_t *ret_seq);
/* -EINVAL for a copy that is not whole, or another pool's. */
int tp_state_decode(const uint8_t *data, size_t len, const struct uuid *pool,
		    struct tp_state *ret) must_check;
void tp_state_dispose(struct tp_state *s);

/* Has somebody died in the middle of a change? */
bool tp_is_marked(const struct tp_state *s) must_check;
/* What lies between the head and the first segment. */
sectors tp_kept(const struct tp_state *s);

/* Marked or not. */
struct tp_volume *tp_find(const struct tp_state *s, const char *id);
/* Adds one with a number that no other has; NULL: there is none left. */
struct tp_volume *tp_add(struct tp_state *s, const char *id);
void tp_drop(struct tp_state *s, struct tp_volume *v);

/* The size of blocks for so much data, so that the metadata stay small. */
sectors tp_block(sectors len);
/*
 * Divides LEN sectors from START on; WANT: so much of it as data and no more (0: all that
 * there is). False: they are too few.
 */
bool tp_divide(sectors start, sectors len, sectors block, sectors want,
	       struct tp_segment *ret);

/* --- thinpool_disk.c: reading and writing it --- */

/* LOCATION, "vg/lv" or the path of a block device, as the device that is there. */
int tp_locate(struct thinpool *p, struct qvm_err *err) must_check;
/* 1 with p->dev and p->label; 0: no pool has been made of it, it is blank; or an error. */
int tp_find_label(struct thinpool *p, struct qvm_err *err) must_check;
/* 1 with the label; 0: the place, open as FD, is blank; QVM_E_IN_USE: it is something else. */
int tp_label_read(int fd, struct tp_label *ret, struct qvm_err *err) must_check;

/* LEN bytes at AT, durable when it returns. */
int tp_write(int fd, uint64_t at, const void *data, size_t len) must_check;

int tp_state_load(int head, const struct uuid *pool, struct tp_state *ret) must_check;
/* Counts SEQ up; durable when it returns. */
int tp_state_save(int head, const struct uuid *pool, struct tp_state *s) must_check;

/* --- thinpool_dev.c: devices; 0 or a negative errno, d->text as in dm.h --- */

/* "pool-1a2b3c4d-ROLE", for dm.h. */
void tp_name(const struct thinpool *p, const char *role, char ret[static TP_ROLE_MAX]);

/* Says what the last of these has failed of; a negative kind. */
int tp_refused(const struct thinpool *p, int r, struct qvm_err *err);

/*
 * The first 8 MiB as a device of its own, so that udev does not look at each change. -EEXIST:
 * there is one already, of another device, of which this one is a copy.
 */
int tp_head_open(struct thinpool *p, int *ret_fd) must_check;
/* The pool's devices, where they are not there yet; p->pool. Under the lock. */
int tp_up(struct thinpool *p, const struct tp_state *s) must_check;
/* What state says now, where they are. */
int tp_grow(struct thinpool *p, const struct tp_state *s) must_check;
int tp_status(struct thinpool *p, struct thin_status *ret, sectors *ret_len) must_check;
/*
 * Has the kernel written down what it was told? It says yes to a message even if it could
 * not; then the pool takes no more changes, and this is -EROFS.
 */
int tp_written(struct thinpool *p) must_check;
/* All but volumes. */
int tp_down(struct thinpool *p) must_check;
/* All but volumes and the head. */
int tp_pool_down(struct thinpool *p) must_check;

/* Makes the device, wakes it, or leaves it as it is; *RET_MADE (may be NULL): made it. */
int tp_volume_up(struct thinpool *p, const struct tp_volume *v, struct dmap_dev *ret,
		 bool *ret_made) must_check;
/* Has its device, if it has one, know its size. */
int tp_volume_resize(struct thinpool *p, const struct tp_volume *v) must_check;
/* One that somebody has left suspended. */
int tp_volume_wake(struct thinpool *p, const char *id) must_check;
/* -EBUSY after some seconds in which somebody has it open; an absent one is fine. */
int tp_volume_down(struct thinpool *p, const char *id) must_check;
/* From the kernel's pool; one that it does not know is fine. */
int tp_volume_delete(struct thinpool *p, const struct tp_volume *v) must_check;

/* --- thinpool_hold.c: the lock, and the state under it --- */

struct tp_hold {
	struct thinpool *p;
	int lock, head; /* -1: none */
	struct tp_state state;
};

#define TP_HOLD_INIT ((struct tp_hold){.lock = -1, .head = -1})

/*
 * Takes the lock, reads the state, has the pool's devices ready, and ends what somebody who
 * died under the lock has left. Where the kernel refuses that, because the pool is damaged,
 * the marks stay, and what is whole can be used.
 */
int tp_hold(struct thinpool *p, struct tp_hold *ret, struct qvm_err *err) must_check;
/* Takes the lock and reads the state, and no more: what is marked may be half there. */
int tp_look(struct thinpool *p, struct tp_hold *ret, struct qvm_err *err) must_check;
int tp_save(struct tp_hold *h, struct qvm_err *err) must_check;
void tp_hold_end(struct tp_hold *h);
#define cleanup_tp_hold cleanup(tp_hold_end)

/* --- thinpool_apply.c: pool_ops.apply --- */

/*
 * Takes down the devices of what the steps remove. Whoever still has one open is waited for
 * here, before the lock is taken, where nobody else has to wait too.
 */
int tp_close_first(struct thinpool *p, const struct pool_step *steps, size_t n,
		   struct qvm_err *err) must_check;

int tp_apply(struct tp_hold *h, const struct pool_step *steps, size_t n,
	     struct qvm_err *err) must_check;

/* --- thinpool_make.c: pool_ops.make, reserve and extend --- */

int tp_make(struct qvm_ctx *ctx, const struct pool_config *config, bool dry_run,
	    struct qvm_err *err) must_check;
/* Only while there is no volume: the pool is made anew behind what is kept. */
int tp_reserve(struct tp_hold *h, uint64_t size, struct qvm_err *err) must_check;
int tp_extend(struct tp_hold *h, uint64_t bytes, struct qvm_err *err) must_check;

#endif
