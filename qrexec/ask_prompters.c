/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The side that asks: one question, to all who would answer, until a deadline. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/clock.h"
#include "qrexec/ask.h"
#include "qrexec/ask_int.h"

/* How often it is looked for new prompters. */
enum { LOOK_MS = 1000 };

struct peer {
	char *name; /* of its socket */
	int fd;	    /* -1: it does not take part any more */
	struct buf out;
	size_t sent;
	struct buf in;
};

struct asking {
	const struct ask_conf *c;
	struct ask_question *q;
	uint64_t deadline;
	struct peer peers[PROMPTERS_MAX];
	size_t count;
};

static void peer_drop(struct peer *p)
{
	cleanup_close_at(&p->fd);
	buf_dispose(&p->out);
	buf_dispose(&p->in);
}

static void asking_dispose(struct asking *a)
{
	for (size_t i = 0; i < a->count; i++) {
		peer_drop(&a->peers[i]);
		free(a->peers[i].name);
	}
}

/* ---- who is there ---- */

static bool is_socket_name(const char *name)
{
	size_t len = strlen(name), suffix = strlen(ASK_SUFFIX);

	return name[0] != '.' && len > suffix &&
	       strcmp(name + len - suffix, ASK_SUFFIX) == 0;
}

/* A descriptor, or -E; a socket whose owner is no more is removed. */
static int peer_connect(const char *dir, const char *name)
{
	struct sockaddr_un at;
	cleanup_close int fd = ask_socket();
	int r = fd < 0 ? fd : ask_address(dir, name, &at);

	if (r < 0)
		return r;
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0) {
		r = -errno;
		/* a name is never used twice, so nobody else's can be in its place */
		if (r == -ECONNREFUSED)
			(void)unlink(at.sun_path);
		return r;
	}
	return ask_peer_ok(fd) ? steal_fd(&fd) : -EPERM;
}

/* Calls FN for each socket in DIR. 0 or a negative errno. */
static int sockets_each(const char *dir, bool (*fn)(void *arg, const char *name),
			void *arg)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int r;

	if (!d)
		return -errno;
	r = ask_dir_check(dirfd(d));
	while (r == 0 && (e = readdir(d)))
		if (is_socket_name(e->d_name) && !fn(arg, e->d_name))
			break;
	closedir(d);
	return r;
}

static int seconds_left(const struct asking *a)
{
	return (clock_left(a->deadline, -1) + 999) / 1000;
}

static bool peer_add(void *arg, const char *name)
{
	struct asking *a = arg;
	struct peer *p;
	int fd;

	if (a->count == PROMPTERS_MAX)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->peers[i].name, name) == 0)
			return true;
	fd = peer_connect(a->c->dir, name);
	if (fd < 0)
		return true;
	p = &a->peers[a->count++];
	*p = (struct peer){.name = xstrdup(name), .fd = fd};
	a->q->seconds = seconds_left(a);
	ask_question_encode(a->q, &p->out);
	return true;
}

static bool anybody(const struct asking *a)
{
	for (size_t i = 0; i < a->count; i++)
		if (a->peers[i].fd >= 0)
			return true;
	return false;
}

/* ---- what they say ---- */

/* 1: that is an answer, and counts. */
static int peer_hear(const struct asking *a, struct peer *p, char **ret_target)
{
	cleanup_free char *id = NULL;
	cleanup_free char *target = NULL;
	size_t len;
	int r = ask_line_read(p->fd, ASK_ANSWER_MAX, &p->in, &len);

	if (r <= 0)
		return r;
	r = ask_answer_decode(p->in.data, len, &id, &target);
	if (r < 0)
		return r;
	if (p->sent < p->out.len || strcmp(id, a->q->id) != 0 ||
	    (target && !ask_offers(a->q, target)))
		return -EPROTO;
	*ret_target = steal(target);
	return 1;
}

static int peer_work(const struct asking *a, struct peer *p, short events,
		     char **ret_target)
{
	if (events & POLLOUT) {
		int r = ask_send(p->fd, &p->out, &p->sent);

		if (r < 0)
			return r;
	}
	return events & (POLLIN | POLLHUP | POLLERR) ? peer_hear(a, p, ret_target) : 0;
}

/* How it ended, to those who were asked; who does not take it at once goes without. */
static void tell_end(const struct asking *a, const struct peer *winner)
{
	for (size_t i = 0; i < a->count; i++) {
		const struct peer *p = &a->peers[i];
		cleanup_buf struct buf line = BUF_INIT;
		size_t sent = 0;

		if (p->fd < 0 || p->sent < p->out.len)
			continue;
		ask_end_encode(a->q->id,
			       p == winner ? ASK_END_TAKEN
			       : winner	   ? ASK_END_ELSEWHERE
					   : ASK_END_TIMEOUT,
			       &line);
		(void)!ask_send(p->fd, &line, &sent);
	}
}

/* One round: 1 when an answer came. */
static int wait_round(struct asking *a, char **ret_target)
{
	struct pollfd fds[PROMPTERS_MAX];

	for (size_t i = 0; i < a->count; i++) {
		struct peer *p = &a->peers[i];
		bool more = p->sent < p->out.len;

		/* poll passes over those that are negative */
		fds[i] = (struct pollfd){p->fd, POLLIN | (more ? POLLOUT : 0), 0};
	}
	if (poll(fds, a->count, clock_left(a->deadline, LOOK_MS)) < 0)
		return errno == EINTR ? 0 : -errno;
	for (size_t i = 0; i < a->count; i++) {
		struct peer *p = &a->peers[i];
		int r = fds[i].revents ? peer_work(a, p, fds[i].revents, ret_target) : 0;

		if (r < 0)
			peer_drop(p);
		if (r > 0) {
			tell_end(a, p);
			return 1;
		}
	}
	return 0;
}

static int asking_run(struct asking *a, char **ret_target)
{
	uint64_t look = 0;

	for (;;) {
		int r = 0;

		if (clock_ms() >= a->deadline) {
			tell_end(a, NULL);
			return -ETIMEDOUT;
		}
		if (clock_ms() >= look || !anybody(a)) {
			r = sockets_each(a->c->dir, peer_add, a);
			look = clock_in(LOOK_MS);
		}
		if (!anybody(a))
			return r < 0 ? r : -ENOENT;
		r = wait_round(a, ret_target);
		if (r)
			return r < 0 ? r : 0;
	}
}

int ask_prompters(const struct ask_conf *c, struct ask_question *q, char **ret_target)
{
	cleanup(asking_dispose) struct asking a = {.c = c, .q = q};
	int seconds = c->seconds > 0 ? c->seconds : ASK_SECONDS;
	char id[UUID_TEXT];
	struct uuid uuid;
	int r;

	if (!q->target_count || q->target_count > ASK_TARGETS_MAX)
		return -EINVAL;
	r = uuid_random(&uuid);
	if (r < 0)
		return r;
	uuid_format(&uuid, id);
	free(q->id);
	q->id = xstrdup(id);
	if (seconds > ASK_SECONDS_MAX)
		seconds = ASK_SECONDS_MAX;
	a.deadline = clock_in((uint64_t)seconds * 1000);
	return asking_run(&a, ret_target);
}

/* ---- notices ---- */

struct notify {
	const char *dir;
	struct buf line;
	size_t count;
};

static bool notify_one(void *arg, const char *name)
{
	struct notify *n = arg;
	cleanup_close int fd = peer_connect(n->dir, name);
	size_t sent = 0;

	if (fd >= 0)
		(void)!ask_send(fd, &n->line, &sent);
	return ++n->count < PROMPTERS_MAX;
}

void ask_notify(const struct ask_conf *c, const struct ask_notice *n)
{
	struct notify notify = {.dir = c->dir};

	ask_notice_encode(n, &notify.line);
	(void)!sockets_each(c->dir, notify_one, &notify);
	buf_dispose(&notify.line);
}
