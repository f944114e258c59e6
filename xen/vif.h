/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interfaces of domains, connected by their nodes in xenstore alone, as disks are (vbd.h).
 * The backend is another domain, whose agent does what a script would: it sees the node,
 * puts its rules in place, and writes hotplug-status.
 *
 *	/local/domain/BACKEND/backend/vif/DOMID/ID	the backend's own; the guest reads it
 *	/local/domain/DOMID/device/vif/ID		the guest's own
 *	/libxl/DOMID/device/vif/ID			for `xl network-list`
 *
 *	/libxl/DOMID/qvm-vif				how many have been taken from it
 *
 * All of one interface comes and goes in one transaction. Once one has been taken from a
 * domain, each new one has a number of its own: a guest that is told only after both that its
 * interface went and that one of the same number came sees nothing new.
 */
#ifndef QVM_XEN_VIF_H
#define QVM_XEN_VIF_H

#include "core/hv.h"

#define VIF_PATH_MAX 96

/* The N-th node of an interface: its folder, its name, its value; false after the last. */
enum vif_dir { VIF_FRONTEND, VIF_LIBXL, VIF_BACKEND, VIF_DIR_COUNT };

struct vif {
	char dirs[VIF_DIR_COUNT][VIF_PATH_MAX];
	char domid[12], backend[12], id[12], mac[18];
	const char *ip;
	uint32_t domid_number, backend_number;
};

/* The first number of an interface that follows on another; domains' numbers, which the
 * first ones have, are lower. */
#define VIF_LATER 32768

void vif_init(struct vif *v, uint32_t domid, const struct hv_nic *nic);
const char *vif_node(const struct vif *v, enum vif_dir dir, size_t n, const char **ret);

/*
 * DOMID has these interfaces afterwards and no other. One of the same backend that is there
 * already is left alone.
 */
int vif_set(uint32_t domid, const struct hv_nic *nics, size_t n, struct qvm_err *err)
	must_check;

/* Writes nodes below the domain's own path, or removes them, in one transaction. */
int keys_set(uint32_t domid, const struct hv_key *keys, size_t n, struct qvm_err *err)
	must_check;

#endif
