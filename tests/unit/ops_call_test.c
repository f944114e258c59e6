/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/call.h"

#include <errno.h>

#include "lib/clock.h"
#include "qrexec/invoke.h"
#include "tests/unit/test.h"

/* The call without what it calls: a clock that stands still unless the start takes time. */
enum { START_MS = 90000 };

static uint64_t now;
static uint64_t deadlines[2]; /* of the attempts to connect */
static size_t attempts;

static uint64_t fake_clock_in(uint64_t ms)
{
	return now + ms;
}

static int fake_invoke(const struct invoke *c, struct relay *ret)
{
	(void)ret;
	assert_true(attempts < array_len(deadlines));
	deadlines[attempts++] = c->deadline;
	return attempts == 1 ? -ENOENT : -ETIMEDOUT;
}

static int fake_reach(struct qvm_ctx *ctx, const char *name, bool no_start,
		      struct qvm_err *err)
{
	(void)ctx, (void)name, (void)no_start, (void)err;
	now += START_MS;
	return 0;
}

#define clock_in fake_clock_in
#define invoke(...) fake_invoke(__VA_ARGS__)
#define op_reach fake_reach
#include "ops/call.c"

static void test_deadline(void **state)
{
	const struct op_call c = {.domain = "work", .command = "true"};
	struct qvm_ctx ctx = {.call_dir = (char *)"/nonesuch"};
	struct qvm_err err = QVM_ERR_INIT;
	int status;

	(void)state;
	now = 1000;
	assert_int_equal(op_call(&ctx, &c, &status, &err), -QVM_E_TIMEOUT);
	assert_int_equal(attempts, 2);
	assert_int_equal(deadlines[0], 1000 + CONNECT_MS);
	/* However long the start took: the domain has the same time from then on. */
	assert_int_equal(deadlines[1], 1000 + START_MS + CONNECT_MS);
}

static void test_encode(void **state)
{
	static const struct {
		const char *words[4];
		const char *want;
	} cases[] = {
		{{"ls"}, "ls"},
		{{"ls", "-l", "a b"}, "ls+--l+a-20b"},
		{{"a", "", "b"}, "a++b"},
		{{"A_z.9/+"}, "A_z.9-2F-2B"},
		{{"\xc3\xa4\n"}, "-C3-A4-0A"},
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		cleanup_free char *got = NULL;
		size_t n = 0;

		while (n < 4 && cases[i].words[n])
			n++;
		got = op_call_encode(cases[i].words, n);
		assert_string_equal(got, cases[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_encode),
					   cmocka_unit_test(test_deadline)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
