/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/alloc.h"
#include "lib/clock.h"
#include "qrexec/qfile.h"

enum { PROGRESS_MS = 250 };

struct sender {
	const struct qfile_send *s;
	uint64_t told; /* when progress was shown last */
	uint8_t buf[QFILE_BUFFER];
	uint8_t answer[QFILE_ANSWER_MAX];
	size_t answer_len;
};

static void tell(struct sender *x)
{
	uint64_t now;

	if (!x->s->progress)
		return;
	now = clock_ms();
	if (now - x->told < PROGRESS_MS)
		return;
	x->told = now;
	x->s->progress(x->s->arg);
}

/* Waits until it takes more. 1; 0: there is an answer already; or -errno. */
static int await(struct sender *x)
{
	struct pollfd p[] = {
		{.fd = x->s->out, .events = POLLOUT},
		{.fd = x->s->in, .events = POLLIN},
	};

	for (;;) {
		int n = poll(p, array_len(p), x->s->progress ? PROGRESS_MS : -1);

		if (n < 0 && errno != EINTR)
			return -errno;
		tell(x);
		if (n > 0)
			return p[1].revents ? 0 : 1;
	}
}

/* Writes what lies in the buffer. 1: all of it; 0: the receiver has spoken; -errno. */
static int pass_on(struct sender *x, size_t len)
{
	size_t done = 0;

	while (done < len) {
		int r = await(x);
		ssize_t n;

		if (r <= 0)
			return r;
		n = write(x->s->out, x->buf + done, len - done);
		if (n < 0 && errno == EPIPE)
			return 0; /* and why is perhaps in its answer */
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (n > 0)
			done += (size_t)n;
	}
	return 1;
}

/* Up to its own length, or to the end of what comes: older receivers leave the name out. */
static int answer(struct sender *x)
{
	size_t want = QFILE_ANSWER + 4;

	while (x->answer_len < want) {
		struct pollfd p = {.fd = x->s->in, .events = POLLIN};
		ssize_t n =
			read(x->s->in, x->answer + x->answer_len, want - x->answer_len);

		if (n < 0 && errno == EAGAIN)
			(void)poll(&p, 1, -1);
		else if (n < 0 && errno != EINTR && errno != ECONNRESET)
			return -errno;
		else if (n == 0 || (n < 0 && errno == ECONNRESET))
			break;
		else if (n > 0)
			x->answer_len += (size_t)n;
		if (x->answer_len == QFILE_ANSWER + 4 && want == QFILE_ANSWER + 4) {
			uint32_t name_len;

			memcpy(&name_len, x->answer + QFILE_ANSWER, sizeof(name_len));
			if (name_len >= QFILE_NAME_MAX)
				return -EBADMSG;
			want += name_len;
		}
	}
	return x->answer_len ? 0 : -EPIPE;
}

/* 1: the whole stream is out; 0: the receiver has spoken before; -errno. */
static int stream(struct sender *x)
{
	for (;;) {
		ssize_t n = qfile_pack_read(x->s->pack, x->buf, sizeof(x->buf));
		int r;

		if (n <= 0)
			return n < 0 ? (int)n : 1;
		r = pass_on(x, (size_t)n);
		if (r <= 0)
			return r;
	}
}

int qfile_send(const struct qfile_send *s, struct qfile_answer *ret)
{
	cleanup_free struct sender *x = xcalloc(1, sizeof(*x));
	int flags = fcntl(s->out, F_GETFL);
	int r, end;

	x->s = s;
	if (flags < 0 || fcntl(s->out, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	r = stream(x);
	(void)fcntl(s->out, F_SETFL, flags);
	if (r < 0)
		return r;
	(void)shutdown(s->out, SHUT_WR); /* for one who reads to the end; maybe a pipe */
	end = answer(x);
	if (end == 0)
		end = qfile_answer_get(x->answer, x->answer_len, ret);
	if (end < 0)
		return end;
	if (ret->code == 0 && (r == 0 || ret->crc != qfile_pack_crc(s->pack)))
		ret->code = QFILE_DAMAGED;
	return 0;
}
