/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Within qrexec-agent: its state, and the programs of this guest that make calls. */
#ifndef QVM_AGENT_LOCALS_H
#define QVM_AGENT_LOCALS_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/workers.h"
#include "qrexec/frame.h"
#include "qrexec/vchan.h"

enum { LOCALS_MAX = 256 };

enum local_state { LOCAL_FREE, LOCAL_REQUEST, LOCAL_ASKED, LOCAL_CONNECTED };

struct local {
	enum local_state state;
	int fd;
	unsigned serial; /* its ident; never used twice */
	uint32_t domain, port;
	struct frame in;
};

struct agent {
	struct vchan_site site;
	struct vchan *v;
	uint32_t version;
	int signals;
	int listener; /* -1 until dom0 has answered */
	struct frame in;
	struct outq out;
	unsigned serial;
	struct local locals[LOCALS_MAX];
	struct workers workers;
	const char *session_pattern; /* see struct agent_call */
};

void agent_terminated(struct agent *a, uint32_t domain, uint32_t port);

int locals_listener(const struct agent *a); /* -1 while there is no room */
size_t locals_poll(struct agent *a, struct pollfd *p);
void locals_accept(struct agent *a);
void locals_work(struct agent *a);
/* dom0's answers. connect: false when the program is gone. */
bool locals_connect(struct agent *a, const char *ident, uint32_t domain, uint32_t port);
void locals_refuse(struct agent *a, const char *ident);
/* Closes all, without a word to anybody. */
void locals_forget(struct agent *a);

#endif
