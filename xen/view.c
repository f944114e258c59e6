/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The light view, on libxenctrl: no libxl, and no xenstore before the first wait, so that
 * looking at the domains costs one hypercall.
 */
#include "xen/xen.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xenctrl.h>

#include "lib/alloc.h"
#include "lib/clock.h"
#include "xen/io.h"
#include "xen/log.h"
#include "xen/map.h"
#include "xen/wait.h"

/* Asked for at once; more domains than this take more requests. */
#define LIST_STEP 512

struct view {
	struct xen_log log;
	xc_interface *xc;
	struct wait wait;
	struct io io;
};

static int open_failed(int errnum, struct qvm_err *err)
{
	static const char *const nodes[] = {"/dev/xen/privcmd", "/proc/xen/privcmd"};
	bool there = false;

	for (size_t i = 0; i < array_len(nodes); i++)
		there = there || access(nodes[i], F_OK) == 0;
	if (there && (errnum == EACCES || errnum == EPERM || geteuid() != 0))
		return err_set(err, QVM_E_PERMISSION,
			       "cannot reach the hypervisor: "
			       "the privileged interface is for root");
	return err_set(err, QVM_E_NO_XEN,
		       "cannot reach the hypervisor: %s "
		       "(is this a Xen dom0, and are you root?)",
		       there ? "the privileged interface does not answer"
			     : "there is no /dev/xen/privcmd");
}

static void view_close(void *handle)
{
	struct view *v = handle;

	if (!v)
		return;
	wait_dispose(&v->wait);
	io_dispose(&v->io);
	if (v->xc)
		xc_interface_close(v->xc);
	free(v);
}

static int view_open(struct qvm_ctx *ctx, void **ret, struct qvm_err *err)
{
	struct view *v = xcalloc(1, sizeof(*v));
	int errnum;

	xen_log_init(&v->log, ctx);
	v->io.root = "";
	v->xc = xc_interface_open(&v->log.base, &v->log.base, 0);
	if (!v->xc) {
		errnum = errno;
		free(v);
		return open_failed(errnum, err);
	}
	*ret = v;
	return 0;
}

static int refused(struct view *v, const char *what, struct qvm_err *err)
{
	int errnum = errno;

	if (errnum == EACCES || errnum == EPERM)
		return err_set(err, QVM_E_PERMISSION, "cannot %s: %s", what,
			       strerror(errnum));
	if (v->log.text[0])
		return err_set(err, QVM_E_HYPERVISOR, "cannot %s: %s", what, v->log.text);
	return err_set(err, QVM_E_HYPERVISOR, "cannot %s: %s", what, strerror(errnum));
}

static int view_host(void *handle, struct hv_host *ret, struct qvm_err *err)
{
	struct view *v = handle;
	xc_physinfo_t info = {0};
	xen_extraversion_t extra = {0};
	struct hv_host host = {0};
	int version;

	xen_log_reset(&v->log);
	if (xc_physinfo(v->xc, &info) < 0)
		return refused(v, "ask the hypervisor for its memory", err);
	version = xc_version(v->xc, XENVER_version, NULL);
	if (version < 0 || xc_version(v->xc, XENVER_extraversion, &extra) < 0)
		return refused(v, "ask the hypervisor for its version", err);
	extra[sizeof(extra) - 1] = '\0';
	map_host(&info, &host);
	snprintf(host.version, sizeof(host.version), "%d.%d%s", version >> 16,
		 version & 0xffff, extra);
	*ret = host;
	return 0;
}

static int view_list(void *handle, struct hv_dom **ret, size_t *ret_n,
		     struct qvm_err *err)
{
	struct view *v = handle;
	cleanup_free xc_domaininfo_t *infos = xcalloc(LIST_STEP, sizeof(*infos));
	cleanup_free struct hv_dom *doms = NULL;
	size_t n = 0;
	uint32_t first = 1; /* dom0 is not one of ours */
	int got;

	xen_log_reset(&v->log);
	do {
		got = xc_domain_getinfolist(v->xc, first, LIST_STEP, infos);
		if (got < 0)
			return refused(v, "list the domains", err);
		doms = xreallocarray(doms, n + (size_t)got + 1, sizeof(*doms));
		for (int i = 0; i < got; i++)
			map_dom(&infos[i], &doms[n++]);
		if (got > 0)
			first = infos[got - 1].domain + 1;
	} while (got == LIST_STEP);
	*ret = steal(doms);
	*ret_n = n;
	return 0;
}

static int view_find(void *handle, const struct hv_id *id, struct hv_dom *ret,
		     struct qvm_err *err)
{
	struct view *v = handle;
	xc_domaininfo_t info;
	struct hv_dom dom;
	int got;

	xen_log_reset(&v->log);
	got = xc_domain_getinfolist(v->xc, id->domid, 1, &info);
	if (got < 0)
		return refused(v, "look for a domain", err);
	if (got == 1)
		map_dom(&info, &dom);
	if (got != 1 || dom.id.domid != id->domid || !uuid_equal(&dom.id.uuid, &id->uuid))
		return err_set(err, QVM_E_NOT_RUNNING, "domain %u is gone", id->domid);
	*ret = dom;
	return 0;
}

/* The reason of its end, -1 while it lives, or less than -1 with *err set. */
static int look(struct view *v, const struct hv_id *id, struct qvm_err *err)
{
	struct qvm_err why = QVM_ERR_INIT;
	struct hv_dom dom;

	if (view_find(v, id, &dom, &why) == 0)
		return map_end(&dom);
	if (why.kind == QVM_E_NOT_RUNNING)
		return HV_END_GONE;
	*err = why;
	return -why.kind;
}

static int view_wait_end(void *handle, const struct hv_id *id,
			 const int extra_fds[HV_WAIT_FDS], int timeout_ms,
			 int *ret_reason, struct qvm_err *err)
{
	struct view *v = handle;
	uint64_t deadline = timeout_ms < 0 ? 0 : clock_in((uint64_t)timeout_ms);
	int extra = 0;
	bool last = false;

	for (;;) {
		int left = clock_left(deadline, -1);
		int reason = look(v, id, err);
		int r;

		if (reason < -1)
			return reason;
		if (reason >= 0 || extra) {
			*ret_reason = reason;
			return 0;
		}
		if (last)
			return err_set(err, QVM_E_TIMEOUT, "domain %u still runs",
				       id->domid);
		/* Even without time left, the descriptors are asked once. */
		last = left == 0;
		r = wait_once(&v->wait, extra_fds, last ? 0 : left, &extra);
		if (r < 0)
			return err_errno(err, r, "cannot wait for domain %u", id->domid);
	}
}

static int view_unpause(void *handle, const struct hv_id *id, struct qvm_err *err)
{
	struct view *v = handle;
	struct hv_dom dom;
	int r = view_find(v, id, &dom, err);

	if (r == 0 && xc_domain_unpause(v->xc, id->domid) < 0)
		r = refused(v, "let a domain run", err);
	return r;
}

static int view_power_off(void *handle, const struct hv_id *id, struct qvm_err *err)
{
	struct view *v = handle;
	struct hv_dom dom;
	int r = view_find(v, id, &dom, err);

	if (r == 0 && xc_domain_shutdown(v->xc, id->domid, SHUTDOWN_poweroff) < 0)
		r = refused(v, "power off a domain", err);
	return r;
}

static int view_io(void *handle, const struct hv_id *ids, size_t n, struct hv_io *ret,
		   struct qvm_err *err)
{
	struct view *v = handle;
	int r = io_read(&v->io, ids, n, ret);

	return r < 0 ? err_errno(err, r, "cannot read what domains have moved") : 0;
}

const struct hv_view_ops hv_view_xen = {
	.name = "xen",
	.has_vchan = true,
	.open = view_open,
	.close = view_close,
	.host = view_host,
	.list = view_list,
	.find = view_find,
	.wait_end = view_wait_end,
	.power_off = view_power_off,
	.unpause = view_unpause,
	.io = view_io,
};
