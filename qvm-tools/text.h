/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text for terminals: what is measured and made harmless before it is shown. */
#ifndef QVM_TOOLS_TEXT_H
#define QVM_TOOLS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/buf.h"

/* Adds TEXT to RET with everything unprintable replaced; returns its width in columns. */
size_t text_clean(const char *text, struct buf *ret);

/* Adds TEXT for one field of `|`-separated output: \| \\ \n, the rest as text_clean. */
void text_escape(const char *text, struct buf *ret);

/* Writes "  LEFT", then RIGHT from column 30 on, on the next line where LEFT is long. */
void text_pair(FILE *out, const char *left, const char *right);

/* Only where OUT is a terminal that has colours, and NO_COLOR is not set. */
bool text_color(FILE *out);

#endif
