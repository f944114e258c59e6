/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/vbd.h"

#include <stdio.h>

#include "lib/macro.h"

enum value {
	END,
	FRONTEND_DIR,
	BACKEND_DIR,
	DOMID,
	ID,
	DEVICE,
	SCRIPT,
	VDEV,
	MODE,
	DISCARD,
	ZERO,
	ONE,
	PHY,
	DISK,
	CONNECTED,
};

struct node {
	const char *name;
	enum value value;
};

/* Xenbus states: 1 is Initialising. */
static const struct node frontend[] = {
	{"backend", BACKEND_DIR},
	{"backend-id", ZERO},
	{"state", ONE},
	{"virtual-device", ID},
	{"device-type", DISK},
	{"trusted", ONE},
	{NULL, END},
};

static const struct node for_libxl[] = {
	{"frontend", FRONTEND_DIR},
	{"backend", BACKEND_DIR},
	{"params", DEVICE},
	{"script", SCRIPT},
	{"removable", ZERO},
	{"dev", VDEV},
	{"type", PHY},
	{"mode", MODE},
	{"device-type", DISK},
	{NULL, END},
};

static const struct node backend[] = {
	{"frontend", FRONTEND_DIR},
	{"frontend-id", DOMID},
	{"params", DEVICE},
	{"script", SCRIPT},
	{"online", ONE},
	{"removable", ZERO},
	{"state", ONE},
	{"dev", VDEV},
	{"type", PHY},
	{"mode", MODE},
	{"device-type", DISK},
	{"discard-enable", DISCARD},
	{"physical-device", DEVICE},
	{"hotplug-status", CONNECTED},
	{NULL, END},
};

static const struct node *const nodes[VBD_DIR_COUNT] = {
	[VBD_FRONTEND] = frontend,
	[VBD_LIBXL] = for_libxl,
	[VBD_BACKEND] = backend,
};

void vbd_init(struct vbd *v, uint32_t domid, const struct hv_disk *disk,
	      const char *script)
{
	/* The major number of Xen's own disks, and 16 minors for each. */
	unsigned id = 202 << 8 | (unsigned)(disk->vdev[3] - 'a') << 4;

	*v = (struct vbd){.script = script, .disk = disk};
	snprintf(v->dirs[VBD_FRONTEND], VBD_PATH_MAX, "/local/domain/%u/device/vbd/%u",
		 domid, id);
	snprintf(v->dirs[VBD_LIBXL], VBD_PATH_MAX, "/libxl/%u/device/vbd/%u", domid, id);
	snprintf(v->dirs[VBD_BACKEND], VBD_PATH_MAX, "/local/domain/0/backend/vbd/%u/%u",
		 domid, id);
	snprintf(v->domid, sizeof(v->domid), "%u", domid);
	snprintf(v->id, sizeof(v->id), "%u", id);
	snprintf(v->device, sizeof(v->device), "%x:%x", disk->major, disk->minor);
}

const char *vbd_node(const struct vbd *v, enum vbd_dir dir, size_t n, const char **ret)
{
	const char *const values[] = {
		[FRONTEND_DIR] = v->dirs[VBD_FRONTEND],
		[BACKEND_DIR] = v->dirs[VBD_BACKEND],
		[DOMID] = v->domid,
		[ID] = v->id,
		[DEVICE] = v->device,
		[SCRIPT] = v->script,
		[VDEV] = v->disk->vdev,
		[MODE] = v->disk->readonly ? "r" : "w",
		[DISCARD] = v->disk->readonly ? "0" : "1",
		[ZERO] = "0",
		[ONE] = "1",
		[PHY] = "phy",
		[DISK] = "disk",
		[CONNECTED] = "connected",
	};
	const struct node *node = &nodes[dir][n];

	*ret = values[node->value];
	return node->name;
}
