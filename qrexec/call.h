/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Talking to a domain's daemon over its socket, and the two ends of a data connection that
 * programs in dom0 take: calling a domain, and serving a call from one.
 */
#ifndef QVM_QREXEC_CALL_H
#define QVM_QREXEC_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/macro.h"
#include "qrexec/relay.h"
#include "qrexec/start.h"
#include "qrexec/vchan.h"

#define CALL_SOCKET_DIR "/var/run/qubes"

/* The socket DIR/qrexec.NAME: a descriptor or a negative errno. */
int call_connect(const char *dir, const char *name) must_check;

/* The domain's number, which the socket's own name tells; false: it does not. */
bool call_number(const char *dir, const char *name, uint32_t *ret) must_check;

/*
 * Sends HELLO and a request with domain, port and LEN bytes of REST behind them, without
 * waiting for the daemon's HELLO: that it hears us late costs every call a turn.
 */
int call_request(int fd, uint32_t type, uint32_t domain, uint32_t port, const void *rest,
		 size_t len) must_check;

/* The daemon's HELLO, for a request that has no answer. */
int call_greeting(int fd) must_check;

/* Its HELLO, and its answer to the request: the other domain and the port. */
int call_answer(int fd, uint32_t type, uint32_t *ret_domain, uint32_t *ret_port)
	must_check;

/* The same for who asks by EXEC_TOLD: RET_TYPE is that, or what it is otherwise. */
int call_answer_told(int fd, uint32_t *ret_type, uint32_t *ret_domain, uint32_t *ret_port)
	must_check;

/* Waits for the end of the connection that was asked for through FD. */
void call_wait(int fd);
/* The same for who polls FD: takes what came; false at the end. */
bool call_lasts(int fd) must_check;

struct call_serve {
	const struct vchan_site *site;
	struct vchan_at at;
	uint64_t deadline;   /* of the data connection */
	const char *command; /* QUBESRPC ... or a shell command */
	const char *service_path, *config_path;
};

/* Connects to the caller, runs the command here in dom0. 0 or a negative errno. */
int call_serve(const struct call_serve *c) must_check;

#endif
