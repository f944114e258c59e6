/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/vm.h"

#include "tests/unit/test.h"

static void knows_the_eight_labels(void **state)
{
	static const char *const names[] = {"red",  "orange", "yellow", "green",
					    "gray", "blue",   "purple", "black"};
	char index[8];

	(void)state;
	assert_int_equal(vm_label_count, array_len(names));
	for (size_t i = 0; i < array_len(names); i++) {
		snprintf(index, sizeof(index), "%zu", i + 1);
		assert_non_null(label_find(names[i]));
		assert_ptr_equal(label_find(names[i]), label_find(index));
		assert_int_equal(label_find(names[i])->index, i + 1);
	}
	assert_null(label_find("white"));
	assert_null(label_find("0"));
	assert_null(label_find("9"));
	assert_null(label_find("01"));
	assert_null(label_find(""));
	assert_null(label_find("Red"));
}

static void knows_the_classes(void **state)
{
	struct qvm_err err = QVM_ERR_INIT;
	enum vm_class klass;

	(void)state;
	for (int i = 0; i < CLASS_COUNT; i++) {
		assert_int_equal(vm_class_parse(vm_classes[i].name, &klass, &err), 0);
		assert_int_equal(klass, i);
		for (int k = 0; k < i; k++)
			assert_int_not_equal(vm_classes[i].letter, vm_classes[k].letter);
	}
	assert_int_equal(vm_class_parse("appvm", &klass, &err), -QVM_E_NOT_FOUND);
	assert_non_null(strstr(err.text, "DispVM"));
}

enum { BAD_VM = 1, BAD_POOL = 2, BAD_TAG = 4, BAD_FEATURE = 8 };
#define BAD_ALL (BAD_VM | BAD_POOL | BAD_TAG | BAD_FEATURE)

static const struct {
	const char *name;
	int bad;
} names[] = {
	{"work", 0},
	{"a", 0},
	{"Work-2", 0},
	{"sys_net", 0},
	{"sys.net", BAD_TAG},
	{"disp1234", 0},
	{"0work", BAD_VM | BAD_POOL},
	{"-work", BAD_VM | BAD_POOL},
	{"_work", BAD_VM | BAD_POOL},
	{".work", BAD_VM | BAD_POOL | BAD_TAG},
	{"..", BAD_VM | BAD_POOL | BAD_TAG},
	{"", BAD_ALL},
	{"a/b", BAD_ALL},
	{"a b", BAD_ALL},
	{"a\n", BAD_ALL},
	{"w\xc3\xb6rk", BAD_ALL},
	{"a'b", BAD_ALL},
	{"a$b", BAD_ALL},
	{"none", BAD_VM},
	{"default", BAD_VM},
	{"dom0", BAD_VM},
	{"Domain-0", BAD_VM},
	{"work-dm", BAD_VM},
	{"abcdefghijklmnopqrstuvwxyz01234", 0},
	{"abcdefghijklmnopqrstuvwxyz012345", BAD_VM | BAD_POOL},
};

static void checks_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(names); i++) {
		const char *name = names[i].name;
		struct qvm_err err = QVM_ERR_INIT;
		int bad = (vm_name_check(name, &err) ? BAD_VM : 0) |
			  (pool_name_check(name, &err) ? BAD_POOL : 0) |
			  (tag_check(name, &err) ? BAD_TAG : 0) |
			  (feature_check(name, "1", &err) ? BAD_FEATURE : 0);

		if (bad != names[i].bad)
			fail_msg("'%s': %d instead of %d", name, bad, names[i].bad);
		if (bad)
			assert_int_equal(err.kind, QVM_E_VALUE);
	}
}

static void checks_values_of_features(void **state)
{
	struct qvm_err err = QVM_ERR_INIT;

	(void)state;
	assert_int_equal(feature_check("a", "", &err), 0);
	assert_int_equal(feature_check("a", NULL, &err), 0);
	assert_int_equal(feature_check("boot-mode.kernelopts.x", "a b=\"c\"", &err), 0);
	assert_int_equal(feature_check("a", "a\nb", &err), -QVM_E_VALUE);
	assert_int_equal(feature_check("a", "\x7f", &err), -QVM_E_VALUE);
	assert_int_equal(feature_check("a", "\xc3\xa4", &err), -QVM_E_VALUE);
}

static void names_volumes_by_number(void **state)
{
	struct vm_revision revisions[2] = {{.serial = 3}, {.serial = 7}};
	struct vm_volume vol = {.id = 12, .generation = 2};
	char id[48];

	(void)state;
	vol_live_id(&vol, id);
	assert_string_equal(id, "v12-g2");
	vol_revision_id(&vol, 7, id);
	assert_string_equal(id, "v12-r7");
	assert_null(vol_newest(&vol));
	vol.revisions = revisions;
	vol.revision_count = 2;
	assert_int_equal(vol_newest(&vol)->serial, 7);
}

static void running_is_what_has_not_ended(void **state)
{
	struct vm vm = {0};

	(void)state;
	for (int i = STATE_UNKNOWN; i <= STATE_CRASHED; i++) {
		vm.live.state = (enum vm_state)i;
		assert_int_equal(vm_is_there(&vm),
				 i != STATE_UNKNOWN && i != STATE_HALTED);
		assert_int_equal(vm_is_running(&vm), i == STATE_TRANSIENT ||
							     i == STATE_RUNNING ||
							     i == STATE_PAUSED);
		assert_true(*vm_state_name((enum vm_state)i));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_the_eight_labels),
		cmocka_unit_test(knows_the_classes),
		cmocka_unit_test(checks_names),
		cmocka_unit_test(checks_values_of_features),
		cmocka_unit_test(names_volumes_by_number),
		cmocka_unit_test(running_is_what_has_not_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
