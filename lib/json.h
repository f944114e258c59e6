/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing JSON a member at a time, on one line, for what is printed again and again: no
 * tree is made of it. Reading is json-c's.
 */
#ifndef QVM_LIB_JSON_H
#define QVM_LIB_JSON_H

#include <stdbool.h>

#include "lib/buf.h"
#include "lib/macro.h"

/* TEXT as a string of JSON; NULL: null. It is UTF-8; control characters are escaped. */
void json_add_text(struct buf *b, const char *text);

/* `"KEY":VALUE` with a comma in front unless an object or a list has just begun. */
void json_put_text(struct buf *b, const char *key, const char *text);
void json_put_int(struct buf *b, const char *key, long long value);
void json_put_bool(struct buf *b, const char *key, bool value);
void json_put_raw(struct buf *b, const char *key, const char *fmt, ...) printf_like(3, 4);

/* `{` or `[`, with a key where one is due (NULL: none), and a comma as above. */
void json_put_open(struct buf *b, const char *key, char bracket);

#endif
