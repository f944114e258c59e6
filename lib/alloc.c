/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static noreturn void out_of_memory(void)
{
	static const char text[] = "qvm: out of memory\n";

	/* Nothing that allocates may run any more, so no stdio and no exit handlers. */
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(255);
	_exit(255);
}

static void *checked(void *p)
{
	if (!p)
		out_of_memory();
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	return checked(calloc(n ? n : 1, size ? size : 1));
}

char *xstrdup(const char *s)
{
	return s ? checked(strdup(s)) : NULL;
}

char *xstrndup(const char *s, size_t n)
{
	return checked(strndup(s, n));
}

char *xvasprintf(const char *fmt, va_list ap)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		out_of_memory();
	return text;
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	return text;
}

void *xreallocarray(void *array, size_t n, size_t size)
{
	return checked(reallocarray(array, n ? n : 1, size ? size : 1));
}

void *array_grow_by_one(void *array, size_t n, size_t size)
{
	if ((n & (n - 1)) == 0)
		array = xreallocarray(array, n ? 2 * n : 1, size);
	memset((char *)array + n * size, 0, size);
	return array;
}
