/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What thin_dump and thin_delta print is XML of one shape: an element a line. Mapped in a
 * dump, and different in a difference, is what counts.
 */
#include "storage/thin_delta.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"

/* ` KEY="N"` within the line that AT begins. */
static bool attribute(const char *at, const char *key, uint64_t *ret)
{
	cleanup_free char *line = xstrndup(at, strcspn(at, "\n"));
	cleanup_free char *what = xasprintf(" %s=\"", key);
	char *value = strstr(line, what), *end;
	long long n;

	if (!value)
		return false;
	value += strlen(what);
	end = strchr(value, '"');
	if (!end)
		return false;
	*end = '\0';
	if (num_parse(value, 0, INT64_MAX, &n) < 0)
		return false;
	*ret = (uint64_t)n;
	return true;
}

static const struct {
	const char *element;
	const char *begin, *length; /* length NULL: one block */
} rows[] = {
	{"<single_mapping ", "origin_block", NULL},
	{"<range_mapping ", "origin_begin", "length"},
	{"<different ", "begin", "length"},
	{"<left_only ", "begin", "length"},
	{"<right_only ", "begin", "length"},
};

static int add(struct pool_range **v, size_t *n, uint64_t block, uint64_t begin,
	       uint64_t length)
{
	uint64_t most = UINT64_MAX / 4 / block, at = begin * block, len = length * block;
	struct pool_range *last = *n ? &(*v)[*n - 1] : NULL;

	if (begin > most || length > most || !length ||
	    (last && at < last->at + last->len))
		return -EINVAL;
	if (last && at == last->at + last->len) {
		last->len += len;
		return 0;
	}
	array_grow(*v, *n) = (struct pool_range){at, len};
	++*n;
	return 0;
}

static int one(const char *at, uint64_t block, struct pool_range **v, size_t *n)
{
	for (size_t i = 0; i < array_len(rows); i++) {
		uint64_t begin, length = 1;

		if (strncmp(at, rows[i].element, strlen(rows[i].element)) != 0)
			continue;
		if (!attribute(at, rows[i].begin, &begin) ||
		    (rows[i].length && !attribute(at, rows[i].length, &length)))
			return -EINVAL;
		return add(v, n, block, begin, length);
	}
	return 0;
}

int thin_maps_parse(const char *text, struct pool_range **ret, size_t *ret_n)
{
	cleanup_free struct pool_range *v = NULL;
	const char *at = strstr(text, "<superblock ");
	uint64_t block = 0;
	size_t n = 0;
	int r = 0;

	if (!at || !strstr(at, "</superblock>") ||
	    !attribute(at, "data_block_size", &block) || !block || block > (1u << 21))
		return -EINVAL;
	/* A device that is not there is left out of a dump. */
	if (!strstr(at, "<device ") && !strstr(at, "<diff "))
		return -EINVAL;
	while (r == 0 && (at = strchr(at, '<')) != NULL) {
		r = one(at, block * SECTOR, &v, &n);
		at++;
	}
	if (r < 0)
		return r;
	*ret = steal(v);
	*ret_n = n;
	return 0;
}
