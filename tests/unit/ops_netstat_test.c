/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a network domain says of itself is believed word by word, or not at all. */
#include "ops/netstat.h"
#include "tests/unit/test.h"

static void test_answer(void **state unused)
{
	struct net_stat s cleanup(net_stat_dispose) = NET_STAT_INIT;
	const struct net_link *link;

	net_stat_parse("link vif7.2 down 1 2\n"
		       "link vif7.32769 up 10 20\n"
		       "link vif7.x up 1 2\n"
		       "link vif71.32770 up 1 2\n"
		       "link eth0 down 9223372036854775807 0\n"
		       "rule 1ff434b9 3 180\n",
		       &s);
	assert_int_equal(s.link_count, 5);
	assert_int_equal(s.count_count, 1);
	link = net_stat_client(&s, 7);
	assert_non_null(link);
	assert_true(link->up);
	assert_int_equal(link->received, 10);
	assert_int_equal(link->sent, 20);
	assert_string_equal(link->name, "vif7.32769");
	assert_null(net_stat_client(&s, 2));
	assert_string_equal(s.counts[0].id, "1ff434b9");
	assert_int_equal(s.counts[0].bytes, 180);
}

static void test_lies(void **state unused)
{
	static const char *const lines[] = {
		"",
		"link",
		"link vif7.2 up 10",
		"link vif7.2 up 10 20 30",
		"link vif7.2 up -1 20",
		"link vif7.2 up 0x10 20",
		"link vif7.2 up 10 9223372036854775808",
		"link a-name-that-is-too-long up 1 2",
		"link \033[31m up 1 2",
		"link vif7%s up 1 2",
		"rule 1ff434b9 3",
		"rule 1ff434b9a 3 4",
		"rule 1FF434B9 3 4",
		"rule ../../x 3 4",
		"rules 1ff434b9 3 4",
	};
	struct net_stat s cleanup(net_stat_dispose) = NET_STAT_INIT;

	for (size_t i = 0; i < array_len(lines); i++)
		net_stat_parse(lines[i], &s);
	assert_int_equal(s.link_count, 0);
	assert_int_equal(s.count_count, 0);
}

/* No more is kept than there can be. */
static void test_flood(void **state unused)
{
	struct net_stat s cleanup(net_stat_dispose) = NET_STAT_INIT;
	cleanup_buf struct buf text = BUF_INIT;

	for (int i = 0; i < 20000; i++)
		buf_add(&text, "link a up 1 2\nrule 00000000 1 2\n");
	net_stat_parse(buf_str(&text), &s);
	assert_true(s.link_count <= 1024);
	assert_true(s.count_count <= 8192);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_flood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
