/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 calls a domain: the request, and the caller's end of its data connection. */
#ifndef QVM_QREXEC_INVOKE_H
#define QVM_QREXEC_INVOKE_H

#include <stdbool.h>

#include "qrexec/relay.h"

struct invoke {
	const struct vchan_site *site;
	const char *socket_dir; /* CALL_SOCKET_DIR */
	const char *domain;	/* its name, checked by the caller: it becomes a path */
	const char *command;	/* USER:COMMAND or USER:QUBESRPC ... */
	bool detached; /* the command gets no streams; its status is that of its start */
	uint64_t deadline; /* until the domain has connected; 0: none */
	/*
	 * Called once when the domain takes its time: it may be paused. What it returns,
	 * unless 0, is the call's end. Or NULL.
	 */
	int (*slow)(void *arg);
	void *arg;
};

/*
 * Sends the request and waits for the domain. On success RET is a caller's relay whose
 * local ends are -1, ready to be set, and to be run with relay_run; close ret->v
 * afterwards. Else a negative errno: -ENOENT or -ECONNREFUSED when no daemon serves the
 * domain, and then nothing has been asked of it; -ECONNABORTED when the domain has ended what
 * was to serve the call before it connected.
 */
int invoke(const struct invoke *c, struct relay *ret) must_check;

/*
 * Starts LOCAL (a shell command or QUBESRPC ...) here and connects it with the call. The
 * paths are those of struct start. 0, or the exit status of qrexec that says why not.
 */
int invoke_local(struct relay *r, const char *local, const char *service_path,
		 const char *config_path) must_check;

#endif
