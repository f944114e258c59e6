/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines between deciders and prompters. */
#include <errno.h>

#include "qrexec/ask.h"
#include "tests/unit/test.h"

#define CALL                                                                             \
	"\"source\":{\"name\":\"work\",\"label\":\"green\"},\"service\":\"q.S\","        \
	"\"argument\":\"a\",\"argument_length\":1,\"requested\":\"@default\""
#define TARGETS                                                                          \
	"\"targets\":[{\"name\":\"vault\",\"label\":\"black\"},"                         \
	"{\"name\":\"@dispvm:dvm\",\"label\":null}]"
#define QUESTION_BODY                                                                    \
	CALL ",\"id\":\"i-1\"," TARGETS ",\"default_target\":\"vault\",\"seconds\":60"
#define QUESTION "{\"schema\":\"qvm-ask/1\",\"question\":{" QUESTION_BODY "}}"
#define NOTICE                                                                           \
	"{\"schema\":\"qvm-ask/1\",\"notice\":{" CALL                                    \
	",\"allowed\":true,\"target\":\"vault\"}}"

static void test_question(void **state)
{
	cleanup_message struct ask_message m = {0};
	cleanup_buf struct buf back = BUF_INIT;

	(void)state;
	assert_int_equal(ask_message_decode(QUESTION, strlen(QUESTION), &m), 0);
	assert_int_equal(m.kind, ASK_SAYS_QUESTION);
	assert_string_equal(m.question.id, "i-1");
	assert_string_equal(m.question.call.source.name, "work");
	assert_string_equal(m.question.call.source.label, "green");
	assert_string_equal(m.question.call.service, "q.S");
	assert_string_equal(m.question.call.argument, "a");
	assert_int_equal(m.question.call.argument_length, 1);
	assert_int_equal(m.question.target_count, 2);
	assert_string_equal(m.question.targets[1].name, "@dispvm:dvm");
	assert_null(m.question.targets[1].label);
	assert_string_equal(m.question.default_target, "vault");
	assert_int_equal(m.question.seconds, 60);
	assert_true(ask_offers(&m.question, "@dispvm:dvm"));
	assert_false(ask_offers(&m.question, "work"));
	ask_question_encode(&m.question, &back);
	assert_string_equal(buf_str(&back), QUESTION "\n");
}

static void test_notice(void **state)
{
	cleanup_message struct ask_message m = {0};
	cleanup_buf struct buf back = BUF_INIT;

	(void)state;
	assert_int_equal(ask_message_decode(NOTICE, strlen(NOTICE), &m), 0);
	assert_int_equal(m.kind, ASK_SAYS_NOTICE);
	assert_true(m.notice.allowed);
	assert_string_equal(m.notice.target, "vault");
	ask_notice_encode(&m.notice, &back);
	assert_string_equal(buf_str(&back), NOTICE "\n");
}

static void test_end(void **state)
{
	(void)state;
	for (int end = 0; end <= ASK_END_GONE; end++) {
		cleanup_message struct ask_message m = {0};
		cleanup_buf struct buf line = BUF_INIT;
		int want = end == ASK_END_GONE ? -EPROTO : 0;

		ask_end_encode("i-1", end, &line);
		assert_int_equal(line.data[line.len - 1], '\n');
		assert_int_equal(ask_message_decode(line.data, line.len - 1, &m), want);
		if (want == 0) {
			assert_int_equal(m.kind, ASK_SAYS_END);
			assert_int_equal(m.end, end);
		}
	}
}

static void test_answer(void **state)
{
	static const char *const targets[] = {"vault", NULL};

	(void)state;
	for (size_t i = 0; i < array_len(targets); i++) {
		cleanup_buf struct buf line = BUF_INIT;
		cleanup_free char *id = NULL;
		cleanup_free char *target = NULL;

		ask_answer_encode("i-1", targets[i], &line);
		assert_int_equal(ask_answer_decode(line.data, line.len - 1, &id, &target),
				 0);
		assert_string_equal(id, "i-1");
		if (targets[i])
			assert_string_equal(target, targets[i]);
		else
			assert_null(target);
	}
}

#define SAYS(body) "{\"schema\":\"qvm-ask/1\"," body "}"
#define ASKS(body) SAYS("\"question\":{" body "}")
static const char *const bad_messages[] = {
	"",
	"x",
	"{",
	"[]",
	"null",
	"{}",
	QUESTION " x",
	QUESTION "}",
	"{\"schema\":\"qvm-ask/2\",\"end\":\"taken\"}",
	"{\"end\":\"taken\"}",
	SAYS("\"end\":\"gone\""),
	SAYS("\"end\":\"\""),
	SAYS("\"end\":null"),
	SAYS("\"end\":\"taken\",\"notice\":{}"),
	SAYS("\"answer\":{\"id\":\"1\",\"target\":null}"),
	SAYS("\"question\":[]"),
	SAYS("\"question\":{}"),
	SAYS("\"notice\":{" CALL ",\"allowed\":true,\"target\":null}"),
	SAYS("\"notice\":{" CALL ",\"allowed\":false,\"target\":\"vault\"}"),
	SAYS("\"notice\":{" CALL ",\"allowed\":false}"),
	SAYS("\"notice\":{" CALL ",\"allowed\":1,\"target\":\"vault\"}"),
	/* a target that is not offered, none at all, one without a name */
	ASKS(CALL ",\"id\":\"1\"," TARGETS ",\"default_target\":\"x\",\"seconds\":1"),
	ASKS(CALL ",\"id\":\"1\",\"targets\":[],\"default_target\":null,"
		  "\"seconds\":1"),
	ASKS(CALL ",\"id\":\"1\",\"targets\":[{\"name\":\"\",\"label\":null}],"
		  "\"default_target\":null,\"seconds\":1"),
	ASKS(CALL ",\"id\":\"1\",\"targets\":[7],\"default_target\":null,"
		  "\"seconds\":1"),
	/* numbers */
	ASKS(CALL ",\"id\":\"1\"," TARGETS ",\"default_target\":null,"
		  "\"seconds\":-1"),
	ASKS(CALL ",\"id\":\"1\"," TARGETS ",\"default_target\":null,"
		  "\"seconds\":3601"),
	ASKS(CALL ",\"id\":\"1\"," TARGETS ",\"default_target\":null,"
		  "\"seconds\":\"1\""),
	ASKS(CALL ",\"id\":\"\"," TARGETS ",\"default_target\":null,"
		  "\"seconds\":1"),
	/* what a terminal would take for its own */
	ASKS("\"source\":{\"name\":\"w\\u001b[2J\",\"label\":null},"
	     "\"service\":\"s\",\"argument\":\"\",\"argument_length\":0,"
	     "\"requested\":\"x\",\"id\":\"1\"," TARGETS
	     ",\"default_target\":null,\"seconds\":1"),
	ASKS("\"source\":{\"name\":\"w\",\"label\":null},\"service\":\"s\","
	     "\"argument\":\"a\\u0000b\",\"argument_length\":3,"
	     "\"requested\":\"x\",\"id\":\"1\"," TARGETS
	     ",\"default_target\":null,\"seconds\":1"),
	/* an argument longer than it says */
	ASKS("\"source\":{\"name\":\"w\",\"label\":null},\"service\":\"s\","
	     "\"argument\":\"ab\",\"argument_length\":1,"
	     "\"requested\":\"x\",\"id\":\"1\"," TARGETS
	     ",\"default_target\":null,\"seconds\":1"),
};

static void test_bad_messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(bad_messages); i++) {
		struct ask_message m = {0};

		if (ask_message_decode(bad_messages[i], strlen(bad_messages[i]), &m) !=
		    -EPROTO)
			fail_msg("passed: %s", bad_messages[i]);
		assert_null(m.question.id);
	}
	for (size_t len = 0; len < strlen(QUESTION); len++) {
		struct ask_message m = {0};

		assert_int_equal(ask_message_decode(QUESTION, len, &m), -EPROTO);
	}
}

static void test_bad_answers(void **state)
{
	static const char *const lines[] = {
		"",
		QUESTION,
		"{\"schema\":\"qvm-ask/1\",\"answer\":{\"id\":\"1\"}}",
		"{\"schema\":\"qvm-ask/1\",\"answer\":{\"target\":null}}",
		"{\"schema\":\"qvm-ask/1\",\"answer\":{\"id\":1,\"target\":null}}",
		"{\"schema\":\"qvm-ask/1\",\"answer\":{\"id\":\"1\",\"target\":true}}",
		"{\"schema\":\"qvm-ask/"
		"1\",\"answer\":{\"id\":\"1\",\"target\":\"\\u0007\"}}",
		"{\"schema\":\"qvm-ask/1\",\"answer\":null}",
		"{\"answer\":{\"id\":\"1\",\"target\":null}}",
	};
	char deep[ASK_ANSWER_MAX];

	(void)state;
	for (size_t i = 0; i < array_len(lines); i++) {
		char *id = NULL, *target = NULL;

		if (ask_answer_decode(lines[i], strlen(lines[i]), &id, &target) !=
		    -EPROTO)
			fail_msg("passed: %s", lines[i]);
		assert_null(id);
		assert_null(target);
	}
	memset(deep, '[', sizeof(deep));
	assert_int_equal(
		ask_answer_decode(deep, sizeof(deep), &(char *){NULL}, &(char *){NULL}),
		-EPROTO);
}

/* Whatever a guest wrote, what comes out can be shown and decoded. */
static void test_hostile_call(void **state)
{
	char arg[1000];
	struct policy_request req = {
		.service = "a\033b\n\"\\",
		.arg = arg,
		.source = "w\xc3\xa4",
		.target = "x",
	};
	struct ask_name target = {(char *)"vault", NULL};
	struct ask_question q = {.targets = &target, .target_count = 1};
	cleanup_message struct ask_message m = {0};
	cleanup_buf struct buf line = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(arg); i++)
		arg[i] = (char)(i % 255 + 1);
	arg[sizeof(arg) - 1] = '\0';
	ask_call_fill(&req, "red", NULL, &q.call);
	q.id = (char *)"1";
	ask_question_encode(&q, &line);
	assert_int_equal(ask_message_decode(line.data, line.len - 1, &m), 0);
	assert_string_equal(m.question.call.service, "a_b_\"\\");
	assert_string_equal(m.question.call.source.name, "w__");
	assert_int_equal(strlen(m.question.call.argument), ASK_TEXT_MAX);
	assert_int_equal(m.question.call.argument_length, sizeof(arg) - 1);
	for (const char *at = m.question.call.argument; *at; at++)
		assert_in_range(*at, ' ', '~');
	q.targets = NULL;
	q.target_count = 0;
	q.id = NULL;
	ask_question_dispose(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_question),     cmocka_unit_test(test_notice),
		cmocka_unit_test(test_end),	     cmocka_unit_test(test_answer),
		cmocka_unit_test(test_bad_messages), cmocka_unit_test(test_bad_answers),
		cmocka_unit_test(test_hostile_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
