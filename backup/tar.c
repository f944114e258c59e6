/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/tar.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"

/* POSIX's header, of characters only. */
struct ustar {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8];
	char type, link[100], magic[6], version[2];
	char user[32], group[32], major[8], minor[8], prefix[155], pad[12];
};

_Static_assert(sizeof(struct ustar) == TAR_BLOCK, "a header is a block");

static unsigned sum_of(const struct ustar *h)
{
	const uint8_t *at = (const uint8_t *)h;
	unsigned sum = 0;

	for (size_t i = 0; i < sizeof(*h); i++)
		sum += i >= offsetof(struct ustar, sum) &&
				       i < offsetof(struct ustar, type)
			       ? ' '
			       : at[i];
	return sum;
}

/* Octal, or from 8 GiB on GNU's binary form. */
static void put_size(char ret[static 12], uint64_t size)
{
	char text[32];

	if (size < UINT64_C(1) << 33) {
		snprintf(text, sizeof(text), "%011llo", (unsigned long long)size);
		memcpy(ret, text, 12);
		return;
	}
	memset(ret, 0, 12);
	ret[0] = (char)0x80;
	for (int i = 11; i > 3; i--, size >>= 8)
		ret[i] = (char)(size & 0xff);
}

static void header(uint8_t ret[static TAR_BLOCK], const char *name, uint64_t size,
		   char type)
{
	struct ustar h = {
		.mode = "0000644",
		.uid = "0000000",
		.gid = "0000000",
		.mtime = "00000000000",
		.type = type,
		.magic = "ustar",
		.version = {'0', '0'},
	};
	char text[8];

	memcpy(h.name, name, strnlen(name, sizeof(h.name)));
	put_size(h.size, size);
	snprintf(text, sizeof(text), "%06o", sum_of(&h));
	memcpy(h.sum, text, 7);
	h.sum[7] = ' ';
	memcpy(ret, &h, sizeof(h));
}

void tar_header(uint8_t ret[static TAR_BLOCK], const char *name, uint64_t size)
{
	header(ret, name, size, '0');
}

/* "LEN KEY=VALUE\n", where LEN counts itself. */
static void pax_record(struct buf *b, const char *key, const char *value)
{
	size_t rest = strlen(key) + strlen(value) + 3, len = rest + 1;

	while (len != rest + (size_t)snprintf(NULL, 0, "%zu", len))
		len = rest + (size_t)snprintf(NULL, 0, "%zu", len);
	buf_addf(b, "%zu %s=%s\n", len, key, value);
}

static void pad(struct buf *b)
{
	static const char zeros[TAR_BLOCK];

	buf_add_mem(b, zeros, tar_padding(b->len));
}

void tar_sparse_head(const char *name, uint64_t size, const struct pool_range *ranges,
		     size_t n, struct buf *ret)
{
	cleanup_buf struct buf map = BUF_INIT, pax = BUF_INIT;
	const char *slash = strrchr(name, '/');
	int dir = slash ? (int)(slash - name) : 0;
	char text[TAR_NAME_MAX + 1];
	uint8_t block[TAR_BLOCK];
	uint64_t data = 0;

	buf_addf(&map, "%zu\n", n);
	for (size_t i = 0; i < n; i++) {
		buf_addf(&map, "%llu\n%llu\n", (unsigned long long)ranges[i].at,
			 (unsigned long long)ranges[i].len);
		data += ranges[i].len;
	}
	pad(&map);
	pax_record(&pax, "GNU.sparse.major", "1");
	pax_record(&pax, "GNU.sparse.minor", "0");
	pax_record(&pax, "GNU.sparse.name", name);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)size);
	pax_record(&pax, "GNU.sparse.realsize", text);

	snprintf(text, sizeof(text), "%.*s/PaxHeaders/%s", dir, name,
		 slash ? slash + 1 : name);
	header(block, text, pax.len, 'x');
	buf_add_mem(ret, block, sizeof(block));
	buf_add_mem(ret, pax.data, pax.len);
	pad(ret);
	snprintf(text, sizeof(text), "%.*s/GNUSparseFile.0/%s", dir, name,
		 slash ? slash + 1 : name);
	header(block, text, map.len + data, '0');
	buf_add_mem(ret, block, sizeof(block));
	buf_add_mem(ret, map.data, map.len);
}

/* ---- reading ---- */

/* Digits, then nothing but blanks and NULs. */
static bool get_octal(const char *field, size_t len, uint64_t *ret)
{
	size_t i = 0;

	*ret = 0;
	while (i < len && field[i] == ' ')
		i++;
	for (; i < len && field[i] >= '0' && field[i] <= '7'; i++)
		*ret = *ret * 8 + (uint64_t)(field[i] - '0');
	if (i == 0)
		return false;
	for (; i < len; i++)
		if (field[i] && field[i] != ' ')
			return false;
	return true;
}

static bool is_zero(const uint8_t *block)
{
	return block[0] == 0 && memcmp(block, block + 1, TAR_BLOCK - 1) == 0;
}

int tar_parse(const uint8_t block[static TAR_BLOCK], struct tar_member *ret)
{
	struct ustar h;
	uint64_t sum;

	*ret = (struct tar_member){.kind = TAR_END};
	if (is_zero(block))
		return 0;
	memcpy(&h, block, sizeof(h));
	if (!get_octal(h.sum, sizeof(h.sum), &sum) || sum != sum_of(&h) ||
	    memcmp(h.magic, "ustar", 5) != 0 ||
	    !get_octal(h.size, sizeof(h.size), &ret->size) || h.prefix[0])
		return -EBADMSG;
	if (h.type != '0' && h.type != 'x')
		return -EBADMSG;
	ret->kind = h.type == '0' ? TAR_FILE : TAR_PAX;
	memcpy(ret->name, h.name, sizeof(h.name));
	return 0;
}
