/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/proc.h"
#include "ops/call.h"
#include "qrexec/proto.h"
#include "qrexec/qfile.h"

#define SERVICE "qubes.Filecopy"
#define SERVICE_ANY SERVICE "+allow-all-names"

/* The sender: it reads the files while this process moves the bytes. */
struct sender {
	const struct op_copy *c;
	char why[QVM_ERR_TEXT];
	int data;  /* ours: of the socket that is its input and output */
	int words; /* ours: why it has failed */
	int over;  /* ours: closed when the call is over */
	pid_t pid;
};

static void say(void *arg, const char *text)
{
	struct sender *s = arg;

	snprintf(s->why, sizeof(s->why), "%s", text);
}

static void note(void *arg, const char *text)
{
	const struct sender *s = arg;

	s->c->note(s->c->arg, text);
}

static void show(void *arg, const char *text, int percent)
{
	const struct sender *s = arg;

	s->c->show(s->c->arg, text, percent);
}

static struct qfile_job job_of(struct sender *s)
{
	return (struct qfile_job){
		.paths = s->c->paths,
		.count = s->c->count,
		.ignore_links = s->c->ignore_links,
		.move = s->c->move,
		.target = s->c->domain,
		.say = say,
		.note = note,
		.show = s->c->show ? show : NULL,
		.arg = s,
	};
}

/*
 * Who has heard nothing keeps its end until the call is over: else the call ends for want
 * of a reader, and not with the status that says why.
 */
static void await_end(int data, int over)
{
	struct pollfd p = {.fd = over, .events = POLLIN};

	(void)shutdown(data, SHUT_WR);
	while (poll(&p, 1, -1) < 0 && errno == EINTR)
		;
}

static noreturn void sender_run(struct sender *s, uint64_t total, int data, int words,
				int over)
{
	struct qfile_job job = job_of(s);
	enum qfile_outcome outcome;

	(void)signal(SIGPIPE, SIG_IGN); /* an answer may lie behind it */
	job.total = total;
	outcome = qfile_job_send(&job, data, data);
	if (outcome == QFILE_UNHEARD)
		await_end(data, over);
	/* less than a pipe takes at once */
	if (fd_write_all(words, s->why, strlen(s->why)) < 0)
		outcome = QFILE_FAILED;
	_exit((int)outcome);
}

struct sender_ends {
	int data[2], words[2], over[2];
};

static void sender_ends_dispose(struct sender_ends *e)
{
	for (int i = 0; i < 2; i++) {
		cleanup_close_at(&e->data[i]);
		cleanup_close_at(&e->words[i]);
		cleanup_close_at(&e->over[i]);
	}
}

static int sender_start(struct sender *s, uint64_t total, struct qvm_err *err)
{
	cleanup(sender_ends_dispose) struct sender_ends e = {
		{-1, -1}, {-1, -1}, {-1, -1}};

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, e.data) < 0 ||
	    pipe2(e.words, O_CLOEXEC) < 0 || pipe2(e.over, O_CLOEXEC) < 0)
		return err_errno(err, -errno, "cannot make a pipe");
	s->pid = fork();
	if (s->pid == 0) {
		cleanup_close_at(&e.data[0]);
		cleanup_close_at(&e.words[0]);
		cleanup_close_at(&e.over[1]);
		sender_run(s, total, e.data[1], e.words[1], e.over[0]);
	}
	if (s->pid < 0)
		return err_errno(err, -errno, "cannot make a process");
	s->data = steal_fd(&e.data[0]);
	s->words = steal_fd(&e.words[0]);
	s->over = steal_fd(&e.over[1]);
	return 0;
}

static int call(struct qvm_ctx *ctx, const struct sender *s, bool any_name,
		int *ret_status, struct qvm_err *err)
{
	const struct op_call c = {
		.domain = s->c->domain,
		.service = any_name ? SERVICE_ANY : SERVICE,
		.no_start = s->c->no_start,
		.in = s->data,
		.out = s->data,
		.errors = STDERR_FILENO,
		.filter_err = true,
	};

	return fcntl(s->data, F_SETFL, O_NONBLOCK) < 0
		       ? err_errno(err, -errno, "cannot set up a socket")
		       : op_call(ctx, &c, ret_status, err);
}

/* What the sender says decides: it knows what has been confirmed. */
static int judge(const struct sender *s, int outcome, int status, const char *why,
		 struct qvm_err *err)
{
	const char *name = s->c->domain;

	switch (outcome) {
	case QFILE_DONE:
		return 0;
	case QFILE_KEPT_SOME:
		return err_set(err, QVM_E_PARTIAL,
			       "everything is in '%s' now, but some of it stays here too",
			       name);
	case QFILE_UNHEARD:
		if (status == QREXEC_EXIT_NO_SERVICE)
			return err_set(err, QVM_E_FAILED,
				       "'%s' takes no files: it has no service " SERVICE,
				       name);
		return err_set(err, QVM_E_FAILED,
			       "'%s' has ended the copy without an answer (status %d)",
			       name, status);
	default:
		return err_set(err, QVM_E_FAILED, "%s",
			       *why ? why : "the copy's sender has failed");
	}
}

static int finish(struct qvm_ctx *ctx, struct sender *s, bool any_name,
		  struct qvm_err *err)
{
	/* the call closes its own; this one tells the sender when it is over */
	cleanup_close int data = fcntl(s->data, F_DUPFD_CLOEXEC, 3);
	cleanup_close int words = s->words;
	cleanup_buf struct buf why = BUF_INIT;
	int status = 0, outcome;
	int r = call(ctx, s, any_name, &status, err);

	if (data >= 0)
		(void)shutdown(data, SHUT_RDWR);
	cleanup_close_at(&s->over);
	if (fd_read_all(words, QVM_ERR_TEXT, &why) < 0)
		buf_reset(&why);
	outcome = proc_wait(s->pid);
	/* without a call nothing else is worth telling, unless all has arrived before */
	if (r < 0 && outcome != QFILE_DONE && outcome != QFILE_KEPT_SOME)
		return r;
	return judge(s, outcome, status, buf_str(&why), err);
}

int op_copy(struct qvm_ctx *ctx, const struct op_copy *c, struct qvm_err *err)
{
	struct sender s = {.c = c, .data = -1, .words = -1, .over = -1};
	const struct qfile_job job = job_of(&s);
	struct qfile_total total = {0};
	int r;

	if (strcmp(c->domain, "dom0") == 0)
		return err_set(err, QVM_E_VALUE, "'dom0' is where the files are");
	if (qfile_job_look(&job, &total) != QFILE_DONE)
		return err_set(err, QVM_E_FAILED, "%s", s.why);
	ctx_assert_idle(ctx);
	r = sender_start(&s, total.bytes, err);
	return r < 0 ? r : finish(ctx, &s, total.any_name, err);
}
