/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/vchan_store.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/size.h"
#include "lib/wire_link.h"
#include "qrexec/vchan.h"

#define MARK "qvm-takes-marked-addresses"

/* RECHECK_MS: so often it is looked again in any case. */
enum { BATCH_MAX = 5, RECHECK_MS = 10000 };

struct batch {
	char bytes[BATCH_MAX * 256];
	size_t ends[BATCH_MAX]; /* of the messages in it */
	uint32_t types[BATCH_MAX];
	size_t n;
};

int xstore_open(struct xstore *s)
{
	struct stat st;

	*s = XSTORE_INIT;
	s->fd = wire_open();
	if (s->fd < 0)
		return s->fd;
	s->bus = fstat(s->fd, &st) == 0 && S_ISCHR(st.st_mode);
	return 0;
}

/* Paths and values are ours and short: what does not fit is a mistake of this file. */
static void add(struct xstore *s, struct batch *b, struct wire_request req)
{
	size_t begin = b->n ? b->ends[b->n - 1] : 0;

	b->types[b->n] = wire_types[req.type];
	req.type = b->types[b->n];
	req.id = ++s->last;
	b->ends[b->n++] =
		begin + wire_request(b->bytes + begin, sizeof(b->bytes) - begin, &req);
}

static int read_all(const struct xstore *s, char *data, size_t len, uint64_t deadline)
{
	while (len) {
		struct pollfd p = {.fd = s->fd, .events = POLLIN};
		int r = poll(&p, 1, clock_left(deadline, -1));
		ssize_t n;

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return r < 0 ? -errno : -ETIMEDOUT;
		n = read(s->fd, data, len);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return -EIO;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int take(const struct xstore *s, struct wire_head *head, char *body)
{
	uint64_t deadline = clock_in(WIRE_ANSWER_S * 1000);
	char bytes[WIRE_HEAD];
	int r = read_all(s, bytes, sizeof(bytes), deadline);

	if (r == 0)
		r = wire_head(bytes, head);
	if (r == 0)
		r = read_all(s, body, head->len, deadline);
	if (r == 0)
		body[head->len] = '\0';
	return r;
}

static int answer(struct xstore *s, uint32_t id, uint32_t type, char *body)
{
	struct wire_head head;
	int r;

	do {
		r = take(s, &head, body);
		s->fired |= r == 0 && wire_is_event(&head);
	} while (r == 0 && wire_is_event(&head));
	return r < 0 ? r : wire_answer(&head, id, type, body);
}

/* Messages FIRST to LAST, and their answers, all of which are taken. */
static int exchange(struct xstore *s, const struct batch *b, size_t first, size_t last,
		    char (*values)[WIRE_VALUE_MAX + 1])
{
	char dropped[WIRE_VALUE_MAX + 1];
	size_t begin = first ? b->ends[first - 1] : 0;
	int result = wire_send(s->fd, b->bytes + begin, b->ends[last] - begin);

	for (size_t i = first; i <= last && result != -EIO && result != -ETIMEDOUT; i++) {
		uint32_t id = s->last - (uint32_t)(b->n - 1 - i);
		int r = answer(s, id, b->types[i], values ? values[i] : dropped);

		result = result ? result : r;
	}
	return result;
}

/*
 * The first failure counts. VALUES: of BATCH_MAX answers, or NULL. The kernel's device has
 * one buffer for the message that is under way: a second one would overwrite it there.
 */
static int run(struct xstore *s, const struct batch *b,
	       char (*values)[WIRE_VALUE_MAX + 1])
{
	int r = 0;

	if (!s->bus)
		return exchange(s, b, 0, b->n - 1, values);
	for (size_t i = 0; i < b->n && r == 0; i++)
		r = exchange(s, b, i, i, values);
	return r;
}

static int number(const char *text, uint32_t *ret)
{
	long long n = 0;

	if (num_parse(text, 0, UINT32_MAX, &n) < 0)
		return -EPROTO;
	*ret = (uint32_t)n;
	return 0;
}

int xstore_self(struct xstore *s, uint32_t *ret)
{
	char values[BATCH_MAX][WIRE_VALUE_MAX + 1];
	struct batch b = {.n = 0};
	int r;

	add(s, &b, (struct wire_request){.type = WIRE_READ, .dir = "domid"});
	r = run(s, &b, values);
	return r < 0 ? r : number(values[0], ret);
}

/*
 * The folder gets its rights first and hands them down; event-channel comes last, because
 * clients wait for it. So nobody sees the half of it, and no transaction is needed.
 */
int xstore_publish(struct xstore *s, const char *folder, uint32_t self, uint32_t peer,
		   const struct vchan_address *at, bool takes)
{
	char rights[32], ref[16], port[16];
	int owner = snprintf(rights, sizeof(rights), "n%u", self);
	int reader = snprintf(rights + owner + 1, sizeof(rights) - (size_t)owner - 1,
			      "r%u", peer);
	struct batch b = {.n = 0};

	snprintf(ref, sizeof(ref), "%u", at->ring_ref);
	snprintf(port, sizeof(port), "%u", at->port);
	add(s, &b, (struct wire_request){.type = WIRE_WRITE, .dir = folder});
	add(s, &b,
	    (struct wire_request){.type = WIRE_SET_PERMS,
				  .dir = folder,
				  .value = rights,
				  .len = (size_t)(owner + reader) + 2});
	if (takes)
		add(s, &b,
		    (struct wire_request){.type = WIRE_WRITE,
					  .dir = folder,
					  .node = MARK,
					  .value = "1",
					  .len = 1});
	add(s, &b,
	    (struct wire_request){.type = WIRE_WRITE,
				  .dir = folder,
				  .node = "ring-ref",
				  .value = ref,
				  .len = strlen(ref)});
	add(s, &b,
	    (struct wire_request){.type = WIRE_WRITE,
				  .dir = folder,
				  .node = "event-channel",
				  .value = port,
				  .len = strlen(port)});
	return run(s, &b, NULL);
}

bool xstore_takes(struct xstore *s, const char *folder)
{
	char untrusted[BATCH_MAX][WIRE_VALUE_MAX + 1];
	struct batch b = {.n = 0};

	add(s, &b, (struct wire_request){.type = WIRE_READ, .dir = folder, .node = MARK});
	return run(s, &b, untrusted) == 0 && strcmp(untrusted[0], "1") == 0;
}

void xstore_withdraw(struct xstore *s, const char *folder)
{
	struct batch b = {.n = 0};

	add(s, &b, (struct wire_request){.type = WIRE_REMOVE, .dir = folder});
	s->removing = wire_send(s->fd, b.bytes, b.ends[0]) == 0;
}

/*
 * Both of a batch, each through a device of its own: to dom0 and back is most of what a
 * request takes a guest.
 */
static int run_two(struct xstore *s, const struct batch *b,
		   char (*values)[WIRE_VALUE_MAX + 1])
{
	struct xstore second = {.bus = true, .last = s->last};
	int r, other;

	if (s->second < 0)
		s->second = wire_open();
	if (s->second < 0)
		return run(s, b, values);
	second.fd = s->second;
	other = wire_send(second.fd, b->bytes + b->ends[0], b->ends[1] - b->ends[0]);
	r = exchange(s, b, 0, 0, values);
	if (other == 0)
		other = answer(&second, s->last, b->types[1], values[1]);
	return r < 0 ? r : other;
}

int xstore_find(struct xstore *s, const char *folder, struct vchan_address *ret)
{
	char values[BATCH_MAX][WIRE_VALUE_MAX + 1];
	struct batch b = {.n = 0};
	int r;

	add(s, &b,
	    (struct wire_request){
		    .type = WIRE_READ, .dir = folder, .node = "event-channel"});
	add(s, &b,
	    (struct wire_request){.type = WIRE_READ, .dir = folder, .node = "ring-ref"});
	r = s->bus ? run_two(s, &b, values) : run(s, &b, values);
	if (r < 0)
		return r == -EACCES ? -ENOENT : r;
	r = number(values[0], &ret->port);
	return r < 0 ? r : number(values[1], &ret->ring_ref);
}

int xstore_watch(struct xstore *s, const char *folder, bool ends)
{
	static const char token[] = "v";
	struct batch b = {.n = 0};

	if (folder)
		add(s, &b,
		    (struct wire_request){.type = WIRE_WATCH,
					  .dir = folder,
					  .node = "event-channel",
					  .value = token,
					  .len = sizeof(token)});
	if (ends)
		add(s, &b,
		    (struct wire_request){.type = WIRE_WATCH,
					  .dir = "@releaseDomain",
					  .value = token,
					  .len = sizeof(token)});
	return run(s, &b, NULL);
}

int xstore_wait(struct xstore *s, uint64_t deadline, int cancel)
{
	struct pollfd p[2] = {{.fd = s->fd, .events = POLLIN},
			      {.fd = cancel, .events = POLLIN}};
	char body[WIRE_VALUE_MAX + 1];
	struct wire_head head;
	int n = s->fired ? 0 : poll(p, 2, clock_left(deadline, RECHECK_MS));

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (n > 0 && p[1].revents)
		return -ECANCELED;
	if (n > 0)
		return take(s, &head, body); /* nothing else than an event is due */
	if (!s->fired && deadline && clock_ms() >= deadline)
		return -ETIMEDOUT;
	s->fired = false;
	return 0;
}

bool xstore_lives(struct xstore *s, uint32_t domid)
{
	char values[BATCH_MAX][WIRE_VALUE_MAX + 1];
	char text[16];
	struct batch b = {.n = 0};

	snprintf(text, sizeof(text), "%u", domid);
	add(s, &b, (struct wire_request){.type = WIRE_INTRODUCED, .dir = text});
	return run(s, &b, values) < 0 || values[0][0] != 'F';
}

void xstore_close(struct xstore *s)
{
	char body[WIRE_VALUE_MAX + 1];

	/* Closed with a request still unread it would be dropped. */
	if (s->removing)
		(void)answer(s, s->last, wire_types[WIRE_REMOVE], body);
	cleanup_close_at(&s->fd);
	cleanup_close_at(&s->second);
	*s = XSTORE_INIT;
}
