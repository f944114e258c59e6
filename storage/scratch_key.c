/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/scratch_key.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#define KEY_BYTES 64 /* aes-xts with two keys of 256 bits */

/* All that holds the key here. libdevmapper wipes its own copy of the table. */
struct secret {
	unsigned char key[KEY_BYTES];
	char hex[KEY_BYTES * 2 + 1];
	char params[KEY_BYTES * 2 + 160];
};

static void secret_wipe(struct secret *s)
{
	explicit_bzero(s, sizeof(*s));
	(void)munlock(s, sizeof(*s)); /* it held nothing any more */
}

static int key_make(struct secret *s)
{
	size_t have = 0;

	while (have < sizeof(s->key)) {
		ssize_t n = getrandom(s->key + have, sizeof(s->key) - have, 0);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			have += (size_t)n;
	}
	for (size_t i = 0; i < sizeof(s->key); i++) {
		s->hex[2 * i] = "0123456789abcdef"[s->key[i] >> 4];
		s->hex[2 * i + 1] = "0123456789abcdef"[s->key[i] & 15];
	}
	s->hex[2 * KEY_BYTES] = '\0';
	return 0;
}

int crypt_make(struct dmap *d, const char *name, const struct dmap_dev *on, sectors len,
	       struct dmap_dev *ret)
{
	static const char *const options[] = {
		/* Without queues the first write to a chunk takes a fifth of the time. */
		"3 allow_discards no_read_workqueue no_write_workqueue",
		"1 allow_discards", /* before Linux 5.9 */
	};
	struct secret s cleanup(secret_wipe) = {0};
	struct dmap_table table = {
		.type = "crypt", .params = s.params, .len = len, .secret = true};
	char number[24];
	int r;

	/* Where memory may not be locked, dom0 had better encrypt its swap space. */
	(void)mlock(&s, sizeof(s));
	r = key_make(&s);
	dmap_number(on->major, on->minor, number);
	for (size_t i = 0; r == 0 && i < array_len(options); i++) {
		snprintf(s.params, sizeof(s.params), "aes-xts-plain64 %s 0 %s 0 %s",
			 s.hex, number, options[i]);
		r = dmap_make(d, name, &table, ret);
		if (r != -EINVAL)
			break;
		if (i + 1 < array_len(options))
			r = 0;
	}
	return r;
}
