/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/ctx.h"

#include <stdlib.h>
#include <unistd.h>

#include "xen/config.h"
#include "xen/vbd.h"
#include "xen/vif.h"

/* Said by libxl only as the exit status of a child, after everything else was done. */
static int verify_hotplug(struct xen_hv *hv, const struct hv_config *cfg,
			  struct qvm_err *err)
{
	if (!cfg->disk_count || access(hv->hotplug, X_OK) == 0)
		return 0;
	return err_set(err, QVM_E_NOT_FOUND, "cannot start '%s': '%s' cannot be executed",
		       cfg->name, hv->hotplug);
}

static int refuse_planned(const struct hv_config *cfg, struct qvm_err *err)
{
	for (size_t i = 0; i < cfg->disk_count; i++)
		if (cfg->disks[i].planned)
			return err_set(err, QVM_E_FAILED,
				       "cannot build '%s': disk '%s' was not made",
				       cfg->name, cfg->disks[i].vdev);
	return 0;
}

/*
 * libxl removes what it made of a domain that failed, and usually says so by an invalid
 * domid. What is left after a second try is for the caller.
 */
static void undo(struct xen_hv *hv, const struct hv_id *id, struct hv_id *ret)
{
	struct qvm_err why = QVM_ERR_INIT;

	if (!libxl_domid_valid_guest(id->domid))
		return;
	if (xen_destroy(hv, id, &why) == 0)
		return;
	ctx_log(hv->ctx, QVM_LEVEL_WARN, "%s", why.text);
	*ret = *id;
}

/* Nor are interfaces: see vif.h. */
static void take_nics(libxl_domain_config *d)
{
	for (int i = 0; i < d->num_nics; i++)
		libxl_device_nic_dispose(&d->nics[i]);
	free(d->nics);
	d->nics = NULL;
	d->num_nics = 0;
}

/* Disks that need no device model are not libxl's: see vbd.h. */
static bool has_own_disks(const struct hv_config *cfg)
{
	return cfg->type != HV_HVM;
}

static void take_disks(libxl_domain_config *d)
{
	for (int i = 0; i < d->num_disks; i++)
		libxl_device_disk_dispose(&d->disks[i]);
	free(d->disks);
	d->disks = NULL;
	d->num_disks = 0;
}

static int restore(struct xen_hv *hv, const struct hv_config *cfg, libxl_domain_config *d,
		   uint32_t *domid)
{
	xl_declare(libxl_domain_restore_params, params);

	params.stream_version = 2;
	return libxl_domain_create_restore(hv->xl, d, domid, cfg->saved, -1, &params,
					   NULL, NULL);
}

static int build(struct xen_hv *hv, const struct hv_config *cfg, libxl_domain_config *d,
		 struct hv_id *id, struct qvm_err *err)
{
	int rc, r = 0;

	take_nics(d);
	if (has_own_disks(cfg))
		take_disks(d);
	rc = cfg->saved ? restore(hv, cfg, d, &id->domid)
			: libxl_domain_create_new(hv->xl, d, &id->domid, NULL, NULL);
	if (rc)
		return xen_err(hv, rc, err, "cannot build '%s'", cfg->name);
	if (has_own_disks(cfg))
		r = vbd_attach(id->domid, cfg->disks, cfg->disk_count, hv->hotplug, err);
	if (r == 0 && cfg->nic_count)
		r = vif_set(id->domid, cfg->nics, cfg->nic_count, err);
	return r;
}

int xen_create(void *handle, const struct hv_config *cfg, struct hv_id *ret,
	       struct qvm_err *err)
{
	struct xen_hv *hv = handle;
	struct hv_id id = {.domid = INVALID_DOMID, .uuid = cfg->uuid};
	xl_domain_config(d);
	int r;

	ret->domid = 0;
	r = refuse_planned(cfg, err);
	if (r == 0)
		r = config_make(cfg, hv->hotplug, &d, err);
	if (r == 0)
		r = verify_hotplug(hv, cfg, err);
	if (r == 0)
		r = xen_need(hv, err);
	if (r < 0)
		return r;
	r = build(hv, cfg, &d, &id, err);
	if (r < 0) {
		undo(hv, &id, ret);
		return r;
	}
	*ret = id;
	return 0;
}
