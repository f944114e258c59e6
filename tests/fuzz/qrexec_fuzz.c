/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feeds what the other side of a call may say to the decoders: messages of agent and
 * client, command lines, configuration files, answers of a policy program. The first byte
 * chooses which. run.sh builds and runs it.
 */
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "lib/alloc.h"
#include "qrexec/decide.c"
#include "qrexec/frame.h"
#include "qrexec/proto.c"
#include "qrexec/pty.h"
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
		check(strlen(e.command) + 1 + QREXEC_EXEC + (e.event ? QREXEC_TOLD : 0) ==
		      f->head.len);
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

/* A terminal's input, in pieces of a size that the bytes choose. */
static void terminal(const uint8_t *data, size_t size)
{
	struct pty_in in = {0};
	struct pty_event e;
	int r = 0;

	while (size && r >= 0) {
		size_t n = data[0] < size ? data[0] + 1U : size;
		uint16_t rows, columns;

		pty_in_add(&in, data, n);
		data += n;
		size -= n;
		while ((r = pty_in_next(&in, &e)) > 0) {
			check(e.len <= PTY_BODY_MAX && e.type < PTY_TYPE_COUNT);
			if (e.type == PTY_WINDOW)
				(void)!pty_window_get(&e, &rows, &columns);
		}
	}
	pty_in_dispose(&in);
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
		if (data[0] == 6)
			terminal(data + 1, size - 1);
		else
			stream(data + 1, size - 1);
		return 0;
	}
	copy = xcalloc(1, size);
	memcpy(copy, data + 1, size - 1);
	text(data[0] % 6, copy, size - 1);
	return 0;
}
