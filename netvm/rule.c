/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netvm/rule.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/hash.h"
#include "lib/size.h"
#include "lib/strv.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static const char *const protos[] = {
	[FW_PROTO_ANY] = NULL, [FW_TCP] = "tcp", [FW_UDP] = "udp", [FW_ICMP] = "icmp"};

const char *fw_proto_name(enum fw_proto proto)
{
	return protos[proto];
}

/* ---- addresses ---- */

static void mask(uint8_t *bytes, size_t n, long long prefix)
{
	for (size_t i = 0; i < n; i++) {
		long long bits = prefix - (long long)i * 8;

		if (bits < 8)
			bytes[i] &= bits <= 0 ? 0 : (uint8_t)(0xff << (8 - bits));
	}
}

static bool try_family(int family, const char *address, const char *prefix_text,
		       char ret[static FW_HOST_MAX + 1])
{
	size_t len = family == AF_INET ? 4 : 16;
	long long prefix = (long long)len * 8;
	char text[INET6_ADDRSTRLEN];
	uint8_t bytes[16];

	if (inet_pton(family, address, bytes) != 1 ||
	    (prefix_text && num_parse(prefix_text, 0, prefix, &prefix) < 0))
		return false;
	mask(bytes, len, prefix);
	snprintf(ret, FW_HOST_MAX + 1, "%s/%d",
		 inet_ntop(family, bytes, text, sizeof(text)), (int)prefix);
	return true;
}

enum fw_dst fw_address_parse(const char *text, char ret[static FW_HOST_MAX + 1])
{
	char address[INET6_ADDRSTRLEN];
	size_t len = strcspn(text, "/");
	const char *prefix = text[len] ? text + len + 1 : NULL;

	if (len >= sizeof(address))
		return FW_DST_ANY;
	memcpy(address, text, len);
	address[len] = '\0';
	if (try_family(AF_INET, address, prefix, ret))
		return FW_DST4;
	return try_family(AF_INET6, address, prefix, ret) ? FW_DST6 : FW_DST_ANY;
}

void fw_key(const char *ip, char ret[static FW_KEY_MAX])
{
	size_t i = 0;

	for (; ip[i] && i < FW_KEY_MAX - 1; i++)
		ret[i] = ip[i] == '.' || ip[i] == ':' ? '-' : ip[i];
	ret[i] = '\0';
}

/* ---- the keys ---- */

/* Each returns what is wrong with the value, or NULL. */
typedef const char *key_fn(struct fw_rule *rule, const char *value);

static const char *set_action(struct fw_rule *rule, const char *value)
{
	rule->accept = strcmp(value, "accept") == 0;
	return rule->accept || strcmp(value, "drop") == 0 ? NULL
							  : "action is accept or drop";
}

static const char *set_address(struct fw_rule *rule, const char *value, enum fw_dst kind)
{
	if (fw_address_parse(value, rule->dst) != kind)
		return kind == FW_DST4 ? "dst4 is no IPv4 address or network"
				       : "dst6 is no IPv6 address or network";
	rule->dst_kind = kind;
	return NULL;
}

static const char *set_dst4(struct fw_rule *rule, const char *value)
{
	return set_address(rule, value, FW_DST4);
}

static const char *set_dst6(struct fw_rule *rule, const char *value)
{
	return set_address(rule, value, FW_DST6);
}

static const char *set_name(struct fw_rule *rule, const char *value)
{
	size_t len = strlen(value), label = 0;

	if (!len || len > FW_HOST_MAX || strspn(value, LOWER DIGITS "-._") != len)
		return "a host name has lower-case letters, digits and '-._' only";
	/* Of digits and dots alone it would be an address mistyped. */
	if (strspn(value, DIGITS ".") == len || value[0] == '-')
		return "dsthost is neither an address nor a host name";
	for (const char *at = value; *at; at++) {
		label = *at == '.' ? 0 : label + 1;
		if (label > 63 || (*at == '.' && (at == value || at[1] == '.')))
			return "a part of the host name is empty or longer than 63";
	}
	memcpy(rule->dst, value, len + 1);
	rule->dst_kind = FW_DST_NAME;
	return NULL;
}

static const char *set_dsthost(struct fw_rule *rule, const char *value)
{
	rule->dst_kind = fw_address_parse(value, rule->dst);
	if (rule->dst_kind != FW_DST_ANY)
		return NULL;
	if (strpbrk(value, ":/"))
		return "dsthost is no valid address or network";
	return set_name(rule, value);
}

static const char *set_proto(struct fw_rule *rule, const char *value)
{
	for (int i = FW_TCP; i <= FW_ICMP; i++)
		if (strcmp(value, protos[i]) == 0)
			rule->proto = (enum fw_proto)i;
	return rule->proto ? NULL : "proto is tcp, udp or icmp";
}

static const char *set_ports(struct fw_rule *rule, const char *value)
{
	static const char why[] =
		"dstports is N or A-B, each 0 to 65535, A no more than B";
	cleanup_strv struct strv ends = STRV_INIT;
	long long first, last;

	strv_split(&ends, value, "-");
	if (ends.n < 1 || ends.n > 2 || value[0] == '-' ||
	    value[strlen(value) - 1] == '-' || strstr(value, "--") || strchr(value, '+'))
		return why;
	if (num_parse(ends.v[0], 0, 65535, &first) < 0 ||
	    num_parse(ends.v[ends.n - 1], 0, 65535, &last) < 0 || first > last)
		return why;
	rule->has_ports = true;
	rule->port_first = (uint16_t)first;
	rule->port_last = (uint16_t)last;
	return NULL;
}

static const char *set_icmptype(struct fw_rule *rule, const char *value)
{
	long long type;

	if (num_parse(value, 0, 255, &type) < 0 || value[0] == '+')
		return "icmptype is a number from 0 to 255";
	rule->has_icmp = true;
	rule->icmp_type = (uint8_t)type;
	return NULL;
}

static const char *set_special(struct fw_rule *rule, const char *value)
{
	rule->dns = strcmp(value, "dns") == 0;
	return rule->dns ? NULL : "specialtarget is dns";
}

static const char *set_expire(struct fw_rule *rule, const char *value)
{
	long long at;

	/* As far as a time is printable: year 9999. */
	if (num_parse(value, 1, 253402300799LL, &at) < 0 || value[0] == '+')
		return "expire is a time in seconds since the epoch";
	rule->expire = at;
	return NULL;
}

static const char *set_log(struct fw_rule *rule, const char *value)
{
	rule->log = strcmp(value, "yes") == 0;
	return rule->log || strcmp(value, "no") == 0 ? NULL : "log is yes or no";
}

static const char *set_comment(struct fw_rule *rule, const char *value)
{
	size_t len = strlen(value);

	if (len > FW_COMMENT_MAX)
		return "the comment is longer than 256 characters";
	if (strspn(value, LOWER UPPER DIGITS ":;,./-_[] ") != len)
		return "a comment has letters, digits, blanks and ':;,./-_[]' only";
	memcpy(rule->comment, value, len + 1);
	return NULL;
}

/* Two keys of one group exclude each other. */
static const struct {
	const char *name;
	unsigned group;
	key_fn *set;
} keys[] = {
	{"action", 0, set_action},
	{"dst4", 1, set_dst4},
	{"dst6", 1, set_dst6},
	{"dsthost", 1, set_dsthost},
	{"dstname", 1, set_name},
	{"proto", 2, set_proto},
	{"dstports", 3, set_ports},
	{"icmptype", 4, set_icmptype},
	{"specialtarget", 5, set_special},
	{"expire", 6, set_expire},
	{"log", 7, set_log},
	{"comment", 8, set_comment},
};

static const char *set_key(struct fw_rule *rule, const char *word, unsigned *seen)
{
	size_t len = strcspn(word, "=");

	for (size_t i = 0; word[len] && i < array_len(keys); i++) {
		if (strlen(keys[i].name) != len || memcmp(keys[i].name, word, len) != 0)
			continue;
		if (*seen & 1u << keys[i].group)
			return keys[i].group == 1 ? "it has two destinations"
						  : "a key is there twice";
		*seen |= 1u << keys[i].group;
		return keys[i].set(rule, word + len + 1);
	}
	return "an unknown key";
}

static const char *check_whole(const struct fw_rule *rule, unsigned seen)
{
	if (!(seen & 1))
		return "there is no action";
	if (rule->has_ports && rule->proto != FW_TCP && rule->proto != FW_UDP)
		return "dstports needs proto tcp or udp";
	if (rule->has_icmp && rule->proto != FW_ICMP)
		return "icmptype needs proto icmp";
	if (rule->dns && rule->proto == FW_ICMP)
		return "specialtarget dns goes with tcp and udp only";
	return NULL;
}

int fw_rule_parse(const char *text, struct fw_rule *ret, const char **ret_why)
{
	cleanup_strv struct strv words = STRV_INIT;
	struct fw_rule rule = {0};
	const char *comment = strstr(text, "comment=");
	cleanup_free char *head = NULL;
	unsigned seen = 0;
	const char *why = NULL;

	if (comment && comment != text && comment[-1] != ' ')
		comment = NULL;
	if (strpbrk(text, "\n\t\r"))
		why = "it is more than one line";
	head = comment ? strndup(text, (size_t)(comment - text)) : strdup(text);
	if (!head)
		return -ENOMEM;
	strv_split(&words, head, " ");
	for (size_t i = 0; !why && i < words.n; i++)
		why = set_key(&rule, words.v[i], &seen);
	if (!why && comment)
		why = set_key(&rule, comment, &seen);
	if (!why)
		why = check_whole(&rule, seen);
	if (why) {
		*ret_why = why;
		return -EINVAL;
	}
	*ret = rule;
	return 0;
}

void fw_rule_format(const struct fw_rule *rule, bool exported, struct buf *out)
{
	static const char *const dst_keys[] = {NULL, "dst4", "dst6", "dsthost"};

	buf_addf(out, "action=%s", rule->accept ? "accept" : "drop");
	if (rule->dst_kind)
		buf_addf(out, " %s=%s", dst_keys[rule->dst_kind], rule->dst);
	if (rule->proto)
		buf_addf(out, " proto=%s", protos[rule->proto]);
	if (rule->dns)
		buf_add(out, " specialtarget=dns");
	if (rule->has_ports)
		buf_addf(out, " dstports=%u-%u", rule->port_first, rule->port_last);
	if (rule->has_icmp)
		buf_addf(out, " icmptype=%u", rule->icmp_type);
	if (rule->expire)
		buf_addf(out, " expire=%lld", (long long)rule->expire);
	if (rule->log)
		buf_add(out, " log=yes");
	if (!exported && *rule->comment)
		buf_addf(out, " comment=%s", rule->comment);
}

void fw_rule_id(const struct fw_rule *rule, char ret[static FW_ID_MAX])
{
	cleanup_buf struct buf text = BUF_INIT;

	fw_rule_format(rule, true, &text);
	snprintf(ret, FW_ID_MAX, "%08x",
		 (unsigned)(fnv(FNV_START, buf_str(&text)) >> 32));
}

/* ---- ports led in ---- */

static const char *forward_key(struct fw_forward *f, const char *word)
{
	long long number;

	if (strcmp(word, "proto=tcp") == 0 || strcmp(word, "proto=udp") == 0) {
		f->proto = word[6] == 't' ? FW_TCP : FW_UDP;
		return NULL;
	}
	if (strncmp(word, "from=", 5) == 0)
		return fw_address_parse(word + 5, f->from) == FW_DST4
			       ? NULL
			       : "from is an IPv4 address or network";
	if (strncmp(word, "port=", 5) == 0 || strncmp(word, "to=", 3) == 0) {
		bool to = word[0] == 't';

		if (num_parse(strchr(word, '=') + 1, 1, 65535, &number) < 0)
			return "a port is a number from 1 to 65535";
		*(to ? &f->to : &f->port) = (uint16_t)number;
		return NULL;
	}
	return "only proto=, port=, to= and from=; proto is tcp or udp";
}

int fw_forward_parse(const char *text, struct fw_forward *ret, const char **ret_why)
{
	cleanup_strv struct strv words = STRV_INIT;
	struct fw_forward f = {0};
	const char *why = NULL;

	strv_split(&words, text, " ");
	for (size_t i = 0; !why && i < words.n; i++)
		why = forward_key(&f, words.v[i]);
	if (!why && (!f.proto || !f.port))
		why = "proto and port are needed";
	if (why) {
		*ret_why = why;
		return -EINVAL;
	}
	if (!f.to)
		f.to = f.port;
	*ret = f;
	return 0;
}

void fw_forward_format(const struct fw_forward *f, struct buf *out)
{
	buf_addf(out, "proto=%s port=%u to=%u", protos[f->proto], f->port, f->to);
	if (*f->from)
		buf_addf(out, " from=%s", f->from);
}
