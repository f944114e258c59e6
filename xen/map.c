/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/map.h"

#include <string.h>

/* max_pages of a domain without a limit is all ones. */
static uint64_t pages_to_bytes(uint64_t pages)
{
	return pages > UINT64_MAX >> XC_PAGE_SHIFT ? UINT64_MAX : pages << XC_PAGE_SHIFT;
}

enum hv_reason map_reason(unsigned int code)
{
	switch (code) {
	case SHUTDOWN_poweroff:
		return HV_END_POWEROFF;
	case SHUTDOWN_reboot:
	case SHUTDOWN_soft_reset: /* wants to go on in a domain built anew */
		return HV_END_REBOOT;
	case SHUTDOWN_suspend:
		return HV_END_SUSPEND;
	case SHUTDOWN_watchdog:
		return HV_END_WATCHDOG;
	default:
		return HV_END_CRASH;
	}
}

void map_dom(const xc_domaininfo_t *info, struct hv_dom *ret)
{
	unsigned int code =
		info->flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask;

	*ret = (struct hv_dom){
		.id.domid = info->domain,
		.paused = info->flags & XEN_DOMINF_paused,
		.blocked = info->flags & XEN_DOMINF_blocked,
		.shutdown = info->flags & XEN_DOMINF_shutdown,
		.dying = info->flags & XEN_DOMINF_dying,
		.reason = info->flags & XEN_DOMINF_shutdown ? map_reason(code) : 0,
		.memory = pages_to_bytes(info->tot_pages),
		.max_memory = pages_to_bytes(info->max_pages),
		.cpu_ns = info->cpu_time,
		.vcpus = info->nr_online_vcpus,
	};
	memcpy(ret->id.uuid.b, info->handle, sizeof(ret->id.uuid.b));
}

void map_host(const xc_physinfo_t *info, struct hv_host *ret)
{
	uint64_t free = info->free_pages + info->scrub_pages;

	/* Claimed by a domain that is being built, though not given to it yet. */
	free -= free < info->outstanding_pages ? free : info->outstanding_pages;
	ret->memory = pages_to_bytes(info->total_pages);
	ret->memory_free = pages_to_bytes(free);
	ret->cpus = info->nr_cpus;
	ret->hvm = info->capabilities & XEN_SYSCTL_PHYSCAP_hvm;
	ret->hap = info->capabilities & XEN_SYSCTL_PHYSCAP_hap;
	ret->pv = info->capabilities & XEN_SYSCTL_PHYSCAP_pv;
}

int map_end(const struct hv_dom *dom)
{
	if (dom->shutdown)
		return dom->reason;
	return dom->dying ? HV_END_GONE : -1;
}
