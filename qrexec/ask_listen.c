/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The side that prompts: a socket, and what comes through it. Nothing in here waits. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/uuid.h"
#include "qrexec/ask.h"
#include "qrexec/ask_int.h"

enum {
	LINKS_MAX = 64,
	SOURCE_MAX = 8,	      /* questions of one domain that wait */
	SPEAK_MS = 5000,      /* in which a connection says what it is about */
	GRACE_MS = 2000,      /* in which a decider says that time is up */
	LISTENER = LINKS_MAX, /* in epoll's data */
};

/* One connection. Unused when fd is -1. */
struct link {
	int fd;
	bool asked, answered;
	unsigned long serial; /* in order of their questions */
	uint64_t deadline;
	struct buf in;
	struct ask_question q; /* once asked */
};

struct prompter {
	struct prompter_events events;
	char *path; /* of the socket */
	int listener, epoll;
	unsigned long serial;
	struct link links[LINKS_MAX];
};

/* ---- life ---- */

static void link_reset(struct link *l)
{
	cleanup_close_at(&l->fd);
	buf_dispose(&l->in);
	ask_question_dispose(&l->q);
	*l = (struct link){.fd = -1};
}

void prompter_close(struct prompter *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < LINKS_MAX; i++)
		link_reset(&p->links[i]);
	if (p->path)
		(void)unlink(p->path);
	free(p->path);
	cleanup_close_at(&p->listener);
	cleanup_close_at(&p->epoll);
	free(p);
}

static int watch(struct prompter *p, int fd, uint32_t data)
{
	struct epoll_event e = {.events = EPOLLIN, .data.u32 = data};

	return epoll_ctl(p->epoll, EPOLL_CTL_ADD, fd, &e) < 0 ? -errno : 0;
}

/*
 * Deciders remove a socket that refuses them, so this one gets its name only when it
 * listens; and they know that no name comes back, so it is one of its own.
 */
static int listen_in(struct prompter *p, const char *dir)
{
	struct sockaddr_un at, tmp;
	char id[UUID_TEXT];
	struct uuid uuid;
	cleanup_free char *name = NULL;
	cleanup_free char *hidden = NULL;
	int r = uuid_random(&uuid);

	if (r < 0)
		return r;
	uuid_format(&uuid, id);
	name = xasprintf("%d-%.8s" ASK_SUFFIX, (int)getpid(), id);
	hidden = xasprintf(".%s", name);
	r = ask_address(dir, name, &at);
	if (r == 0)
		r = ask_address(dir, hidden, &tmp);
	if (r < 0)
		return r;
	p->listener = ask_socket();
	if (p->listener < 0)
		return p->listener;
	if (bind(p->listener, (struct sockaddr *)&tmp, sizeof(tmp)) < 0)
		return -errno;
	if (listen(p->listener, LINKS_MAX) < 0 || rename(tmp.sun_path, at.sun_path) < 0) {
		r = -errno;
		(void)unlink(tmp.sun_path);
		return r;
	}
	p->path = xstrdup(at.sun_path);
	return watch(p, p->listener, LISTENER);
}

int prompter_open(const char *dir, const struct prompter_events *events,
		  struct prompter **ret)
{
	cleanup_prompter struct prompter *p = xcalloc(1, sizeof(*p));
	int r;

	p->events = *events;
	p->listener = -1;
	for (size_t i = 0; i < LINKS_MAX; i++)
		p->links[i].fd = -1;
	p->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (p->epoll < 0)
		return -errno;
	r = ask_dir_ready(dir);
	if (r == 0)
		r = listen_in(p, dir);
	if (r == 0)
		*ret = steal(p);
	return r;
}

int prompter_fd(const struct prompter *p)
{
	return p->epoll;
}

int prompter_left(const struct prompter *p)
{
	uint64_t first = 0;

	for (size_t i = 0; i < LINKS_MAX; i++) {
		const struct link *l = &p->links[i];

		if (l->fd >= 0 && (!first || l->deadline < first))
			first = l->deadline;
	}
	return clock_left(first, -1);
}

/* ---- what comes ---- */

static void link_end(struct prompter *p, struct link *l, enum ask_end end)
{
	/* taken away first, so that the event finds the next question */
	struct link gone = *l;

	*l = (struct link){.fd = -1};
	if (gone.asked)
		p->events.ended(p->events.arg, &gone.q, end);
	link_reset(&gone);
}

/* A guest that asks again and again must not bury the questions of others. */
static bool source_is_full(const struct prompter *p, const char *source)
{
	size_t n = 0;

	for (size_t i = 0; i < LINKS_MAX; i++)
		if (p->links[i].asked &&
		    strcmp(p->links[i].q.call.source.name, source) == 0)
			n++;
	return n >= SOURCE_MAX;
}

static int hear_question(struct prompter *p, struct link *l, struct ask_question *q)
{
	if (l->asked || source_is_full(p, q->call.source.name))
		return -EPROTO;
	l->q = *q;
	*q = (struct ask_question){0};
	l->asked = true;
	l->serial = ++p->serial;
	l->deadline = clock_in((uint64_t)l->q.seconds * 1000 + GRACE_MS);
	p->events.asked(p->events.arg, &l->q);
	return 0;
}

/* Negative: the connection is of no more use. */
static int hear(struct prompter *p, struct link *l, size_t len)
{
	cleanup_message struct ask_message m = {0};
	int r = ask_message_decode(l->in.data, len, &m);

	if (r < 0)
		return r;
	ask_line_drop(&l->in, len);
	switch (m.kind) {
	case ASK_SAYS_QUESTION:
		return hear_question(p, l, &m.question);
	case ASK_SAYS_NOTICE:
		if (!l->asked)
			p->events.notice(p->events.arg, &m.notice);
		break;
	case ASK_SAYS_END:
		if (l->asked)
			link_end(p, l, m.end);
		break;
	}
	return -EPIPE;
}

static void link_work(struct prompter *p, struct link *l)
{
	int r;

	do {
		size_t limit = l->asked ? ASK_ANSWER_MAX : ASK_LINE_MAX, len;

		r = ask_line_read(l->fd, limit, &l->in, &len);
		if (r > 0)
			r = hear(p, l, len);
		else if (r == 0)
			return;
	} while (r == 0 && l->fd >= 0);
	if (r < 0 && l->fd >= 0)
		link_end(p, l, ASK_END_GONE);
}

static int accept_one(struct prompter *p)
{
	cleanup_close int fd =
		accept4(p->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	uint32_t i;

	if (fd < 0)
		return -errno;
	if (!ask_peer_ok(fd))
		return 0;
	for (i = 0; i < LINKS_MAX && p->links[i].fd >= 0; i++)
		;
	/* closed without a word: the decider asks others, or denies */
	if (i == LINKS_MAX || watch(p, fd, i) < 0)
		return 0;
	p->links[i] = (struct link){
		.fd = steal_fd(&fd),
		.deadline = clock_in(SPEAK_MS),
	};
	return 0;
}

static int accept_all(struct prompter *p)
{
	int r;

	do {
		r = accept_one(p);
	} while (r == 0 || r == -EINTR || r == -ECONNABORTED);
	return r == -EAGAIN ? 0 : r;
}

static void end_late(struct prompter *p)
{
	uint64_t now = clock_ms();

	for (size_t i = 0; i < LINKS_MAX; i++)
		if (p->links[i].fd >= 0 && p->links[i].deadline <= now)
			link_end(p, &p->links[i], ASK_END_TIMEOUT);
}

int prompter_work(struct prompter *p)
{
	struct epoll_event events[LINKS_MAX + 1];
	int n = epoll_wait(p->epoll, events, LINKS_MAX + 1, 0);
	int r = 0;

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	/* connections that are there before new ones, as these take the places of others */
	for (int i = 0; i < n; i++) {
		uint32_t at = events[i].data.u32;

		if (at < LINKS_MAX && p->links[at].fd >= 0)
			link_work(p, &p->links[at]);
	}
	for (int i = 0; r == 0 && i < n; i++)
		if (events[i].data.u32 == LISTENER)
			r = accept_all(p);
	end_late(p);
	return r;
}

/* ---- what is said to it ---- */

const struct ask_question *prompter_question(const struct prompter *p, size_t i)
{
	unsigned long after = 0;
	const struct link *found;

	do {
		found = NULL;
		for (size_t k = 0; k < LINKS_MAX; k++) {
			const struct link *l = &p->links[k];

			if (l->asked && !l->answered && l->serial > after &&
			    (!found || l->serial < found->serial))
				found = l;
		}
		if (!found)
			return NULL;
		after = found->serial;
	} while (i--);
	return &found->q;
}

int prompter_answer(struct prompter *p, const char *id, const char *target)
{
	struct link *l = NULL;
	cleanup_buf struct buf line = BUF_INIT;
	size_t sent = 0;

	for (size_t i = 0; i < LINKS_MAX; i++)
		if (p->links[i].asked && !p->links[i].answered &&
		    strcmp(p->links[i].q.id, id) == 0)
			l = &p->links[i];
	if (!l)
		return -ENOENT;
	if (target && !ask_offers(&l->q, target))
		return -EINVAL;
	ask_answer_encode(id, target, &line);
	/* what does not go at once finds a decider that is gone: its end comes by work */
	l->answered = true;
	return ask_send(l->fd, &line, &sent) == 1 ? 0 : -ENOENT;
}
