/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules to nftables text, against tests/golden/netvm/NAME.nft; with UPDATE_GOLDEN set they
 * are written, to be read before they are kept.
 */
#include "netvm/nft.h"
#include "tests/unit/test.h"

static void same(const char *name, const struct buf *got)
{
	cleanup_free char *path = xasprintf("tests/golden/netvm/%s.nft", name);
	cleanup_buf struct buf want = BUF_INIT;

	if (getenv("UPDATE_GOLDEN"))
		assert_int_equal(file_replace(path, got->data, got->len, 0644, 0), 0);
	assert_int_equal(file_read(path, 1 << 20, &want), 0);
	assert_string_equal(buf_str(got), buf_str(&want));
}

static struct nft_client client = {
	.vif = "vif7.2",
	.mac = "00:16:3e:5e:00:07",
	.ip = "10.137.0.7",
	.mark = 5,
	.now = 1000,
};

static void change(const char *const *texts, const struct nft_host *hosts, size_t n,
		   struct buf *out, struct strv *chains)
{
	struct strv now = STRV_INIT;
	cleanup_free struct fw_rule *rules = xcalloc(n + 1, sizeof(*rules));
	struct nft_client c = client;
	const char *why;

	for (size_t i = 0; i < n; i++)
		assert_int_equal(fw_rule_parse(texts[i], &rules[i], &why), 0);
	c.rules = rules;
	c.hosts = hosts;
	c.n = n;
	nft_rules(out, &c, chains, &now);
	strv_dispose(chains);
	*chains = now;
}

static void compile(const char *const *texts, const struct nft_host *hosts, size_t n,
		    struct buf *out)
{
	cleanup_strv struct strv chains = STRV_INIT;

	change(texts, hosts, n, out, &chains);
}

static void test_rules(void **state unused)
{
	static const char *const texts[] = {
		"action=accept specialtarget=dns",
		"action=accept proto=tcp specialtarget=dns",
		"action=drop dst4=10.0.0.0/8",
		"action=accept dst6=fd00::/8 proto=udp",
		"action=accept dst4=1.2.3.4 proto=tcp dstports=80-443",
		"action=accept proto=icmp",
		"action=accept proto=icmp icmptype=8",
		"action=accept dst6=::1 proto=icmp icmptype=128",
		"action=accept expire=1000",
		"action=accept expire=1001 log=yes proto=udp dstports=7",
		"action=drop log=yes",
	};
	cleanup_buf struct buf out = BUF_INIT;

	compile(texts, NULL, array_len(texts), &out);
	same("rules", &out);
}

static void test_hosts(void **state unused)
{
	static const char *const texts[] = {
		"action=accept dsthost=both.example proto=tcp dstports=1",
		"action=accept dsthost=four.example",
		"action=drop dsthost=six.example",
		"action=accept dsthost=none.example",
	};
	static const struct nft_host hosts[] = {
		{"1.1.1.1 1.1.1.2", "2001:db8::1"},
		{"4.4.4.4", ""},
		{NULL, "2001:db8::6 2001:db8::7"},
		{"", NULL},
	};
	cleanup_buf struct buf out = BUF_INIT;

	compile(texts, hosts, array_len(texts), &out);
	compile(texts, NULL, array_len(texts), &out);
	same("hosts", &out);
}

/* No rule at all denies all. */
static void test_empty(void **state unused)
{
	cleanup_buf struct buf out = BUF_INIT;

	compile(NULL, NULL, 0, &out);
	same("empty", &out);
}

static void test_base(void **state unused)
{
	cleanup_buf struct buf out = BUF_INIT;

	nft_base(&out, (const char *const[2]){"192.168.0.1", NULL});
	nft_dns(&out, (const char *const[2]){"9.9.9.9", "8.8.8.8"});
	nft_dns(&out, (const char *const[2]){NULL, NULL});
	same("base", &out);
}

static void test_fast(void **state unused)
{
	cleanup_buf struct buf out = BUF_INIT;
	cleanup_strv struct strv devices = STRV_INIT;

	strv_add(&devices, "eth0");
	strv_add(&devices, "vif7.2");
	nft_fast(&out, &devices);
	nft_slow(&out);
	same("fast", &out);
}

static void test_client(void **state unused)
{
	cleanup_buf struct buf out = BUF_INIT;
	cleanup_strv struct strv chains = STRV_INIT;
	struct nft_client c = client;

	nft_client_add(&out, &c);
	nft_client_gone(&out, &c, &chains);
	c.ip6 = "fd09:24ef:4179::a89:7";
	strv_add(&chains, "fw-10-137-0-7-0123456789abcdef");
	nft_client_add(&out, &c);
	nft_client_gone(&out, &c, &chains);
	c.visible = "192.168.7.7";
	nft_client_add(&out, &c);
	nft_client_gone(&out, &c, &chains);
	same("client", &out);
}

static void test_forwards(void **state unused)
{
	static const struct nft_forward f[] = {
		{{.proto = FW_TCP, .port = 8080, .to = 80}, "10.137.0.7"},
		{{.proto = FW_UDP, .port = 53, .to = 53, .from = "10.0.0.0/8"},
		 "10.137.0.8"},
	};
	cleanup_buf struct buf out = BUF_INIT;

	nft_forwards(&out, f, array_len(f));
	nft_forwards(&out, NULL, 0);
	same("forwards", &out);
}

static size_t lines_of(const struct buf *text)
{
	size_t n = 0;

	for (const char *at = buf_str(text); (at = strchr(at, '\n')); at++)
		n++;
	return n;
}

/* Of 1000 rules one more costs a small part of the text, wherever it is. */
static void test_many(void **state unused)
{
	enum { N = 1000 };
	char(*texts)[80] = xcalloc(N, sizeof(*texts));
	const char **list = xcalloc(N + 1, sizeof(*list));
	cleanup_strv struct strv chains = STRV_INIT;
	cleanup_buf struct buf all = BUF_INIT, more = BUF_INIT;

	for (int i = 0; i < N; i++) {
		snprintf(texts[i], sizeof(texts[i]),
			 "action=accept dst4=10.%d.%d.0/24 proto=tcp dstports=%d",
			 i / 256, i % 256, i + 1);
		list[i + 1] = texts[i];
	}
	change(list + 1, NULL, N, &all, &chains);
	assert_non_null(strstr(all.data, "10.3.231.0/24 tcp dport 1000 "));
	assert_true(lines_of(&all) > N);
	list[0] = "action=drop dst4=9.9.9.9";
	change(list, NULL, N + 1, &more, &chains);
	assert_non_null(strstr(more.data, "ip daddr 9.9.9.9/32 counter goto denied"));
	assert_true(lines_of(&more) < N / 4);
	free(list);
	free(texts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),	 cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_empty),	 cmocka_unit_test(test_base),
		cmocka_unit_test(test_fast),	 cmocka_unit_test(test_client),
		cmocka_unit_test(test_forwards), cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
