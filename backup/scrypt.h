/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The container of the scrypt tool: a head of 96 bytes, the data under AES-256-CTR, and an
 * HMAC-SHA-256 of 32 bytes over all of it. Pure: bytes in, bytes out.
 */
#ifndef QVM_BACKUP_SCRYPT_H
#define QVM_BACKUP_SCRYPT_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "lib/secret.h"

#define SCRYPT_HEAD 96
#define SCRYPT_TAIL 32
#define SCRYPT_EXTRA (SCRYPT_HEAD + SCRYPT_TAIL)

/* What a key may cost: 128 * N * r bytes of memory, and N * r * p steps. */
struct scrypt_cost {
	unsigned log_n;
	uint32_t r, p;
};

/*
 * BUF holds LEN bytes of data at SCRYPT_HEAD, and has room for the tail behind them; it
 * becomes the container.
 */
int scrypt_seal(uint8_t *buf, size_t len, const struct secret *pass,
		const struct scrypt_cost *cost, struct qvm_err *err) must_check;

/*
 * BUF is a container of LEN bytes. Its data, len - SCRYPT_EXTRA bytes at SCRYPT_HEAD, are
 * decrypted in place, and only when the HMAC over all of it is right. A key that takes more
 * than MEMORY bytes, or more than 16 times as many steps as filling that memory once, is
 * refused before it is derived. -QVM_E_PERMISSION: the passphrase is another one.
 */
int scrypt_open(uint8_t *buf, size_t len, const struct secret *pass, uint64_t memory,
		struct qvm_err *err) must_check;

#endif
