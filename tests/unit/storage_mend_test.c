/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which disk a group was on, and whether it is that one and has lost its text. */
#include "storage/lvm.h"

#include <errno.h>

#include "tests/unit/test.h"

#define PV "Wsuz0qC7gY4wXNBtGaLq4NlrU2YVWUEc"

static const char backup[] = "contents = \"Text Format Volume Group\"\n"
			     "qvm {\n"
			     "\tid = \"ILFJ3i-Bzsg-dAna-9Fhe-8vYN-edFI-YAMtkC\"\n"
			     "\tphysical_volumes {\n"
			     "\n"
			     "\t\tpv0 {\n"
			     "\t\t\tid = \"Wsuz0q-C7gY-4wXN-BtGa-Lq4N-lrU2-YVWUEc\"\n"
			     "\t\t\tdevice = \"/dev/vdb\"\t# Hint only\n"
			     "\t\t}\n"
			     "%s"
			     "\t}\n"
			     "\tlogical_volumes {\n"
			     "\t\tpv1 {\n"
			     "\t\t\tid = \"1laDEB-AslM-p88o-Wb9m-yws6-glVf-JjCY7y\"\n"
			     "\t\t}\n"
			     "\t}\n"
			     "}\n";

static void finds_the_only_disk(void **state)
{
	cleanup_free char *text = xasprintf(backup, "");
	struct lvm_backup b;

	(void)state;
	assert_int_equal(lvm_backup_parse(text, &b), 0);
	assert_string_equal(b.pv_uuid, PV);
	assert_string_equal(b.device, "/dev/vdb");
}

/* What is on several disks, and whatever is cut or no such text, is left to people. */
static void refuses_all_else(void **state)
{
	cleanup_free char *two = xasprintf(
		backup,
		"\t\tpv1 {\n\t\t\tid = \"a\"\n\t\t\tdevice = \"/dev/b\"\n\t\t}\n");
	cleanup_free char *whole = xasprintf(backup, "");
	size_t enough = (size_t)(strstr(whole, "logical_volumes {") - whole) +
			strlen("logical_volumes {");
	struct lvm_backup b;

	(void)state;
	assert_int_equal(lvm_backup_parse(two, &b), -EINVAL);
	for (size_t len = 0; len < enough; len++) {
		cleanup_free char *cut = xstrndup(whole, len);

		assert_int_equal(lvm_backup_parse(cut, &b), -EINVAL);
	}
	*strstr(strstr(whole, "pv0"), "/dev") = 'x';
	assert_int_equal(lvm_backup_parse(whole, &b), -EINVAL);
}

static void tells_what_is_lost(void **state)
{
	static const char good[] =
		"  pv_header.pv_uuid " PV "\n"
		"  metadata text at 37376 crc 0x1 # vgname qvm seqno 1\n";
	static const char lost[] = "  pv_header.pv_uuid " PV "\n"
				   "  CHECK: metadata text at 45568 crc does not match "
				   "mda_header_1.raw_locn[0].checksum\n"
				   "  Found bad header or metadata values.\n";

	(void)state;
	assert_true(lvm_headers_lost_text(lost, PV));
	assert_false(lvm_headers_lost_text(good, PV));
	assert_false(lvm_headers_lost_text(lost, "Wsuz0qC7gY4wXNBtGaLq4NlrU2YVWUEx"));
	assert_false(lvm_headers_lost_text("", PV));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_only_disk),
		cmocka_unit_test(refuses_all_else),
		cmocka_unit_test(tells_what_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
