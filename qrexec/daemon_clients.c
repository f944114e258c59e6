/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs in dom0 that ask the daemon for something: one request a connection. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/alloc.h"
#include "qrexec/daemon_worker.h"

/* A client that is let in has to say what it wants; it runs in dom0 and has it ready. */
enum { REQUEST_MS = 30000 };

static void drop(struct client *c)
{
	frame_reset(&c->in);
	cleanup_close_at(&c->fd);
	*c = (struct client){.fd = -1};
}

static struct client *spare(struct worker *w)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		if (w->clients[i].state == CLIENT_FREE)
			return &w->clients[i];
	}
	return NULL;
}

int clients_listener(const struct worker *w)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		if (w->clients[i].state == CLIENT_FREE)
			return w->listener;
	}
	return -1;
}

size_t clients_poll(struct worker *w, struct pollfd *p, bool full)
{
	size_t n = 0;

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		if (w->clients[i].state != CLIENT_FREE && !full)
			p[n++] =
				(struct pollfd){.fd = w->clients[i].fd, .events = POLLIN};
	}
	return n;
}

/* So little always fits into a fresh socket; a client that is gone does not matter. */
static bool tell(struct client *c, uint32_t type, const void *body, size_t len)
{
	struct outq q = {0};
	bool ok;

	outq_add(&q, type, body, len);
	ok = outq_flush(&q, frame_fd_write, &c->fd) == 0 && outq_len(&q) == 0;
	outq_dispose(&q);
	return ok;
}

static void greet(struct client *c, int fd)
{
	uint8_t body[4];

	*c = (struct client){
		.fd = fd, .state = CLIENT_HELLO, .deadline = clock_in(REQUEST_MS)};
	qrexec_u32_put(body, QREXEC_VERSION_LOCAL);
	if (!tell(c, QREXEC_HELLO, body, sizeof(body)))
		drop(c);
}

void clients_accept(struct worker *w)
{
	struct client *c;

	while (w->listener >= 0 && (c = spare(w))) {
		int fd = accept4(w->listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			return;
		greet(c, fd);
	}
}

/* USER:COMMAND with the domain's own user in the place of DEFAULT. */
static char *command_for_agent(const struct worker *w, const char *command)
{
	static const char standard[] = "DEFAULT:";

	if (strncmp(command, standard, strlen(standard)) != 0)
		return xstrdup(command);
	return xasprintf("%s:%s", w->c->default_user, command + strlen(standard));
}

/* TOLD: as EXEC_TOLD, with the address. */
static void pass_on(struct worker *w, const struct qrexec_exec *q, bool told,
		    const void *rest, size_t len)
{
	struct buf body = BUF_INIT;
	uint8_t params[QREXEC_EXEC + QREXEC_TOLD];

	qrexec_u32_put(params, q->domain);
	qrexec_u32_put(params + 4, q->port);
	qrexec_told_put(params + QREXEC_EXEC, q);
	buf_add_mem(&body, params, told ? sizeof(params) : QREXEC_EXEC);
	buf_add_mem(&body, rest, len);
	outq_add(&w->out, told ? QREXEC_EXEC_TOLD : q->type, body.data, body.len);
	buf_dispose(&body);
}

static bool request_ok(const struct frame *f, struct qrexec_exec *ret)
{
	if (f->head.type != QREXEC_EXEC_CMDLINE && f->head.type != QREXEC_JUST_EXEC &&
	    f->head.type != QREXEC_SERVICE_CONNECT && f->head.type != QREXEC_EXEC_TOLD)
		return false;
	if (qrexec_exec(&f->head, f->body, ret) != QREXEC_OK)
		return false;
	return ret->port == 0 || qrexec_port_ok(ret->port);
}

/* A port, which the client is told of. */
static bool allot(struct worker *w, struct client *c, struct qrexec_exec *q)
{
	uint8_t answer[QREXEC_EXEC];

	q->port = ports_take(w->ports, w->c->domid, q->domain);
	if (q->port == 0)
		return false;
	qrexec_u32_put(answer, w->c->domid);
	qrexec_u32_put(answer + 4, q->port);
	if (tell(c, c->told ? QREXEC_EXEC_TOLD : q->type, answer, sizeof(answer)))
		return true;
	ports_release(w->ports, q->domain, q->port);
	return false;
}

static bool request(struct worker *w, struct client *c)
{
	cleanup_free char *command = NULL;
	const struct frame *f = &c->in;
	struct qrexec_exec q;
	const char *rest = q.ident;
	size_t len = QREXEC_IDENT;

	if (!request_ok(f, &q))
		return false;
	if (q.type == QREXEC_SERVICE_CONNECT && !worker_answer(w, q.ident))
		return false;
	if (q.type != QREXEC_SERVICE_CONNECT) {
		rest = command = command_for_agent(w, q.command);
		len = strlen(command) + 1;
	}
	/* The user's name has made it longer than an agent takes. */
	if (len > QREXEC_COMMAND_MAX - QREXEC_EXEC)
		return false;
	/* The socket that it has come by may be another's than its name said. */
	c->told = w->takes && f->head.type == QREXEC_EXEC_TOLD &&
		  q.shared == w->c->domid &&
		  len <= QREXEC_COMMAND_MAX - QREXEC_EXEC - QREXEC_TOLD;
	if (q.port == 0 && !allot(w, c, &q))
		return false;
	c->port = q.port;
	pass_on(w, &q, c->told, rest, len);
	return true;
}

static bool handle(struct worker *w, struct client *c)
{
	switch (c->state) {
	case CLIENT_HELLO:
		c->state = CLIENT_REQUEST;
		return qrexec_hello(&c->in.head, c->in.body, QREXEC_VERSION_LOCAL) != 0;
	case CLIENT_REQUEST:
		c->state = CLIENT_DONE;
		return request(w, c);
	default:
		return false; /* nothing but EOF may follow a request */
	}
}

static bool work(struct worker *w, struct client *c)
{
	for (;;) {
		size_t limit = c->state == CLIENT_HELLO ? 4 : QREXEC_COMMAND_MAX;
		int r = frame_read(&c->in, frame_fd_read, &c->fd, limit);

		if (r < 0)
			return false;
		if (r == 0)
			return c->state == CLIENT_DONE || clock_ms() < c->deadline;
		if (!handle(w, c))
			return false;
		frame_reset(&c->in);
	}
}

void clients_work(struct worker *w)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = &w->clients[i];

		if (c->state != CLIENT_FREE && !work(w, c))
			drop(c);
	}
}

void clients_publish(struct worker *w, uint32_t port)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = &w->clients[i];

		if (c->state != CLIENT_DONE || c->port != port || !c->told)
			continue;
		c->told = false;
		if (!tell(c, QREXEC_PUBLISH, NULL, 0))
			drop(c);
	}
}

void clients_end(struct worker *w, uint32_t port)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		if (w->clients[i].state == CLIENT_DONE && w->clients[i].port == port)
			drop(&w->clients[i]);
	}
}

void clients_dispose(struct worker *w)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		if (w->clients[i].state != CLIENT_FREE)
			drop(&w->clients[i]);
	}
}
