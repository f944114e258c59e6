/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of strings that it owns, in order of addition, and NULL-terminated for exec. */
#ifndef QVM_LIB_STRV_H
#define QVM_LIB_STRV_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/macro.h"

struct strv {
	char **v; /* n strings, then NULL; NULL itself while n is 0 */
	size_t n;
};

#define STRV_INIT ((struct strv){0})

void strv_add(struct strv *s, const char *text); /* copies */
void strv_addf(struct strv *s, const char *fmt, ...) printf_like(2, 3);
void strv_take(struct strv *s, char *text); /* takes ownership */
bool strv_has(const struct strv *s, const char *text);
void strv_sort(struct strv *s);
void strv_dispose(struct strv *s);

/* Adds the parts of TEXT between the bytes of SEPARATORS; empty parts are left out. */
void strv_split(struct strv *s, const char *text, const char *separators);

#define cleanup_strv cleanup(strv_dispose)

#endif
