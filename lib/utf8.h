/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef QVM_LIB_UTF8_H
#define QVM_LIB_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Is all of it UTF-8 in its shortest form, of code points that exist, without a NUL? */
bool utf8_ok(const char *text, size_t len);

#endif
