/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of images, and of file systems. */
#include "storage/reflink.h"

#include <linux/magic.h>

#include "tests/unit/test.h"

static void names(void **state)
{
	static const struct {
		const char *name, *id;
	} rows[] = {
		{"v1-g1.img", "v1-g1"},
		{"a.img", "a"},
		{".img", NULL},
		{"a", NULL},
		{"-a.img", NULL},
		{"a.img.img", NULL},
		{"a/b.img", NULL},
		{"a.imgx", NULL},
		{"aimg", NULL},
		{"01234567890123456789012345678901234567890123456.img",
		 "01234567890123456789012345678901234567890123456"},
		{"012345678901234567890123456789012345678901234567.img", NULL},
	};
	char id[POOL_ID_MAX], name[IMAGE_NAME_MAX];

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		assert_int_equal(image_id(rows[i].name, id), rows[i].id != NULL);
		if (!rows[i].id)
			continue;
		assert_string_equal(id, rows[i].id);
		image_name(id, name);
		assert_string_equal(name, rows[i].name);
	}
}

static void types(void **state)
{
	char type[24];

	(void)state;
	reflink_type(BTRFS_SUPER_MAGIC, type);
	assert_string_equal(type, "btrfs");
	reflink_type(0x58465342, type);
	assert_string_equal(type, "xfs");
	reflink_type(0xabc, type);
	assert_string_equal(type, "0xabc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
