/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/helper.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/proc.h"
#include "lib/size.h"

int helper_start(struct qvm_ctx *ctx, const char *job, int in, int out,
		 struct helper *ret, struct qvm_err *err)
{
	bool vault = strncmp(job, "vault-", strlen("vault-")) == 0;
	cleanup_free char *program = xasprintf("%s/%s", ctx->libexec_dir,
					       vault ? "qvm-chunks" : "qvm-archive");
	const char *const argv[] = {program, job, NULL};
	cleanup_close int theirs = -1;
	int ends[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_errno(err, -errno, "cannot run '%s'", program);
	ret->channel = ends[0];
	theirs = ends[1];
	/* Standard error stays: a crash of the helper should be seen by somebody. */
	r = proc_spawn(argv, (int[]){in, out, PROC_INHERIT, theirs}, 4, &ret->pid);
	return r < 0 ? err_errno(err, r, "cannot run '%s'", program) : 0;
}

static int take_failure(struct helper *h, struct qvm_err *err)
{
	long long kind;

	/* The kind is a number of ours; the text may hold what a backup says. */
	if (num_parse(h->words[1], 1, QVM_E_LAST - 1, &kind) < 0)
		kind = QVM_E_FAILED;
	err_set(err, (int)kind, "%s", "");
	for (size_t i = 2, n = 0; i < CHANNEL_WORDS && *h->words[i]; i++) {
		for (const char *c = h->words[i]; *c && n < sizeof(err->text) - 2; c++)
			err->text[n++] = *c >= ' ' && *c < 0x7f ? *c : '?';
		if (i + 1 < CHANNEL_WORDS && *h->words[i + 1] &&
		    n < sizeof(err->text) - 2)
			err->text[n++] = ' ';
		err->text[n] = '\0';
	}
	return -(int)kind;
}

static int next_message(struct helper *h, struct qvm_err *err)
{
	int r = channel_receive(h->channel, &h->last);

	if (r == -EPIPE) {
		r = proc_wait(h->pid);
		h->pid = 0;
		return err_set(err, QVM_E_FAILED, "the backup's helper ended with %d", r);
	}
	if (r < 0)
		return err_errno(err, r, "cannot speak to the backup's helper");
	message_words(&h->last, h->words);
	return 0;
}

/* What it says on the way: 1 when that was all. */
static int serve(struct helper *h, struct qvm_err *err)
{
	long long done;
	int r;

	if (h->vault.open && strcmp(h->words[0], "store") == 0) {
		r = vault_serve(&h->vault, h->channel, h->words, err);
		return r < 0 ? r : 1;
	}
	if (strcmp(h->words[0], "progress") != 0)
		return 0;
	if (h->progress && num_parse(h->words[1], 0, INT64_MAX, &done) == 0)
		h->progress(h->arg, (uint64_t)done);
	return 1;
}

int helper_listen(struct helper *h, struct qvm_err *err)
{
	int r;

	do {
		r = next_message(h, err);
		if (r == 0)
			r = serve(h, err);
	} while (r > 0);
	return r == 0 && strcmp(h->words[0], "fail") == 0 ? take_failure(h, err) : r;
}

int helper_ready(struct helper *h, struct qvm_err *err)
{
	int r = helper_listen(h, err);

	if (r == 0 && strcmp(h->words[0], "next") != 0)
		r = err_set(err, QVM_E_FAILED, "the backup's helper is out of step");
	return r;
}

int helper_answer(struct helper *h, int fd, struct qvm_err *err, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = channel_vsend(h->channel, fd, fmt, ap);
	va_end(ap);
	/* What it has said before it went says more. */
	if (r == -EPIPE || r == -ECONNRESET)
		return 0;
	return r < 0 ? err_errno(err, r, "cannot speak to the backup's helper") : 0;
}

int helper_send_text(struct helper *h, const char *what, const void *data, size_t len,
		     struct qvm_err *err)
{
	cleanup_close int fd = channel_file(data, len);
	int r;

	if (fd < 0)
		return err_errno(err, fd, "cannot speak to the backup's helper");
	r = helper_ready(h, err);
	return r < 0 ? r : helper_answer(h, fd, err, "%s", what);
}

int helper_text(const struct helper *h, size_t most, struct buf *ret, struct qvm_err *err)
{
	int r = h->last.fd < 0 ? -EBADF : fd_read_all(h->last.fd, most, ret);

	return r < 0 ? err_errno(err, r, "cannot read what the helper has sent") : 0;
}

void helper_end(struct helper *h)
{
	message_dispose(&h->last);
	cleanup_close_at(&h->channel);
	if (h->pid <= 0)
		return;
	kill(h->pid, SIGKILL);
	if (proc_wait(h->pid) < 0)
		return;
	h->pid = 0;
}
