/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/utf8.h"

#include "tests/unit/test.h"

#define T(text, ok)                                                                      \
	{                                                                                \
		text, sizeof(text) - 1, ok                                               \
	}

static void test_utf8(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		bool ok;
	} cases[] = {
		T("", true),
		T("plain\n\t\x1b", true),
		T("\x7f", true),
		T("a\0b", false),
		T("\xc2\x80", true),
		T("\xdf\xbf", true),
		T("\xe0\xa0\x80", true),
		T("\xed\x9f\xbf", true),
		T("\xee\x80\x80", true),
		T("\xef\xbf\xbf", true),
		T("\xf0\x90\x80\x80", true),
		T("\xf4\x8f\xbf\xbf", true),
		/* alone, cut short, followed by something else */
		T("\x80", false),
		T("\xbf", false),
		T("\xc3", false),
		T("\xe2\x82", false),
		T("\xf0\x90\x80", false),
		T("\xc3(", false),
		T("\xe2\x82(", false),
		/* longer than need be */
		T("\xc0\x80", false),
		T("\xc1\xbf", false),
		T("\xe0\x9f\xbf", false),
		T("\xf0\x8f\xbf\xbf", false),
		/* no characters */
		T("\xed\xa0\x80", false),
		T("\xed\xbf\xbf", false),
		T("\xf4\x90\x80\x80", false),
		T("\xf8\x88\x80\x80\x80", false),
		T("\xff", false),
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++)
		if (utf8_ok(cases[i].text, cases[i].len) != cases[i].ok)
			fail_msg("case %zu", i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_utf8)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
