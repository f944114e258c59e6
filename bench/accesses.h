/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is measured of a disk, in dom0 and in a guest; and what measuring takes. */
#ifndef QVM_BENCH_ACCESSES_H
#define QVM_BENCH_ACCESSES_H

#include <stddef.h>

double now_ms(void);

/* Of N values, which are sorted on the way. */
double median(double *v, size_t n);

/* Prints a line: NAME MEASURE VALUE UNIT. */
void say(const char *name, const char *measure, double value, const char *unit);

/*
 * Sequential and scattered accesses, not through the cache, to the first 256 MiB of the device
 * or file at PATH, which hold data; each in a part of its own. Ends the program on failure.
 */
void accesses(const char *name, const char *path);

#endif
