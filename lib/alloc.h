/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocation that cannot fail: out of memory ends the process with one line on stderr and
 * status 255, as libxl does too. A size that came from a guest, a file or the network is
 * checked against a limit before it gets here.
 */
#ifndef QVM_LIB_ALLOC_H
#define QVM_LIB_ALLOC_H

#include <stdarg.h>
#include <stddef.h>

#include "lib/macro.h"

/* The caller owns every result and releases it with free(). Memory is zeroed. */
void *xcalloc(size_t n, size_t size) must_check;
char *xstrdup(const char *s) must_check; /* NULL gives NULL */
char *xstrndup(const char *s, size_t n) must_check;
char *xasprintf(const char *fmt, ...) printf_like(1, 2) must_check;
char *xvasprintf(const char *fmt, va_list ap) printf_like(1, 0) must_check;

/* Grows ARRAY to hold N elements of SIZE bytes; the new part is not zeroed. */
void *xreallocarray(void *array, size_t n, size_t size) must_check;

/*
 * Makes room for one more element at the end of ARRAY, which has N; the capacity doubles
 * whenever N reaches a power of two, so nothing else needs to be kept. Zeroes the new one.
 */
#define array_grow(array, n)                                                             \
	(*((array) = array_grow_by_one((array), (n), sizeof(*(array))), &(array)[(n)]))
void *array_grow_by_one(void *array, size_t n, size_t size) must_check;

#endif
