/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A helper goes with the process that started it. */
#include "backup/job_main.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "core/confine.h"

#define CHANNEL 3
#define MEMORY_MAX (UINT64_C(6) << 30) /* of addresses; most of it is never touched */

static int run(const struct job_kind *jobs, const char *name, struct job *j,
	       struct qvm_err *err)
{
	int r = confine_alone(MEMORY_MAX, err);

	for (; r == 0 && jobs->name; jobs++)
		if (strcmp(jobs->name, name) == 0)
			return jobs->run(j, err);
	return r < 0 ? r : err_set(err, QVM_E_USAGE, "no such job: '%.32s'", name);
}

int job_main(int argc, char **argv, const struct job_kind *jobs)
{
	cleanup(job_dispose) struct job j = {
		.channel = CHANNEL, .in = STDIN_FILENO, .out = STDOUT_FILENO};
	struct qvm_err err = QVM_ERR_INIT, ignored;
	int r;

	signal(SIGPIPE, SIG_IGN); /* an error like any other */
	r = run(jobs, argc == 2 ? argv[1] : "", &j, &err);
	if (r < 0 && job_say(&j, -1, &ignored, "fail %d %s", err.kind, err.text) < 0)
		return JOB_MUTE;
	return r < 0 ? JOB_FAILED : 0;
}
