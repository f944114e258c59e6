/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "templates/bzimage.h"

#include <errno.h>

#include "tests/unit/test.h"

/* The fields that count, and what becomes of them. */
static const struct {
	const char *what;
	uint8_t setup_sects;
	uint16_t flag;
	char magic[5];
	uint16_t protocol;
	uint32_t offset, length;
	uint64_t file_size;
	int r;
	uint64_t at;
} rows[] = {
	{"usual", 39, 0xaa55, "HdrS", 0x020f, 0x4000, 9000, 100000, 0, 40 * 512 + 0x4000},
	{"no setup_sects means 4", 0, 0xaa55, "HdrS", 0x0208, 0, 100, 3000, 0, 5 * 512},
	{"ends with the file", 1, 0xaa55, "HdrS", 0x0208, 0, 976, 2000, 0, 1024},
	{"one byte too long", 1, 0xaa55, "HdrS", 0x0208, 0, 977, 2000, -EINVAL, 0},
	{"starts behind the file", 1, 0xaa55, "HdrS", 0x0208, 2000, 10, 2000, -EINVAL, 0},
	{"offset at the limit", 255, 0xaa55, "HdrS", 0x0208, UINT32_MAX, UINT32_MAX, 2000,
	 -EINVAL, 0},
	{"no payload", 1, 0xaa55, "HdrS", 0x0208, 0, 0, 2000, -EINVAL, 0},
	{"payload is only its size", 1, 0xaa55, "HdrS", 0x0208, 0, 4, 2000, -EINVAL, 0},
	{"larger than allowed", 1, 0xaa55, "HdrS", 0x0208, 0, KERNEL_MAX + 1,
	 UINT64_C(1) << 40, -EINVAL, 0},
	{"old protocol", 1, 0xaa55, "HdrS", 0x0207, 0, 100, 2000, -ENOEXEC, 0},
	{"no boot flag", 1, 0x55aa, "HdrS", 0x0208, 0, 100, 2000, -ENOEXEC, 0},
	{"no magic", 1, 0xaa55, "hdrs", 0x0208, 0, 100, 2000, -ENOEXEC, 0},
};

static void put(uint8_t *at, uint32_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static void build(size_t i, uint8_t head[static BZIMAGE_HEAD])
{
	memset(head, 0, BZIMAGE_HEAD);
	head[0x1f1] = rows[i].setup_sects;
	put(head + 0x1fe, rows[i].flag, 2);
	memcpy(head + 0x202, rows[i].magic, 4);
	put(head + 0x206, rows[i].protocol, 2);
	put(head + 0x248, rows[i].offset, 4);
	put(head + 0x24c, rows[i].length, 4);
}

static void parses_headers(void **state)
{
	uint8_t head[BZIMAGE_HEAD];

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct bzimage image = {0};
		int r;

		build(i, head);
		r = bzimage_parse(head, sizeof(head), rows[i].file_size, &image);
		if (r != rows[i].r || image.offset != rows[i].at)
			fail_msg("%s: %d, %llu", rows[i].what, r,
				 (unsigned long long)image.offset);
		if (r == 0)
			assert_int_equal(image.length, rows[i].length);
	}
}

/* Exactly as long as it says, so that the sanitizer sees a byte too many. */
static void never_reads_behind_the_header(void **state)
{
	uint8_t head[BZIMAGE_HEAD];
	struct bzimage image;

	(void)state;
	build(0, head);
	for (size_t len = 0; len < BZIMAGE_HEAD; len++) {
		cleanup_free uint8_t *cut = malloc(len ? len : 1);

		memcpy(cut, head, len);
		assert_int_equal(bzimage_parse(cut, len, 100000, &image), -ENOEXEC);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_headers),
		cmocka_unit_test(never_reads_behind_the_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
