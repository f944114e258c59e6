/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Monotonic time and deadlines, in milliseconds. A deadline of 0 is none. */
#ifndef QVM_LIB_CLOCK_H
#define QVM_LIB_CLOCK_H

#include <stdint.h>

uint64_t clock_ms(void);
/* The deadline that many ms away. */
uint64_t clock_in(uint64_t ms);
/* For poll: the ms left until DEADLINE, at most MOST; -1 for neither. */
int clock_left(uint64_t deadline, int most);

#endif
