/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decisions of our own: the policy files and the registry, read in this process. For the
 * daemon of a domain: struct decide's `policy` and `prepare`.
 */
#ifndef QVM_QREXEC_DECIDE_OWN_H
#define QVM_QREXEC_DECIDE_OWN_H

#include "qrexec/decide.h"

struct decide_own;

/*
 * STATE_DIR has the registry; SOCKET_DIR tells which domains can be reached; ROOT is put in
 * front of the policy's paths. The strings must stay.
 */
struct decide_own *decide_own_new(const char *state_dir, const char *socket_dir,
				  const char *root) must_check;
void decide_own_free(struct decide_own *own);

/* Reads the policy again where its files have changed: what is forked next has it ready. */
void decide_own_prepare(void *own);

int decide_own(const struct decide_request *q, struct decide_answer *ret, void *own)
	must_check;

#endif
