/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Block devices of a domain that runs. */
#include "xen/ctx.h"
#include "xen/vbd.h"

int xen_disks(void *handle, const struct hv_id *id, struct hv_attached **ret,
	      size_t *ret_n, struct qvm_err *err)
{
	int r = xen_same_domain(handle, id, err);

	return r < 0 ? r : vbd_list(id->domid, ret, ret_n, err);
}

static int attach(struct xen_hv *hv, const struct hv_id *id, const struct hv_disk *disk,
		  struct qvm_err *err)
{
	int r = vbd_attach(id->domid, disk, 1, hv->hotplug, err);
	struct qvm_err why;

	/* A device that could not be opened is taken away again: nobody waits for it. */
	if (r < 0 && vbd_detach(id->domid, disk->vdev, true, &why) < 0)
		ctx_log(hv->ctx, QVM_LEVEL_WARN, "%s", why.text);
	return r;
}

int xen_attach(void *handle, const struct hv_id *id, const struct hv_disk *disk,
	       struct qvm_err *err)
{
	struct xen_hv *hv = handle;
	int r = xen_same_domain(hv, id, err);

	if (r == 0)
		r = attach(hv, id, disk, err);
	if (r == 0 && !vbd_await_guest(id->domid, disk->vdev))
		ctx_log(hv->ctx, QVM_LEVEL_WARN, "the guest has not taken '%s' yet",
			disk->vdev);
	return r;
}

int xen_detach(void *handle, const struct hv_id *id, const char *vdev, bool force,
	       struct qvm_err *err)
{
	int r = xen_same_domain(handle, id, err);

	return r < 0 ? r : vbd_detach(id->domid, vdev, force, err);
}
