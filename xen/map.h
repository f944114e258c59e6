/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hypervisor's own structs into those of core/hv.h; pure. */
#ifndef QVM_XEN_MAP_H
#define QVM_XEN_MAP_H

#include <xenctrl.h>

#include "core/hv.h"

void map_dom(const xc_domaininfo_t *info, struct hv_dom *ret);
void map_host(const xc_physinfo_t *info, struct hv_host *ret);

/* The code a guest gave with its end; one that nobody defined counts as a crash. */
enum hv_reason map_reason(unsigned int code);

/* What a wait for the domain's end has to say of it: -1 while it lives. */
int map_end(const struct hv_dom *dom);

#endif
