/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/size.h"

#include <errno.h>

#include "tests/unit/test.h"

static void parses_sizes(void **state)
{
	static const struct {
		const char *text;
		int r;
		uint64_t bytes;
	} rows[] = {
		{"0", 0, 0},
		{"17", 0, 17},
		{"010", 0, 10},
		{"1K", 0, 1000},
		{"1kB", 0, 1000},
		{"1Ki", 0, 1024},
		{"1KiB", 0, 1024},
		{"10G", 0, 10000000000},
		{"10Gi", 0, 10 * GIB},
		{"2gib", 0, 2 * GIB},
		{"3T", 0, 3000000000000},
		{"1TiB", 0, 1024 * GIB},
		{"512M", 0, 512000000},
		{"512MiB", 0, 512 * MIB},
		{"9223372036854775807", 0, INT64_MAX},
		{"9223372036854775808", -ERANGE, 0},
		{"18446744073709551616", -ERANGE, 0},
		{"99999999TiB", -ERANGE, 0},
		{"", -EINVAL, 0},
		{" 1", -EINVAL, 0},
		{"1 ", -EINVAL, 0},
		{"-1", -EINVAL, 0},
		{"+1", -EINVAL, 0},
		{"0x10", -EINVAL, 0},
		{"1X", -EINVAL, 0},
		{"1KK", -EINVAL, 0},
		{"K", -EINVAL, 0},
		{"1.5G", -EINVAL, 0},
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		uint64_t bytes = 0;
		int r = size_parse(rows[i].text, &bytes);

		if (r != rows[i].r || bytes != rows[i].bytes)
			fail_msg("'%s' gives %d, %llu", rows[i].text, r,
				 (unsigned long long)bytes);
	}
}

static void parses_numbers(void **state)
{
	static const struct {
		const char *text;
		long long min, max;
		int r;
		long long value;
	} rows[] = {
		{"0", 0, 10, 0, 0},
		{"010", 0, 10, 0, 10},
		{"-5", -10, 10, 0, -5},
		{"+5", -10, 10, 0, 5},
		{"11", 0, 10, -ERANGE, 99},
		{"-1", 0, 10, -ERANGE, 99},
		{"9223372036854775807", 0, INT64_MAX, 0, INT64_MAX},
		{"9223372036854775808", 0, INT64_MAX, -ERANGE, 99},
		{"-9223372036854775808", INT64_MIN, 0, 0, INT64_MIN},
		{"", 0, 10, -EINVAL, 99},
		{"-", -10, 10, -EINVAL, 99},
		{" 1", 0, 10, -EINVAL, 99},
		{"1 ", 0, 10, -EINVAL, 99},
		{"1x", 0, 10, -EINVAL, 99},
		{"--1", -10, 10, -EINVAL, 99},
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		long long value = 99;
		int r = num_parse(rows[i].text, rows[i].min, rows[i].max, &value);

		if (r != rows[i].r || value != rows[i].value)
			fail_msg("'%s' gives %d, %lld", rows[i].text, r, value);
	}
}

static void formats_sizes(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} rows[] = {
		{0, "0 B"},	      {17, "17 B"},	      {1023, "1023 B"},
		{1024, "1 KiB"},      {512 * MIB, "512 MiB"}, {GIB + GIB / 2, "1.5 GiB"},
		{10 * GIB, "10 GiB"},
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		char text[32];

		size_format(rows[i].bytes, text);
		assert_string_equal(text, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_sizes),
		cmocka_unit_test(parses_numbers),
		cmocka_unit_test(formats_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
