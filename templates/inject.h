/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What makes a domain of an image: the agent, what starts it, and a user. For the confined
 * part of qvm-fill, which has the root file system as its working folder; its links are
 * followed as the guest itself would.
 */
#ifndef QVM_TEMPLATES_INJECT_H
#define QVM_TEMPLATES_INJECT_H

#include "core/err.h"

/*
 * GUEST has the program qvm-agent, a file `links` with the names it is called by, one a
 * line, and a file for each kind of init. Leaves alone what is there already,
 * but for an older agent of ours. *RET_INIT: "systemd", "openrc", "busybox", or "none" when
 * the agent itself has to be the guest's first program.
 */
int inject(const char *guest, const char **ret_init, struct qvm_err *err) must_check;

#endif
