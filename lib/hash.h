/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FNV-1a of 64 bits: short names for texts that nobody hostile chooses. */
#ifndef QVM_LIB_HASH_H
#define QVM_LIB_HASH_H

#include <stdint.h>

#define FNV_START 0xcbf29ce484222325ULL

/* Goes on from START with the bytes of TEXT. */
static inline uint64_t fnv(uint64_t start, const char *text)
{
	for (; *text; text++)
		start = (start ^ (unsigned char)*text) * 0x100000001b3ULL;
	return start;
}

#endif
