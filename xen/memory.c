/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Of the machine's memory a domain takes
 *
 *	its own		what it starts with; video memory is a part of that
 *	page tables	1 MiB a processor and 4 KiB per MiB; PVH and HVM only. libxl is
 *			told the figure, so that what is counted is what is taken
 *	extra		what libxl itself allows for: 1 MiB (PV), 2 MiB (PVH, HVM)
 *	device model	the stub domain's memory, and 1 MiB for that domain
 *
 * rounded up to 2 MiB, the unit in which PVH and HVM memory is given. The page tables of
 * a PV guest are its own memory.
 */
#include "xen/config.h"

#include "lib/size.h"

#define ROUND (2 * MIB)

uint64_t config_shadow_kib(const struct hv_config *cfg)
{
	if (cfg->type == HV_PV)
		return 0;
	return 1024 * (uint64_t)cfg->vcpus + 4 * (cfg->memory / MIB);
}

uint64_t config_memory_need(const struct hv_config *cfg)
{
	uint64_t need = cfg->memory + config_shadow_kib(cfg) * KIB;

	need += cfg->type == HV_PV ? MIB : 2 * MIB;
	if (cfg->type == HV_HVM && cfg->stubdom_memory)
		need += cfg->stubdom_memory + MIB;
	return (need + ROUND - 1) / ROUND * ROUND;
}
