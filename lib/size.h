/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers, sizes and truth as people write them. */
#ifndef QVM_LIB_SIZE_H
#define QVM_LIB_SIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/macro.h"

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

/*
 * Decimal digits with an optional sign, nothing around them; 010 is ten. Returns 0,
 * -EINVAL (not a number) or -ERANGE (not within MIN..MAX).
 */
int num_parse(const char *text, long long min, long long max, long long *ret) must_check;

/* "True", "on", "1", "yes" and their contraries, in any case; 0 or -EINVAL. */
int bool_parse(const char *text, bool *ret) must_check;

/*
 * Bytes with an optional suffix, upper or lower case: K KB M MB G GB T TB are powers of
 * 1000, Ki KiB Mi MiB Gi GiB Ti TiB of 1024. Returns 0, -EINVAL or -ERANGE.
 */
int size_parse(const char *text, uint64_t *ret) must_check;

/* "1.5 GiB", "512 MiB", "17 B": at most one digit after the point. */
void size_format(uint64_t bytes, char ret[static 32]);

#endif
