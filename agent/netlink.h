/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Links, addresses, routes and neighbours, asked of the kernel directly. */
#ifndef QVM_AGENT_NETLINK_H
#define QVM_AGENT_NETLINK_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/macro.h"

/* An address of either family, as the kernel has it. */
struct nl_ip {
	int family; /* AF_INET, AF_INET6; 0: none */
	uint8_t bytes[16];
};

/* 0 or -EINVAL. */
int nl_ip_parse(const char *text, struct nl_ip *ret) must_check;

/* For requests; or, EVENTS, one that is readable when a link comes, goes or changes. */
int nl_open(bool events) must_check;
void nl_drain(int events);

/* Each: 0 or the kernel's negative errno. What is there already is no failure. */
int nl_link_set(int nl, unsigned link, bool up) must_check;
int nl_address_add(int nl, unsigned link, const struct nl_ip *ip, int prefix) must_check;
int nl_neighbour_set(int nl, unsigned link, const struct nl_ip *ip, const uint8_t mac[6])
	must_check;
/* To one host on that link; METRIC 0: none. */
int nl_route_host(int nl, unsigned link, const struct nl_ip *to, uint32_t metric)
	must_check;
/* All else by GATEWAY, which need not be in a network of the link's. */
int nl_route_default(int nl, unsigned link, const struct nl_ip *gateway) must_check;

#endif
