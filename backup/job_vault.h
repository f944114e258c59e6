/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What qvm-chunks does with a repository (vault.h). As in job.h, and beside that it asks the
 * command for the repository's files, whenever it wants one:
 *
 *	store open NAME MOST, store create|keep|replace|remove NAME, store list FOLDER
 *								answer: ok [+fd] | fail KIND TEXT
 *
 * All of them begin with set KEY VALUE..., pass +fd, begin. Then:
 *
 * vault-init:	end
 * vault-passphrase: end; there is a new-pass +fd among the settings
 * vault-write:	helper: next		command: meta +fd | text PATH +fd | try PATH KEY | ranges +fd |
 *					changed +fd | volume PATH SIZE KEY +fd | end
 *		helper: kept PATH BYTES (of data; none are read) | want PATH KEY-BEFORE, to `try`;
 *		saved PATH BYTES (of data), to `volume`;
 *		progress BYTES, finally: end BYTES-ADDED NAME
 * vault-read:	as for Reading in job.h, and stream PATH +fd; keys: snapshot
 * vault-list:	list +fd, end; keys: snapshot (one whole)
 * vault-verify: list +fd, end; keys: snapshot, sample
 * vault-prune: list +fd, end; keys: forget (NAME, repeated), keep, days, dry, collect
 */
#ifndef QVM_BACKUP_JOB_VAULT_H
#define QVM_BACKUP_JOB_VAULT_H

#include "backup/job.h"
#include "backup/vault.h"

struct vault_job {
	struct job *j;
	struct vault_store store;
	struct vault *v;
	struct vault_config config; /* of a new one */
	uint32_t new_kib;	    /* what was set of it; 0: nothing */
	char snapshot[VAULT_STAMP];
	bool has_snapshot;
	unsigned sample;
	/* what goes */
	struct strv forget;
	bool has_keep, dry, collect;
	uint64_t keep;
	bool has_days;
	uint64_t days;
};

void vault_job_dispose(struct vault_job *vj);

/* Settings, up to `begin`. */
int vault_job_begin(struct vault_job *vj, struct job *j, struct qvm_err *err) must_check;
/* The repository, with its index where that is needed. */
int vault_job_open(struct vault_job *vj, bool index, struct qvm_err *err) must_check;
/* The snapshot that was asked for, or the newest one. */
int vault_job_snapshot(struct vault_job *vj, struct vault_snapshot *ret,
		       struct qvm_err *err) must_check;

#endif
