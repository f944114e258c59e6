/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/call.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/size.h"
#include "lib/socket.h"
#include "qrexec/frame.h"

enum { ANSWER_MS = 60000, ANSWER_MAX = 64 };

/* One message, whole; -ETIMEDOUT. */
static int message(int fd, struct frame *f)
{
	uint64_t deadline = clock_in(ANSWER_MS);

	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int r = frame_read(f, frame_fd_read, &fd, ANSWER_MAX);

		if (r < 0)
			return r;
		if (r > 0)
			return 0;
		r = poll(&p, 1, clock_left(deadline, -1));
		if (r == 0)
			return -ETIMEDOUT;
		if (r < 0 && errno != EINTR)
			return -errno;
	}
}

int call_connect(const char *dir, const char *name)
{
	cleanup_free char *path = xasprintf("%s/qrexec.%s", dir, name);

	return unix_connect(path);
}

bool call_number(const char *dir, const char *name, uint32_t *ret)
{
	static const char prefix[] = "qrexec.";
	cleanup_free char *path = xasprintf("%s/%s%s", dir, prefix, name);
	char target[sizeof(prefix) + 16];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	long long number;

	if (n < 0)
		n = snprintf(target, sizeof(target), "%s%s", prefix, name);
	if (n >= (ssize_t)sizeof(target))
		return false;
	target[n] = '\0';
	if (strncmp(target, prefix, strlen(prefix)) != 0 ||
	    num_parse(target + strlen(prefix), 1, 32751, &number) < 0)
		return false;
	*ret = (uint32_t)number;
	return true;
}

int call_request(int fd, uint32_t type, uint32_t domain, uint32_t port, const void *rest,
		 size_t len)
{
	struct outq q = {0};
	struct buf body = BUF_INIT;
	uint8_t params[QREXEC_EXEC], version[4];
	int r;

	if (len > QREXEC_COMMAND_MAX - QREXEC_EXEC)
		return -E2BIG;
	qrexec_u32_put(version, QREXEC_VERSION_LOCAL);
	outq_add(&q, QREXEC_HELLO, version, sizeof(version));
	qrexec_u32_put(params, domain);
	qrexec_u32_put(params + 4, port);
	buf_add_mem(&body, params, sizeof(params));
	buf_add_mem(&body, rest, len);
	outq_add(&q, type, body.data, body.len);
	r = fd_write_all(fd, q.data.data, outq_len(&q));
	outq_dispose(&q);
	buf_dispose(&body);
	return r;
}

int call_greeting(int fd)
{
	struct frame f = {0};
	int r = message(fd, &f);

	if (r == 0 && !qrexec_hello(&f.head, f.body, QREXEC_VERSION_LOCAL))
		r = -EPROTO;
	frame_reset(&f);
	return r;
}

int call_answer_told(int fd, uint32_t *ret_type, uint32_t *ret_domain, uint32_t *ret_port)
{
	struct frame f = {0};
	int r = call_greeting(fd);

	if (r == 0)
		r = message(fd, &f);
	if (r == 0 && f.head.len != QREXEC_EXEC)
		r = -EPROTO;
	if (r == 0) {
		*ret_type = f.head.type;
		*ret_domain = qrexec_u32_get(f.body);
		*ret_port = qrexec_u32_get(f.body + 4);
	}
	frame_reset(&f);
	return r;
}

int call_answer(int fd, uint32_t type, uint32_t *ret_domain, uint32_t *ret_port)
{
	uint32_t got = 0;
	int r = call_answer_told(fd, &got, ret_domain, ret_port);

	return r == 0 && got != type ? -EPROTO : r;
}

bool call_lasts(int fd)
{
	char byte;
	ssize_t n = read(fd, &byte, 1);

	return n > 0 || (n < 0 && errno == EINTR);
}

void call_wait(int fd)
{
	while (call_lasts(fd))
		;
}

static int serve(const struct call_serve *c, struct vchan *v, int version)
{
	cleanup_command struct command command = {0};
	struct started begun;
	struct start s = {
		.command = &command,
		.service_path = c->service_path,
		.config_path = c->config_path,
		.dom0 = true,
	};
	struct relay relay = {
		.v = v, .role = RELAY_SERVICE, .version = (uint32_t)version};
	int r = command_parse(c->command, false, &command);
	int status;

	if (r == 0)
		r = start_command(&s, &begun);
	if (r)
		return relay_fail(v, r, RELAY_ERR_OUT, clock_in(ANSWER_MS));
	relay.sink = begun.sink;
	relay.source = begun.source;
	relay.errors = -1;
	relay.pid = begun.pid;
	relay.end_on_remote = begun.end_on_remote;
	relay.end_on_local = begun.end_on_local;
	return relay_run(&relay, &status);
}

int call_serve(const struct call_serve *c)
{
	cleanup_vchan struct vchan *v = NULL;
	int r = vchan_client(c->site, &c->at, c->deadline, -1, &v);

	if (r < 0)
		return r;
	r = relay_hello(v, false, clock_in(ANSWER_MS));
	return r < 0 ? r : serve(c, v, r);
}
