/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feeds the lines between deciders and prompters to both decoders. What is taken must be
 * fit for a terminal, and must come out the same when it is written and read again.
 *
 *	clang -fsanitize=fuzzer,address,undefined -g -D_GNU_SOURCE -I. -o ask_fuzz
 *		tests/fuzz/ask_fuzz.c lib/[a-z]*.c -ljson-c
 *	./ask_fuzz tests/fuzz/corpus/ask
 */
#include "qrexec/ask_wire.c"

/* A failure must be seen in every build. */
#define check(x)                                                                         \
	do {                                                                             \
		if (!(x))                                                                \
			__builtin_trap();                                                \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_call(const struct ask_call *c)
{
	const char *const texts[] = {c->source.name, c->service, c->argument,
				     c->requested};

	for (size_t i = 0; i < array_len(texts); i++)
		for (const char *at = texts[i]; *at; at++)
			check(*at >= ' ' && *at <= '~');
	check(strlen(c->argument) <= ASK_TEXT_MAX);
	check(strlen(c->argument) <= c->argument_length);
}

static void encode(const struct ask_message *m, struct buf *ret)
{
	switch (m->kind) {
	case ASK_SAYS_QUESTION:
		check_call(&m->question.call);
		check(m->question.target_count);
		check(ask_offers(&m->question, m->question.targets[0].name));
		ask_question_encode(&m->question, ret);
		break;
	case ASK_SAYS_NOTICE:
		check_call(&m->notice.call);
		ask_notice_encode(&m->notice, ret);
		break;
	case ASK_SAYS_END:
		ask_end_encode("1", m->end, ret);
		break;
	}
}

static void try_message(const char *line, size_t len)
{
	cleanup_message struct ask_message m = {0};
	cleanup_message struct ask_message again = {0};
	cleanup_buf struct buf first = BUF_INIT;
	cleanup_buf struct buf second = BUF_INIT;

	if (ask_message_decode(line, len, &m) < 0)
		return;
	encode(&m, &first);
	check(!memchr(first.data, '\n', first.len - 1));
	check(ask_message_decode(first.data, first.len - 1, &again) == 0);
	encode(&again, &second);
	check(strcmp(buf_str(&first), buf_str(&second)) == 0);
}

static void try_answer(const char *line, size_t len)
{
	cleanup_buf struct buf out = BUF_INIT;
	cleanup_free char *id = NULL;
	cleanup_free char *target = NULL;
	cleanup_free char *id_again = NULL;
	cleanup_free char *target_again = NULL;

	if (ask_answer_decode(line, len, &id, &target) < 0)
		return;
	ask_answer_encode(id, target, &out);
	check(ask_answer_decode(out.data, out.len - 1, &id_again, &target_again) == 0);
	check(strcmp(id, id_again) == 0 && !target == !target_again);
	check(!target || strcmp(target, target_again) == 0);
}

/* Guests choose what a call says: any bytes there make a line that is taken. */
static void try_call(const char *text, size_t len)
{
	cleanup_free char *copy = xstrndup(text, len);
	struct policy_request req = {copy, copy, copy, copy};
	struct ask_name target = {(char *)"vault", NULL};
	struct ask_question q = {.targets = &target, .target_count = 1};
	cleanup_message struct ask_message m = {0};
	cleanup_buf struct buf line = BUF_INIT;

	if (!*copy || strlen(copy) > POLICY_CALL_MAX)
		return;
	ask_call_fill(&req, NULL, copy, &q.call);
	q.id = (char *)"1";
	ask_question_encode(&q, &line);
	check(ask_message_decode(line.data, line.len - 1, &m) == 0);
	call_dispose(&q.call);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;

	try_message(text, size);
	try_answer(text, size);
	try_call(text, size);
	return 0;
}
