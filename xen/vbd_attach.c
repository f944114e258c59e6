/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/vbd.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/buf.h"
#include "xen/wire_batch.h"

/* What blkback has done is asked in steps; it takes milliseconds, and more in a storm. */
#define OPEN_MS 20000
#define STEP_MS 5

/* Nodes inherit the directory's permissions: whose it is, and who else reads it. */
static void put_dir(struct wire_batch *b, const struct vbd *v, enum vbd_dir dir,
		    const struct buf *perms)
{
	const char *name, *value;

	if (perms)
		wire_make_dir(b, v->dirs[dir], perms);
	for (size_t i = 0; (name = vbd_node(v, dir, i, &value)); i++)
		wire_ask(b, WIRE_WRITE, v->dirs[dir], name, value, strlen(value));
}

/* Of its own directory the guest may make what it likes; the kernel believes it nothing. */
struct asked {
	const struct vbd *v;
	size_t n;
	struct buf guest, kernel; /* whose the directories are */
};

static void ask_all(struct wire_batch *b, const void *arg)
{
	const struct asked *all = arg;

	for (size_t i = 0; i < all->n; i++) {
		put_dir(b, &all->v[i], VBD_FRONTEND, &all->guest);
		put_dir(b, &all->v[i], VBD_LIBXL, NULL);
		put_dir(b, &all->v[i], VBD_BACKEND, &all->kernel);
	}
}

/*
 * Either side looks as soon as a node of it appears, and a guest that finds only half of
 * them gives up: so all appear at once.
 */
static int put_all(struct wire_batch *b, const struct vbd *v, size_t n, uint32_t domid)
{
	struct asked all = {.v = v, .n = n};
	int r;

	wire_perms(&all.guest, domid, 0);
	wire_perms(&all.kernel, 0, domid);
	r = wire_transaction(b, ask_all, &all);
	buf_dispose(&all.guest);
	buf_dispose(&all.kernel);
	return r;
}

/* Blkback leaves its reason here: it is dom0's own node. */
static int not_opened(struct wire_batch *b, const struct vbd *v, struct qvm_err *err)
{
	cleanup_free char *dir =
		xasprintf("/local/domain/0/error/backend/vbd/%s/%s", v->domid, v->id);
	char why[WIRE_VALUE_MAX + 1];
	int r = wire_read_node(b, dir, "error", why);

	return err_set(err, QVM_E_STORAGE, "cannot connect disk '%s', device %s: %s",
		       v->disk->vdev, v->device,
		       r == 0 ? why : "the kernel's block backend did not open it");
}

/* 1: not seen yet; 2: it waits for the guest, with the device open; more: it gave up. */
static int await_backend(struct wire_batch *b, const struct vbd *v, int *left_ms,
			 struct qvm_err *err)
{
	char state[WIRE_VALUE_MAX + 1];

	for (;;) {
		int r = wire_read_node(b, v->dirs[VBD_BACKEND], "state", state);

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
	struct wire_batch b cleanup(wire_batch_dispose) = WIRE_BATCH_INIT;
	int left_ms = OPEN_MS, r;

	if (!n)
		return 0;
	b.fd = wire_open();
	if (b.fd < 0)
		return err_errno(err, b.fd, "cannot reach xenstored");
	for (size_t i = 0; i < n; i++)
		vbd_init(&v[i], domid, &disks[i], script);
	r = put_all(&b, v, n, domid);
	if (r < 0)
		return err_errno(err, r, "cannot connect the disks: xenstored");
	for (size_t i = 0; r == 0 && i < n; i++)
		r = await_backend(&b, &v[i], &left_ms, err);
	return r;
}
