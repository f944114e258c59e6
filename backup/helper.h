/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command's side of qvm-archive and qvm-chunks (job.h has what they say). */
#ifndef QVM_BACKUP_HELPER_H
#define QVM_BACKUP_HELPER_H

#include <stdint.h>
#include <sys/types.h>

#include "backup/channel.h"
#include "backup/vault_store.h"
#include "core/ctx.h"

struct helper {
	pid_t pid; /* 0: none */
	int channel;
	struct message last;
	const char *words[CHANNEL_WORDS]; /* of `last` */
	struct vault_store
		vault; /* whose files it may ask for; OPEN NULL: none. Not owned */
	void (*progress)(void *arg, uint64_t done); /* who is told of it, or NULL */
	void *arg;
};

#define HELPER_INIT ((struct helper){.channel = -1, .last = MESSAGE_INIT})

/* Starts the helper that has JOB. IN and OUT, -1: none, stay the caller's. */
int helper_start(struct qvm_ctx *ctx, const char *job, int in, int out,
		 struct helper *ret, struct qvm_err *err) must_check;

/*
 * Waits for the next message that is no failure; `fail` becomes the error, and so does its
 * sudden end. Files of a repository that it asks for it is given meanwhile, and progress is
 * told.
 */
int helper_listen(struct helper *h, struct qvm_err *err) must_check;

/* Answers `next`. What it replies, -QVM_E_FAILED when it asks for nothing. */
int helper_answer(struct helper *h, int fd, struct qvm_err *err, const char *fmt, ...)
	printf_like(4, 5) must_check;
/* The same with TEXT in a file; waits for `next` before. */
int helper_send_text(struct helper *h, const char *what, const void *data, size_t len,
		     struct qvm_err *err) must_check;
/* Waits for `next`. */
int helper_ready(struct helper *h, struct qvm_err *err) must_check;

/* A text that came along with the last message. */
int helper_text(const struct helper *h, size_t most, struct buf *ret, struct qvm_err *err)
	must_check;

/* Ends it, by force where it still runs. Idempotent. */
void helper_end(struct helper *h);
#define cleanup_helper cleanup(helper_end)

#endif
