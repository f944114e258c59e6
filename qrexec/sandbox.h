/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a process that reads another domain's bytes gives up what it does not need. What
 * the kernel does not have is left out. Everything returns 0 or a negative errno.
 */
#ifndef QVM_QREXEC_SANDBOX_H
#define QVM_QREXEC_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/macro.h"

/*
 * For good: another user where this is root, no new privileges, no file system (landlock),
 * and only the system calls of a loop over open descriptors (seccomp: others kill).
 */
int sandbox_enter(uid_t uid, gid_t gid) must_check;

/* Landlock: nothing of the file system but RIGHTS (LANDLOCK_ACCESS_FS_...) below FD. */
struct sandbox_folder {
	int fd;
	uint64_t rights;
};
int sandbox_folders(const struct sandbox_folder *folders, size_t n) must_check;

/* Seccomp, after sandbox_folders: these calls, the refused ones with EPERM; others kill. */
struct sandbox_call {
	int number;
	bool refused;
};
int sandbox_calls(const struct sandbox_call *calls, size_t n) must_check;

#endif
