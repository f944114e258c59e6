/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The room of Xen: the two tables of core/hv.h, each with a twin that does nothing.
 *
 *	hv_view_xen	view.c map.c wait.c log.c store.c; libxenctrl, libxenstore
 *	hv_libxl	hv.c ctx.c err.c config.c config_dev.c memory.c create.c control.c
 *			disks.c vbd.c vbd_attach.c vbd_change.c log.c store.c; libxenlight
 *	hv_null, hv_view_null	null.c; nothing
 *	qvm-hotplug	hotplug.c; nothing: a static program of its own
 *
 * wire_batch.c and hotplug_wire.c talk with xenstored for those who wait for nothing else: the
 * disks of PV and PVH domains (vbd.h), interfaces and keys (vif.h), and qvm-hotplug.
 *
 * Who calls what, in which order (the watcher of one domain does it all):
 *
 *	view->host		under the start lock: does it fit?
 *	hv->memory_need
 *	hv->create		paused, disks attached (now firewall, qrexec daemon, ...)
 *	hv->console		the terminal exists as soon as create returned
 *	hv->unpause
 *	view->wait_end		until it ended, or another descriptor wants something
 *	hv->shutdown, ...	whenever asked
 *	hv->destroy		always; does nothing after HV_END_GONE
 *
 * Opening hv_libxl touches nothing: config_json and memory_need work on any machine. The
 * hypervisor is reached by the first call that needs it; without one: QVM_E_NO_XEN.
 * A process that uses hv_libxl must not fork without exec, and has no SIGCHLD handler.
 *
 * libxl runs one process a disk, qvm-hotplug from ctx->libexec_dir, at destroy, and for HVM
 * domains at create too: in 4.17 the field run_hotplug_scripts has no effect any more.
 * Guests made by xl, with their own scripts, live beside ours undisturbed. One further
 * child, at destroy, is a fork that waits for the hypervisor to take the domain apart.
 *
 * create that failed sets ret->domid to 0, or to the domain that it could not remove.
 */
#ifndef QVM_XEN_XEN_H
#define QVM_XEN_XEN_H

#include "core/hv.h"

extern const struct hv_view_ops hv_view_xen;
extern const struct hv_view_ops hv_view_null;
extern const struct hv_ops hv_libxl;
extern const struct hv_ops hv_null;

#endif
