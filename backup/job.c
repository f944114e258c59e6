/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/job.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/size.h"

#define PROGRESS_STEP (8 * MIB)

void job_dispose(struct job *j)
{
	struct buf *all[] = {&j->pass, &j->new_pass};

	for (size_t i = 0; i < array_len(all); i++) {
		if (all[i]->data)
			explicit_bzero(all[i]->data, all[i]->size);
		buf_dispose(all[i]);
	}
}

int job_say(struct job *j, int fd, struct qvm_err *err, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = channel_vsend(j->channel, fd, fmt, ap);
	va_end(ap);
	return r < 0 ? err_errno(err, r, "cannot answer") : 0;
}

int job_next(struct job *j, struct message *m, const char *words[static CHANNEL_WORDS],
	     struct qvm_err *err)
{
	int r = job_say(j, -1, err, "next");

	if (r < 0)
		return r;
	r = channel_receive(j->channel, m);
	if (r < 0)
		return err_errno(err, r, "the command has gone");
	message_words(m, words);
	return 0;
}

void job_progress(void *job, uint64_t bytes)
{
	struct job *j = job;
	struct qvm_err err;

	if (bytes < j->told + PROGRESS_STEP)
		return;
	j->told = bytes;
	/* Whoever has gone is noticed when something is asked. */
	if (job_say(j, -1, &err, "progress %llu", (unsigned long long)bytes) < 0)
		return;
}

int job_say_text(struct job *j, const char *what, const struct buf *text,
		 struct qvm_err *err)
{
	cleanup_close int fd = channel_file(buf_str(text), text->len);

	return fd < 0 ? err_errno(err, fd, "cannot answer")
		      : job_say(j, fd, err, "%s", what);
}

int job_file(const struct message *m, size_t most, struct buf *ret, struct qvm_err *err)
{
	int r = m->fd < 0 ? -EBADF : fd_read_all(m->fd, most, ret);

	return r < 0 ? err_errno(err, r, "cannot read what the command has sent") : 0;
}

int job_pass(struct buf *ret, const struct message *m, struct qvm_err *err)
{
	buf_reset(ret);
	return job_file(m, JOB_PASS_MAX, ret, err);
}

int job_settings(struct job *j,
		 int (*set)(void *arg, const char *key, const char *value,
			    struct qvm_err *err),
		 void *arg, struct qvm_err *err)
{
	cleanup_message struct message m = MESSAGE_INIT;
	const char *words[CHANNEL_WORDS];
	int r = 0;

	while (r == 0) {
		r = job_next(j, &m, words, err);
		if (r < 0 || strcmp(words[0], "begin") == 0)
			break;
		if (strcmp(words[0], "set") == 0)
			r = set(arg, words[1], words[2], err);
		else if (strcmp(words[0], "pass") == 0)
			r = job_pass(&j->pass, &m, err);
		else if (strcmp(words[0], "new-pass") == 0)
			r = job_pass(&j->new_pass, &m, err);
		else
			r = job_unknown(err);
	}
	return r;
}

int job_unknown(struct qvm_err *err)
{
	return err_set(err, QVM_E_FAILED, "the command asked for something unknown");
}
