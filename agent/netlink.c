/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER_S 10

int nl_ip_parse(const char *text, struct nl_ip *ret)
{
	*ret = (struct nl_ip){0};
	if (inet_pton(AF_INET, text, ret->bytes) == 1)
		ret->family = AF_INET;
	else if (inet_pton(AF_INET6, text, ret->bytes) == 1)
		ret->family = AF_INET6;
	return ret->family ? 0 : -EINVAL;
}

static unsigned char ip_len(const struct nl_ip *ip)
{
	return ip->family == AF_INET ? 4 : 16;
}

int nl_open(bool events)
{
	static const struct timeval limit = {.tv_sec = ANSWER_S};
	struct sockaddr_nl at = {.nl_family = AF_NETLINK,
				 .nl_groups = events ? RTMGRP_LINK : 0};
	cleanup_close int fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | (events ? SOCK_NONBLOCK : 0),
		       NETLINK_ROUTE);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return steal_fd(&fd);
}

void nl_drain(int events)
{
	char buf[8192];

	/* Lost ones (ENOBUFS) are as good: all is looked at anyway. */
	while (recv(events, buf, sizeof(buf), MSG_DONTWAIT) > 0 || errno == ENOBUFS)
		errno = 0;
}

/* A request in the making. */
struct request {
	struct nlmsghdr head;
	union {
		struct ifinfomsg link;
		struct ifaddrmsg address;
		struct ndmsg neighbour;
		struct rtmsg route;
		char room[256];
	};
};

static void begin(struct request *q, uint16_t type, size_t body)
{
	*q = (struct request){0};
	q->head.nlmsg_type = type;
	q->head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
	q->head.nlmsg_len = (uint32_t)NLMSG_LENGTH(body);
}

static void put(struct request *q, unsigned short type, const void *data,
		unsigned short len)
{
	struct rtattr *a = (struct rtattr *)((char *)q + NLMSG_ALIGN(q->head.nlmsg_len));

	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(len);
	memcpy(RTA_DATA(a), data, len);
	q->head.nlmsg_len =
		(uint32_t)(NLMSG_ALIGN(q->head.nlmsg_len) + RTA_ALIGN(a->rta_len));
}

static int ask(int nl, struct request *q)
{
	static uint32_t number;
	char buf[4096];
	ssize_t n;

	q->head.nlmsg_seq = ++number;
	if (send(nl, q, q->head.nlmsg_len, 0) < 0)
		return -errno;
	for (;;) {
		const struct nlmsghdr *answer = (const struct nlmsghdr *)buf;
		const struct nlmsgerr *result;

		n = recv(nl, buf, sizeof(buf), 0);
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if ((size_t)n < NLMSG_LENGTH(sizeof(*result)) ||
		    answer->nlmsg_type != NLMSG_ERROR)
			return -EPROTO;
		result = (const struct nlmsgerr *)NLMSG_DATA(answer);
		/* An answer to an earlier one that had been given up. */
		if (answer->nlmsg_seq == number)
			return result->error == -EEXIST ? 0 : result->error;
	}
}

int nl_link_set(int nl, unsigned link, bool up)
{
	struct request q;

	begin(&q, RTM_NEWLINK, sizeof(q.link));
	q.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	q.link.ifi_index = (int)link;
	q.link.ifi_change = IFF_UP;
	q.link.ifi_flags = up ? IFF_UP : 0;
	return ask(nl, &q);
}

int nl_address_add(int nl, unsigned link, const struct nl_ip *ip, int prefix)
{
	struct request q;

	begin(&q, RTM_NEWADDR, sizeof(q.address));
	q.address.ifa_family = (uint8_t)ip->family;
	q.address.ifa_prefixlen = (uint8_t)prefix;
	q.address.ifa_index = link;
	/* Nobody else on that link has it: no need to wait for anybody to say so. */
	q.address.ifa_flags = ip->family == AF_INET6 ? IFA_F_NODAD : 0;
	put(&q, IFA_LOCAL, ip->bytes, ip_len(ip));
	put(&q, IFA_ADDRESS, ip->bytes, ip_len(ip));
	return ask(nl, &q);
}

int nl_neighbour_set(int nl, unsigned link, const struct nl_ip *ip, const uint8_t mac[6])
{
	struct request q;

	begin(&q, RTM_NEWNEIGH, sizeof(q.neighbour));
	q.neighbour.ndm_family = (uint8_t)ip->family;
	q.neighbour.ndm_ifindex = (int)link;
	q.neighbour.ndm_state = NUD_PERMANENT;
	put(&q, NDA_DST, ip->bytes, ip_len(ip));
	put(&q, NDA_LLADDR, mac, 6);
	return ask(nl, &q);
}

static void begin_route(struct request *q, int family, unsigned char scope)
{
	begin(q, RTM_NEWROUTE, sizeof(q->route));
	q->route.rtm_family = (uint8_t)family;
	q->route.rtm_table = RT_TABLE_MAIN;
	q->route.rtm_protocol = RTPROT_STATIC;
	q->route.rtm_scope = scope;
	q->route.rtm_type = RTN_UNICAST;
}

int nl_route_host(int nl, unsigned link, const struct nl_ip *to, uint32_t metric)
{
	struct request q;

	begin_route(&q, to->family, RT_SCOPE_LINK);
	q.route.rtm_dst_len = (uint8_t)(ip_len(to) * 8);
	put(&q, RTA_DST, to->bytes, ip_len(to));
	put(&q, RTA_OIF, &link, sizeof(link));
	if (metric)
		put(&q, RTA_PRIORITY, &metric, sizeof(metric));
	return ask(nl, &q);
}

int nl_route_default(int nl, unsigned link, const struct nl_ip *gateway)
{
	struct request q;

	begin_route(&q, gateway->family, RT_SCOPE_UNIVERSE);
	q.route.rtm_flags = RTNH_F_ONLINK;
	put(&q, RTA_GATEWAY, gateway->bytes, ip_len(gateway));
	put(&q, RTA_OIF, &link, sizeof(link));
	return ask(nl, &q);
}
