/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "templates/run_fill.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/buf.h"
#include "lib/proc.h"
#include "lib/size.h"

#define MAX_ARGS 8
#define LINE_MAX_KEPT 400

/* Both its outputs come by one pipe: progress lines, and at the end what went wrong. */
struct talk {
	struct qvm_ctx *ctx;
	const char *what;
	const struct fill_fact *facts;
	char fault[16];	 /* "no-space": its failure is of that kind */
	struct buf line; /* the one that is arriving */
	struct buf last; /* the last that was no progress */
};

static void talk_dispose(struct talk *t)
{
	buf_dispose(&t->line);
	buf_dispose(&t->last);
}

/* "KEY VALUE" from a process that has read foreign bytes. */
static void take_fact(const struct fill_fact *facts, const char *untrusted)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789.-_";
	size_t key = strcspn(untrusted, " ");
	const char *value = untrusted + key + (untrusted[key] == ' ');

	for (; facts && facts->key; facts++) {
		size_t len = strlen(value);

		if (strlen(facts->key) != key || strncmp(facts->key, untrusted, key) != 0)
			continue;
		if (strspn(value, allowed) == len && len < facts->size)
			memcpy(facts->value, value, len + 1);
	}
}

/* What it says may hold names of an archive. */
static void take_text(struct talk *t, const char *untrusted)
{
	buf_reset(&t->last);
	buf_add_printable(&t->last, untrusted, strlen(untrusted));
}

static void take_line(struct talk *t)
{
	static const char fact[] = "set ";
	static const char key[] = "progress ";
	const char *text = buf_str(&t->line);
	long long percent;

	if (strncmp(text, key, strlen(key)) == 0 &&
	    num_parse(text + strlen(key), 0, 100, &percent) == 0) {
		ctx_progress(t->ctx, t->what, (int)percent);
	} else if (strncmp(text, fact, strlen(fact)) == 0) {
		const struct fill_fact own[] = {{"fault", t->fault, sizeof(t->fault)},
						{0}};

		take_fact(own, text + strlen(fact));
		take_fact(t->facts, text + strlen(fact));
	} else if (*text) {
		take_text(t, text);
	}
	buf_reset(&t->line);
}

static void hear(struct talk *t, const char *untrusted, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (untrusted[i] == '\n')
			take_line(t);
		else if (untrusted[i] && t->line.len < LINE_MAX_KEPT)
			buf_add_ch(&t->line, untrusted[i]);
	}
}

static int listen_to(struct talk *t, int fd)
{
	char chunk[512];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		hear(t, chunk, (size_t)n);
	}
	take_line(t);
	return 0;
}

/* STATUS: of the program, or a negative errno. */
static int conclude(const struct talk *t, const char *who, int status,
		    struct qvm_err *err)
{
	if (status == 0)
		return 0;
	if (t->last.len)
		return err_set(err,
			       strcmp(t->fault, "no-space") == 0 ? QVM_E_NO_SPACE
								 : QVM_E_FAILED,
			       "%s", t->last.data);
	if (status < 0)
		return err_errno(err, status, "cannot follow '%s'", who);
	return err_set(err, QVM_E_FAILED, "'%s' ended with %d", who, status);
}

int fill_heard(struct qvm_ctx *ctx, const char *who, const struct buf *untrusted,
	       int status, const struct fill_fact *facts, struct qvm_err *err)
{
	cleanup(talk_dispose) struct talk talk = {
		.ctx = ctx, .what = who, .facts = facts};

	hear(&talk, buf_str(untrusted), untrusted->len);
	take_line(&talk);
	return conclude(&talk, who, status, err);
}

int fill_run(struct qvm_ctx *ctx, const char *what, const char *const *args,
	     const struct fill_fact *facts, struct qvm_err *err)
{
	cleanup(talk_dispose) struct talk talk = {
		.ctx = ctx, .what = what, .facts = facts};
	cleanup_free char *program = xasprintf("%s/qvm-fill", ctx->libexec_dir);
	const char *argv[MAX_ARGS + 2] = {program};
	cleanup_close int ours = -1;
	int fds[2], status, r;
	pid_t pid;

	for (size_t i = 0; i < MAX_ARGS && args[i]; i++)
		argv[i + 1] = args[i];
	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_errno(err, -errno, "cannot run '%s'", program);
	ours = fds[0];
	r = proc_spawn(argv, (int[]){-1, fds[1], fds[1]}, 3, &pid);
	close(fds[1]);
	if (r < 0)
		return err_errno(err, r, "cannot run '%s'", program);
	r = listen_to(&talk, ours);
	status = proc_wait(pid);
	return conclude(&talk, program, r < 0 ? r : status, err);
}
