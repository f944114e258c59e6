/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hv_config into libxl_domain_config, and what the domain costs in memory. Pure: no
 * context, no file, no hypervisor.
 *
 * Every field that decides what a guest may do is set here and not left to a default:
 *
 *   - No populate-on-demand (XSA-153 and kin): a PVH or HVM guest gets all its memory at
 *     the start and max_memory plays no part; only a PV guest can start with less.
 *   - No emulated graphics but the VGA that `debug` asks for with HVM; no VNC, SDL, USB,
 *     Spice, sound or emulated network card; no nested virtualisation, altp2m or PMU.
 *   - Disks are block devices served by dom0's kernel, format raw, never probed. With HVM
 *     the writable ones of xvda to xvdd are emulated as well, for BIOS and boot loader; a
 *     CD drive is the device model's alone.
 *   - A network interface is always the paravirtual one, and the guest is told not to
 *     trust a backend outside dom0 (XSA-403).
 *   - What follows a shutdown is decided by the watcher; libxl only notes on_*.
 */
#ifndef QVM_XEN_CONFIG_H
#define QVM_XEN_CONFIG_H

#include "core/hv.h"
#include "xen/compat.h"

/*
 * Fills D, which is initialised and empty; the caller disposes of it, also after failure.
 * HOTPLUG is the path of qvm-hotplug.
 */
int config_make(const struct hv_config *cfg, const char *hotplug, libxl_domain_config *d,
		struct qvm_err *err) must_check;

/* The devices' part of it: config_dev.c. */
int config_disks(const struct hv_config *cfg, const char *hotplug, libxl_domain_config *d,
		 struct qvm_err *err) must_check;
void config_pcis(const struct hv_config *cfg, libxl_domain_config *d);
void config_nics(const struct hv_config *cfg, const char *hotplug,
		 libxl_domain_config *d);

/* Page tables and the like that libxl sets aside for a domain, in KiB. */
uint64_t config_shadow_kib(const struct hv_config *cfg);

/* All that the machine gives for it, in bytes. */
uint64_t config_memory_need(const struct hv_config *cfg);

#endif
