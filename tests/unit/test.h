/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every unit test includes: cmocka with its headers in the order it wants, and a
 * folder of the test's own. */
#ifndef QVM_TESTS_UNIT_TEST_H
#define QVM_TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/macro.h"

/* Setup and teardown of a group or a test: *state is the path of a new, empty folder. */
static inline int folder_setup(void **state)
{
	char *path = xasprintf("%s/qvm-test-XXXXXX",
			       getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");

	*state = mkdtemp(path);
	return *state ? 0 : -1;
}

static inline int folder_teardown(void **state)
{
	int r = tree_remove(*state);

	free(*state);
	return r;
}

/* Of a test that goes on at random: as many as QVM_ROUNDS says, as 1000 for the long form. */
static inline size_t test_rounds(size_t usual)
{
	const char *wanted = getenv("QVM_ROUNDS");

	return wanted ? strtoul(wanted, NULL, 10) : usual;
}

#define in_folder(fn) cmocka_unit_test_setup_teardown(fn, folder_setup, folder_teardown)

#endif
