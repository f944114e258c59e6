/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/vbd.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/buf.h"
#include "lib/size.h"
#include "lib/wire_link.h"

/* What blkback has done is asked in steps; it takes milliseconds, and more in a storm. */
#define OPEN_MS 20000
#define STEP_MS 5

/* Requests on their way: sent together, then answered one by one in their order. */
struct batch {
	int fd;
	uint32_t tx;
	struct buf out;
	uint32_t *types; /* of each request; its number is its id */
	size_t n;
};

static void batch_dispose(struct batch *b)
{
	buf_dispose(&b->out);
	free(b->types);
	if (b->fd >= 0)
		close(b->fd);
}

static void ask(struct batch *b, uint32_t type, const char *dir, const char *node,
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

/* The value of the last reply is left in BODY. */
static int batch_run(struct batch *b, char body[WIRE_VALUE_MAX + 1])
{
	int r = wire_send(b->fd, b->out.data, b->out.len), first = r;

	for (size_t i = 0; r == 0 && i < b->n; i++) {
		int answer = wire_reply(b->fd, (uint32_t)i, b->types[i], body);

		/* A refusal is an answer; the others must be read all the same. */
		if (answer == -EPROTO)
			r = answer;
		if (first == 0)
			first = answer;
	}
	buf_reset(&b->out);
	b->n = 0;
	return first;
}

static int read_node(struct batch *b, const char *dir, const char *node,
		     char body[WIRE_VALUE_MAX + 1])
{
	ask(b, WIRE_READ, dir, node, NULL, 0);
	return batch_run(b, body);
}

/* Nodes inherit the directory's permissions: whose it is, and who else reads it. */
static void put_dir(struct batch *b, const struct vbd *v, enum vbd_dir dir,
		    const struct buf *perms)
{
	const char *name, *value;

	if (perms) {
		ask(b, WIRE_MKDIR, v->dirs[dir], NULL, NULL, 0);
		ask(b, WIRE_SET_PERMS, v->dirs[dir], NULL, perms->data, perms->len);
	}
	for (size_t i = 0; (name = vbd_node(v, dir, i, &value)); i++)
		ask(b, WIRE_WRITE, v->dirs[dir], name, value, strlen(value));
}

/* "n7\0r0\0": domain OWNER's, read by READER, and nobody else's. */
static void add_perms(struct buf *perms, uint32_t owner, uint32_t reader)
{
	buf_addf(perms, "n%u", owner);
	buf_add_ch(perms, '\0');
	buf_addf(perms, "r%u", reader);
	buf_add_ch(perms, '\0');
}

/* Of its own directory the guest may make what it likes; the kernel believes it nothing. */
static void put_frontends(struct batch *b, const struct vbd *v, size_t n, uint32_t domid)
{
	cleanup_buf struct buf perms = BUF_INIT;

	add_perms(&perms, domid, 0);
	for (size_t i = 0; i < n; i++) {
		put_dir(b, &v[i], VBD_FRONTEND, &perms);
		put_dir(b, &v[i], VBD_LIBXL, NULL);
	}
}

static int begin(struct batch *b)
{
	char body[WIRE_VALUE_MAX + 1];
	long long tx;
	int r;

	ask(b, WIRE_BEGIN, "", NULL, NULL, 0);
	r = batch_run(b, body);
	if (r == 0 && num_parse(body, 1, UINT32_MAX, &tx) < 0)
		r = -EPROTO;
	if (r == 0)
		b->tx = (uint32_t)tx;
	return r;
}

/* Blkback looks as soon as a node of it appears, so all appear at once. */
static int put_backends(struct batch *b, const struct vbd *v, size_t n, uint32_t domid)
{
	cleanup_buf struct buf perms = BUF_INIT;
	char body[WIRE_VALUE_MAX + 1];
	int r;

	add_perms(&perms, 0, domid);
	do {
		r = begin(b);
		if (r < 0)
			return r;
		for (size_t i = 0; i < n; i++)
			put_dir(b, &v[i], VBD_BACKEND, &perms);
		ask(b, WIRE_END, "T", NULL, NULL, 0);
		r = batch_run(b, body);
		b->tx = 0;
	} while (r == -EAGAIN);
	return r;
}

/* Blkback leaves its reason here: it is dom0's own node. */
static int not_opened(struct batch *b, const struct vbd *v, struct qvm_err *err)
{
	cleanup_free char *dir =
		xasprintf("/local/domain/0/error/backend/vbd/%s/%s", v->domid, v->id);
	char why[WIRE_VALUE_MAX + 1];
	int r = read_node(b, dir, "error", why);

	return err_set(err, QVM_E_STORAGE, "cannot connect disk '%s', device %s: %s",
		       v->disk->vdev, v->device,
		       r == 0 ? why : "the kernel's block backend did not open it");
}

/* 1: not seen yet; 2: it waits for the guest, with the device open; more: it gave up. */
static int await_backend(struct batch *b, const struct vbd *v, int *left_ms,
			 struct qvm_err *err)
{
	char state[WIRE_VALUE_MAX + 1];

	for (;;) {
		int r = read_node(b, v->dirs[VBD_BACKEND], "state", state);

		if (r == 0 && strcmp(state, "2") == 0)
			return 0;
		if (r < 0 || strcmp(state, "1") != 0 || *left_ms <= 0)
			return not_opened(b, v, err);
		poll(NULL, 0, STEP_MS);
		*left_ms -= STEP_MS;
	}
}

int vbd_attach(uint32_t domid, const struct hv_disk *disks, size_t n, const char *script,
	       struct qvm_err *err)
{
	cleanup_free struct vbd *v = xcalloc(n + 1, sizeof(*v));
	struct batch b cleanup(batch_dispose) = {.fd = -1, .out = BUF_INIT};
	char body[WIRE_VALUE_MAX + 1];
	int left_ms = OPEN_MS, r;

	if (!n)
		return 0;
	b.fd = wire_open();
	if (b.fd < 0)
		return err_errno(err, b.fd, "cannot reach xenstored");
	for (size_t i = 0; i < n; i++)
		vbd_init(&v[i], domid, &disks[i], script);
	put_frontends(&b, v, n, domid);
	r = batch_run(&b, body);
	if (r == 0)
		r = put_backends(&b, v, n, domid);
	if (r < 0)
		return err_errno(err, r, "cannot connect the disks: xenstored");
	for (size_t i = 0; r == 0 && i < n; i++)
		r = await_backend(&b, &v[i], &left_ms, err);
	return r;
}
