/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/clock.h"

#include <time.h>

uint64_t clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

uint64_t clock_in(uint64_t ms)
{
	return clock_ms() + ms;
}

int clock_left(uint64_t deadline, int most)
{
	uint64_t now, left;

	if (!deadline)
		return most;
	now = clock_ms();
	left = deadline > now ? deadline - now : 0;
	if (most >= 0 && left > (uint64_t)most)
		return most;
	return left > INT32_MAX ? INT32_MAX : (int)left;
}
