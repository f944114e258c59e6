/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feeds what the other side of a call may say to the decoders: messages of agent and
 * client, command lines, configuration files, answers of a policy program. The first byte
 * chooses which.
 *
 *	clang -fsanitize=fuzzer,address,undefined -g -D_GNU_SOURCE -iquote . -o qrexec_fuzz
 *		tests/fuzz/qrexec_fuzz.c agent/vmexec.c qrexec/frame.c
 *		qrexec/service*.c lib/[a-z]*.c
 *	./qrexec_fuzz tests/fuzz/corpus/qrexec
 *
 * With -DQREXEC_FUZZ_MAIN it is a program of its own for any compiler, which changes the
 * files named on the command line at random: qrexec_fuzz ROUNDS FILE...
 */
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "lib/alloc.h"
#include "qrexec/decide.c"
#include "qrexec/frame.h"
#include "qrexec/proto.c"
#include "qrexec/service.h"

/* A failure must be seen in every build. */
#define check(x)                                                                         \
	do {                                                                             \
		if (!(x))                                                                \
			__builtin_trap();                                                \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
	const uint8_t *at;
	size_t len;
};

static ssize_t take(void *from, void *out, size_t len)
{
	struct bytes *b = from;

	if (len > b->len)
		len = b->len;
	memcpy(out, b->at, len);
	b->at += len;
	b->len -= len;
	return (ssize_t)len;
}

static void check_trigger(const struct frame *f)
{
	static struct qrexec_trigger t;
	struct qrexec_exec e;

	if (qrexec_trigger(&f->head, f->body, &t) == QREXEC_OK) {
		check(qrexec_ident_ok(t.ident));
		check(strlen(t.target) < QREXEC_NAME && strlen(t.source) < QREXEC_NAME);
		check(strlen(t.service) <= QREXEC_SERVICE_MAX && strchr(t.service, '+'));
		check(t.service[0] != '+' && !strpbrk(t.service, "/ $`\n\033"));
	}
	if (qrexec_exec(&f->head, f->body, &e) == QREXEC_OK && e.command &&
	    f->head.type != QREXEC_SERVICE_CONNECT)
		check(strlen(e.command) + 1 + QREXEC_EXEC == f->head.len);
	check(qrexec_hello(&f->head, f->body, 2) <= QREXEC_VERSION);
}

static void stream(const uint8_t *data, size_t size)
{
	struct bytes b = {data, size};
	struct frame f = {0};

	while (frame_read(&f, take, &b, QREXEC_CONTROL_MAX) > 0) {
		for (uint32_t version = 2; version <= 4; version++)
			(void)!qrexec_from_agent(version, &f.head);
		check_trigger(&f);
		frame_reset(&f);
	}
	frame_reset(&f);
}

static void text(uint8_t which, const char *t, size_t len)
{
	cleanup_command struct command c = {0};
	cleanup_service_config struct service_config config = {0};
	cleanup_service struct service s = {0};
	cleanup_decide_answer struct decide_answer a = {0};

	switch (which) {
	case 1:
		if (command_parse(t, true, &c) == 0)
			check(c.shell || (*c.service && *c.source));
		break;
	case 2:
		(void)!service_config_parse(t, len, &config);
		break;
	case 3:
		if (service_tcp("", t, &s) == 0)
			check(*s.host && atoi(s.port) > 0 && atoi(s.port) < 65536);
		break;
	case 4:
		if (decide_parse(t, len, &a) == 0 && a.allow)
			check(*a.user && *a.target && a.requested_target);
		break;
	default: {
		char **words = vm_exec_decode(t);

		for (size_t i = 0; words && words[i]; i++)
			free(words[i]);
		free(words);
	}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *copy = NULL;

	if (size < 1)
		return 0;
	if (data[0] % 6 == 0) {
		stream(data + 1, size - 1);
		return 0;
	}
	copy = xcalloc(1, size);
	memcpy(copy, data + 1, size - 1);
	text(data[0] % 6, copy, size - 1);
	return 0;
}

#ifdef QREXEC_FUZZ_MAIN
#include "lib/file.h"

static void mutate(uint8_t *bytes, size_t *len, size_t room)
{
	for (int n = rand() % 8; n >= 0; n--) {
		size_t at = *len ? (size_t)rand() % *len : 0;

		switch (rand() % 4) {
		case 0:
			bytes[at] = (uint8_t)rand();
			break;
		case 1:
			bytes[at] ^= (uint8_t)(1 << rand() % 8);
			break;
		case 2:
			*len = at + 1;
			break;
		default:
			if (*len < room)
				bytes[(*len)++] = (uint8_t)rand();
		}
	}
}

int main(int argc, char **argv)
{
	long rounds = argc > 1 ? atol(argv[1]) : 0;

	for (int i = 2; i < argc; i++) {
		cleanup_buf struct buf file = BUF_INIT;

		if (file_read(argv[i], 1 << 17, &file) < 0 || !file.len)
			continue;
		(void)LLVMFuzzerTestOneInput((uint8_t *)file.data, file.len);
		for (long n = 0; n < rounds; n++) {
			size_t room = file.len + 16;
			cleanup_free uint8_t *bytes = xcalloc(1, room);
			size_t len = file.len;

			memcpy(bytes, file.data, len);
			mutate(bytes, &len, room);
			(void)LLVMFuzzerTestOneInput(bytes, len);
		}
	}
	printf("%d inputs, %ld changes of each\n", argc - 2, rounds);
	return 0;
}
#endif
