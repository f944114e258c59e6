/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules as text: what is taken, in which form it comes back, and what is refused. */
#include <errno.h>

#include "netvm/rule.h"
#include "tests/unit/test.h"

static const struct {
	const char *text, *again; /* NULL: as it was */
} good[] = {
	{"action=accept", NULL},
	{"action=drop", NULL},
	{"dst4=1.2.3.4 action=drop", "action=drop dst4=1.2.3.4/32"},
	{"action=drop dst4=10.1.2.3/8", "action=drop dst4=10.0.0.0/8"},
	{"action=drop dst4=10.1.2.3/0", "action=drop dst4=0.0.0.0/0"},
	{"action=drop dst4=192.168.129.9/17", "action=drop dst4=192.168.128.0/17"},
	{"action=accept dsthost=2001:DB8::1", "action=accept dst6=2001:db8::1/128"},
	{"action=accept dst6=fd00:1234::/20", "action=accept dst6=fd00:1000::/20"},
	{"action=accept dsthost=www.example.com proto=tcp dstports=443",
	 "action=accept dsthost=www.example.com proto=tcp dstports=443-443"},
	{"action=accept dstname=a-b_c.d", "action=accept dsthost=a-b_c.d"},
	{"action=accept proto=udp dstports=0-65535", NULL},
	{"action=accept proto=icmp icmptype=8", NULL},
	{"action=accept specialtarget=dns", NULL},
	{"action=accept proto=tcp specialtarget=dns", NULL},
	{"action=drop expire=1700000000 log=yes comment=a b: [c];,./-_", NULL},
	{"action=drop log=no", "action=drop"},
};

static const struct {
	const char *text, *why;
} bad[] = {
	{"", "there is no action"},
	{"action=reject", "action is accept or drop"},
	{"action", "an unknown key"},
	{"action=accept actoin=drop", "an unknown key"},
	{"action=accept action=drop", "a key is there twice"},
	{"action=accept dst4=1.2.3.4 dsthost=x", "it has two destinations"},
	{"action=accept dst4=1.2.3", "dst4 is no IPv4 address or network"},
	{"action=accept dst4=1.2.3.4/33", "dst4 is no IPv4 address or network"},
	{"action=accept dst4=1.2.3.4/", "dst4 is no IPv4 address or network"},
	{"action=accept dst4=::1", "dst4 is no IPv4 address or network"},
	{"action=accept dst6=1.2.3.4", "dst6 is no IPv6 address or network"},
	{"action=accept dst6=::1/129", "dst6 is no IPv6 address or network"},
	{"action=accept dsthost=256.1.1.1",
	 "dsthost is neither an address nor a host name"},
	{"action=accept dsthost=-x", "dsthost is neither an address nor a host name"},
	{"action=accept dsthost=a..b",
	 "a part of the host name is empty or longer than 63"},
	{"action=accept dsthost=Upper",
	 "a host name has lower-case letters, digits and '-._' only"},
	{"action=accept dsthost=x/24", "dsthost is no valid address or network"},
	{"action=accept dsthost=;drop",
	 "a host name has lower-case letters, digits and '-._' only"},
	{"action=accept proto=sctp", "proto is tcp, udp or icmp"},
	{"action=accept dstports=80", "dstports needs proto tcp or udp"},
	{"action=accept proto=icmp dstports=80", "dstports needs proto tcp or udp"},
	{"action=accept proto=tcp dstports=80-79",
	 "dstports is N or A-B, each 0 to 65535, A no more than B"},
	{"action=accept proto=tcp dstports=65536",
	 "dstports is N or A-B, each 0 to 65535, A no more than B"},
	{"action=accept proto=tcp dstports=-1",
	 "dstports is N or A-B, each 0 to 65535, A no more than B"},
	{"action=accept proto=tcp dstports=1-2-3",
	 "dstports is N or A-B, each 0 to 65535, A no more than B"},
	{"action=accept proto=tcp dstports=",
	 "dstports is N or A-B, each 0 to 65535, A no more than B"},
	{"action=accept icmptype=8", "icmptype needs proto icmp"},
	{"action=accept proto=icmp icmptype=256", "icmptype is a number from 0 to 255"},
	{"action=accept proto=icmp specialtarget=dns",
	 "specialtarget dns goes with tcp and udp only"},
	{"action=accept specialtarget=web", "specialtarget is dns"},
	{"action=accept expire=0", "expire is a time in seconds since the epoch"},
	{"action=accept expire=soon", "expire is a time in seconds since the epoch"},
	{"action=accept log=maybe", "log is yes or no"},
	{"action=accept comment=\"x\"",
	 "a comment has letters, digits, blanks and ':;,./-_[]' only"},
	{"action=accept\naction=drop", "it is more than one line"},
};

static void test_good(void **state unused)
{
	for (size_t i = 0; i < array_len(good); i++) {
		cleanup_buf struct buf out = BUF_INIT;
		struct fw_rule rule;
		const char *why = NULL;

		if (fw_rule_parse(good[i].text, &rule, &why) < 0)
			fail_msg("'%s': %s", good[i].text, why);
		fw_rule_format(&rule, false, &out);
		assert_string_equal(buf_str(&out),
				    good[i].again ? good[i].again : good[i].text);
	}
}

static void test_bad(void **state unused)
{
	for (size_t i = 0; i < array_len(bad); i++) {
		struct fw_rule rule;
		const char *why = "nothing";

		if (fw_rule_parse(bad[i].text, &rule, &why) == 0)
			fail_msg("'%s' is taken", bad[i].text);
		assert_string_equal(why, bad[i].why);
	}
}

static void test_long(void **state unused)
{
	cleanup_buf struct buf text = BUF_INIT;
	struct fw_rule rule;
	const char *why;

	buf_add(&text, "action=accept dsthost=");
	for (int i = 0; i < 127; i++)
		buf_add(&text, "a.");
	assert_int_equal(fw_rule_parse(text.data, &rule, &why), -EINVAL);
	text.data[text.len - 1] = '\0';
	assert_int_equal(fw_rule_parse(text.data, &rule, &why), 0);
	buf_reset(&text);
	buf_add(&text, "action=accept comment=");
	for (int i = 0; i < FW_COMMENT_MAX; i++)
		buf_add_ch(&text, 'x');
	assert_int_equal(fw_rule_parse(text.data, &rule, &why), 0);
	buf_add_ch(&text, 'x');
	assert_int_equal(fw_rule_parse(text.data, &rule, &why), -EINVAL);
}

/* The network domain is told what matters there, and no comment. */
static void test_exported(void **state unused)
{
	cleanup_buf struct buf out = BUF_INIT;
	struct fw_rule rule;
	const char *why;

	assert_int_equal(
		fw_rule_parse("action=accept expire=7 log=yes comment=mine", &rule, &why),
		0);
	fw_rule_format(&rule, true, &out);
	assert_string_equal(out.data, "action=accept expire=7 log=yes");
}

static void test_forward(void **state unused)
{
	static const char *const wrong[] = {
		"",
		"proto=tcp",
		"port=80",
		"proto=icmp port=1",
		"proto=tcp port=0",
		"proto=tcp port=65536",
		"proto=tcp port=1 from=::1",
		"proto=tcp port=1 x=y",
	};
	cleanup_buf struct buf out = BUF_INIT;
	struct fw_forward f;
	const char *why;

	assert_int_equal(
		fw_forward_parse("proto=tcp port=8080 to=80 from=10.1.1.1/8", &f, &why),
		0);
	fw_forward_format(&f, &out);
	assert_string_equal(out.data, "proto=tcp port=8080 to=80 from=10.0.0.0/8");
	assert_int_equal(fw_forward_parse("port=53 proto=udp", &f, &why), 0);
	assert_int_equal(f.to, 53);
	for (size_t i = 0; i < array_len(wrong); i++)
		assert_int_equal(fw_forward_parse(wrong[i], &f, &why), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	cmocka_unit_test(test_bad),
		cmocka_unit_test(test_long),	cmocka_unit_test(test_exported),
		cmocka_unit_test(test_forward),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
