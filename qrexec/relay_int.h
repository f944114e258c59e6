/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Within the relay: the state of a connection, and its two halves. */
#ifndef QVM_QREXEC_RELAY_INT_H
#define QVM_QREXEC_RELAY_INT_H

#include <stdbool.h>
#include <stdint.h>

#include "qrexec/proto.h"
#include "qrexec/relay.h"

/*
 * LINGER: a peer may still send STDIN after a service has failed; EXIT_CODE waits for it.
 * A channel that takes nothing and a sink that takes nothing are waited for without limit:
 * both may belong to a paused domain or a stopped program. Their end wakes us.
 */
enum {
	LINGER_MS = 200,
	GONE_MS = 2000,
	IDLE_MS = 10000,
	OUT_MORE = 64,
	PIPE_ATOMIC = 4096,
	EAGER = 16384 /* a source that gave as much is read again without asking poll */
};

/*
 * How a local end is written to without ever waiting, whatever flags others gave it. A pipe is
 * opened anew when the kernel has no other way (before Linux 6.4), unless it is ours alone.
 */
enum sink_kind { SINK_OTHER, SINK_SOCKET, SINK_PIPE, SINK_PIPE_OLD, SINK_PIPE_OWN };

/*
 * What is on its way out: one message of data, and behind it those without: ends of streams
 * and the status go along, for each time that the other side is woken costs more than they.
 */
struct outgoing {
	uint8_t bytes[QREXEC_HEADER + QREXEC_CHUNK + OUT_MORE];
	size_t done, len;
};

/*
 * Of the message that comes in: its header, and the piece of its body not yet passed on. The
 * channel is emptied in one go: each reading of it may wake the other side, and for the room
 * of a header that would be in vain. Nor is more asked for than it can hold: libxenvchan would
 * have the other side wake us for what it writes next, while we are at work anyway.
 */
struct incoming {
	uint8_t raw[QREXEC_DATA_RING]; /* as it came; used up to RAW_DONE */
	size_t raw_done, raw_len;
	uint8_t head[QREXEC_HEADER];
	size_t have;
	struct qrexec_header now;
	size_t left; /* of the body, not yet in a piece */
	int fd;	     /* where the piece goes; -1: nowhere */
	enum sink_kind kind;
	uint8_t *piece; /* in RAW */
	size_t done, len;
	uint8_t exit_bytes[4];
	size_t exit_have;
};

struct loop {
	struct relay *r;
	struct outgoing out;
	struct incoming in;
	int signals;
	enum sink_kind sink_kind, errors_kind;
	bool source_never_waits;
	int sink_own, errors_own; /* SINK_PIPE_OWN: what is written to in place of them */
	bool source_ready, errors_ready; /* poll said so: a read does not wait */
	bool source_ended, errors_ended; /* their EOF has been sent */
	bool sink_ended;		 /* EOF was received and passed on */
	bool sink_gone;			 /* nobody reads there any more */
	bool remote_gone;
	bool exited;   /* the local process */
	bool finished; /* EXIT_CODE has been sent or received */
	int status;
	uint64_t end; /* no longer than this, once the call is as good as over */
};

/* A local end that is read. */
struct local_end {
	int *fd;
	bool *ready, *ended;
	uint32_t type;
	bool never_waits; /* reading it, whether it has something or not */
};

/* relay_out.c: from the local ends into the channel. 1: something happened, 0, or -E. */
int relay_send(struct loop *l);
int relay_take_local(struct loop *l, struct local_end *e);
void relay_queue(struct loop *l, uint32_t type, const void *body, size_t len);
bool relay_out_free(const struct loop *l); /* nothing is on its way: data may be queued */
bool relay_out_room(const struct loop *l); /* for a message without data */

/* relay_in.c: from the channel to the local ends; the same. */
int relay_take_remote(struct loop *l);
int relay_give_local(struct loop *l);

void relay_fd_close(int *fd); /* but 0, 1 and 2 are only forgotten */

#endif
