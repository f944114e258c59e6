/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starts what a command names: a process with three descriptors of ours, or a connection
 * to a socket service. Used by the agent in a guest and by dom0's programs.
 */
#ifndef QVM_QREXEC_START_H
#define QVM_QREXEC_START_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/macro.h"
#include "qrexec/service.h"

struct start {
	const struct command *command;
	const char *service_path; /* NULL: the default */
	const char *config_path;  /* NULL: the default */
	/*
	 * In the child, before exec: becomes USER (NULL in dom0: none is changed) and
	 * returns its shell in RET_SHELL. 0 or a negative errno.
	 */
	int (*become)(const char *user, const char **ret_shell);
	bool detached; /* JUST_EXEC: nothing is connected; a socket gets its descriptor */
	bool dom0;     /* target words are expected; the shell is not a login shell */
	bool with_stderr; /* a pipe for it; else it is inherited */
	/* Services that the program itself has, when no file is found; may be NULL. */
	const char *(*built_in)(const char *service);
};

/* Ends of ours do not block. SINK is a socket where a service from a file was started. */
struct started {
	int sink, source, errors; /* -1 where there is none; sink may be source */
	pid_t pid;		  /* 0: a socket service */
	bool end_on_remote, end_on_local;
};

/*
 * 0, QREXEC_EXIT_TROUBLE or QREXEC_EXIT_NO_SERVICE. SIGUSR1 is blocked here, and
 * unblocked in the child.
 */
int start_command(const struct start *s, struct started *ret) must_check;

/* dom0: becomes the service at PATH; returns only when that fails, with 125. */
int start_in_place(const struct command *c, const char *path) must_check;

/* A connection to the socket or address of SERVICE; a negative errno. */
int start_connect(const struct service *service) must_check;

#endif
