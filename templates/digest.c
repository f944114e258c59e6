/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libcrypto's headers do not bear the macros of ours, so none of those is here. */
#include "templates/digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>

struct digest *digest_new(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1) {
		EVP_MD_CTX_free(ctx);
		ctx = NULL;
	}
	return (struct digest *)ctx;
}

void digest_free(struct digest *d)
{
	EVP_MD_CTX_free((EVP_MD_CTX *)d);
}

int digest_add(struct digest *d, const void *data, size_t len)
{
	return EVP_DigestUpdate((EVP_MD_CTX *)d, data, len) == 1 ? 0 : -ENOMEM;
}

int digest_end(struct digest *d, char ret[DIGEST_HEX])
{
	unsigned char sum[EVP_MAX_MD_SIZE];

	if (EVP_DigestFinal_ex((EVP_MD_CTX *)d, sum, NULL) != 1)
		return -ENOMEM;
	for (int i = 0; i < 32; i++)
		snprintf(ret + 2 * i, 3, "%02x", sum[i]);
	return 0;
}
