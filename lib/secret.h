/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A passphrase, borrowed from whoever keeps it, and wipes it: any bytes, no string. */
#ifndef QVM_LIB_SECRET_H
#define QVM_LIB_SECRET_H

#include <stddef.h>

struct secret {
	const char *data;
	size_t len;
};

#endif
