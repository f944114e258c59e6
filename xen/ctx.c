/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/ctx.h"

#include <libxl_event.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "xen/store.h"

/* libxl keeps the pointer. It reaps its own children by pid; lib/proc.c reaps ours. */
static const libxl_childproc_hooks childproc_hooks = {
	.chldowner = libxl_sigchld_owner_libxl_always_selective_reap,
};

static void on_event(void *user, libxl_event *event)
{
	struct xen_hv *hv = user;

	/* None is enabled; whatever comes must still be freed. */
	libxl_event_free(hv->xl, event);
}

/* Without this hook libxl ends the process. */
static void on_disaster(void *user, libxl_event_type type unused, const char *text,
			int errnum unused)
{
	struct xen_hv *hv = user;

	hv->broken = true;
	ctx_log(hv->ctx, QVM_LEVEL_ERROR, "libxl lost its events: %s", text);
}

static const libxl_event_hooks event_hooks = {
	.event_occurs_mask = 0,
	.event_occurs = on_event,
	.disaster = on_disaster,
};

int xen_open(struct qvm_ctx *ctx, void **ret, struct qvm_err *err unused)
{
	struct xen_hv *hv = xcalloc(1, sizeof(*hv));

	hv->ctx = ctx;
	hv->hotplug = xasprintf("%s/qvm-hotplug", ctx->libexec_dir);
	xen_log_init(&hv->log, ctx);
	*ret = hv;
	return 0;
}

void xen_close(void *handle)
{
	struct xen_hv *hv = handle;

	if (!hv)
		return;
	if (hv->xl)
		libxl_ctx_free(hv->xl);
	free(hv->hotplug);
	free(hv);
}

int xen_need(struct xen_hv *hv, struct qvm_err *err)
{
	int rc;

	xen_log_reset(&hv->log);
	if (hv->broken)
		return err_set(err, QVM_E_HYPERVISOR, "libxl lost its events");
	if (store_is_dead())
		return err_set(err, QVM_E_NO_XEN, "cannot reach xenstored: it has ended");
	if (hv->xl)
		return 0;
	rc = libxl_ctx_alloc(&hv->xl, LIBXL_VERSION, 0, &hv->log.base);
	if (rc) {
		hv->xl = NULL;
		return err_set(err, geteuid() ? QVM_E_PERMISSION : QVM_E_NO_XEN,
			       "cannot reach the hypervisor: %s (is this a Xen dom0, "
			       "and are you root?)",
			       hv->log.text[0] ? hv->log.text : xen_err_words(rc));
	}
	libxl_childproc_setmode(hv->xl, &childproc_hooks, hv);
	libxl_event_register_callbacks(hv->xl, &event_hooks, hv);
	return 0;
}
