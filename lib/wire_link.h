/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection with xenstored for those who build their own messages (wire.h), many
 * at a time: each turn of the scheduler that is saved shortens a start. No stdio, no heap.
 */
#ifndef QVM_LIB_WIRE_LINK_H
#define QVM_LIB_WIRE_LINK_H

#include "lib/wire.h"

/*
 * So long an answer is waited for. xenstored is one process of a dom0 whose processors may all be
 * taken: who gave up sooner would make a failure of what is only slow.
 */
enum { WIRE_ANSWER_S = 60 };

/*
 * A descriptor to close, or a negative errno. No answer for WIRE_ANSWER_S is -ETIMEDOUT of
 * wire_reply.
 */
int wire_open(void) must_check;

int wire_send(int fd, const char *data, size_t len) must_check;

/*
 * The reply to request ID of TYPE: 0 and its value in BODY with a NUL behind it, or the
 * negative errno that xenstored or the connection gave.
 */
int wire_reply(int fd, uint32_t id, uint32_t type, char body[WIRE_VALUE_MAX + 1])
	must_check;

#endif
