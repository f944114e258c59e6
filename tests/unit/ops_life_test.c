/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a disposable is over, by who owns it, whether it is used, and since when. */
#include "ops/life.h"
#include "tests/unit/test.h"

#define NOW 100000

struct life_case {
	const char *what;
	struct life life;
	int want;
};

/* Nobody has used it for 20 s; FOR is how long that may be. */
#define IDLE(for, owner_state, kept)                                                     \
	{                                                                                \
		.owner = {.state = (owner_state), .keep = (kept)}, .use = CALLS_NONE,    \
		.idle_ms = (for) * 1000, .since = NOW - 20000                            \
	}

static const struct life_case cases[] = {
	{"nobody's lasts", IDLE(0, OWNER_NOBODY, false), -1},
	{"one with a name lasts", IDLE(0, OWNER_NONE, false), -1},
	{"its owner is there", IDLE(0, OWNER_ALIVE, false), -1},
	{"its owner has ended", IDLE(0, OWNER_GONE, false), 0},
	{"time is no matter then", IDLE(60, OWNER_GONE, false), 0},
	{"kept open, its owner is there", IDLE(0, OWNER_ALIVE, true), -1},
	{"kept open, without a call", IDLE(0, OWNER_GONE, true), 0},
	{"kept open, for its time", IDLE(60, OWNER_GONE, true), 40000},
	{"kept open, after its time", IDLE(19, OWNER_GONE, true), 0},
	{"kept open, a call",
	 {.owner = {.state = OWNER_GONE, .keep = true}, .use = CALLS_SOME},
	 -1},
	{"a call after the owner's end",
	 {.owner = {.state = OWNER_GONE}, .use = CALLS_SOME},
	 0},
	{"kept open, never called", {.owner = {.state = OWNER_GONE, .keep = true}}, 0},
	{"the same with time left",
	 {.owner = {.state = OWNER_GONE, .keep = true}, .idle_ms = 60000, .since = NOW},
	 0},
	{"nobody's, for its time", IDLE(60, OWNER_NOBODY, false), 40000},
	{"nobody's, after its time", IDLE(20, OWNER_NOBODY, false), 0},
	{"nobody's, a call",
	 {.owner = {.state = OWNER_NOBODY}, .use = CALLS_SOME, .idle_ms = 1000},
	 -1},
	{"nobody's, its agent is not there",
	 {.owner = {.state = OWNER_NOBODY}, .idle_ms = 1000},
	 -1},
	{"with an owner, after its time", IDLE(20, OWNER_ALIVE, false), -1},
	{"a spare, after its time",
	 {.spare = true, .use = CALLS_NONE, .idle_ms = 1000, .since = NOW - 20000},
	 -1},
	{"not told of changes, no end in sight",
	 {.blind = true, .owner = {.state = OWNER_ALIVE}},
	 5000},
	{"not told of changes, an end before",
	 {.blind = true,
	  .owner = {.state = OWNER_NOBODY},
	  .use = CALLS_NONE,
	  .idle_ms = 20000,
	  .since = NOW - 19000},
	 1000},
};

static void test_left(void **state unused)
{
	for (size_t i = 0; i < array_len(cases); i++) {
		int got = life_left_at(&cases[i].life, NOW);

		if (got != cases[i].want)
			fail_msg("%s: %d, not %d", cases[i].what, got, cases[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
