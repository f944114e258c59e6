/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the process that reads a guest's bytes gives up what it does not need. */
#ifndef QVM_QREXEC_SANDBOX_H
#define QVM_QREXEC_SANDBOX_H

#include <sys/types.h>

#include "lib/macro.h"

/*
 * For good: another user where this is root, no new privileges, no file system (landlock),
 * and only the system calls of a loop over open descriptors (seccomp: others kill). What
 * the kernel does not have is left out. 0 or a negative errno.
 */
int sandbox_enter(uid_t uid, gid_t gid) must_check;

#endif
