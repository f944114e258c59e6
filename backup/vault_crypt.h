/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a repository's bytes are made of; vault_crypt.c is the only user of libsodium. Pure.
 *
 *	config	  head:48 nonce:24 sealed(master key:32 repository:16 chunk's log:1 flags:1)
 *	head	  "qvmvault" version:4 passes:4 KiB:4 zero:4 salt:16 zero:8, little-endian
 *	sealed	  XChaCha20-Poly1305, 16 bytes longer than what is in it
 *
 * The passphrase gives, by argon2id, the key that opens the config alone; all others are
 * derived from the master key, one a purpose.
 */
#ifndef QVM_BACKUP_VAULT_CRYPT_H
#define QVM_BACKUP_VAULT_CRYPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "lib/buf.h"
#include "lib/secret.h"

#define VAULT_ID 32		   /* bytes of a chunk's id */
#define VAULT_SEAL_EXTRA (24 + 16) /* nonce and authenticator */
#define VAULT_CONFIG_HEAD 48
#define VAULT_CONFIG (VAULT_CONFIG_HEAD + 50 + VAULT_SEAL_EXTRA)

#define VAULT_CHUNK_LOG 19 /* of new repositories */
#define VAULT_CHUNK_LOG_MIN 17
#define VAULT_CHUNK_LOG_MAX 22

#define VAULT_PASSES 4
#define VAULT_PASSES_MAX 16
#define VAULT_KIB (128u << 10)
#define VAULT_KIB_MIN 8
#define VAULT_KIB_MAX (1u << 20)

enum vault_purpose { VAULT_OF_ID, VAULT_OF_CHUNK, VAULT_OF_TABLE, VAULT_OF_SNAPSHOT };

struct vault_keys {
	uint8_t of[4][32]; /* by purpose */
};

struct vault_config {
	uint32_t passes, kib; /* of argon2id */
	unsigned chunk_log;
	bool append_only;
};

/* Before the process is confined. False: there is no randomness, or no memory. */
bool vault_crypt_begin(void) must_check;

/* A new master key. */
int vault_config_seal(const struct vault_config *c, const struct secret *pass,
		      uint8_t ret[static VAULT_CONFIG], struct vault_keys *ret_keys,
		      struct qvm_err *err) must_check;
/* A key that costs more than the limits above is refused before it is derived. */
int vault_config_open(const uint8_t *data, size_t len, const struct secret *pass,
		      struct vault_config *ret, struct vault_keys *ret_keys,
		      struct qvm_err *err) must_check;
/* The same master key behind another passphrase. KIB: what deriving takes; 0: as before. */
int vault_config_change(const uint8_t *data, size_t len, const struct secret *pass,
			const struct secret *new_pass, uint32_t kib,
			uint8_t ret[static VAULT_CONFIG], struct qvm_err *err) must_check;
void vault_keys_wipe(struct vault_keys *k);

void vault_id(const struct vault_keys *k, const void *data, size_t len,
	      uint8_t ret[static VAULT_ID]);
void vault_random(void *ret, size_t len);

/* LEN bytes at BUF + 24 become LEN + VAULT_SEAL_EXTRA at BUF, bound to NAME. */
void vault_seal(const struct vault_keys *k, enum vault_purpose purpose, const void *name,
		size_t name_len, uint8_t *buf, size_t len);
/* The reverse, in place, to BUF + 24. False: not a byte of it can be used. */
bool vault_unseal(const struct vault_keys *k, enum vault_purpose purpose,
		  const void *name, size_t name_len, uint8_t *buf, size_t sealed_len)
	must_check;

static inline void vault_put32(uint8_t *at, uint32_t n)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(n >> (8 * i));
}

static inline uint32_t vault_get32(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

#endif
