/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the helpers' programs share: one job each run, confined, for the command at descriptor 3. */
#ifndef QVM_BACKUP_JOB_MAIN_H
#define QVM_BACKUP_JOB_MAIN_H

#include "backup/job.h"

struct job_kind {
	const char *name; /* NULL: the last */
	int (*run)(struct job *j, struct qvm_err *err);
};

/* The status of a job that failed: the command was told why, or (MUTE) could not be. */
enum { JOB_FAILED = 1, JOB_MUTE = 2 };

/* Runs the one of JOBS that the only argument names: the program's exit status. */
int job_main(int argc, char **argv, const struct job_kind *jobs);

#endif
