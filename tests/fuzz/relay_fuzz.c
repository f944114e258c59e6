/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feeds the data connection of a call to both of its ends, as a hostile other side may fill
 * it, in pieces of sizes that the input chooses. The first byte chooses role, version and
 * filters. run.sh builds and runs it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/alloc.h"
#include "qrexec/relay_in.c"

/* A failure must be seen in every build. */
#define check(x)                                                                         \
	do {                                                                             \
		if (!(x))                                                                \
			__builtin_trap();                                                \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A channel that holds DATA. */
struct source {
	struct vchan v;
	const uint8_t *at;
	size_t len;
};

static ssize_t source_read(struct vchan *v, void *data, size_t len)
{
	struct source *s = (struct source *)v;
	size_t most = s->len ? (size_t)*s->at * 7 + 1 : 0;

	if (!s->len)
		return -EPIPE;
	if (len > most)
		len = most;
	if (len > s->len)
		len = s->len;
	memcpy(data, s->at, len);
	s->at += len;
	s->len -= len;
	return (ssize_t)len;
}

static const struct vchan_ops ops = {.name = "fuzz", .read = source_read};

void relay_fd_close(int *fd)
{
	if (*fd > 2)
		close(*fd);
	*fd = -1;
}

static void check_state(const struct loop *l, const uint8_t *before, size_t filled)
{
	const struct incoming *in = &l->in;

	check(in->raw_done <= in->raw_len && in->raw_len <= sizeof(in->raw));
	check(in->have <= QREXEC_HEADER && in->exit_have <= sizeof(in->exit_bytes));
	check(in->done <= in->len && in->left <= QREXEC_CHUNK);
	check(!in->len ||
	      (in->piece >= before && in->piece + in->len <= before + filled));
	check(l->status >= 0 && l->status <= 255);
}

/* What has been passed on is fit for a terminal where that was asked for. */
static void check_output(int fd)
{
	static uint8_t bytes[1 << 17];
	ssize_t n = pread(fd, bytes, sizeof(bytes), 0);

	for (ssize_t i = 0; i < n; i++)
		check((bytes[i] >= 0x20 && bytes[i] < 0x7f) ||
		      strchr("\t\n\r\b\a", bytes[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct loop l;
	struct source s = {.v = {.ops = &ops}, .at = data + 1, .len = size - 1};
	struct relay r = {.v = &s.v, .errors = -1};
	int out = memfd_create("out", MFD_CLOEXEC);
	int again = dup(out);
	int n = 1;

	if (size < 1 || out < 0 || again < 0)
		goto end;
	r.role = data[0] & 1 ? RELAY_CALLER : RELAY_SERVICE;
	r.version = data[0] & 2 ? 2 : 4;
	r.filter_out = r.filter_err = data[0] & 4;
	r.sink = steal_fd(&again);
	r.errors = data[0] & 8 ? out : -1;
	l = (struct loop){.r = &r, .status = 255};
	while (n > 0) {
		n = relay_take_remote(&l);
		check_state(&l, l.in.raw, sizeof(l.in.raw));
		if (n >= 0)
			n |= relay_give_local(&l);
	}
	check(n == 0 || n == -EPIPE || n == -EPROTO);
	check(!l.finished || r.role == RELAY_CALLER);
	if (r.role == RELAY_CALLER && r.filter_out)
		check_output(out);
	relay_fd_close(&r.sink);
end:
	close(again);
	close(out);
	return 0;
}
