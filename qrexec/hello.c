/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two ends of a data connection: how it begins, and how one ends that never ran. */
#include <errno.h>

#include "lib/alloc.h"
#include "qrexec/frame.h"
#include "qrexec/relay.h"

enum { LAST_WORD_MS = 200 };

int relay_say_hello(struct vchan *v, uint64_t deadline)
{
	uint8_t bytes[QREXEC_HEADER + 4];

	qrexec_header_put(bytes, QREXEC_HELLO, 4);
	qrexec_u32_put(bytes + QREXEC_HEADER, QREXEC_VERSION);
	return vchan_write_all(v, bytes, sizeof(bytes), deadline);
}

int relay_hear_hello(struct vchan *v, uint64_t deadline)
{
	uint8_t bytes[QREXEC_HEADER], untrusted_body[4];
	struct qrexec_header head;
	uint32_t version;
	int r = vchan_read_all(v, bytes, sizeof(bytes), deadline);

	if (r < 0)
		return r;
	head = qrexec_header_get(bytes);
	if (head.type != QREXEC_HELLO || head.len != sizeof(untrusted_body))
		return -EPROTO;
	r = vchan_read_all(v, untrusted_body, sizeof(untrusted_body), deadline);
	if (r < 0)
		return r;
	version = qrexec_hello(&head, untrusted_body, QREXEC_VERSION_MIN);
	return version ? (int)version : -EPROTO;
}

int relay_hello(struct vchan *v, bool first, uint64_t deadline)
{
	int r = first ? relay_say_hello(v, deadline) : 0;
	int version = 0;

	if (r < 0)
		return r;
	version = relay_hear_hello(v, deadline);
	if (version > 0 && !first)
		r = relay_say_hello(v, deadline);
	return r < 0 ? r : version;
}

int relay_fail(struct vchan *v, int status, enum relay_end how, uint64_t deadline)
{
	struct outq q = {0};
	uint32_t code = (uint32_t)status;
	uint8_t dropped[512];
	uint64_t end;
	int r;

	if (how == RELAY_ERR_OUT)
		outq_add(&q, QREXEC_DATA_STDERR, NULL, 0);
	if (how != RELAY_STATUS)
		outq_add(&q, QREXEC_DATA_STDOUT, NULL, 0);
	if (how == RELAY_OUT_ERR)
		outq_add(&q, QREXEC_DATA_STDERR, NULL, 0);
	outq_add(&q, QREXEC_DATA_EXIT_CODE, &code, sizeof(code));
	r = vchan_write_all(v, q.data.data, outq_len(&q), deadline);
	outq_dispose(&q);
	/* The peer may be writing STDIN still: it must not meet a closed channel. */
	end = clock_in(LAST_WORD_MS);
	while (r == 0 && how != RELAY_STATUS && clock_ms() < end) {
		ssize_t n = v->ops->read(v, dropped, sizeof(dropped));

		if (n < 0)
			break;
		if (n == 0)
			r = vchan_wait(v, true, false, end);
	}
	return r == -ETIMEDOUT || r == -EPIPE ? 0 : r;
}
