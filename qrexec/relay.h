/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of a data connection: bytes between a channel and local descriptors until the
 * exit status has passed. The caller's end sends STDIN and receives the rest; the
 * service's end the other way round.
 *
 * The loop reads only what it can pass on, so it holds at most one message a direction;
 * it sleeps in poll. SIGCHLD and SIGUSR1 must be blocked before the process is started.
 */
#ifndef QVM_QREXEC_RELAY_H
#define QVM_QREXEC_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/macro.h"
#include "qrexec/vchan.h"

enum relay_role { RELAY_CALLER, RELAY_SERVICE };

struct relay {
	struct vchan *v; /* HELLO is behind it; not closed here */
	enum relay_role role;
	uint32_t version;
	/*
	 * Local ends, -1 for none. They are closed here, except 0, 1 and 2. sink and source
	 * may be one socket: its writing side is then shut down instead.
	 */
	int sink;   /* service: its standard input; caller: where STDOUT goes */
	int source; /* service: its standard output; caller: what is sent as STDIN */
	int errors; /* service: its standard error; caller: where STDERR goes */
	pid_t pid;  /* the local process, 0 for none; reaped here */
	bool filter_out, filter_err;	  /* caller: make the output fit for a terminal */
	bool stop_on_sink_end;		  /* caller: a reader who is gone ends the call */
	bool end_on_remote, end_on_local; /* service on a socket: end on EOF from there */
	uint64_t deadline;  /* -ETIMEDOUT then, whatever is under way; 0: none */
	const void *prefix; /* caller: sent as STDIN before all else */
	size_t prefix_len;
	/* service: is shown what is sent as STDERR; may be NULL */
	void (*errors_seen)(void *arg, const void *data, size_t len);
	void *arg;
	int local_status; /* result: of the local process, -1 while unknown */
};

/*
 * Runs it. 0 and the exit status of the call in RET_STATUS, 255 when the other side went
 * away before telling one; or a negative errno when this side has failed.
 */
int relay_run(struct relay *r, int *ret_status) must_check;

/* Waits for the local process, when there is one; its status, 0 when there is none. */
int relay_local_status(struct relay *r) must_check;

/*
 * HELLO on a data channel. A server says it before anybody has connected, so that it is
 * there when somebody does. hear: the version or -E.
 */
int relay_say_hello(struct vchan *v, uint64_t deadline) must_check;
int relay_hear_hello(struct vchan *v, uint64_t deadline) must_check;
/* Both; FIRST: say it before hearing it. Returns the version or -E. */
int relay_hello(struct vchan *v, bool first, uint64_t deadline) must_check;

/* Which streams end before the status, and in which order: it differs in dom0. */
enum relay_end { RELAY_STATUS, RELAY_OUT_ERR, RELAY_ERR_OUT };

/* The end of a call that has started nothing. */
int relay_fail(struct vchan *v, int status, enum relay_end end, uint64_t deadline)
	must_check;

#endif
