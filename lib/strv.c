/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/strv.h"

#include <stdarg.h>
#include <string.h>

#include "lib/alloc.h"

void strv_take(struct strv *s, char *text)
{
	s->v = xreallocarray(s->v, s->n + 2, sizeof(*s->v));
	s->v[s->n++] = text;
	s->v[s->n] = NULL;
}

void strv_add(struct strv *s, const char *text)
{
	strv_take(s, xstrdup(text));
}

void strv_addf(struct strv *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strv_take(s, xvasprintf(fmt, ap));
	va_end(ap);
}

bool strv_has(const struct strv *s, const char *text)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i], text) == 0)
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(struct strv *s)
{
	if (s->n > 1)
		qsort(s->v, s->n, sizeof(*s->v), compare);
}

void strv_split(struct strv *s, const char *text, const char *separators)
{
	while (*text) {
		size_t len = strcspn(text, separators);

		if (len)
			strv_take(s, xstrndup(text, len));
		text += len;
		text += *text != '\0';
	}
}

void strv_dispose(struct strv *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i]);
	free(s->v);
	*s = (struct strv)STRV_INIT;
}
