/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Child processes: spawned without a shell, waited for by pid, so that libxl's own children
 * are never reaped here. Nothing installs a SIGCHLD handler.
 */
#ifndef QVM_LIB_PROC_H
#define QVM_LIB_PROC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/buf.h"
#include "lib/macro.h"

struct proc_request {
	const char *const *argv; /* argv[0] is looked up in PATH; NULL-terminated */
	const void *input;	 /* given as standard input; NULL: /dev/null */
	size_t input_len;
	struct buf *out; /* standard output is added here; NULL: inherited */
	struct buf *err; /* standard error is added here; NULL: inherited */
	size_t limit;	 /* at most so many bytes of each are kept; 0: 1 MiB */
	int timeout_ms;	 /* 0: none; afterwards the child is killed: -ETIMEDOUT */
};

/*
 * Runs it to its end. Returns 0 and the exit status in RET_STATUS (128 + n for death by
 * signal n), or a negative errno when it could not be started or ran out of time.
 */
int proc_run(const struct proc_request *req, int *ret_status) must_check;

/*
 * Starts ARGV (argv[0] is looked up in PATH where it has no slash) with FDS as its descriptors
 * 0 to N - 1, N at most PROC_FDS; -1 stands for /dev/null. It has no others, and signals as a
 * new program has them. It is the caller's to wait for. 0 or a negative errno.
 */
enum { PROC_FDS = 4, PROC_INHERIT = -2 /* the one of this process */ };
int proc_spawn(const char *const *argv, const int *fds, int n, pid_t *ret) must_check;

/*
 * Starts ARGV in a session of its own with the descriptors IN, OUT and ERR (each -1:
 * /dev/null); KEEP, when not -1, is passed on as descriptor 3; all else is closed on exec.
 * Its parent need not wait for it: it is re-parented at once. Returns 0 or negative errno.
 */
int proc_spawn_detached(const char *const *argv, int in, int out, int err, int keep)
	must_check;

/*
 * The same without any descriptor, and after all others that want the processor: at the
 * lowest priority, which it may end by proc_be_usual.
 */
int proc_spawn_last(const char *const *argv) must_check;
void proc_be_usual(void);

/*
 * Starts ARGV (argv[0] is a path) as a child that gets SIGTERM when this process ends; its
 * standard streams are /dev/null; KEEP, when not -1, is passed on as descriptor 3; all else
 * is closed. Returns its pid, to be waited for, or a negative errno.
 */
pid_t proc_spawn_bound(const char *const *argv, int keep) must_check;

/*
 * Like fork, but the child belongs to nobody: it has a session of its own, its standard
 * streams are /dev/null, no signal is blocked, and every other descriptor is closed by its
 * next exec. Returns 0 in the child, 1 in the caller, or negative errno there. The child
 * must leave by _exit or exec. Not for programs with threads.
 */
int proc_fork_detached(void) must_check;

/* Waits for PID; returns its status as proc_run does, or a negative errno. */
int proc_wait(pid_t pid) must_check;

/*
 * When PID started, in clock ticks since boot: with the pid it names one process for good.
 * Returns 0, or -ESRCH when there is none, or only a dead one that nobody has waited for.
 */
int proc_start_time(pid_t pid, uint64_t *ret) must_check;

#endif
