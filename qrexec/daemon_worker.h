/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Within the worker of the daemon: its state, and the connections of clients in dom0. */
#ifndef QVM_QREXEC_DAEMON_WORKER_H
#define QVM_QREXEC_DAEMON_WORKER_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "qrexec/daemon.h"
#include "qrexec/frame.h"

enum { CLIENTS_MAX = 256 };

enum client_state {
	CLIENT_FREE,
	CLIENT_HELLO,	/* our HELLO is sent, theirs awaited */
	CLIENT_REQUEST, /* its one request is awaited */
	CLIENT_DONE,	/* stays until it leaves or its connection ends */
};

struct client {
	enum client_state state;
	int fd;
	uint32_t port;
	bool told;	   /* its rings are not published: it may be asked to, once */
	uint64_t deadline; /* for its request */
	struct frame in;
};

/* A request of the guest that has not been decided yet. */
struct pending {
	bool used, answered;
	char ident[QREXEC_IDENT];
};

struct worker {
	const struct daemon_conf *c;
	struct daemon_ports *ports;
	int link;
	int listener; /* -1 until the agent has said HELLO */
	struct vchan *v;
	bool takes;	   /* the agent knows EXEC_TOLD */
	uint32_t version;  /* 0 until HELLO */
	int use;	   /* the daemon_use that was told last */
	uint64_t hello_by; /* its deadline, 0 once it has come */
	struct frame in;
	struct outq out;
	struct client clients[CLIENTS_MAX];
	struct pending pending[QREXEC_PENDING_MAX];
};

/* Marks the guest's request IDENT as answered; false: there is none that awaits it. */
bool worker_answer(struct worker *w, const char *ident);

int clients_listener(const struct worker *w); /* -1 while there is no room */
size_t clients_poll(struct worker *w, struct pollfd *p, bool full);
void clients_accept(struct worker *w); /* all that wait */
void clients_work(struct worker *w);   /* reads from all that have something */
/* The agent cannot use what it was told: whoever waits for that on PORT has to publish. */
void clients_publish(struct worker *w, uint32_t port);
void clients_end(struct worker *w, uint32_t port);
void clients_dispose(struct worker *w);

#endif
