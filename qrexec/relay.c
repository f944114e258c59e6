/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "lib/alloc.h"
#include "lib/signals.h"
#include "qrexec/relay_int.h"

/* Of what others gave us the flags may be theirs; a service's ends are ours alone. */
static bool is_ours(const struct relay *r, int fd)
{
	int flags = r->role == RELAY_SERVICE ? fcntl(fd, F_GETFL) : -1;

	return flags >= 0 && flags & O_NONBLOCK;
}

static enum sink_kind kind_of(const struct relay *r, int fd)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return SINK_OTHER;
	if (S_ISFIFO(st.st_mode))
		return is_ours(r, fd) ? SINK_PIPE_OWN : SINK_PIPE;
	return S_ISSOCK(st.st_mode) ? SINK_SOCKET : SINK_OTHER;
}

static bool never_waits(const struct relay *r, int fd)
{
	struct stat st;

	return is_ours(r, fd) || (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode));
}

/* Service: STDOUT and STDERR have ended, so has the process, or what stands for it. */
static bool service_over(const struct loop *l)
{
	const struct relay *r = l->r;

	if (r->role != RELAY_SERVICE || l->finished || !relay_out_room(l))
		return false;
	if (r->pid == 0 && r->end_on_remote && l->sink_ended)
		return true;
	if (!l->source_ended || !l->errors_ended)
		return false;
	if (r->pid)
		return l->exited;
	return r->end_on_local || l->sink_ended || l->sink_gone;
}

static int service_end(struct loop *l)
{
	uint32_t status = 0;

	if (!l->source_ended) { /* end_on_remote: both must have ended before the status */
		l->source_ended = true;
		relay_queue(l, QREXEC_DATA_STDOUT, NULL, 0);
		return 1;
	}
	if (l->r->pid)
		status = (uint32_t)l->r->local_status;
	l->status = (int)status;
	relay_queue(l, QREXEC_DATA_EXIT_CODE, &status, sizeof(status));
	l->finished = true;
	return 1;
}

static void reap(struct loop *l)
{
	int status;

	if (l->exited || !l->r->pid || waitpid(l->r->pid, &status, WNOHANG) != l->r->pid)
		return;
	l->exited = true;
	l->r->local_status =
		WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int take_signals(struct loop *l)
{
	struct signalfd_siginfo info;

	while (read(l->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		struct relay *r = l->r;

		if (info.ssi_signo != SIGUSR1 || r->role != RELAY_SERVICE ||
		    l->sink_kind != SINK_SOCKET || r->source == r->sink)
			continue;
		relay_fd_close(&r->source);
		r->source = r->sink;
		l->source_ready = false;
	}
	reap(l);
	return 0;
}

/* One round of all that goes without waiting. 1: something happened. */
static int work(struct loop *l)
{
	struct relay *r = l->r;
	bool service = r->role == RELAY_SERVICE;
	struct local_end errors = {&r->errors, &l->errors_ready, &l->errors_ended,
				   QREXEC_DATA_STDERR, false};
	struct local_end source = {&r->source, &l->source_ready, &l->source_ended,
				   service ? QREXEC_DATA_STDOUT : QREXEC_DATA_STDIN,
				   l->source_never_waits};
	int moved = 0;
	int n = relay_take_remote(l);

	if (n < 0)
		return n;
	moved |= n;
	moved |= relay_give_local(l);
	if (service)
		moved |= relay_take_local(l, &errors);
	if (!l->finished)
		moved |= relay_take_local(l, &source);
	if (l->source_ended && l->errors_ended)
		reap(l); /* most end with their streams: the status goes out with them */
	if (service_over(l))
		moved |= service_end(l);
	n = relay_send(l);
	return n < 0 ? n : moved | n;
}

static int sleep_on(struct loop *l)
{
	struct relay *r = l->r;
	bool free = relay_out_free(l);
	bool pending = l->in.done < l->in.len;
	struct pollfd p[] = {
		vchan_poll(r->v, !pending, !free && !l->remote_gone),
		{.fd = free && !l->source_ended ? r->source : -1, .events = POLLIN},
		{.fd = -1, .events = POLLIN},
		{.fd = pending ? l->in.fd : -1, .events = POLLOUT},
		{.fd = l->signals, .events = POLLIN},
	};
	int n;

	if (l->remote_gone)
		p[0].fd = -1; /* it would wake for ever */
	if (r->role == RELAY_SERVICE && free && !l->errors_ended)
		p[2].fd = r->errors;
	n = poll(p, array_len(p), clock_left(r->deadline, clock_left(l->end, IDLE_MS)));
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (n == 0 && !r->v->ops->peer_lives(r->v))
		l->remote_gone = true;
	l->source_ready |= p[1].revents != 0;
	l->errors_ready |= p[2].revents != 0;
	if (p[4].revents)
		(void)take_signals(l);
	n = p[0].revents ? r->v->ops->ready(r->v) : 0;
	if (p[0].revents && r->v->ops->state(r->v) == VCHAN_CLOSED)
		l->remote_gone = true; /* what is in the channel is read all the same */
	return n;
}

/* A reader who leaves after the end of what it was to read has missed nothing. */
static bool reader_left(const struct loop *l)
{
	return l->sink_gone && !l->sink_ended;
}

/* Is it over? A caller ends with EXIT_CODE, a service when its last word is out. */
static bool over(struct loop *l)
{
	if (l->r->role == RELAY_CALLER)
		return l->finished || (reader_left(l) && l->r->stop_on_sink_end);
	if (l->remote_gone && !l->end)
		l->end = clock_in(GONE_MS);
	if (l->finished && relay_out_free(l)) {
		if (l->sink_ended)
			return true;
		if (!l->end)
			l->end = clock_in(LINGER_MS);
	}
	return l->end && clock_ms() >= l->end;
}

static int run(struct loop *l)
{
	for (;;) {
		int n = work(l);

		if (n == -EPIPE) { /* closed, and all that was in it has been read */
			if (!l->finished)
				l->status = 255;
			return 0;
		}
		if (n < 0)
			return n;
		if (over(l))
			return 0;
		if (l->r->deadline && clock_ms() >= l->r->deadline)
			return -ETIMEDOUT;
		if (n == 0)
			n = sleep_on(l);
		if (n < 0 && n != -EPIPE)
			return n;
	}
}

static int begin_run(struct loop *l)
{
	struct relay *r = l->r;

	l->signals = signals_open((const int[]){SIGCHLD, SIGUSR1, 0});
	if (l->signals < 0)
		return l->signals;
	l->sink_kind = kind_of(r, r->sink);
	l->errors_kind = kind_of(r, r->errors);
	l->source_never_waits = never_waits(r, r->source);
	r->local_status = -1;
	reap(l); /* it may have ended before the signal was blocked */
	if (r->prefix_len > QREXEC_CHUNK)
		return -EMSGSIZE;
	if (r->prefix_len)
		relay_queue(l, QREXEC_DATA_STDIN, r->prefix, r->prefix_len);
	return 0;
}

/*
 * Of children this process may hear by a handler again: libxl's, which it waits for. The
 * other signals stay blocked; one that came too late must not end us.
 */
static void give_back(const sigset_t *before)
{
	sigset_t child;

	if (sigismember(before, SIGCHLD))
		return;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_UNBLOCK, &child, NULL);
}

int relay_run(struct relay *r, int *ret_status)
{
	cleanup_free struct loop *l = xcalloc(1, sizeof(*l));
	sigset_t before;
	int n;

	sigprocmask(SIG_BLOCK, NULL, &before);
	l->r = r;
	l->sink_own = l->errors_own = -1;
	l->status = 255;
	n = begin_run(l);
	if (n == 0)
		n = run(l);
	if (r->role == RELAY_CALLER && reader_left(l) && !l->finished)
		l->status = 128 + SIGPIPE;
	if (n == 0 && r->role == RELAY_CALLER && !l->source_ended && relay_out_free(l)) {
		relay_queue(l, QREXEC_DATA_STDIN, NULL, 0);
		(void)relay_send(l); /* a courtesy */
	}
	if (r->source == r->sink)
		r->source = -1;
	relay_fd_close(&r->sink);
	relay_fd_close(&r->source);
	relay_fd_close(&r->errors);
	relay_fd_close(&l->sink_own);
	relay_fd_close(&l->errors_own);
	cleanup_close_at(&l->signals);
	give_back(&before);
	if (n == 0)
		*ret_status = l->status;
	return n;
}

int relay_local_status(struct relay *r)
{
	int status;

	if (!r->pid)
		return 0;
	while (r->local_status < 0) {
		if (waitpid(r->pid, &status, 0) == r->pid)
			r->local_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status)
							      : WEXITSTATUS(status);
		else if (errno != EINTR)
			return 0;
	}
	return r->local_status;
}
