/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UUIDs as 16 bytes and as 36 lower-case characters. */
#ifndef QVM_LIB_UUID_H
#define QVM_LIB_UUID_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/macro.h"

#define UUID_TEXT 37

struct uuid {
	uint8_t b[16];
};

int uuid_random(struct uuid *ret) must_check; /* version 4; 0 or negative errno */
int uuid_parse(const char *text, struct uuid *ret) must_check; /* 0 or -EINVAL */
void uuid_format(const struct uuid *u, char ret[static UUID_TEXT]);
bool uuid_equal(const struct uuid *a, const struct uuid *b);

#endif
