/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/xen.h"

#include "lib/alloc.h"
#include "xen/config.h"
#include "xen/ctx.h"

static int config_json(void *handle, const struct hv_config *cfg, char **ret,
		       struct qvm_err *err)
{
	struct xen_hv *hv = handle;
	xl_domain_config(d);
	int r = config_make(cfg, hv->hotplug, &d, err);
	char *text;

	if (r < 0)
		return r;
	text = libxl_domain_config_to_json(hv->xl, &d);
	if (!text)
		return err_set(err, QVM_E_VALUE, "cannot print the configuration of '%s'",
			       cfg->name);
	*ret = text;
	return 0;
}

static uint64_t memory_need(void *handle unused, const struct hv_config *cfg)
{
	return config_memory_need(cfg);
}

const struct hv_ops hv_libxl = {
	.name = "libxl",
	.open = xen_open,
	.close = xen_close,
	.config_json = config_json,
	.memory_need = memory_need,
	.create = xen_create,
	.unpause = xen_unpause,
	.pause = xen_pause,
	.shutdown = xen_shutdown,
	.destroy = xen_destroy,
	.save = xen_save,
	.console = xen_console,
	.set_memory = xen_set_memory,
	.disks = xen_disks,
	.attach = xen_attach,
	.detach = xen_detach,
	.set_nics = xen_set_nics,
	.set_keys = xen_set_keys,
};
