/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon of one domain, in two processes.
 *
 * The worker alone reads what the guest sends. It holds the control channel and the
 * connections of clients in dom0; once it has the channel it gives up all privileges and
 * confines itself (sandbox.h). It cannot regain them, so it ends with its connection.
 *
 * The broker started it and is what others see as the daemon: it owns the sockets' names,
 * starts a worker for each connection of the agent, and for each call that the worker asks
 * for a child that gets a decision and carries it out. What it receives from the worker are
 * fixed structures, which it checks again.
 */
#ifndef QVM_QREXEC_DAEMON_H
#define QVM_QREXEC_DAEMON_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/macro.h"
#include "qrexec/decide.h"
#include "qrexec/proto.h"
#include "qrexec/vchan.h"

/* What who supervises the daemon is told of the domain: the agent is there, and nobody uses it
 * by a call, or somebody does. */
enum daemon_use { DAEMON_IDLE = 'i', DAEMON_BUSY = 'b' };

struct daemon_conf {
	struct vchan_site site;
	uint32_t domid;
	const char *name;
	const char *uuid; /* NULL: none */
	const char *default_user;
	const char *socket_dir;
	const char *service_path, *config_path; /* of services in dom0; NULL: default */
	const char *start_program;		/* starts a target that is not running */
	const char *disp_program;		/* makes a disposable, prints its name */
	const char *listeners;			/* of calls (tell.h); NULL: none */
	struct decide decide;
	uid_t uid; /* of the worker, where the daemon is root */
	gid_t gid;
	uint64_t deadline; /* of the first connection; 0: none */
	int started_fd;	   /* gets one byte when the agent is there; -1: none */
	int calls_fd;	   /* gets a byte of daemon_use at each change; -1: none */
};

/* Ports in use; shared by the broker and its workers, for they outlive a connection. */
struct daemon_ports {
	bool used[QREXEC_PORTS];
	uint32_t domain[QREXEC_PORTS];
};

enum link_kind {
	LINK_UP = 1, /* worker: the agent has said HELLO; the answer carries a listener */
	LINK_CALL,   /* worker: a request of the guest */
	LINK_GONE,   /* worker: the domain is no more */
	LINK_USE,    /* worker: VALUE is a daemon_use */
	LINK_LISTENER, /* broker: with a descriptor */
	LINK_DONE,     /* broker: the child for IDENT has ended with VALUE */
};

struct link_msg {
	uint32_t kind;
	int32_t value;
	struct qrexec_trigger call;
};

/* FD: sent along, -1 for none. 0 or a negative errno. */
int link_send(int sock, const struct link_msg *m, int fd) must_check;
/* RET_FD: what came along, -1 for nothing. 0, or a negative errno, -EPIPE at the end. */
int link_take(int sock, struct link_msg *ret, int *ret_fd) must_check;

/* Runs until SIGTERM (0), the domain is gone (0), or the deadline (3); else 1. */
int broker_run(const struct daemon_conf *c) must_check;

/* Runs until the connection ends. Called in a process of its own; returns its status. */
int worker_run(const struct daemon_conf *c, struct daemon_ports *ports, int link)
	must_check;

/* Decides and carries out; returns the status of its process, 126 when refused. */
int daemon_call(const struct daemon_conf *c, const struct qrexec_trigger *call)
	must_check;

/* The lowest free port for a connection with DOMAIN, or 0. */
uint32_t ports_take(struct daemon_ports *p, uint32_t own, uint32_t domain) must_check;
void ports_release(struct daemon_ports *p, uint32_t domain, uint32_t port);
bool ports_any(const struct daemon_ports *p) must_check; /* is one in use? */

#endif
