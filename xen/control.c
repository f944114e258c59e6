/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done to a live domain; each begins by asking whether it is still that one. */
#include <xenstore.h> /* before ours: it uses a word that lib/macro.h defines */

#include "xen/ctx.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "xen/store.h"
#include "xen/vif.h"

int xen_same_domain(struct xen_hv *hv, const struct hv_id *id, struct qvm_err *err)
{
	xl_dominfo(info);
	int r = xen_need(hv, err);
	int rc;

	if (r < 0)
		return r;
	rc = libxl_domain_info(hv->xl, &info, id->domid);
	if (rc && rc != ERROR_DOMAIN_NOTFOUND)
		return xen_err(hv, rc, err, "cannot look at domain %u", id->domid);
	if (rc ||
	    memcmp(libxl_uuid_bytearray(&info.uuid), id->uuid.b, sizeof(id->uuid.b)) != 0)
		return err_set(err, QVM_E_NOT_RUNNING, "domain %u is gone", id->domid);
	xen_log_reset(&hv->log);
	return 0;
}

/*
 * What dom0 has published for its calls (qrexec/vchan_xen.c): the daemon takes it away, but
 * not where it was killed before its domain.
 */
static void forget_channels(uint32_t domid)
{
	struct xs_handle *xs = store_is_dead() ? NULL : xs_open(0);
	char path[32];

	snprintf(path, sizeof(path), "data/vchan/%u", domid);
	if (!xs)
		return;
	(void)xs_rm(xs, XBT_NULL, path); /* absent is as good */
	xs_close(xs);
}

int xen_destroy(void *handle, const struct hv_id *id, struct qvm_err *err)
{
	struct xen_hv *hv = handle;
	struct qvm_err why = QVM_ERR_INIT;
	int rc, r;

	r = xen_same_domain(hv, id, &why);
	if (r == -QVM_E_NOT_RUNNING)
		return 0;
	if (r < 0) {
		*err = why;
		return r;
	}
	/* libxl would wait for a backend elsewhere, and leave its part of the nodes. */
	if (vif_set(id->domid, NULL, 0, &why) < 0)
		ctx_log(hv->ctx, QVM_LEVEL_WARN, "%s", why.text);
	rc = libxl_domain_destroy(hv->xl, id->domid, NULL);
	if (rc && rc != ERROR_DOMAIN_NOTFOUND)
		return xen_err(hv, rc, err, "cannot destroy domain %u", id->domid);
	forget_channels(id->domid);
	return 0;
}

int xen_unpause(void *handle, const struct hv_id *id, struct qvm_err *err)
{
	struct xen_hv *hv = handle;
	int r = xen_same_domain(hv, id, err);
	int rc;

	if (r < 0)
		return r;
	rc = libxl_domain_unpause(hv->xl, id->domid, NULL);
	return rc ? xen_err(hv, rc, err, "cannot unpause domain %u", id->domid) : 0;
}

int xen_pause(void *handle, const struct hv_id *id, struct qvm_err *err)
{
	struct xen_hv *hv = handle;
	int r = xen_same_domain(hv, id, err);
	int rc;

	if (r < 0)
		return r;
	rc = libxl_domain_pause(hv->xl, id->domid, NULL);
	return rc ? xen_err(hv, rc, err, "cannot pause domain %u", id->domid) : 0;
}

int xen_shutdown(void *handle, const struct hv_id *id, struct qvm_err *err)
{
	struct xen_hv *hv = handle;
	int r = xen_same_domain(hv, id, err);
	int rc;

	if (r < 0)
		return r;
	rc = libxl_domain_shutdown(hv->xl, id->domid, NULL);
	if (rc == ERROR_NOPARAVIRT) { /* HVM without drivers: press its power button */
		xen_log_reset(&hv->log);
		rc = libxl_send_trigger(hv->xl, id->domid, LIBXL_TRIGGER_POWER, 0, NULL);
	}
	return rc ? xen_err(hv, rc, err, "cannot ask domain %u to shut down", id->domid)
		  : 0;
}

int xen_save(void *handle, const struct hv_id *id, int fd, struct qvm_err *err)
{
	struct xen_hv *hv = handle;
	int r = xen_same_domain(hv, id, err);
	int rc;

	if (r < 0)
		return r;
	rc = libxl_domain_suspend(hv->xl, id->domid, fd, 0, NULL);
	return rc ? xen_err(hv, rc, err, "cannot save domain %u", id->domid) : 0;
}

int xen_console(void *handle, const struct hv_id *id, char **ret, struct qvm_err *err)
{
	struct xen_hv *hv = handle;
	cleanup_free char *path = NULL;
	int r = xen_same_domain(hv, id, err);
	int rc;

	if (r < 0)
		return r;
	rc = libxl_primary_console_get_tty(hv->xl, id->domid, &path);
	if (rc)
		return xen_err(hv, rc, err, "cannot find the console of domain %u",
			       id->domid);
	/* A guest could once choose this path (XSA-57): only a terminal will do. */
	if (strncmp(path, "/dev/", 5) != 0 || strstr(path, ".."))
		return err_set(err, QVM_E_HYPERVISOR,
			       "the console of domain %u is no "
			       "terminal device",
			       id->domid);
	*ret = steal(path);
	return 0;
}

int xen_set_memory(void *handle, const struct hv_id *id, uint64_t bytes,
		   struct qvm_err *err)
{
	struct xen_hv *hv = handle;
	int r = xen_same_domain(hv, id, err);
	int rc;

	if (r < 0)
		return r;
	if (bytes / KIB > INT64_MAX)
		return err_set(err, QVM_E_VALUE,
			       "cannot set the memory of domain %u: "
			       "the size is absurd",
			       id->domid);
	rc = libxl_set_memory_target(hv->xl, id->domid, (int64_t)(bytes / KIB), 0, 1);
	return rc ? xen_err(hv, rc, err, "cannot set the memory of domain %u", id->domid)
		  : 0;
}

int xen_set_nics(void *handle, const struct hv_id *id, const struct hv_nic *nics,
		 size_t n, struct qvm_err *err)
{
	int r = xen_same_domain(handle, id, err);

	return r < 0 ? r : vif_set(id->domid, nics, n, err);
}

int xen_set_keys(void *handle, const struct hv_id *id, const struct hv_key *keys,
		 size_t n, struct qvm_err *err)
{
	int r = xen_same_domain(handle, id, err);

	return r < 0 ? r : keys_set(id->domid, keys, n, err);
}
