/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/wire_batch.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/size.h"

/*
 * So much is sent before its answers are read: xenstored stops reading from who does not
 * take them, and both would wait.
 */
#define SEND_MAX 32768

void wire_batch_dispose(struct wire_batch *b)
{
	buf_dispose(&b->out);
	free(b->types);
	if (b->fd >= 0)
		close(b->fd);
}

void wire_ask(struct wire_batch *b, uint32_t type, const char *dir, const char *node,
	      const char *value, size_t len)
{
	struct wire_request req = {.type = wire_types[type],
				   .id = (uint32_t)b->n,
				   .tx = b->tx,
				   .dir = dir,
				   .node = node,
				   .value = value,
				   .len = len};
	char message[WIRE_MESSAGE_MAX];
	size_t size = wire_request(message, sizeof(message), &req);

	assert(size); /* paths and values are of bounded length */
	array_grow(b->types, b->n) = req.type;
	b->n++;
	buf_add_mem(&b->out, message, size);
}

/* The size of the first message at AT. */
static size_t message_size(const char *at)
{
	uint32_t len;

	memcpy(&len, at + WIRE_HEAD - sizeof(len), sizeof(len));
	return WIRE_HEAD + len;
}

/* Reads the answer to request I; what went wrong first stays in *FIRST. */
static int take_answer(struct wire_batch *b, size_t i, char body[WIRE_VALUE_MAX + 1],
		       int *first)
{
	int answer = wire_reply(b->fd, (uint32_t)i, b->types[i], body);

	if (answer == -ENOENT && b->types[i] == wire_types[WIRE_REMOVE])
		answer = 0;
	if (*first == 0)
		*first = answer;
	/* A refusal is an answer; the others must be read all the same. */
	return answer == -EPROTO || answer == -ETIMEDOUT ? answer : 0;
}

int wire_run(struct wire_batch *b, char body[WIRE_VALUE_MAX + 1])
{
	size_t at = 0, answered = 0;
	int r = 0, first = 0;

	while (r == 0 && answered < b->n) {
		size_t end = at, last = answered;

		while (last < b->n && end - at < SEND_MAX) {
			end += message_size(b->out.data + end);
			last++;
		}
		r = wire_send(b->fd, b->out.data + at, end - at);
		for (; r == 0 && answered < last; answered++)
			r = take_answer(b, answered, body, &first);
		at = end;
	}
	buf_reset(&b->out);
	b->n = 0;
	return first ? first : r;
}

int wire_read_node(struct wire_batch *b, const char *dir, const char *node,
		   char body[WIRE_VALUE_MAX + 1])
{
	wire_ask(b, WIRE_READ, dir, node, NULL, 0);
	return wire_run(b, body);
}

int wire_list(struct wire_batch *b, const char *dir, size_t max, struct strv *ret)
{
	char names[WIRE_VALUE_MAX + 1] = "";
	int r;

	wire_ask(b, WIRE_DIRECTORY, dir, NULL, NULL, 0);
	r = wire_run(b, names);
	/* Names with a NUL behind each; the reply has one more at its end. */
	for (const char *at = names; r == 0 && *at && ret->n < max; at += strlen(at) + 1)
		strv_add(ret, at);
	return r;
}

void wire_make_dir(struct wire_batch *b, const char *dir, const struct buf *perms)
{
	wire_ask(b, WIRE_MKDIR, dir, NULL, NULL, 0);
	wire_ask(b, WIRE_SET_PERMS, dir, NULL, perms->data, perms->len);
}

static int begin(struct wire_batch *b)
{
	char body[WIRE_VALUE_MAX + 1];
	long long tx;
	int r;

	wire_ask(b, WIRE_BEGIN, "", NULL, NULL, 0);
	r = wire_run(b, body);
	if (r == 0 && num_parse(body, 1, UINT32_MAX, &tx) < 0)
		r = -EPROTO;
	if (r == 0)
		b->tx = (uint32_t)tx;
	return r;
}

int wire_transaction(struct wire_batch *b,
		     void (*asking)(struct wire_batch *b, const void *arg),
		     const void *arg)
{
	char body[WIRE_VALUE_MAX + 1];
	int r;

	do {
		r = begin(b);
		if (r < 0)
			return r;
		asking(b, arg);
		wire_ask(b, WIRE_END, "T", NULL, NULL, 0);
		r = wire_run(b, body);
		b->tx = 0;
	} while (r == -EAGAIN);
	return r;
}

void wire_perms(struct buf *perms, uint32_t owner, uint32_t reader)
{
	buf_addf(perms, "n%u", owner);
	buf_add_ch(perms, '\0');
	buf_addf(perms, "r%u", reader);
	buf_add_ch(perms, '\0');
}
