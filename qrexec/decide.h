/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * May this call happen, and as what? The answer comes from Qubes's policy daemon, from a
 * policy program, or from a function of this process; whatever goes wrong means no.
 */
#ifndef QVM_QREXEC_DECIDE_H
#define QVM_QREXEC_DECIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/macro.h"

#define DECIDE_SOCKET "/var/run/qubes/policy.sock"
#define DECIDE_PROGRAM "/usr/bin/qrexec-policy-exec"

enum { DECIDE_ANSWER_MAX = 4095 };

/* What the guest asked for; names are sanitised, the source is as the daemon knows it. */
struct decide_request {
	const char *source;
	const char *target;	      /* may be empty */
	const char *service;	      /* SERVICE+ARG, always with a `+` */
	const char *requested_source; /* NULL: the message had none */
};

struct decide_answer {
	bool allow;
	bool autostart;
	char *user;	   /* "DEFAULT": the target's own */
	char *target;	   /* name, dom0, @dispvm:NAME */
	char *target_uuid; /* uuid:... or @dispvm:uuid:...; NULL: none */
	char *requested_target;
	char *service; /* NULL: as asked */
	char *source;  /* NULL: as asked */
	/* for the record; NULL where unknown */
	char *rule;	    /* FILE:LINE that decided */
	const char *reason; /* constant */
	bool asked;	    /* of a person */
};

struct decide {
	const char *socket;  /* Qubes's policy daemon; NULL: not asked */
	const char *program; /* asked where the socket fails; NULL: none */
	/*
	 * Asked first when there is one: 0 and *ret, or a negative errno, which denies. It
	 * runs in a process of its own for each call, so it may wait for a person.
	 */
	int (*policy)(const struct decide_request *q, struct decide_answer *ret,
		      void *data);
	/* Called in the daemon itself, before the process of a call begins; or NULL. */
	void (*prepare)(void *data);
	void *data;
};

/* 0 and *ret, or a negative errno: then the call is denied. */
int decide(const struct decide *d, const struct decide_request *q,
	   struct decide_answer *ret) must_check;

/* The answer of the policy daemon or program; 0 or -EPROTO. */
int decide_parse(const char *text, size_t len, struct decide_answer *ret) must_check;

void decide_answer_dispose(struct decide_answer *a);
#define cleanup_decide_answer cleanup(decide_answer_dispose)

#endif
