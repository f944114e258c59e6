/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/err.h"

#include <errno.h>

#include "tests/unit/test.h"

static void every_kind_has_one_row(void **state)
{
	(void)state;
	assert_int_equal(err_exit_count, QVM_E_LAST - QVM_E_FIRST);
	for (int kind = QVM_E_FIRST; kind < QVM_E_LAST; kind++) {
		size_t rows = 0;

		for (size_t i = 0; i < err_exit_count; i++)
			rows += err_exits[i].kind == kind;
		if (rows != 1)
			fail_msg("kind %d has %zu rows", kind, rows);
	}
}

static void codes_and_names_are_unique(void **state)
{
	(void)state;
	for (size_t i = 0; i < err_exit_count; i++) {
		const struct err_exit *row = &err_exits[i];

		assert_in_range(row->code, 1, 126);
		assert_true(*row->name && *row->meaning);
		assert_true(row->meaning[strlen(row->meaning) - 1] != '.');
		for (size_t k = 0; k < i; k++) {
			assert_int_not_equal(row->code, err_exits[k].code);
			assert_string_not_equal(row->name, err_exits[k].name);
		}
	}
}

static void maps_kinds_to_codes(void **state)
{
	(void)state;
	assert_int_equal(err_exit_code(0), 0);
	assert_int_equal(err_exit_code(QVM_E_USAGE), 2);
	assert_int_equal(err_exit_code(-QVM_E_POLICY), 126);
	assert_int_equal(err_exit_code(ENOENT), 1);
	assert_int_equal(err_exit_code(-EIO), 1);
	assert_string_equal(err_kind_name(-QVM_E_NO_VM), "no-such-domain");
	assert_string_equal(err_kind_name(EIO), "failed");
}

static void builds_sentences(void **state)
{
	struct qvm_err err = QVM_ERR_INIT;

	(void)state;
	assert_int_equal(err_set(&err, QVM_E_EXISTS, "the name '%s' is taken", "a"),
			 -QVM_E_EXISTS);
	assert_string_equal(err.text, "the name 'a' is taken");
	assert_int_equal(err_wrap(&err, "cannot create '%s'", "a"), -QVM_E_EXISTS);
	assert_string_equal(err.text, "cannot create 'a': the name 'a' is taken");
	assert_int_equal(err_errno(&err, -ENOENT, "cannot open '%s'", "b"), -ENOENT);
	assert_string_equal(err.text, "cannot open 'b': No such file or directory");
	assert_int_equal(err.kind, ENOENT);
}

static void never_overflows(void **state)
{
	cleanup_free char *large = xcalloc(1, 2000);
	struct qvm_err err = QVM_ERR_INIT;

	(void)state;
	memset(large, 'x', 1999);
	(void)err_errno(&err, -EIO, "%s", large);
	assert_int_equal(strlen(err.text), QVM_ERR_TEXT - 1);
	(void)err_wrap(&err, "%s", large);
	(void)err_wrap(&err, "cannot do it");
	assert_int_equal(strlen(err.text), QVM_ERR_TEXT - 1);
	assert_memory_equal(err.text, "cannot do it: xxx", 17);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_has_one_row),
		cmocka_unit_test(codes_and_names_are_unique),
		cmocka_unit_test(maps_kinds_to_codes),
		cmocka_unit_test(builds_sentences),
		cmocka_unit_test(never_overflows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
