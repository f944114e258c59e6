/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "qrexec/daemon.h"
#include "qrexec/daemon_worker.h"
#include "qrexec/sandbox.h"

/* So much may wait for a guest that does not read; then nothing new is taken on. */
enum { QUEUE_MAX = 128 * 1024 };

/*
 * An agent says HELLO as it publishes its channel. One that has not was abandoned: a
 * restarted agent has another, which is looked for anew.
 */
enum { HELLO_MS = 10000 };

static struct pending *pending_find(struct worker *w, const char *ident)
{
	for (size_t i = 0; i < QREXEC_PENDING_MAX; i++) {
		struct pending *p = &w->pending[i];

		if (p->used && memcmp(p->ident, ident, QREXEC_IDENT) == 0)
			return p;
	}
	return NULL;
}

bool worker_answer(struct worker *w, const char *ident)
{
	struct pending *p = pending_find(w, ident);

	if (!p || p->answered)
		return false;
	p->answered = true;
	return true;
}

static void refuse(struct worker *w, const char *ident)
{
	outq_add(&w->out, QREXEC_SERVICE_REFUSED, ident, QREXEC_IDENT);
}

static struct pending *pending_new(struct worker *w, const char *ident)
{
	if (pending_find(w, ident))
		return NULL; /* two with one name could not be told apart */
	for (size_t i = 0; i < QREXEC_PENDING_MAX; i++) {
		struct pending *p = &w->pending[i];

		if (p->used)
			continue;
		p->used = true;
		p->answered = false;
		memcpy(p->ident, ident, QREXEC_IDENT);
		return p;
	}
	return NULL;
}

static int trigger(struct worker *w, const struct frame *f)
{
	cleanup_free struct link_msg *m = xcalloc(1, sizeof(*m));
	struct pending *p = NULL;

	m->kind = LINK_CALL;
	switch (qrexec_trigger(&f->head, f->body, &m->call)) {
	case QREXEC_OK:
		p = pending_new(w, m->call.ident);
		break;
	case QREXEC_REFUSE:
		break;
	default:
		return -EPROTO;
	}
	if (!p) {
		refuse(w, m->call.ident);
		return 0;
	}
	return link_send(w->link, m, -1);
}

static int from_agent(struct worker *w, const struct frame *f)
{
	struct qrexec_exec end;

	if (!w->version) {
		uint8_t body[4];
		const struct link_msg up = {.kind = LINK_UP};

		w->version = qrexec_hello(&f->head, f->body, QREXEC_VERSION_MIN);
		if (!w->version)
			return -EPROTO;
		w->hello_by = 0;
		qrexec_u32_put(body, w->version);
		outq_add(&w->out, QREXEC_HELLO, body, sizeof(body));
		return link_send(w->link, &up, -1);
	}
	if (!qrexec_from_agent(w->version, &f->head))
		return -EPROTO;
	if (f->head.type != QREXEC_CONNECTION_TERMINATED &&
	    f->head.type != QREXEC_PUBLISH)
		return trigger(w, f);
	if (qrexec_exec(&f->head, f->body, &end) != QREXEC_OK ||
	    !qrexec_port_ok(end.port))
		return -EPROTO;
	if (f->head.type == QREXEC_PUBLISH) {
		clients_publish(w, end.port);
		return 0;
	}
	ports_release(w->ports, end.domain, end.port);
	clients_end(w, end.port);
	return 0;
}

/* No message of another type or size than version and state allow gets memory. */
static size_t body_limit(const struct worker *w)
{
	return w->version ? QREXEC_CONTROL_MAX : 4;
}

static int channel(struct worker *w)
{
	while (outq_len(&w->out) < QUEUE_MAX) {
		int r = frame_read(&w->in, frame_vchan_read, w->v, body_limit(w));

		if (r <= 0)
			return r;
		r = from_agent(w, &w->in);
		frame_reset(&w->in);
		if (r < 0)
			return r;
	}
	return 0;
}

static int from_broker(struct worker *w)
{
	cleanup_free struct link_msg *m = xcalloc(1, sizeof(*m));
	struct pending *p;
	int fd = -1;
	int r = link_take(w->link, m, &fd);

	if (r < 0)
		return r;
	if (m->kind == LINK_LISTENER && w->listener < 0) {
		w->listener = fd;
		return 0;
	}
	cleanup_close_at(&fd);
	if (m->kind != LINK_DONE)
		return 0;
	p = pending_find(w, m->call.ident);
	if (!p)
		return 0;
	if (m->value != 0 && !p->answered)
		refuse(w, p->ident);
	p->used = false;
	return 0;
}

static int wait_round(struct worker *w)
{
	bool full = outq_len(&w->out) >= QUEUE_MAX;
	struct pollfd p[3 + CLIENTS_MAX];
	size_t n = 3;
	int r;

	p[0] = (struct pollfd){.fd = w->link, .events = full ? 0 : POLLIN};
	p[1] = vchan_poll(w->v, !full, outq_len(&w->out) > 0);
	p[2] = (struct pollfd){.fd = full ? -1 : clients_listener(w), .events = POLLIN};
	n += clients_poll(w, p + n, full);
	r = poll(p, n, clock_left(w->hello_by, -1));
	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	if (w->hello_by && clock_ms() >= w->hello_by)
		return -ETIMEDOUT;
	if (p[1].revents)
		r = w->v->ops->ready(w->v);
	if (r >= 0 && !full) {
		/* Before LINK_DONE: what that child has said is an answer still. */
		clients_accept(w);
		clients_work(w);
	}
	if (r >= 0 && p[0].revents)
		r = from_broker(w);
	return r < 0 ? r : 0;
}

/* From HELLO on; what is connected by other daemons' calls is not counted. */
static int tell_use(struct worker *w)
{
	struct link_msg m = {.kind = LINK_USE};

	m.value = ports_any(w->ports) ? DAEMON_BUSY : DAEMON_IDLE;
	if (w->c->calls_fd < 0 || !w->version || m.value == w->use)
		return 0;
	w->use = m.value;
	return link_send(w->link, &m, -1);
}

static int loop(struct worker *w)
{
	for (;;) {
		int r = channel(w);

		if (r == 0)
			r = tell_use(w);
		if (r == 0)
			r = outq_flush(&w->out, frame_vchan_write, w->v);
		if (r == 0)
			r = wait_round(w);
		if (r < 0)
			return r;
	}
}

/*
 * The guest's fault, or this side's; an agent that has closed is neither. The stream
 * functions would seek first, which the sandbox does not allow.
 */
static int ended(const struct worker *w, int r)
{
	cleanup_free char *text = NULL;

	if (r == -EPIPE || r == -ECANCELED)
		return 0;
	text = xasprintf("qrexec-daemon: '%s': the connection to its agent ended: %s\n",
			 w->c->name, strerror(-r));
	/* Where even that fails nobody is there to be told. */
	return fd_write_all(STDERR_FILENO, text, strlen(text)) < 0 ? 2 : 1;
}

static int say_gone(int link)
{
	const struct link_msg gone = {.kind = LINK_GONE};

	return link_send(link, &gone, -1) < 0 ? 1 : 0;
}

int worker_run(const struct daemon_conf *c, struct daemon_ports *ports, int link)
{
	cleanup_free struct worker *w = xcalloc(1, sizeof(*w));
	const struct vchan_at at = {
		.domid = c->domid,
		.port = QREXEC_CONTROL_PORT,
		.takes = true,
	};
	int r, status;

	*w = (struct worker){.c = c, .ports = ports, .link = link, .listener = -1};
	/* The broker says nothing before us: readable means that it has ended. */
	r = vchan_client(&c->site, &at, 0, link, &w->v);
	if (r == -ENXIO)
		return say_gone(link);
	w->takes = r == 0 && vchan_takes(w->v);
	if (r == 0)
		r = sandbox_enter(c->uid, c->gid);
	w->hello_by = clock_in(HELLO_MS);
	if (r == 0)
		r = loop(w);
	status = ended(w, r);
	clients_dispose(w);
	frame_reset(&w->in);
	outq_dispose(&w->out);
	cleanup_close_at(&w->listener);
	vchan_close(w->v);
	return status;
}
