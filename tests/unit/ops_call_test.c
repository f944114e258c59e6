/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/call.h"

#include "tests/unit/test.h"

static void test_encode(void **state)
{
	static const struct {
		const char *words[4];
		const char *want;
	} cases[] = {
		{{"ls"}, "ls"},
		{{"ls", "-l", "a b"}, "ls+--l+a-20b"},
		{{"a", "", "b"}, "a++b"},
		{{"A_z.9/+"}, "A_z.9-2F-2B"},
		{{"\xc3\xa4\n"}, "-C3-A4-0A"},
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		cleanup_free char *got = NULL;
		size_t n = 0;

		while (n < 4 && cases[i].words[n])
			n++;
		got = op_call_encode(cases[i].words, n);
		assert_string_equal(got, cases[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_encode)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
