/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The twins that do nothing, successfully: no domain ever runs. */
#include "xen/xen.h"

#include "lib/alloc.h"

static int null_open(struct qvm_ctx *ctx unused, void **ret, struct qvm_err *err unused)
{
	*ret = NULL;
	return 0;
}

static void null_close(void *handle unused)
{
}

static int null_host(void *view unused, struct hv_host *ret, struct qvm_err *err unused)
{
	*ret = (struct hv_host){.version = "none"};
	return 0;
}

static int null_list(void *view unused, struct hv_dom **ret, size_t *ret_n,
		     struct qvm_err *err unused)
{
	*ret = NULL;
	*ret_n = 0;
	return 0;
}

static int null_find(void *view unused, const struct hv_id *id, struct hv_dom *ret unused,
		     struct qvm_err *err)
{
	return err_set(err, QVM_E_NOT_RUNNING, "domain %u is gone", id->domid);
}

static int null_wait_end(void *view unused, const struct hv_id *id unused,
			 const int extra_fds[HV_WAIT_FDS] unused, int timeout_ms unused,
			 int *ret_reason, struct qvm_err *err unused)
{
	*ret_reason = HV_END_GONE;
	return 0;
}

static int null_config_json(void *hv unused, const struct hv_config *cfg unused,
			    char **ret, struct qvm_err *err unused)
{
	*ret = xstrdup("{}");
	return 0;
}

static uint64_t null_memory_need(void *hv unused, const struct hv_config *cfg unused)
{
	return 0;
}

static int null_create(void *hv unused, const struct hv_config *cfg, struct hv_id *ret,
		       struct qvm_err *err unused)
{
	*ret = (struct hv_id){.domid = 1, .uuid = cfg->uuid};
	return 0;
}

static int null_act(void *hv unused, const struct hv_id *id unused,
		    struct qvm_err *err unused)
{
	return 0;
}

static int null_console(void *hv unused, const struct hv_id *id unused, char **ret,
			struct qvm_err *err unused)
{
	*ret = xstrdup("/dev/null");
	return 0;
}

static int null_set_memory(void *hv unused, const struct hv_id *id unused,
			   uint64_t bytes unused, struct qvm_err *err unused)
{
	return 0;
}

static int null_disks(void *hv unused, const struct hv_id *id unused,
		      struct hv_attached **ret, size_t *ret_n, struct qvm_err *err unused)
{
	*ret = NULL;
	*ret_n = 0;
	return 0;
}

static int null_attach(void *hv unused, const struct hv_id *id unused,
		       const struct hv_disk *disk unused, struct qvm_err *err unused)
{
	return 0;
}

static int null_detach(void *hv unused, const struct hv_id *id unused,
		       const char *vdev unused, bool force unused,
		       struct qvm_err *err unused)
{
	return 0;
}

static int null_set_nics(void *hv unused, const struct hv_id *id unused,
			 const struct hv_nic *nics unused, size_t n unused,
			 struct qvm_err *err unused)
{
	return 0;
}

static int null_set_keys(void *hv unused, const struct hv_id *id unused,
			 const struct hv_key *keys unused, size_t n unused,
			 struct qvm_err *err unused)
{
	return 0;
}

const struct hv_view_ops hv_view_null = {
	.name = "null",
	.open = null_open,
	.close = null_close,
	.host = null_host,
	.list = null_list,
	.find = null_find,
	.wait_end = null_wait_end,
};

const struct hv_ops hv_null = {
	.name = "null",
	.open = null_open,
	.close = null_close,
	.config_json = null_config_json,
	.memory_need = null_memory_need,
	.create = null_create,
	.unpause = null_act,
	.pause = null_act,
	.shutdown = null_act,
	.destroy = null_act,
	.console = null_console,
	.set_memory = null_set_memory,
	.disks = null_disks,
	.attach = null_attach,
	.detach = null_detach,
	.set_nics = null_set_nics,
	.set_keys = null_set_keys,
};
