/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What qvm-archive does for a command. It asks for each thing that it needs, and is told of
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
#include "core/err.h"

struct job {
	int channel;
	int in, out; /* the archive */
	struct buf pass;
	uint64_t told; /* of progress */
};

#define JOB_PASS_MAX 2048

void job_dispose(struct job *j);

/* Asks for the next message and cuts it into words. */
int job_next(struct job *j, struct message *m, const char *words[static CHANNEL_WORDS],
	     struct qvm_err *err) must_check;
int job_say(struct job *j, int fd, struct qvm_err *err, const char *fmt, ...)
	printf_like(4, 5) must_check;
void job_progress(void *job, uint64_t bytes);
/* `pass`: reads the passphrase out of the message's file. */
int job_pass(struct job *j, const struct message *m, struct qvm_err *err) must_check;
int job_file(const struct message *m, size_t most, struct buf *ret, struct qvm_err *err)
	must_check;
int job_unknown(struct qvm_err *err);

int job_v4_write(struct job *j, struct qvm_err *err) must_check;
int job_v4_read(struct job *j, struct qvm_err *err) must_check;

/* ---- repositories (job_vault.h) ---- */

int job_vault_init(struct job *j, struct qvm_err *err) must_check;
int job_vault_write(struct job *j, struct qvm_err *err) must_check;
int job_vault_read(struct job *j, struct qvm_err *err) must_check;
int job_vault_list(struct job *j, struct qvm_err *err) must_check;
int job_vault_verify(struct job *j, struct qvm_err *err) must_check;
int job_vault_prune(struct job *j, struct qvm_err *err) must_check;

#endif
