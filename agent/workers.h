/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Within qrexec-agent: the processes that serve dom0's requests. In a guest whose page tables
 * Xen has to check, making one takes longer than most of what a call does: so one is there before
 * the first call, and who has served one waits for the next.
 */
#ifndef QVM_AGENT_WORKERS_H
#define QVM_AGENT_WORKERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/agent.h"

struct agent;

struct worker {
	pid_t pid;
	int fd; /* where it gets its orders; -1: it gets no more */
	bool busy;
	uint32_t domain, port; /* of its call */
};

struct workers {
	struct worker *v;
	size_t n;
	int done[2]; /* a pipe: who is ready for the next call writes its pid */
	bool keep;   /* else one serves one call, and none is made before */
};

int workers_open(struct workers *w, bool keep) must_check;

/* Has one serve the call; a negative errno when that cannot be. */
int workers_serve(struct agent *a, const struct agent_call *c) must_check;

/* Some are ready again; some have ended. The agent tells dom0 of the calls that are over. */
void workers_ready(struct agent *a);
void workers_reap(struct agent *a);

bool workers_busy(const struct workers *w);
/* Nobody waits for the next call, though somebody should. */
bool workers_short(const struct workers *w);
/* Makes one that does, where that is possible. */
void workers_spare(struct agent *a);

/* Who waits is ended at once: nothing of it is there any more when this returns. */
void workers_end_idle(struct workers *w);

/* Closes what is this process's of them, without a word to anybody. */
void workers_dispose(struct workers *w);

#endif
