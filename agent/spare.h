/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Within qrexec-agent: the processes that serve dom0's requests. */
#ifndef QVM_AGENT_SPARE_H
#define QVM_AGENT_SPARE_H

#include "agent/agent.h"
#include "agent/locals.h"

/* In a process of the agent's: serves one call and ends. */
noreturn void call_process(struct agent *a, const struct agent_call *c);

/* Makes the process that waits; where that fails, the next call is served without. */
void spare_make(struct agent *a);

/* Gives it the call, and its number; -1: there is none, or it has died. */
pid_t spare_use(struct agent *a, const struct agent_call *c) must_check;

#endif
