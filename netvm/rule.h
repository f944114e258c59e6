/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Firewall rules as text and as data. Pure, and known to both sides: dom0 checks and stores
 * them, the agent of a network domain reads them again.
 *
 * A rule is one line of KEY=VALUE with blanks between, in Qubes's words:
 *
 *	action=accept|drop
 *	dst4=A.B.C.D/N, dst6=ADDRESS/N, dsthost=NAME (or an address of either kind)
 *	proto=tcp|udp|icmp, dstports=A-B, icmptype=N, specialtarget=dns
 *	expire=SECONDS since the epoch, log=yes, comment=... to the end of the line
 *
 * fw_rule_format writes them in the order action, destination, proto, specialtarget,
 * dstports, icmptype, expire, log, comment.
 */
#ifndef QVM_NETVM_RULE_H
#define QVM_NETVM_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/macro.h"

#define FW_HOST_MAX 253
#define FW_COMMENT_MAX 256
#define FW_RULES_MAX 4096  /* of one domain */
#define FW_TEXT_MAX 256000 /* bytes of all of them */

enum fw_dst { FW_DST_ANY, FW_DST4, FW_DST6, FW_DST_NAME };
enum fw_proto { FW_PROTO_ANY, FW_TCP, FW_UDP, FW_ICMP };

struct fw_rule {
	bool accept;
	enum fw_dst dst_kind;
	char dst[FW_HOST_MAX + 1]; /* "10.0.0.0/8", "fd00::/8", "example.com", or "" */
	enum fw_proto proto;
	bool has_ports, has_icmp, dns, log;
	uint16_t port_first, port_last;
	uint8_t icmp_type;
	int64_t expire; /* 0: never */
	char comment[FW_COMMENT_MAX + 1];
};

/* 0, or -EINVAL and in *ret_why what is wrong with it: "proto is tcp, udp or icmp". */
int fw_rule_parse(const char *text, struct fw_rule *ret, const char **ret_why) must_check;

/* EXPORTED: as the network domain is told it, without the comment. */
void fw_rule_format(const struct fw_rule *rule, bool exported, struct buf *out);

/* A short name of what it says, the comment apart: counters of a network domain have it. */
#define FW_ID_MAX 9
void fw_rule_id(const struct fw_rule *rule, char ret[static FW_ID_MAX]);

const char *fw_proto_name(enum fw_proto proto); /* NULL for any */

/*
 * "10.1.2.3" or "10.0.0.0/8" made regular: a prefix length always, nothing beyond it.
 * FW_DST4, FW_DST6, or FW_DST_ANY for what is no address.
 */
enum fw_dst fw_address_parse(const char *text, char ret[static FW_HOST_MAX + 1]);

/* An address as part of a node's name in xenstore, which knows no dots: "10-137-0-7". */
#define FW_KEY_MAX 48
void fw_key(const char *ip, char ret[static FW_KEY_MAX]);

/*
 * A port that is led in from outside through every hop to a domain:
 * "proto=tcp port=8080 to=80 [from=10.0.0.0/8]".
 */
struct fw_forward {
	enum fw_proto proto; /* tcp or udp */
	uint16_t port, to;
	char from[FW_HOST_MAX + 1]; /* IPv4 with prefix, or "" */
};

int fw_forward_parse(const char *text, struct fw_forward *ret, const char **ret_why)
	must_check;
void fw_forward_format(const struct fw_forward *f, struct buf *out);

#endif
