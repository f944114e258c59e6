/* SPDX-License-Identifier: GPL-2.0-or-later */
/* These first: their attributes are spelt as our macros are. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "backup/scrypt.h"

#include <endian.h>
#include <errno.h>
#include <scrypt-kdf.h>
#include <stdbool.h>
#include <string.h>

#define MAC 32
#define LOG_N_MAX 40
#define STEPS_PER_MEMORY 16

/* Both halves of what the function gives. */
struct keys {
	uint8_t cipher[32];
	uint8_t mac[MAC];
};

static void keys_wipe(struct keys *k)
{
	OPENSSL_cleanse(k, sizeof(*k));
}

static int derive(const struct secret *pass, const uint8_t *salt,
		  const struct scrypt_cost *cost, struct keys *ret, struct qvm_err *err)
{
	if (crypto_scrypt((const uint8_t *)pass->data, pass->len, salt, 32,
			  UINT64_C(1) << cost->log_n, cost->r, cost->p, (uint8_t *)ret,
			  sizeof(*ret)) != 0)
		return err_errno(err, -errno, "cannot derive a key");
	return 0;
}

static int hmac(const struct keys *k, const uint8_t *data, size_t len, uint8_t ret[MAC],
		struct qvm_err *err)
{
	unsigned n = MAC;

	if (!HMAC(EVP_sha256(), k->mac, MAC, data, len, ret, &n))
		return err_set(err, QVM_E_FAILED, "libcrypto cannot authenticate");
	return 0;
}

/* Encrypts and decrypts, in place; EVP counts in int. */
static int cipher(const struct keys *k, uint8_t *data, size_t len, struct qvm_err *err)
{
	static const uint8_t zero[16];
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	bool fine = c && EVP_EncryptInit_ex(c, EVP_aes_256_ctr(), NULL, k->cipher, zero);

	while (fine && len) {
		int n = len < (1 << 30) ? (int)len : 1 << 30;

		fine = EVP_EncryptUpdate(c, data, &n, data, n);
		data += n;
		len -= (size_t)n;
	}
	EVP_CIPHER_CTX_free(c);
	return fine ? 0 : err_set(err, QVM_E_FAILED, "libcrypto cannot encrypt");
}

static void put32(uint8_t *at, uint32_t value)
{
	value = htobe32(value);
	memcpy(at, &value, sizeof(value));
}

static uint32_t get32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return be32toh(value);
}

static void checksum(const uint8_t *head, uint8_t ret[16])
{
	uint8_t digest[32];

	EVP_Digest(head, 48, digest, NULL, EVP_sha256(), NULL);
	memcpy(ret, digest, 16);
}

int scrypt_seal(uint8_t *buf, size_t len, const struct secret *pass,
		const struct scrypt_cost *cost, struct qvm_err *err)
{
	cleanup(keys_wipe) struct keys k;
	int r;

	memcpy(buf, "scrypt", 7);
	buf[7] = (uint8_t)cost->log_n;
	put32(buf + 8, cost->r);
	put32(buf + 12, cost->p);
	if (RAND_bytes(buf + 16, 32) != 1)
		return err_set(err, QVM_E_FAILED, "libcrypto has no random numbers");
	checksum(buf, buf + 48);
	r = derive(pass, buf + 16, cost, &k, err);
	if (r == 0)
		r = hmac(&k, buf, 64, buf + 64, err);
	if (r == 0)
		r = cipher(&k, buf + SCRYPT_HEAD, len, err);
	return r < 0 ? r : hmac(&k, buf, SCRYPT_HEAD + len, buf + SCRYPT_HEAD + len, err);
}

static int check_head(const uint8_t *buf, size_t len, uint64_t memory,
		      struct scrypt_cost *ret, struct qvm_err *err)
{
	uint8_t sum[16];
	uint64_t n, need;

	if (len < SCRYPT_EXTRA || memcmp(buf, "scrypt", 7) != 0)
		return err_set(err, QVM_E_VALUE, "it is no container of scrypt");
	checksum(buf, sum);
	if (memcmp(sum, buf + 48, sizeof(sum)) != 0)
		return err_set(err, QVM_E_VALUE, "its head is damaged");
	*ret = (struct scrypt_cost){buf[7], get32(buf + 8), get32(buf + 12)};
	if (!ret->log_n || ret->log_n > LOG_N_MAX || !ret->r || !ret->p ||
	    ret->r > 1024 || ret->p > 1024)
		return err_set(err, QVM_E_VALUE, "its key would cost too much");
	n = UINT64_C(1) << ret->log_n;
	need = 128 * n * ret->r;
	if (need > memory || need / 128 * ret->p > memory / 128 * STEPS_PER_MEMORY)
		return err_set(err, QVM_E_VALUE,
			       "its key would cost too much: %llu MiB, %u times",
			       (unsigned long long)(need >> 20), ret->p);
	return 0;
}

int scrypt_open(uint8_t *buf, size_t len, const struct secret *pass, uint64_t memory,
		struct qvm_err *err)
{
	cleanup(keys_wipe) struct keys k;
	struct scrypt_cost cost = {0};
	uint8_t mac[MAC];
	int r = check_head(buf, len, memory, &cost, err);

	if (r == 0)
		r = derive(pass, buf + 16, &cost, &k, err);
	if (r == 0)
		r = hmac(&k, buf, 64, mac, err);
	if (r < 0)
		return r;
	if (CRYPTO_memcmp(mac, buf + 64, MAC) != 0)
		return err_set(
			err, QVM_E_PERMISSION,
			"the passphrase is wrong, or it is not what it claims to be");
	r = hmac(&k, buf, len - SCRYPT_TAIL, mac, err);
	if (r < 0)
		return r;
	if (CRYPTO_memcmp(mac, buf + len - SCRYPT_TAIL, MAC) != 0)
		return err_set(err, QVM_E_VALUE, "its content is damaged");
	return cipher(&k, buf + SCRYPT_HEAD, len - SCRYPT_EXTRA, err);
}
