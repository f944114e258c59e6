/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a helper does for a command. It asks for each thing that it needs, and is told of
 * by descriptors alone; all that it reads is foreign. Both sides speak in turn, so that
 * neither waits for room in the other's queue.
 *
 * Writing:	helper: next		command: set KEY VALUE | pass +fd | member PATH (each one
 *					that will come) | file PATH +fd | ranges +fd |
 *					volume PATH SIZE +fd | end
 *		helper: progress BYTES, finally: end BYTES (of the archive)
 * Reading:	helper: next		command: set KEY VALUE | pass +fd | begin
 *		helper: meta +fd	(meta_format's lines)
 *		helper: next		command: take PATH SIZE [+fd: a blank volume; without:
 *					only to be checked] | go
 *		helper: rules PATH +fd, notes PATH +fd, done PATH BYTES, progress BYTES, end
 * Either:	helper: fail KIND TEXT
 */
#ifndef QVM_BACKUP_JOB_H
#define QVM_BACKUP_JOB_H

#include <stdint.h>

#include "backup/channel.h"
#include "backup/meta.h"
#include "core/err.h"

struct job {
	int channel;
	int in, out; /* the archive */
	struct buf pass, new_pass;
	uint64_t told; /* of progress */
};

#define JOB_PASS_MAX 2048

void job_dispose(struct job *j);

/* Asks for the next message and cuts it into words. */
int job_next(struct job *j, struct message *m, const char *words[static CHANNEL_WORDS],
	     struct qvm_err *err) must_check;
int job_say(struct job *j, int fd, struct qvm_err *err, const char *fmt, ...)
	printf_like(4, 5) must_check;
/* TEXT along with it, as a file. */
int job_say_text(struct job *j, const char *what, const struct buf *text,
		 struct qvm_err *err) must_check;
void job_progress(void *job, uint64_t bytes);
/* `pass`: reads a passphrase out of the message's file. */
int job_pass(struct buf *ret, const struct message *m, struct qvm_err *err) must_check;
int job_file(const struct message *m, size_t most, struct buf *ret, struct qvm_err *err)
	must_check;
int job_unknown(struct qvm_err *err);

/* `set`, `pass` and `new-pass`, up to `begin`. */
int job_settings(struct job *j,
		 int (*set)(void *arg, const char *key, const char *value,
			    struct qvm_err *err),
		 void *arg, struct qvm_err *err) must_check;

/* ---- what the command wants of a backup (job_targets.c) ---- */

enum job_file_kind { JOB_VOLUME, JOB_RULES, JOB_NOTES };

struct job_target {
	char path[META_PATH_MAX];
	enum job_file_kind kind;
	uint64_t size; /* at most; of a volume */
	int fd;	       /* -1: only to be checked */
	bool stream;   /* FD is a pipe, of any size */
	bool done;
};

struct job_targets {
	struct job_target *v;
	size_t n;
};

/* `take` and `stream`, up to `go`. */
int job_targets(struct job *j, struct job_targets *ret, struct qvm_err *err) must_check;
void job_targets_dispose(struct job_targets *t);

int job_v4_write(struct job *j, struct qvm_err *err) must_check;
int job_v4_read(struct job *j, struct qvm_err *err) must_check;

/* ---- repositories (job_vault.h) ---- */

int job_vault_passphrase(struct job *j, struct qvm_err *err) must_check;
int job_vault_init(struct job *j, struct qvm_err *err) must_check;
int job_vault_write(struct job *j, struct qvm_err *err) must_check;
int job_vault_read(struct job *j, struct qvm_err *err) must_check;
int job_vault_list(struct job *j, struct qvm_err *err) must_check;
int job_vault_verify(struct job *j, struct qvm_err *err) must_check;
int job_vault_prune(struct job *j, struct qvm_err *err) must_check;

#endif
