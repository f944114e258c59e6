/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decisions of our own: the policy files and the registry, read in this process. For the
 * daemon of a domain: struct decide's `policy` and `prepare`.
 */
#ifndef QVM_QREXEC_DECIDE_OWN_H
#define QVM_QREXEC_DECIDE_OWN_H

#include "qrexec/decide.h"

struct decide_own;

/* The strings must stay. */
struct decide_own_conf {
	const char *state_dir;	/* of the registry */
	const char *run_dir;	/* of the disposables' part of it; NULL: there are none */
	const char *socket_dir; /* tells which domains can be reached */
	const char *root;	/* put in front of the policy's paths */
	const char *prompters;	/* folder of those who answer questions (ask.h) */
	int ask_seconds;	/* they have to answer in; 0: as ever */
};

struct decide_own *decide_own_new(const struct decide_own_conf *c) must_check;
void decide_own_free(struct decide_own *own);

/* Reads the policy again where its files have changed: what is forked next has it ready. */
void decide_own_prepare(void *own);

int decide_own(const struct decide_request *q, struct decide_answer *ret, void *own)
	must_check;

#endif
