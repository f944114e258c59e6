/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/size.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int num_parse(const char *text, long long min, long long max, long long *ret)
{
	const char *digits = text + (*text == '-' || *text == '+');
	long long value;
	char *end;

	if (!isdigit((unsigned char)*digits))
		return -EINVAL;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (*end)
		return -EINVAL;
	if (errno || value < min || value > max)
		return -ERANGE;
	*ret = value;
	return 0;
}

static int suffix_factor(const char *suffix, uint64_t *ret)
{
	static const char letters[] = "kmgt";
	uint64_t factor = 1;
	const char *at;
	unsigned base;

	if (!*suffix) {
		*ret = 1;
		return 0;
	}
	at = strchr(letters, tolower((unsigned char)*suffix));
	if (!at)
		return -EINVAL;
	suffix++;
	base = tolower((unsigned char)*suffix) == 'i' ? 1024 : 1000;
	suffix += base == 1024;
	if (*suffix && strcasecmp(suffix, "b") != 0)
		return -EINVAL;
	for (int i = 0; i <= at - letters; i++)
		factor *= base;
	*ret = factor;
	return 0;
}

int size_parse(const char *text, uint64_t *ret)
{
	uint64_t value, factor;
	char *end;
	int r;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno)
		return -ERANGE;
	r = suffix_factor(end, &factor);
	if (r < 0)
		return r;
	if (__builtin_mul_overflow(value, factor, &value) || value > INT64_MAX)
		return -ERANGE;
	*ret = value;
	return 0;
}

void size_format(uint64_t bytes, char ret[static 32])
{
	static const char *const units[] = {"B",   "KiB", "MiB", "GiB",
					    "TiB", "PiB", "EiB"};
	uint64_t whole = bytes, rest = 0;
	size_t unit = 0;

	while (whole >= 1024 && unit + 1 < array_len(units)) {
		rest = whole % 1024;
		whole /= 1024;
		unit++;
	}
	if (rest * 10 / 1024 && whole < 100)
		snprintf(ret, 32, "%llu.%llu %s", (unsigned long long)whole,
			 (unsigned long long)(rest * 10 / 1024), units[unit]);
	else
		snprintf(ret, 32, "%llu %s", (unsigned long long)whole, units[unit]);
}

int bool_parse(const char *text, bool *ret)
{
	static const struct {
		const char *text;
		bool value;
	} words[] = {
		{"true", true},	  {"on", true},	  {"1", true},	{"yes", true},
		{"false", false}, {"off", false}, {"0", false}, {"no", false},
	};

	for (size_t i = 0; i < array_len(words); i++)
		if (strcasecmp(words[i].text, text) == 0) {
			*ret = words[i].value;
			return 0;
		}
	return -EINVAL;
}
