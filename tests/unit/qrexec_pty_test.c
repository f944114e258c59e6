/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/pty.h"

#include <errno.h>

#include "tests/unit/test.h"

static void test_records(void **state)
{
	cleanup_buf struct buf b = BUF_INIT;

	(void)state;
	pty_record(&b, PTY_RUN, "ls", 2);
	pty_window(&b, 0x118, 80);
	assert_int_equal(b.len, 16);
	assert_memory_equal(b.data, "\x03\x02\0\0\0ls\x01\x04\0\0\0\x18\x01\x50\0", 16);
}

/* However the bytes are cut, the same records come out. */
static void test_pieces(void **state)
{
	cleanup_buf struct buf b = BUF_INIT;

	(void)state;
	pty_record(&b, PTY_DATA, "abc", 3);
	pty_record(&b, PTY_DATA, "", 0);
	pty_window(&b, 24, 80);
	for (size_t piece = 1; piece <= b.len; piece++) {
		struct pty_in in = {0};
		struct pty_event e;
		uint16_t rows = 0, columns = 0;
		size_t records = 0, typed = 0;

		for (size_t at = 0; at < b.len; at += piece) {
			pty_in_add(&in, b.data + at,
				   at + piece > b.len ? b.len - at : piece);
			while (pty_in_next(&in, &e) == 1) {
				records++;
				typed += e.type == PTY_DATA ? e.len : 0;
				if (e.type == PTY_WINDOW)
					assert_int_equal(
						pty_window_get(&e, &rows, &columns), 0);
			}
		}
		assert_int_equal(records, 3);
		assert_int_equal(typed, 3);
		assert_int_equal(rows, 24);
		assert_int_equal(columns, 80);
		pty_in_dispose(&in);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {
		{"\x04\0\0\0\0", 5},	     /* no such type */
		{"\x00\x01\0\x01\0", 5},     /* a byte more than may be */
		{"\x00\xff\xff\xff\xff", 5}, /* nor any memory for it */
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		struct pty_in in = {0};
		struct pty_event e;

		pty_in_add(&in, cases[i].bytes, cases[i].len);
		assert_int_equal(pty_in_next(&in, &e), -EPROTO);
		pty_in_dispose(&in);
	}
}

static void test_window_length(void **state)
{
	const struct pty_event e = {PTY_WINDOW, (const uint8_t *)"\x18\0\x50", 3};
	uint16_t rows, columns;

	(void)state;
	assert_int_equal(pty_window_get(&e, &rows, &columns), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_window_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
