/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/proto.h"

#include "tests/unit/test.h"

static struct qrexec_trigger trigger; /* too large for some stacks */

static void test_header(void **state)
{
	uint8_t bytes[QREXEC_HEADER];
	struct qrexec_header h;

	(void)state;
	qrexec_header_put(bytes, QREXEC_TRIGGER_SERVICE4, 161);
	assert_memory_equal(bytes, "\x13\x02\0\0\xa1\0\0\0", 8);
	h = qrexec_header_get(bytes);
	assert_int_equal(h.type, 0x213);
	assert_int_equal(h.len, 161);
}

static void test_hello(void **state)
{
	static const struct {
		uint32_t type, len, version, lowest, want;
	} cases[] = {
		{QREXEC_HELLO, 4, 2, 2, 2},	     {QREXEC_HELLO, 4, 3, 2, 3},
		{QREXEC_HELLO, 4, 4, 2, 4},	     {QREXEC_HELLO, 4, 5, 2, 4},
		{QREXEC_HELLO, 4, 0xffffffff, 2, 4}, {QREXEC_HELLO, 4, 1, 2, 0},
		{QREXEC_HELLO, 4, 0, 2, 0},	     {QREXEC_HELLO, 4, 2, 3, 0},
		{QREXEC_HELLO, 3, 3, 2, 0},	     {QREXEC_HELLO, 5, 3, 2, 0},
		{QREXEC_HELLO, 0, 3, 2, 0},	     {QREXEC_EXEC_CMDLINE, 4, 3, 2, 0},
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		const struct qrexec_header h = {cases[i].type, cases[i].len};
		uint8_t body[8] = {0};

		qrexec_u32_put(body, cases[i].version);
		assert_int_equal(qrexec_hello(&h, body, cases[i].lowest), cases[i].want);
	}
}

static void test_ident(void **state)
{
	char ident[QREXEC_IDENT] = "SOCKET11";

	(void)state;
	assert_true(qrexec_ident_ok(ident));
	ident[10] = 'x';
	assert_false(qrexec_ident_ok(ident)); /* behind the first NUL */
	memset(ident, 0, sizeof(ident));
	assert_true(qrexec_ident_ok(ident));
	memset(ident, 'a', sizeof(ident));
	assert_false(qrexec_ident_ok(ident)); /* no NUL */
	ident[31] = '\0';
	assert_true(qrexec_ident_ok(ident));
	for (int c = 1; c < 256; c++) {
		bool good = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			    (c >= 'a' && c <= 'z') || c == '_' || c == '.' || c == ' ' ||
			    c == '-';

		ident[5] = (char)c;
		assert_int_equal(qrexec_ident_ok(ident), good);
	}
}

struct trigger_case {
	uint32_t version, type;
	const char *source, *target, *service;
	size_t service_len; /* with the NUL; 0: as the string has it */
	enum qrexec_verdict want;
	const char *want_target, *want_service;
};

static const struct trigger_case triggers[] = {
	{4, QREXEC_TRIGGER_SERVICE4, "", "vault", "a.B+c", 0, QREXEC_OK, "vault",
	 "a.B+c"},
	{4, QREXEC_TRIGGER_SERVICE4, "src", "", "a.B", 0, QREXEC_OK, "", "a.B+"},
	{4, QREXEC_TRIGGER_SERVICE4, "", "@dispvm:x y", "a/b+$(x)", 0, QREXEC_OK,
	 "@dispvm:x_y", "a_b+__x_"},
	{4, QREXEC_TRIGGER_SERVICE4, "", "v", "a\x1b\xc3\xa9", 0, QREXEC_OK, "v",
	 "a___+"},
	{3, QREXEC_TRIGGER_SERVICE3, "", "vault", "s+", 0, QREXEC_OK, "vault", "s+"},
	{2, QREXEC_TRIGGER_SERVICE, "", "vault", "s", 0, QREXEC_OK, "vault", "s+"},
	{4, QREXEC_TRIGGER_SERVICE4, "", "v", "+x", 0, QREXEC_REFUSE, NULL, NULL},
	{4, QREXEC_TRIGGER_SERVICE4, "", "v", "", 0, QREXEC_REFUSE, NULL, NULL},
	{4, QREXEC_TRIGGER_SERVICE4, "", "v", "ab", 2, QREXEC_REFUSE, NULL, NULL},
	{4, QREXEC_TRIGGER_SERVICE4, "", "v", "a\0b", 4, QREXEC_REFUSE, NULL, NULL},
	{3, QREXEC_TRIGGER_SERVICE3, "", "v", "ab\0", 4, QREXEC_REFUSE, NULL, NULL},
};

static size_t trigger_body(const struct trigger_case *c, uint8_t *out)
{
	size_t len = c->service_len ? c->service_len : strlen(c->service) + 1;

	memset(out, 0, 512);
	if (c->type == QREXEC_TRIGGER_SERVICE) {
		memcpy(out, c->service, len);
		memcpy(out + 64, c->target, strlen(c->target));
		memcpy(out + 96, "SOCKET1", 7);
		return QREXEC_TRIGGER2;
	}
	if (c->type == QREXEC_TRIGGER_SERVICE4) {
		memcpy(out, c->source, strlen(c->source));
		out += 64;
	}
	memcpy(out, c->target, strlen(c->target));
	memcpy(out + 64, "SOCKET1", 7);
	memcpy(out + 96, c->service, len);
	return (c->type == QREXEC_TRIGGER_SERVICE4 ? 160 : 96) + len;
}

static void test_trigger(void **state)
{
	uint8_t body[512];

	(void)state;
	for (size_t i = 0; i < array_len(triggers); i++) {
		const struct trigger_case *c = &triggers[i];
		const struct qrexec_header h = {c->type, (uint32_t)trigger_body(c, body)};

		assert_true(qrexec_from_agent(c->version, &h));
		assert_int_equal(qrexec_trigger(&h, body, &trigger), c->want);
		assert_string_equal(trigger.ident, "SOCKET1");
		if (c->want != QREXEC_OK)
			continue;
		assert_string_equal(trigger.target, c->want_target);
		assert_string_equal(trigger.service, c->want_service);
		assert_int_equal(trigger.has_source, c->type == QREXEC_TRIGGER_SERVICE4);
	}
}

static void test_trigger_unterminated_names(void **state)
{
	uint8_t body[162];
	const struct qrexec_header h = {QREXEC_TRIGGER_SERVICE4, sizeof(body)};

	(void)state;
	memset(body, 'a', sizeof(body));
	memset(body + 128, 0, 32);
	body[161] = '\0';
	assert_int_equal(qrexec_trigger(&h, body, &trigger), QREXEC_OK);
	assert_int_equal(strlen(trigger.target), 63);
	assert_int_equal(strlen(trigger.source), 63);
	assert_string_equal(trigger.service, "a+");
}

static void test_service_at_the_limit(void **state)
{
	const size_t most = QREXEC_TRIGGER4 + QREXEC_SERVICE_MAX;
	uint8_t *body = xcalloc(1, most + 1);
	struct qrexec_header h = {QREXEC_TRIGGER_SERVICE4, (uint32_t)most};

	(void)state;
	memset(body + QREXEC_TRIGGER4, 's', QREXEC_SERVICE_MAX - 1);
	assert_true(qrexec_from_agent(4, &h));
	assert_int_equal(qrexec_trigger(&h, body, &trigger), QREXEC_OK);
	assert_int_equal(strlen(trigger.service), QREXEC_SERVICE_MAX); /* and its `+` */
	h.len++;
	assert_false(qrexec_from_agent(4, &h));
	assert_int_equal(qrexec_trigger(&h, body, &trigger), QREXEC_FATAL);
	free(body);
}

static void test_from_agent(void **state)
{
	static const struct {
		uint32_t version, type, len;
		bool want;
	} cases[] = {
		{2, QREXEC_TRIGGER_SERVICE, 128, true},
		{2, QREXEC_TRIGGER_SERVICE, 127, false},
		{2, QREXEC_TRIGGER_SERVICE, 129, false},
		{3, QREXEC_TRIGGER_SERVICE, 128, false},
		{2, QREXEC_TRIGGER_SERVICE3, 100, false},
		{3, QREXEC_TRIGGER_SERVICE3, 96, false},
		{3, QREXEC_TRIGGER_SERVICE3, 97, true},
		{3, QREXEC_TRIGGER_SERVICE3, 96 + 65000, true},
		{3, QREXEC_TRIGGER_SERVICE3, 96 + 65001, false},
		{3, QREXEC_TRIGGER_SERVICE4, 200, false},
		{4, QREXEC_TRIGGER_SERVICE4, 160, false},
		{4, QREXEC_TRIGGER_SERVICE4, 161, true},
		{4, QREXEC_TRIGGER_SERVICE3, 97, true},
		{4, QREXEC_TRIGGER_SERVICE4, 0xffffffff, false},
		{4, QREXEC_CONNECTION_TERMINATED, 8, true},
		{4, QREXEC_CONNECTION_TERMINATED, 7, false},
		{4, QREXEC_CONNECTION_TERMINATED, 9, false},
		{4, QREXEC_PUBLISH, 8, true},
		{4, QREXEC_PUBLISH, 0, false},
		{4, QREXEC_HELLO, 4, false},
		{4, QREXEC_EXEC_CMDLINE, 20, false},
		{4, QREXEC_EXEC_TOLD, 40, false},
		{4, 0, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		const struct qrexec_header h = {cases[i].type, cases[i].len};

		assert_int_equal(qrexec_from_agent(cases[i].version, &h), cases[i].want);
	}
}

static void test_exec(void **state)
{
	static const struct {
		uint32_t type, len;
		const char *rest;
		enum qrexec_verdict want;
	} cases[] = {
		{QREXEC_EXEC_CMDLINE, 11, "u:\0", QREXEC_OK},
		{QREXEC_EXEC_CMDLINE, 9, "\0", QREXEC_OK},
		{QREXEC_EXEC_CMDLINE, 8, "", QREXEC_FATAL},
		{QREXEC_EXEC_CMDLINE, 7, "", QREXEC_FATAL},
		{QREXEC_EXEC_CMDLINE, 0, "", QREXEC_FATAL},
		{QREXEC_JUST_EXEC, 10, "u:", QREXEC_FATAL},
		{QREXEC_JUST_EXEC, 12, "u\0x\0", QREXEC_FATAL},
		{QREXEC_JUST_EXEC, 65536, "", QREXEC_FATAL},
		{QREXEC_SERVICE_CONNECT, 40, "SOCKET1", QREXEC_OK},
		{QREXEC_SERVICE_CONNECT, 40, "SOCK/ET", QREXEC_FATAL},
		{QREXEC_SERVICE_CONNECT, 39, "SOCKET1", QREXEC_FATAL},
		{QREXEC_SERVICE_CONNECT, 41, "SOCKET1", QREXEC_FATAL},
		{QREXEC_CONNECTION_TERMINATED, 8, "", QREXEC_OK},
		{QREXEC_CONNECTION_TERMINATED, 9, "", QREXEC_FATAL},
	};
	uint8_t body[64];

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		const struct qrexec_header h = {cases[i].type, cases[i].len};
		struct qrexec_exec got = {0};

		memset(body, 0, sizeof(body));
		qrexec_u32_put(body, 7);
		qrexec_u32_put(body + 4, 513);
		memcpy(body + 8, cases[i].rest,
		       cases[i].len > 8 && cases[i].len < 20 ? cases[i].len - 8
							     : strlen(cases[i].rest));
		assert_int_equal(qrexec_exec(&h, body, &got), cases[i].want);
		if (cases[i].want == QREXEC_OK) {
			assert_int_equal(got.domain, 7);
			assert_int_equal(got.port, 513);
		}
	}
}

static void test_exec_told(void **state)
{
	static const struct qrexec_exec told = {.type = QREXEC_JUST_EXEC,
						.shared = 42,
						.ring_ref = 8,
						.event = 9,
						.mark = 10};
	enum { PARAMS = QREXEC_EXEC + QREXEC_TOLD };
	struct qrexec_header h = {QREXEC_EXEC_TOLD, PARAMS + 4};
	uint8_t body[PARAMS + 4] = {0};
	struct qrexec_exec got = {0};

	(void)state;
	qrexec_u32_put(body, 7);
	qrexec_u32_put(body + 4, 513);
	qrexec_told_put(body + QREXEC_EXEC, &told);
	memcpy(body + PARAMS, "u:x", 4);
	assert_int_equal(qrexec_exec(&h, body, &got), QREXEC_OK);
	assert_int_equal(got.domain, 7);
	assert_int_equal(got.port, 513);
	assert_int_equal(got.type, told.type);
	assert_int_equal(got.shared, told.shared);
	assert_int_equal(got.ring_ref, told.ring_ref);
	assert_int_equal(got.event, told.event);
	assert_int_equal(got.mark, told.mark);
	assert_string_equal(got.command, "u:x");
	for (h.len = 0; h.len < sizeof(body); h.len++)
		assert_int_equal(qrexec_exec(&h, body, &got), QREXEC_FATAL);
	h.len = sizeof(body);
	qrexec_u32_put(body + QREXEC_EXEC, QREXEC_SERVICE_CONNECT);
	assert_int_equal(qrexec_exec(&h, body, &got), QREXEC_FATAL);
	/* Of others nothing of an earlier one is left. */
	h = (struct qrexec_header){QREXEC_EXEC_CMDLINE, PARAMS + 4};
	memset(body + QREXEC_EXEC, 'a', QREXEC_TOLD);
	assert_int_equal(qrexec_exec(&h, body, &got), QREXEC_OK);
	assert_int_equal(got.type, QREXEC_EXEC_CMDLINE);
	assert_int_equal(got.event, 0);
	assert_int_equal(got.mark, 0);
}

static void test_names(void **state)
{
	static const char *const good[] = {"a", "work", "sys-net.2_x", "Abc",
					   "abcdefghijabcdefghijabcdefghija"};
	static const char *const bad[] = {
		"",	    "1a",   "-a",   ".a",
		"a/b",	    "a b",  "none", "default",
		"Domain-0", "x-dm", "-dm",  "abcdefghijabcdefghijabcdefghijab",
		"\xc3\xa9"};

	(void)state;
	for (size_t i = 0; i < array_len(good); i++)
		assert_true(qrexec_name_ok(good[i]));
	for (size_t i = 0; i < array_len(bad); i++)
		assert_false(qrexec_name_ok(bad[i]));
}

static void test_output(void **state)
{
	uint8_t text[] = "a\x1b[2J\t\r\n\b\a\x7f\xff\0z";

	(void)state;
	qrexec_output_sanitise(text, sizeof(text) - 1);
	assert_memory_equal(text, "a_[2J\t\r\n\b\a___z", sizeof(text) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_hello),
		cmocka_unit_test(test_ident),
		cmocka_unit_test(test_trigger),
		cmocka_unit_test(test_trigger_unterminated_names),
		cmocka_unit_test(test_service_at_the_limit),
		cmocka_unit_test(test_from_agent),
		cmocka_unit_test(test_exec),
		cmocka_unit_test(test_exec_told),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
