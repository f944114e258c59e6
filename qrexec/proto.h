/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wire of qrexec: messages, their bounds, and the checks of what the other side says.
 * Pure: bytes in, values out. Every integer is in the byte order of the machine.
 *
 * A decoder returns an enum qrexec_verdict and writes its results only for QREXEC_OK; it
 * never reads beyond the LEN it was given, and nothing it returns points outside the body.
 */
#ifndef QVM_QREXEC_PROTO_H
#define QVM_QREXEC_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/macro.h"

enum qrexec_msg {
	QREXEC_DATA_STDIN = 0x190,
	QREXEC_DATA_STDOUT = 0x191,
	QREXEC_DATA_STDERR = 0x192,
	QREXEC_DATA_EXIT_CODE = 0x193,
	QREXEC_EXEC_CMDLINE = 0x200,
	QREXEC_JUST_EXEC = 0x201,
	QREXEC_SERVICE_CONNECT = 0x202,
	QREXEC_SERVICE_REFUSED = 0x203,
	QREXEC_TRIGGER_SERVICE = 0x210, /* version 2 */
	QREXEC_CONNECTION_TERMINATED = 0x211,
	QREXEC_TRIGGER_SERVICE3 = 0x212,
	QREXEC_TRIGGER_SERVICE4 = 0x213,
	QREXEC_HELLO = 0x300,
	/* Ours alone: nobody is sent one who has not said or shown that it knows them. */
	QREXEC_EXEC_TOLD =
		0x71766d03, /* client to daemon to agent: see struct qrexec_exec */
	QREXEC_PUBLISH =
		0x71766d02, /* agent to daemon: exec_params; to client: nothing */
};

enum {
	QREXEC_VERSION = 4,	  /* what we announce */
	QREXEC_VERSION_MIN = 2,	  /* of an agent, and on data connections */
	QREXEC_VERSION_LOCAL = 3, /* between daemon and clients in dom0 */
	QREXEC_CONTROL_PORT = 512,
	QREXEC_PORT_FIRST = 513, /* data connections */
	QREXEC_PORT_LAST = 768,
	QREXEC_PORTS = 256,
	QREXEC_PENDING_MAX = 256, /* requests of one guest that await policy */
	QREXEC_HEADER = 8,
	QREXEC_IDENT = 32,
	QREXEC_NAME = 64,
	QREXEC_EXEC = 8,       /* exec_params without the command */
	QREXEC_TOLD = 20,      /* between these two in QREXEC_EXEC_TOLD */
	QREXEC_TRIGGER4 = 160, /* trigger_service_params4 without the name */
	QREXEC_TRIGGER3 = 96,
	QREXEC_TRIGGER2 = 128,
	QREXEC_SERVICE_MAX = 65000, /* service and argument, with the NUL */
	QREXEC_COMMAND_MAX = 65535, /* body of a request to run something */
	QREXEC_CONTROL_MAX = QREXEC_TRIGGER4 + QREXEC_SERVICE_MAX,
	QREXEC_CHUNK = 65536, /* largest body of a data message, from version 3 */
	QREXEC_CHUNK2 = 4096, /* the same in version 2 */
	QREXEC_DATA_RING = 65536,
};

enum qrexec_verdict {
	QREXEC_OK,
	QREXEC_REFUSE, /* answer SERVICE_REFUSED and go on */
	QREXEC_FATAL,  /* end this connection */
};

/* Exit statuses that qrexec itself uses. */
enum {
	QREXEC_EXIT_TROUBLE = 125,
	QREXEC_EXIT_REFUSED = 126,
	QREXEC_EXIT_NO_SERVICE = 127
};

struct qrexec_header {
	uint32_t type;
	uint32_t len; /* of the body */
};

void qrexec_header_put(uint8_t out[static QREXEC_HEADER], uint32_t type, uint32_t len);
struct qrexec_header qrexec_header_get(const uint8_t in[static QREXEC_HEADER]);
void qrexec_u32_put(uint8_t *out, uint32_t value);
uint32_t qrexec_u32_get(const uint8_t *in);

/*
 * The version in use after the other side's HELLO: the smaller of the two; 0 when the
 * message is no HELLO, has another length than 4, or the version is below LOWEST.
 */
uint32_t qrexec_hello(const struct qrexec_header *head, const uint8_t *untrusted_body,
		      uint32_t lowest) must_check;

/* A request of the guest, its names sanitised; a `+` is added to a service without one. */
struct qrexec_trigger {
	bool has_source; /* version 4: SOURCE was given, perhaps empty */
	char source[QREXEC_NAME];
	char target[QREXEC_NAME];
	char ident[QREXEC_IDENT]; /* the 32 bytes as they came */
	char service[QREXEC_SERVICE_MAX + 1];
};

/* The largest and smallest body of a message from agent to daemon; false: fatal type. */
bool qrexec_from_agent(uint32_t version, const struct qrexec_header *head) must_check;

/* TRIGGER_SERVICE, 3 and 4. For QREXEC_REFUSE ret->ident is filled as well. */
enum qrexec_verdict qrexec_trigger(const struct qrexec_header *head,
				   const uint8_t *untrusted_body,
				   struct qrexec_trigger *ret) must_check;

/*
 * exec_params: EXEC_CMDLINE, JUST_EXEC, SERVICE_CONNECT, CONNECTION_TERMINATED, PUBLISH; and
 * EXEC_TOLD, where after domain and port come the type that it is otherwise (one of the first
 * two), the domain that rings are shared with, and their address: so nobody has to look for
 * them. Who cannot use it answers PUBLISH, and finds them as by a message of that other type.
 * (Number 0x71766d01 was the same without the mark.)
 */
struct qrexec_exec {
	uint32_t type; /* of EXEC_TOLD the other one */
	uint32_t domain;
	uint32_t port;
	uint32_t shared, ring_ref, event, mark; /* EXEC_TOLD; else 0 */
	const char *command; /* NUL-terminated within the body; NULL: there was none */
	char ident[QREXEC_IDENT]; /* SERVICE_CONNECT */
};

enum qrexec_verdict qrexec_exec(const struct qrexec_header *head,
				const uint8_t *untrusted_body, struct qrexec_exec *ret)
	must_check;

/* What lies between exec_params and the command of an EXEC_TOLD, out of TOLD. */
void qrexec_told_put(uint8_t out[static QREXEC_TOLD], const struct qrexec_exec *told);

/* Every byte allowed, a NUL in it, and only NULs after that one. */
bool qrexec_ident_ok(const char ident[static QREXEC_IDENT]) must_check;
bool qrexec_port_ok(uint32_t port) must_check; /* 513 to 768 */
uint32_t qrexec_chunk(uint32_t version) must_check;

/* 1 to 31 of [A-Za-z0-9_.-], first a letter, no reserved word. */
bool qrexec_name_ok(const char *name) must_check;

/* In place: what is not of the class becomes `_`. */
void qrexec_service_sanitise(char *name);
void qrexec_domain_sanitise(char *name);

/* What a terminal may show of a guest's output: the rest becomes `_`. */
void qrexec_output_sanitise(uint8_t *bytes, size_t len);

#endif
