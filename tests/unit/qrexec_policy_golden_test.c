/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The grammar of policy files: each text of tests/golden/policy with what is read from it.
 * QVM_GOLDEN_WRITE=1 in the environment rewrites the expectations.
 */
#include "tests/unit/test.h"

#include "tests/unit/qrexec_policy_test.h"

static const struct golden {
	const char *name;
	bool legacy, lint;
} goldens[] = {
	{"grammar.policy"},
	{"errors.policy"},
	{"limits.policy"},
	{"legacy.old", .legacy = true},
	{"lint.policy", .lint = true},
	{"legacy-errors.old", .legacy = true},
};

static void check_golden(const struct golden *g)
{
	cleanup_free char *path = xasprintf("tests/golden/policy/%s", g->name);
	cleanup_free char *expected_path = xasprintf("%s.out", path);
	cleanup_buf struct buf text = BUF_INIT;
	cleanup_buf struct buf expected = BUF_INIT;
	cleanup_buf struct buf got = BUF_INIT;
	cleanup_policy struct policy *p = policy_new();

	assert_int_equal(file_read(path, POLICY_FILE_MAX, &text), 0);
	policy_parse_text(p, NULL,
			  &(struct policy_text){
				  .name = g->name,
				  .base = "/p",
				  .text = buf_str(&text),
				  .len = text.len,
				  .legacy = g->legacy,
			  });
	policy_finish(p);
	if (g->lint)
		policy_lint(p);
	policy_dump(p, &got);
	notes_format(p, &got);
	if (getenv("QVM_GOLDEN_WRITE"))
		assert_int_equal(file_replace(expected_path, got.data, got.len, 0644, 0),
				 0);
	assert_int_equal(file_read(expected_path, POLICY_FILE_MAX, &expected), 0);
	assert_string_equal(buf_str(&got), buf_str(&expected));
}

static void test_goldens(void **state unused)
{
	for (size_t i = 0; i < array_len(goldens); i++)
		check_golden(&goldens[i]);
}

/* What is printed of a rule reads as the same rule. */
static void test_normal_form_is_stable(void **state unused)
{
	cleanup_buf struct buf text = BUF_INIT;
	cleanup_buf struct buf once = BUF_INIT;
	cleanup_buf struct buf again = BUF_INIT;
	cleanup_buf struct buf lines = BUF_INIT;
	cleanup_policy struct policy *p = NULL;
	cleanup_policy struct policy *q = NULL;
	cleanup_strv struct strv rules = STRV_INIT;

	assert_int_equal(
		file_read("tests/golden/policy/grammar.policy", POLICY_FILE_MAX, &text),
		0);
	p = policy_of(buf_str(&text));
	assert_false(policy_is_broken(p));
	policy_dump(p, &once);
	strv_split(&rules, buf_str(&once), "\n");
	assert_int_equal(rules.n, policy_rule_count(p));
	for (size_t i = 0; i < rules.n; i++)
		buf_addf(&lines, "%s\n", strstr(rules.v[i], ": ") + 2);
	q = policy_of(buf_str(&lines));
	policy_dump(q, &again);
	strv_dispose(&rules);
	strv_split(&rules, buf_str(&again), "\n");
	buf_reset(&once);
	for (size_t i = 0; i < rules.n; i++)
		buf_addf(&once, "%s\n", strstr(rules.v[i], ": ") + 2);
	assert_string_equal(buf_str(&once), buf_str(&lines));
}

/* Cuts the grammar anywhere: what is before the cut reads as before, or is an error. */
static void test_cut_anywhere(void **state unused)
{
	cleanup_buf struct buf text = BUF_INIT;

	assert_int_equal(
		file_read("tests/golden/policy/grammar.policy", POLICY_FILE_MAX, &text),
		0);
	for (size_t len = 0; len < text.len; len++) {
		cleanup_free char *part = xstrndup(text.data, len);
		cleanup_policy struct policy *p = policy_of(part);
		size_t n;

		(void)policy_notes(p, &n);
		assert_true(n <= 1);
	}
}

static const struct hostile {
	const char *text;
	size_t len;
	const char *error;
} hostiles[] = {
	{"q * w\0rk vault allow", 20, "test:1: error: the line holds a zero byte\n"},
	{"\0", 1, "test:1: error: the line holds a zero byte\n"},
	{"\xff\xfe", 2, "test:1: error: a rule has at least five columns: '\?\?'\n"},
	{"q * \xd0\xb0 vault allow", 18,
	 "test:1: error: a name has only letters, digits, '_', '.' and '-': "
	 "'q * \?\? vault allow'\n"},
	{"q * \x1b[31mwork vault allow", 25,
	 "test:1: error: a name has only letters, digits, '_', '.' and '-': "
	 "'q * ?[31mwork vault allow'\n"},
	{"q * %n%s%n vault allow", 22,
	 "test:1: error: a name has only letters, digits, '_', '.' and '-': "
	 "'q * %n%s%n vault allow'\n"},
	{"!", 1, "test:1: error: no such directive, or a wrong number of words: '!'\n"},
	{"q * work vault allow\r\n", 22, ""},
	{"\n\n\n", 3, ""},
	{"#", 1, ""},
	{"", 0, ""},
};

static void test_hostile(void **state unused)
{
	for (size_t i = 0; i < array_len(hostiles); i++) {
		cleanup_policy struct policy *p = policy_new();
		cleanup_buf struct buf got = BUF_INIT;

		policy_parse_text(p, NULL,
				  &(struct policy_text){
					  .name = "test",
					  .base = "/p",
					  .text = hostiles[i].text,
					  .len = hostiles[i].len,
				  });
		notes_format(p, &got);
		assert_string_equal(buf_str(&got), hostiles[i].error);
	}
}

static char *repeat(const char *head, char c, size_t n, const char *tail)
{
	struct buf b = BUF_INIT;

	buf_add(&b, head);
	while (n--)
		buf_add_ch(&b, c);
	buf_add(&b, tail);
	return buf_steal(&b);
}

static void check_edge(char *text, bool broken)
{
	cleanup_free char *owned = text;
	cleanup_policy struct policy *p = policy_of(owned);

	assert_int_equal(policy_is_broken(p), broken);
}

static void test_lengths(void **state unused)
{
	const size_t rest = strlen("q + w v deny");

	check_edge(repeat("", 's', POLICY_SERVICE_MAX, " + w v deny"), false);
	check_edge(repeat("", 's', POLICY_SERVICE_MAX + 1, " + w v deny"), true);
	check_edge(repeat("q +", 'a', POLICY_LINE_MAX - rest, " w v deny"), false);
	check_edge(repeat("q +", 'a', POLICY_LINE_MAX - rest + 1, " w v deny"), true);
	check_edge(repeat("q + ", 'n', 255, " v deny"), false);
	check_edge(repeat("q + ", 'n', 256, " v deny"), true);
	check_edge(repeat("q + w v allow user=", 'u', 64, ""), false);
	check_edge(repeat("q + w v allow user=", 'u', 65, ""), true);
	/* comments are not limited */
	check_edge(repeat("#", 'c', 100000, "\nq + w v deny"), false);
}

static void test_too_many_rules(void **state unused)
{
	cleanup_buf struct buf b = BUF_INIT;
	cleanup_policy struct policy *p = NULL;
	cleanup_policy struct policy *q = NULL;

	for (size_t i = 0; i < POLICY_RULES_MAX; i++)
		buf_add(&b, "q * w v deny\n");
	p = policy_of(buf_str(&b));
	assert_false(policy_is_broken(p));
	buf_add(&b, "q * w v deny\n");
	q = policy_of(buf_str(&b));
	assert_true(policy_is_broken(q));
	assert_int_equal(policy_rule_count(q), POLICY_RULES_MAX);
}

/* However many findings there are, one that breaks the policy is kept. */
static void test_notes_are_bounded(void **state unused)
{
	cleanup_buf struct buf b = BUF_INIT;
	cleanup_policy struct policy *p = NULL;
	const struct policy_note *v;
	size_t n;

	for (size_t i = 0; i < 2 * POLICY_NOTES_MAX; i++)
		buf_add(&b, "wrong\n");
	p = policy_of(buf_str(&b));
	v = policy_notes(p, &n);
	assert_int_equal(n, POLICY_NOTES_MAX);
	assert_int_equal(v[n - 1].line, POLICY_NOTES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goldens),
		cmocka_unit_test(test_normal_form_is_stable),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_too_many_rules),
		cmocka_unit_test(test_notes_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
