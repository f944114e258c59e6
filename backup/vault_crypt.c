/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This first: libsodium spells attributes as our macros are. */
#include <sodium.h>

#include "backup/vault_crypt.h"

#include <string.h>

#define MAGIC "qvmvault"
#define VERSION 1
#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG crypto_aead_xchacha20poly1305_ietf_ABYTES
#define AT_SALT 24
#define SECRET 50 /* master key, repository, chunk's log, flags */
#define APPEND_ONLY 1

_Static_assert(VAULT_SEAL_EXTRA == NONCE + TAG, "what a seal adds");
_Static_assert(VAULT_CONFIG_HEAD - AT_SALT >= crypto_pwhash_SALTBYTES, "room for salt");

bool vault_crypt_begin(void)
{
	return sodium_init() >= 0;
}

void vault_random(void *ret, size_t len)
{
	randombytes_buf(ret, len);
}

void vault_keys_wipe(struct vault_keys *k)
{
	sodium_memzero(k, sizeof(*k));
}

static void derive_all(const uint8_t master[static 32], struct vault_keys *ret)
{
	for (unsigned i = 0; i < 4; i++)
		crypto_kdf_derive_from_key(ret->of[i], 32, i + 1, MAGIC, master);
}

/* ---- sealing ---- */

static void seal(const uint8_t *key, const void *name, size_t name_len, uint8_t *buf,
		 size_t len)
{
	randombytes_buf(buf, NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(buf + NONCE, NULL, buf + NONCE, len,
						   name, name_len, NULL, buf, key);
}

static bool unseal(const uint8_t *key, const void *name, size_t name_len, uint8_t *buf,
		   size_t sealed_len)
{
	return sealed_len >= VAULT_SEAL_EXTRA &&
	       crypto_aead_xchacha20poly1305_ietf_decrypt(buf + NONCE, NULL, NULL,
							  buf + NONCE, sealed_len - NONCE,
							  name, name_len, buf, key) == 0;
}

void vault_seal(const struct vault_keys *k, enum vault_purpose purpose, const void *name,
		size_t name_len, uint8_t *buf, size_t len)
{
	seal(k->of[purpose], name, name_len, buf, len);
}

bool vault_unseal(const struct vault_keys *k, enum vault_purpose purpose,
		  const void *name, size_t name_len, uint8_t *buf, size_t sealed_len)
{
	return unseal(k->of[purpose], name, name_len, buf, sealed_len);
}

void vault_id(const struct vault_keys *k, const void *data, size_t len,
	      uint8_t ret[static VAULT_ID])
{
	crypto_generichash(ret, VAULT_ID, data, len, k->of[VAULT_OF_ID], 32);
}

/* ---- the config ---- */

static int derive(const struct vault_config *c, const struct secret *pass,
		  const uint8_t *salt, uint8_t ret[static 32], struct qvm_err *err)
{
	if (crypto_pwhash(ret, 32, pass->data, pass->len, salt, c->passes,
			  (size_t)c->kib * 1024, crypto_pwhash_ALG_ARGON2ID13) == 0)
		return 0;
	return err_set(err, QVM_E_NO_MEMORY,
		       "cannot derive the repository's key: it takes %u KiB of memory",
		       c->kib);
}

static bool within_limits(const struct vault_config *c)
{
	return c->passes >= 1 && c->passes <= VAULT_PASSES_MAX &&
	       c->kib >= VAULT_KIB_MIN && c->kib <= VAULT_KIB_MAX;
}

static int too_dear(const struct vault_config *c, struct qvm_err *err)
{
	return err_set(err, QVM_E_VALUE,
		       "its key costs %u passes over %u KiB, which is out of bounds",
		       c->passes, c->kib);
}

/* What the passphrase protects. */
struct master {
	uint8_t of[SECRET];
};

static void master_wipe(struct master *s)
{
	sodium_memzero(s, sizeof(*s));
}

static int lock_secret(const struct vault_config *c, const struct secret *pass,
		       const struct master *secret, uint8_t ret[static VAULT_CONFIG],
		       struct qvm_err *err)
{
	uint8_t key[32];
	int r;

	if (!within_limits(c))
		return too_dear(c, err);
	memset(ret, 0, VAULT_CONFIG);
	memcpy(ret, MAGIC, 8);
	vault_put32(ret + 8, VERSION);
	vault_put32(ret + 12, c->passes);
	vault_put32(ret + 16, c->kib);
	randombytes_buf(ret + AT_SALT, crypto_pwhash_SALTBYTES);
	r = derive(c, pass, ret + AT_SALT, key, err);
	if (r < 0)
		return r;
	memcpy(ret + VAULT_CONFIG_HEAD + NONCE, secret->of, SECRET);
	seal(key, ret, VAULT_CONFIG_HEAD, ret + VAULT_CONFIG_HEAD, SECRET);
	sodium_memzero(key, sizeof(key));
	return 0;
}

int vault_config_seal(const struct vault_config *c, const struct secret *pass,
		      uint8_t ret[static VAULT_CONFIG], struct vault_keys *ret_keys,
		      struct qvm_err *err)
{
	cleanup(master_wipe) struct master secret = {{0}};

	randombytes_buf(secret.of, 48);
	secret.of[48] = (uint8_t)c->chunk_log;
	secret.of[49] = c->append_only ? APPEND_ONLY : 0;
	derive_all(secret.of, ret_keys);
	return lock_secret(c, pass, &secret, ret, err);
}

static int read_head(const uint8_t *data, size_t len, struct vault_config *ret,
		     struct qvm_err *err)
{
	if (len != VAULT_CONFIG || memcmp(data, MAGIC, 8) != 0)
		return err_set(err, QVM_E_VALUE, "its config is none");
	if (vault_get32(data + 8) != VERSION)
		return err_set(err, QVM_E_UNSUPPORTED, "it has the unknown version %u",
			       vault_get32(data + 8));
	ret->passes = vault_get32(data + 12);
	ret->kib = vault_get32(data + 16);
	return within_limits(ret) ? 0 : too_dear(ret, err);
}

static int unlock_secret(const uint8_t *data, size_t len, const struct secret *pass,
			 struct vault_config *ret, struct master *ret_secret,
			 struct qvm_err *err)
{
	uint8_t copy[VAULT_CONFIG], key[32];
	bool right;
	int r = read_head(data, len, ret, err);

	if (r == 0)
		r = derive(ret, pass, data + AT_SALT, key, err);
	if (r < 0)
		return r;
	memcpy(copy, data, VAULT_CONFIG);
	right = unseal(key, copy, VAULT_CONFIG_HEAD, copy + VAULT_CONFIG_HEAD,
		       VAULT_CONFIG - VAULT_CONFIG_HEAD);
	sodium_memzero(key, sizeof(key));
	if (!right)
		return err_set(err, QVM_E_PERMISSION,
			       "the passphrase is wrong, or its config is damaged");
	memcpy(ret_secret->of, copy + VAULT_CONFIG_HEAD + NONCE, SECRET);
	sodium_memzero(copy, sizeof(copy));
	ret->chunk_log = ret_secret->of[48];
	ret->append_only = ret_secret->of[49] & APPEND_ONLY;
	if (ret->chunk_log < VAULT_CHUNK_LOG_MIN || ret->chunk_log > VAULT_CHUNK_LOG_MAX)
		return err_set(err, QVM_E_UNSUPPORTED, "its chunks have an unknown size");
	return 0;
}

int vault_config_open(const uint8_t *data, size_t len, const struct secret *pass,
		      struct vault_config *ret, struct vault_keys *ret_keys,
		      struct qvm_err *err)
{
	cleanup(master_wipe) struct master secret = {{0}};
	int r = unlock_secret(data, len, pass, ret, &secret, err);

	if (r == 0)
		derive_all(secret.of, ret_keys);
	return r;
}

int vault_config_change(const uint8_t *data, size_t len, const struct secret *pass,
			const struct secret *new_pass, uint32_t kib,
			uint8_t ret[static VAULT_CONFIG], struct qvm_err *err)
{
	cleanup(master_wipe) struct master secret = {{0}};
	struct vault_config c;
	int r = unlock_secret(data, len, pass, &c, &secret, err);

	if (r < 0)
		return r;
	if (kib)
		c.kib = kib;
	return lock_secret(&c, new_pass, &secret, ret, err);
}
