/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This first: libcrypto spells attributes as our macros are. */
#include <openssl/evp.h>

#include "backup/v4.h"

#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"

struct v4_members {
	EVP_MD_CTX *digest;
};

struct v4_members *v4_members_new(void)
{
	struct v4_members *m = xcalloc(1, sizeof(*m));

	m->digest = EVP_MD_CTX_new();
	if (m->digest)
		EVP_DigestInit_ex(m->digest, EVP_sha256(), NULL);
	return m;
}

void v4_members_add(struct v4_members *m, const char *path)
{
	EVP_DigestUpdate(m->digest, path, strlen(path) + 1);
}

void v4_members_end(struct v4_members *m, char ret[static 65])
{
	unsigned char sum[32] = {0};

	EVP_DigestFinal_ex(m->digest, sum, NULL);
	for (size_t i = 0; i < sizeof(sum); i++)
		snprintf(ret + 2 * i, 3, "%02x", sum[i]);
	EVP_MD_CTX_free(m->digest);
	free(m);
}
