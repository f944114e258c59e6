/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device-mapper, one request at a time. dm.c is the only user of libdevmapper.
 *
 * Every device made here is named "qvm-NAME" and has the UUID "QVM-NAME"; the functions
 * with `own` in their name and those that change something reach devices by that UUID and
 * so cannot touch anybody else's. They are private devices: udev is told to leave them
 * alone and is never waited for; their node is /dev/dm-N, which the kernel makes.
 *
 * Everything returns 0 or a negative errno; after a failure d->text holds what
 * device-mapper itself said first, or "". Not for threads.
 */
#ifndef QVM_STORAGE_DM_H
#define QVM_STORAGE_DM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/pool.h"
#include "lib/macro.h"
#include "lib/strv.h"

typedef uint64_t sectors; /* of 512 bytes; bytes never cross into dm.c */
#define SECTOR 512

#define DMAP_PREFIX "qvm-" /* of our devices' names in the kernel */
#define DMAP_NAME_MAX 128  /* with NUL, of the whole name in the kernel */
#define DMAP_UUID_MAX 129
#define DMAP_TEXT 200

struct dmap {
	struct qvm_ctx *ctx; /* for messages at the debug level; may be NULL */
	char text[DMAP_TEXT];
};

struct dmap_dev {
	uint32_t major, minor;
	bool live; /* has a table and is not suspended */
	char uuid[DMAP_UUID_MAX];
};

/* A target, and what follows it in the same device. */
struct dmap_table {
	const char *type;
	const char *params;
	sectors len;
	bool secret;   /* of the whole table: wiped by library and kernel after use */
	bool readonly; /* of the whole table: the device refuses writes */
	const struct dmap_table *then; /* or NULL */
};

struct dmap_status {
	struct dmap_dev dev;
	sectors len; /* of the whole device */
	char type[16];
	char params[256]; /* of its first target, cut to that length */
};

/* The device of that name, anybody's. -ENODEV when there is none. */
int dmap_find(struct dmap *d, const char *dm_name, struct dmap_dev *ret) must_check;

/* Our device. -ENODEV when there is none. */
int dmap_find_own(struct dmap *d, const char *name, struct dmap_dev *ret) must_check;

/* Status of anybody's device, or of ours; commits nothing. One ioctl, -ENODEV as above. */
int dmap_status(struct dmap *d, const char *dm_name, struct dmap_status *ret) must_check;
int dmap_status_own(struct dmap *d, const char *name, struct dmap_status *ret) must_check;

/* The same with the table of anybody's device in the place of its status. */
int dmap_table_of(struct dmap *d, const char *dm_name, struct dmap_status *ret)
	must_check;
int dmap_table_own(struct dmap *d, const char *name, struct dmap_status *ret) must_check;

/* Creates, loads and resumes: three ioctls. After a failure there is no such device. */
int dmap_make(struct dmap *d, const char *name, const struct dmap_table *table,
	      struct dmap_dev *ret) must_check;

/*
 * Puts another table into our device, which may be open; two ioctls. Awake afterwards, with
 * the old one where the new one is refused.
 */
int dmap_reload(struct dmap *d, const char *name, const struct dmap_table *table,
		struct dmap_dev *ret) must_check;

/*
 * Holds back what is written to our device, after what is under way has been done. Until
 * it is woken whoever reads or writes it waits, so a caller that may be killed between the
 * two leaves a record by which somebody else does it. An awake one may be woken.
 */
int dmap_suspend(struct dmap *d, const char *name) must_check;
int dmap_wake(struct dmap *d, const char *name) must_check;

/*
 * Removes our device; an absent one is fine. -EBUSY while somebody has it open; with
 * DEFERRED the kernel then does it at the last close, and 0 is returned.
 */
int dmap_remove(struct dmap *d, const char *name, bool deferred) must_check;

/* Sends a message to our device, or to anybody's. */
int dmap_message(struct dmap *d, const char *name, const char *message) must_check;
int dmap_message_to(struct dmap *d, const char *dm_name, const char *message) must_check;

/*
 * Adds the NAMEs of all devices called "qvm-NAME". One ioctl, and therefore by name only:
 * an LV of a volume group "qvm" can be among them; dmap_find_own tells.
 */
int dmap_list(struct dmap *d, struct strv *ret) must_check;

/* "/dev/dm-3"; where /dev is, the library knows. */
void dmap_node(const struct dmap_dev *dev, size_t size, char *ret);

/*
 * Overwrites LEN sectors of a device from START on with zeroes, through its node. Whoever
 * reads the device after that sees them; a machine that crashed need not, but with DURABLE.
 */
int dmap_zero(const struct dmap_dev *dev, sectors start, sectors len, bool durable)
	must_check;

/* Gives back what lies under LEN sectors from START on; what does not know how is fine. */
int dmap_discard(const struct dmap_dev *dev, sectors start, sectors len) must_check;

/* The length of a device, or of a file that stands for one, through its node. */
int dmap_length(const struct block_dev *dev, sectors *ret) must_check;

/* The node that the kernel made, and the pair of numbers for another device's table. */
void dmap_block_dev(const struct dmap_dev *dev, struct block_dev *ret);
void dmap_number(uint32_t major, uint32_t minor, char ret[static 24]);

/* The whole name of our device NAME, for what takes anybody's. */
void dmap_kernel_name(const char *name, char ret[static DMAP_NAME_MAX]);

/*
 * Closes the control device. libdevmapper opens it without close-on-exec, so it must not be
 * open when a child is started: whatever is called from outside this folder declares
 * dmap_scope(d), which does it on every way out.
 */
void dmap_release(struct dmap *d);
static inline void dmap_scope_end(struct dmap **d)
{
	dmap_release(*d);
}
#define dmap_scope(d) struct dmap *dmap_scope_of cleanup(dmap_scope_end) unused = (d)

/*
 * Fills *err from R and d->text: QVM_E_PERMISSION, _BUSY and _NO_SPACE where they fit,
 * QVM_E_STORAGE otherwise. Returns the negative kind.
 */
int dmap_fail(const struct dmap *d, int r, struct qvm_err *err, const char *fmt, ...)
	printf_like(4, 5);

#endif
