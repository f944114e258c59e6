/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process has taken: a leak that its end would free shows here, and nowhere else.
 * Under sanitizers the heap is not glibc's, and is taken for empty; they see other leaks.
 */
#ifndef QVM_TESTS_UNIT_LEAK_H
#define QVM_TESTS_UNIT_LEAK_H

#include <dirent.h>
#include <malloc.h>

#include "tests/unit/test.h"

/*
 * What is freed and kept at hand counts as taken: seven pieces of each of 64 sizes. So that
 * one piece a round is more than that, so many rounds are needed.
 */
enum { LEAK_SLACK = 256 << 10, LEAK_ROUNDS = 10000, LEAK_WARM = 500 };

struct taken {
	size_t bytes;
	int fds;
};

static inline struct taken taken_now(void)
{
	struct taken t = {.bytes = mallinfo2().uordblks};
	DIR *dir = opendir("/proc/self/fd");

	while (dir && readdir(dir))
		t.fds++;
	if (dir)
		closedir(dir);
	return t;
}

/* BEFORE was taken after LEAK_WARM of LEAK_ROUNDS, when tables had their sizes. */
static inline void assert_no_leak(struct taken before)
{
	struct taken now = taken_now();

	assert_int_equal(now.fds, before.fds);
	if (now.bytes > before.bytes + LEAK_SLACK)
		fail_msg("%zu bytes more than before", now.bytes - before.bytes);
}

#endif
