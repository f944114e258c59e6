/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/buf.h"

#include "lib/strv.h"
#include "tests/unit/test.h"

static void grows_and_keeps_zero_bytes(void **state)
{
	cleanup_buf struct buf b = BUF_INIT;
	cleanup_free char *text = NULL;

	(void)state;
	assert_string_equal(buf_str(&b), "");
	for (int i = 0; i < 1000; i++)
		buf_addf(&b, "%d,", i);
	assert_int_equal(b.len, 10 * 2 + 90 * 3 + 900 * 4);
	assert_memory_equal(b.data + b.len - 4, "999,", 5);
	buf_reset(&b);
	assert_int_equal(b.len, 0);
	assert_string_equal(buf_str(&b), "");
	buf_add_mem(&b, "a\0b", 3);
	buf_add_ch(&b, 'c');
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.data, "a\0bc", 5);
	text = buf_steal(&b);
	assert_memory_equal(text, "a\0bc", 5);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
}

static void an_empty_buffer_gives_an_empty_text(void **state)
{
	cleanup_buf struct buf b = BUF_INIT;
	cleanup_free char *text = buf_steal(&b);

	(void)state;
	assert_string_equal(text, "");
}

static void disposing_twice_is_fine(void **state)
{
	struct buf b = BUF_INIT;
	struct strv s = STRV_INIT;

	(void)state;
	buf_add(&b, "x");
	strv_add(&s, "x");
	buf_dispose(&b);
	buf_dispose(&b);
	strv_dispose(&s);
	strv_dispose(&s);
}

static void lists_strings(void **state)
{
	cleanup_strv struct strv s = STRV_INIT;

	(void)state;
	assert_null(s.v);
	strv_split(&s, ",,b,,a;c,", ",;");
	strv_addf(&s, "%s%d", "d", 1);
	strv_take(&s, xstrdup("0"));
	assert_int_equal(s.n, 5);
	assert_null(s.v[5]);
	assert_true(strv_has(&s, "d1"));
	assert_false(strv_has(&s, "d"));
	strv_sort(&s);
	assert_string_equal(s.v[0], "0");
	assert_string_equal(s.v[1], "a");
	assert_string_equal(s.v[4], "d1");
	assert_null(s.v[5]);
}

static void array_grow_zeroes_the_new_element(void **state)
{
	int *array = NULL;

	(void)state;
	for (size_t n = 0; n < 100; n++) {
		int *at = &array_grow(array, n);

		assert_int_equal(*at, 0);
		*at = -1;
	}
	free(array);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_and_keeps_zero_bytes),
		cmocka_unit_test(an_empty_buffer_gives_an_empty_text),
		cmocka_unit_test(disposing_twice_is_fine),
		cmocka_unit_test(lists_strings),
		cmocka_unit_test(array_grow_zeroes_the_new_element),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
