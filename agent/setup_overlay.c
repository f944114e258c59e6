/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A root that dom0 gives read-only ('qvm-volume config VM:root rw False'): what the guest
 * writes to it is kept on the volatile volume, by device-mapper's snapshots as in Qubes OS.
 * That volume's first part stays for swap.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include "agent/setup.h"
#include "lib/alloc.h"
#include "lib/file.h"

#define CONTROL "/dev/mapper/control"
#define SECTOR 512
#define SWAP_PART 4 /* of a small volume */

/* One device of one target. */
struct target {
	const char *name, *type;
	uint64_t sectors;
};

struct request {
	struct dm_ioctl head;
	struct dm_target_spec spec;
	char params[128];
};

static int call(unsigned long what, const char *name, struct request *req)
{
	cleanup_close int fd = open(CONTROL, O_RDWR | O_CLOEXEC);

	memcpy(req->head.version, (const uint32_t[3]){4, 0, 0},
	       sizeof(req->head.version));
	req->head.data_size = sizeof(*req);
	req->head.data_start = offsetof(struct request, spec);
	snprintf(req->head.name, sizeof(req->head.name), "%s", name);
	return fd < 0 || ioctl(fd, what, req) < 0 ? -errno : 0;
}

static void device_remove(const char *name)
{
	struct request req = {0};

	(void)!call(DM_DEV_REMOVE, name, &req);
}

static int device_fill(const struct target *t, const char *params)
{
	struct request table = {.head.target_count = 1, .spec.length = t->sectors};
	struct request resume = {0};
	int r;

	snprintf(table.spec.target_type, sizeof(table.spec.target_type), "%s", t->type);
	snprintf(table.params, sizeof(table.params), "%s", params);
	r = call(DM_TABLE_LOAD, t->name, &table);
	return r < 0 ? r : call(DM_DEV_SUSPEND, t->name, &resume);
}

/* Makes T of PARAMS; RET is where it is found. */
static int device_make(const struct target *t, const char *params,
		       char ret[static SETUP_DEVICE_MAX])
{
	struct request req = {0};
	int r = call(DM_DEV_CREATE, t->name, &req);

	if (r < 0)
		return r;
	r = device_fill(t, params);
	if (r < 0)
		device_remove(t->name);
	else
		snprintf(ret, SETUP_DEVICE_MAX, "/dev/dm-%u", minor(req.head.dev));
	return r;
}

/* Where on the volatile volume the changes begin. */
static uint64_t swap_sectors(uint64_t size)
{
	uint64_t swap =
		size / SWAP_PART < SETUP_SWAP_MAX ? size / SWAP_PART : SETUP_SWAP_MAX;

	return swap / SECTOR & ~7ULL; /* whole pages */
}

bool is_readonly(const char *device)
{
	cleanup_close int fd = open(device, O_RDONLY | O_CLOEXEC);
	int on = 0;

	return fd >= 0 && ioctl(fd, BLKROGET, &on) == 0 && on;
}

int overlay_make(const char *origin, char ret[static SETUP_DEVICE_MAX])
{
	struct target store = {"qvm-store", "linear", 0};
	struct target root = {"qvm-root", "snapshot", 0};
	char at[SETUP_DEVICE_MAX];
	cleanup_free char *from = NULL, *over = NULL;
	uint64_t size = 0, left = 0, swap;
	int r = device_size(origin, &size);

	if (r == 0)
		r = device_size(SETUP_VOLATILE, &left);
	if (r < 0)
		return r;
	swap = swap_sectors(left);
	store.sectors = left / SECTOR - swap;
	root.sectors = size / SECTOR;
	from = xasprintf(SETUP_VOLATILE " %llu", (unsigned long long)swap);
	r = device_make(&store, from, at);
	if (r < 0)
		return r;
	/* Not persistent: nothing of it is read again. All accesses are split at chunks, which
	 * are as large as those of dom0 (docs/ephemeral-layer.md). */
	over = xasprintf("%s %s N 128", origin, at);
	r = device_make(&root, over, ret);
	if (r < 0)
		device_remove(store.name);
	return r;
}

void overlay_remove(void)
{
	device_remove("qvm-root");
	device_remove("qvm-store");
}

int overlay_swap(void)
{
	struct target swap = {"qvm-swap", "linear", 0};
	char at[SETUP_DEVICE_MAX];
	uint64_t size = 0;
	int r = device_size(SETUP_VOLATILE, &size);

	swap.sectors = swap_sectors(size);
	if (r == 0)
		r = device_make(&swap, SETUP_VOLATILE " 0", at);
	return r < 0 ? r : swap_make(at);
}
