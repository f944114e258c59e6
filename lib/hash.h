/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FNV-1a of 64 bits: for what nobody hostile chooses. */
#ifndef QVM_LIB_HASH_H
#define QVM_LIB_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define FNV_START 0xcbf29ce484222325ULL

/* Goes on from START with LEN bytes. */
static inline uint64_t fnv_bytes(uint64_t start, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < len; i++)
		start = (start ^ at[i]) * 0x100000001b3ULL;
	return start;
}

/* The same with the bytes of TEXT. */
static inline uint64_t fnv(uint64_t start, const char *text)
{
	return fnv_bytes(start, text, strlen(text));
}

#endif
