/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 as it goes by. For qvm-fill only: digest.c is the only user of libcrypto. */
#ifndef QVM_TEMPLATES_DIGEST_H
#define QVM_TEMPLATES_DIGEST_H

#include <stddef.h>

#define DIGEST_HEX 65

struct digest;

struct digest *digest_new(void); /* NULL: not possible */
void digest_free(struct digest *d);
int digest_add(struct digest *d, const void *data,
	       size_t len); /* 0 or a negative errno */
int digest_end(struct digest *d, char ret[DIGEST_HEX]);

#endif
