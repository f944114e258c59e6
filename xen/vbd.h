/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disks of PV and PVH domains, connected by their nodes in xenstore alone.
 *
 * For its disks libxl runs a program each, parses and writes the domain's whole
 * configuration again each time, and asks xenstored more often. What blkback needs are
 * these nodes (xen/io/blkif.h, docs/misc/xenstore-paths):
 *
 *	/local/domain/0/backend/vbd/DOMID/ID	for blkback; the guest reads it
 *	/local/domain/DOMID/device/vbd/ID	the guest's own, which trusts nothing of ours
 *	/libxl/DOMID/device/vbd/ID		for libxl, which takes the disk down by it, and
 *						for `xl block-list`
 *	/libxl/DOMID/qvm-vbd-gone		the last that was taken away, as "xvdi"
 *
 * An HVM domain's disks stay with libxl, as its device model serves them too.
 */
#ifndef QVM_XEN_VBD_H
#define QVM_XEN_VBD_H

#include "core/hv.h"

#define VBD_PATH_MAX 96

enum vbd_dir { VBD_FRONTEND, VBD_LIBXL, VBD_BACKEND, VBD_DIR_COUNT };

/* One disk's places and values; strings point into it, and into the disk and SCRIPT. */
struct vbd {
	char dirs[VBD_DIR_COUNT][VBD_PATH_MAX];
	char domid[12];
	char id[12];	 /* of the device: 51712 for xvda, 16 more for each next */
	char device[24]; /* "fd:a" */
	const char *script;
	const struct hv_disk *disk;
};

/* SCRIPT is the program that libxl runs when it takes the disk down. */
void vbd_init(struct vbd *v, uint32_t domid, const struct hv_disk *disk,
	      const char *script);

/* The N-th node of the directory: its name, and its value in *ret; NULL after the last. */
const char *vbd_node(const struct vbd *v, enum vbd_dir dir, size_t n, const char **ret);

/*
 * Connects the N disks of the paused domain DOMID and waits until blkback has opened each.
 * After an error the domain has to be destroyed, which takes away what was written.
 */
int vbd_attach(uint32_t domid, const struct hv_disk *disks, size_t n, const char *script,
	       struct qvm_err *err) must_check;

/* Waits some seconds until the guest of DOMID serves VDEV to its programs; false: not yet. */
bool vbd_await_guest(uint32_t domid, const char *vdev) must_check;

/* What DOMID has, by dom0's own nodes; free *ret. */
int vbd_list(uint32_t domid, struct hv_attached **ret, size_t *ret_n, struct qvm_err *err)
	must_check;

/* See hv_ops.detach. */
int vbd_detach(uint32_t domid, const char *vdev, bool force, struct qvm_err *err)
	must_check;

#endif
