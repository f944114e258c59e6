/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a name server is asked, and what is made of what comes back. */
#include <errno.h>

#include "agent/net.h"
#include "tests/unit/test.h"

#define QUESTION "\3www\7example\3com\0\0\1\0\1"
#define HEAD(flags, answers) "\x12\x34" flags "\0\1\0" answers "\0\0\0\0"

static uint8_t query[DNS_QUERY_MAX];
static size_t query_len;
static uint32_t ttl;

static int setup(void **state unused)
{
	query_len = dns_query(query, 0x1234, "www.example.com", DNS_A);
	return 0;
}

static int take(const char *bytes, size_t len, struct buf *out)
{
	/* Of just that size, so that reading beyond it is seen. */
	cleanup_free uint8_t *copy = xcalloc(len ? len : 1, 1);

	memcpy(copy, bytes, len);
	return dns_answer(copy, len, query, query_len, out, &ttl);
}

#define answer(text, out) take(text, sizeof(text) - 1, out)

static void test_query(void **state unused)
{
	static const char want[] = HEAD("\1\0", "\0") QUESTION;
	uint8_t buf[DNS_QUERY_MAX];
	char name[300];

	assert_int_equal(query_len, sizeof(want) - 1);
	assert_memory_equal(query, want, query_len);
	assert_int_equal(dns_query(buf, 1, "a..b", DNS_A), 0);
	assert_int_equal(dns_query(buf, 1, ".a", DNS_A), 0);
	memset(name, 'a', 64);
	name[64] = '\0';
	assert_int_equal(dns_query(buf, 1, name, DNS_A), 0);
	for (int i = 0; i < 298; i++)
		name[i] = i % 2 ? '.' : 'a';
	name[298] = '\0';
	assert_int_equal(dns_query(buf, 1, name, DNS_A), 0);
}

#define ALIAS "\xc0\x0c\0\5\0\1\0\0\0\1\0\4\1x\xc0\x10"
#define FOUR "\xc0\x2d\0\1\0\1\0\0\0\x3c\0\4\1\2\3\4"
#define FIVE "\xc0\x2d\0\1\0\1\0\0\1\2\0\4\5\6\7\x08"
#define SIX "\xc0\x0c\0\x1c\0\1\0\0\0\1\0\x10\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"

static void test_addresses(void **state unused)
{
	static const char text[] = HEAD("\x81\x80", "\4") QUESTION ALIAS FOUR SIX FIVE;
	cleanup_buf struct buf out = BUF_INIT;

	assert_int_equal(answer(text, &out), 0);
	assert_string_equal(out.data, "1.2.3.4 5.6.7.8");
	assert_int_equal(ttl, 1); /* the alias's: the shortest */
	/* Any part of it is no answer, and nothing behind its end is looked at. */
	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		cleanup_buf struct buf part = BUF_INIT;

		assert_int_equal(take(text, len, &part), -EINVAL);
	}
}

static void test_none(void **state unused)
{
	cleanup_buf struct buf out = BUF_INIT;

	assert_int_equal(answer(HEAD("\x81\x83", "\0") QUESTION, &out), -ENOENT);
	assert_int_equal(answer(HEAD("\x81\x80", "\0") QUESTION, &out), -ENOENT);
	assert_int_equal(answer(HEAD("\x81\x80", "\1") QUESTION SIX, &out), -ENOENT);
	/* A server that fails has said nothing. */
	assert_int_equal(answer(HEAD("\x81\x82", "\0") QUESTION, &out), -EINVAL);
}

static void test_forged(void **state unused)
{
	static const char other[] =
		HEAD("\x81\x80", "\1") "\3www\7exanple\3com\0\0\1\0\1" FOUR;
	cleanup_buf struct buf out = BUF_INIT;

	assert_int_equal(answer("\x12\x35\x81\x80\0\1\0\1\0\0\0\0" QUESTION FOUR, &out),
			 -EINVAL);
	assert_int_equal(answer(HEAD("\1\0", "\1") QUESTION FOUR, &out), -EINVAL);
	assert_int_equal(answer(other, &out), -EINVAL);
	/* More answers than there are, a length beyond the end, a label of another kind. */
	assert_int_equal(answer(HEAD("\x81\x80", "\2") QUESTION FOUR, &out), -EINVAL);
	assert_int_equal(answer(HEAD("\x81\x80", "\1") QUESTION
				"\xc0\x0c\0\1\0\1\0\0\0\1\xff\xff\1\2\3\4",
				&out),
			 -EINVAL);
	assert_int_equal(answer(HEAD("\x81\x80", "\1") QUESTION
				"\x80\0\1\0\1\0\0\0\1\0\4\1\2\3\4",
				&out),
			 -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_forged),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
