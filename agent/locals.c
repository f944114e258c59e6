/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/locals.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/alloc.h"

static void forget(struct local *l)
{
	frame_reset(&l->in);
	cleanup_close_at(&l->fd);
	*l = (struct local){.fd = -1};
}

static struct local *spare(struct agent *a)
{
	for (size_t i = 0; i < LOCALS_MAX; i++) {
		if (a->locals[i].state == LOCAL_FREE)
			return &a->locals[i];
	}
	return NULL;
}

int locals_listener(const struct agent *a)
{
	for (size_t i = 0; i < LOCALS_MAX; i++) {
		if (a->locals[i].state == LOCAL_FREE)
			return a->listener;
	}
	return -1;
}

size_t locals_poll(struct agent *a, struct pollfd *p)
{
	size_t n = 0;

	for (size_t i = 0; i < LOCALS_MAX; i++) {
		if (a->locals[i].state != LOCAL_FREE)
			p[n++] = (struct pollfd){.fd = a->locals[i].fd, .events = POLLIN};
	}
	return n;
}

void locals_accept(struct agent *a)
{
	struct local *l = spare(a);
	int fd;

	if (!l)
		return;
	fd = accept4(a->listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		return;
	*l = (struct local){.fd = fd, .state = LOCAL_REQUEST, .serial = ++a->serial};
}

/* In the form that the version spoken with dom0 has; false when it has none for it. */
static bool send_on(struct agent *a, const uint8_t *body, size_t len)
{
	const uint8_t *service = body + QREXEC_TRIGGER4;
	size_t service_len = len - QREXEC_TRIGGER4;
	uint8_t old[QREXEC_TRIGGER2] = {0};

	if (a->version >= 4) {
		outq_add(&a->out, QREXEC_TRIGGER_SERVICE4, body, len);
		return true;
	}
	if (a->version == 3) {
		outq_add(&a->out, QREXEC_TRIGGER_SERVICE3, body + QREXEC_NAME,
			 len - QREXEC_NAME);
		return true;
	}
	if (service_len > QREXEC_NAME)
		return false;
	memcpy(old, service, service_len);
	memcpy(old + QREXEC_NAME, body + QREXEC_NAME, QREXEC_IDENT - 1);
	memcpy(old + QREXEC_NAME + QREXEC_IDENT, body + 2 * QREXEC_NAME, QREXEC_IDENT);
	outq_add(&a->out, QREXEC_TRIGGER_SERVICE, old, sizeof(old));
	return true;
}

static bool request(struct agent *a, struct local *l)
{
	const struct qrexec_header *head = &l->in.head;
	uint8_t *body = l->in.body;

	if (head->type != QREXEC_TRIGGER_SERVICE4 || head->len <= QREXEC_TRIGGER4 ||
	    body[head->len - 1] != '\0')
		return false;
	memset(body + 2 * QREXEC_NAME, 0, QREXEC_IDENT);
	snprintf((char *)body + 2 * QREXEC_NAME, QREXEC_IDENT, "SOCKET%u", l->serial);
	if (!send_on(a, body, head->len))
		return false;
	l->state = LOCAL_ASKED;
	return true;
}

/* false: it is to be forgotten. */
static bool work(struct agent *a, struct local *l)
{
	int r = frame_read(&l->in, frame_fd_read, &l->fd, QREXEC_CONTROL_MAX);
	bool ok;

	if (r <= 0)
		return r == 0;
	if (l->state != LOCAL_REQUEST)
		return false;
	ok = request(a, l);
	frame_reset(&l->in);
	return ok;
}

static void end(struct agent *a, struct local *l)
{
	if (l->state == LOCAL_CONNECTED)
		agent_terminated(a, l->domain, l->port);
	forget(l);
}

void locals_work(struct agent *a)
{
	for (size_t i = 0; i < LOCALS_MAX; i++) {
		struct local *l = &a->locals[i];

		if (l->state != LOCAL_FREE && !work(a, l))
			end(a, l);
	}
}

static struct local *find(struct agent *a, const char *ident)
{
	for (size_t i = 0; i < LOCALS_MAX; i++) {
		char own[QREXEC_IDENT] = {0};

		if (a->locals[i].state != LOCAL_ASKED)
			continue;
		snprintf(own, sizeof(own), "SOCKET%u", a->locals[i].serial);
		if (strncmp(own, ident, sizeof(own)) == 0)
			return &a->locals[i];
	}
	return NULL;
}

bool locals_connect(struct agent *a, const char *ident, uint32_t domain, uint32_t port)
{
	struct local *l = find(a, ident);
	uint8_t answer[8];

	if (!l)
		return false;
	qrexec_u32_put(answer, domain);
	qrexec_u32_put(answer + 4, port);
	if (frame_fd_write(&l->fd, answer, sizeof(answer)) != sizeof(answer)) {
		forget(l);
		return false;
	}
	l->state = LOCAL_CONNECTED;
	l->domain = domain;
	l->port = port;
	return true;
}

void locals_refuse(struct agent *a, const char *ident)
{
	struct local *l = find(a, ident);

	if (l)
		forget(l);
}

void locals_forget(struct agent *a)
{
	for (size_t i = 0; i < LOCALS_MAX; i++) {
		if (a->locals[i].state != LOCAL_FREE)
			forget(&a->locals[i]);
	}
	cleanup_close_at(&a->listener);
	a->listener = -1;
}
