/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the compressed kernel lies within a bzImage. Pure. */
#ifndef QVM_TEMPLATES_BZIMAGE_H
#define QVM_TEMPLATES_BZIMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/macro.h"

#define BZIMAGE_HEAD 0x250	/* bytes that bzimage_parse looks at */
#define KERNEL_MAX (512u << 20) /* bytes of a kernel, packed or unpacked */

struct bzimage {
	uint64_t offset; /* of the payload in the file */
	uint64_t length; /* its last four bytes are the unpacked size */
};

/*
 * HEAD holds the first LEN bytes of a file of FILE_SIZE. Returns 0, -ENOEXEC (not a bzImage
 * of boot protocol 2.08 or later) or -EINVAL (it is one, but its payload is not within).
 */
int bzimage_parse(const uint8_t *head, size_t len, uint64_t file_size,
		  struct bzimage *ret) must_check;

#endif
