/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/uuid.h"

#include <errno.h>

#include "tests/unit/test.h"

static void parses_and_formats(void **state)
{
	static const char *const bad[] = {
		"",
		"0123",
		"01234567-89ab-cdef-0123-456789abcde",
		"01234567-89ab-cdef-0123-456789abcdef0",
		"01234567-89ab-cdef-0123-456789abcdeg",
		"0123456789abcdef0123456789abcdef",
		"01234567089ab-cdef-0123-456789abcdef",
		"{1234567-89ab-cdef-0123-456789abcdef",
		"01234567-89ab-cdef-0123-456789abcde ",
	};
	struct uuid u, same;
	char text[UUID_TEXT];

	(void)state;
	assert_int_equal(uuid_parse("01234567-89AB-cdef-0123-456789abcdef", &u), 0);
	assert_int_equal(u.b[0], 0x01);
	assert_int_equal(u.b[5], 0xab);
	assert_int_equal(u.b[15], 0xef);
	uuid_format(&u, text);
	assert_string_equal(text, "01234567-89ab-cdef-0123-456789abcdef");
	for (size_t i = 0; i < array_len(bad); i++) {
		same = u;
		assert_int_equal(uuid_parse(bad[i], &same), -EINVAL);
		assert_true(uuid_equal(&same, &u));
	}
}

static void random_ones_differ_and_say_their_version(void **state)
{
	struct uuid a, b;

	(void)state;
	assert_int_equal(uuid_random(&a), 0);
	assert_int_equal(uuid_random(&b), 0);
	assert_false(uuid_equal(&a, &b));
	assert_int_equal(a.b[6] >> 4, 4);
	assert_int_equal(a.b[8] >> 6, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_and_formats),
		cmocka_unit_test(random_ones_differ_and_say_their_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
