/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <xenstore.h> /* before ours: it uses a word that lib/macro.h defines */

#include "xen/vbd.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "xen/store.h"

/* What blkback has done is asked in steps; it takes milliseconds, and much more in a storm. */
#define OPEN_MS 20000
#define STEP_MS 5

static void xs_dispose(struct xs_handle **xs)
{
	if (*xs)
		xs_close(*xs);
}

static int refused(const struct vbd *v, struct qvm_err *err)
{
	return err_errno(err, -errno, "cannot connect disk '%s': xenstored",
			 v->disk->vdev);
}

/* Its nodes inherit the directory's permissions: whose it is, and who else reads it. */
static int put_dir(struct xs_handle *xs, xs_transaction_t t, const struct vbd *v,
		   enum vbd_dir dir, struct xs_permissions perms[2], struct qvm_err *err)
{
	char path[VBD_PATH_MAX + 32];
	const char *name, *value;

	if (perms && (!xs_mkdir(xs, t, v->dirs[dir]) ||
		      !xs_set_permissions(xs, t, v->dirs[dir], perms, 2)))
		return refused(v, err);
	for (size_t i = 0; (name = vbd_node(v, dir, i, &value)); i++) {
		snprintf(path, sizeof(path), "%s/%s", v->dirs[dir], name);
		if (!xs_write(xs, t, path, value, (unsigned)strlen(value)))
			return refused(v, err);
	}
	return 0;
}

/* Blkback looks as soon as a node of it appears, so all appear at once. */
static int put_backends(struct xs_handle *xs, const struct vbd *v, size_t n,
			uint32_t domid, struct qvm_err *err)
{
	struct xs_permissions perms[2] = {{0, XS_PERM_NONE}, {domid, XS_PERM_READ}};

	for (;;) {
		xs_transaction_t t = xs_transaction_start(xs);
		int r = t == XBT_NULL ? refused(v, err) : 0;

		for (size_t i = 0; r == 0 && i < n; i++)
			r = put_dir(xs, t, &v[i], VBD_BACKEND, perms, err);
		if (r < 0) {
			if (t != XBT_NULL)
				xs_transaction_end(xs, t, true);
			return r;
		}
		if (xs_transaction_end(xs, t, false))
			return 0;
		if (errno != EAGAIN)
			return refused(v, err);
	}
}

static char *read_node(struct xs_handle *xs, const char *dir, const char *name)
{
	cleanup_free char *path = xasprintf("%s/%s", dir, name);
	unsigned len;

	return xs_read(xs, XBT_NULL, path, &len);
}

/* Blkback leaves its reason here: it is dom0's own node. */
static int not_opened(struct xs_handle *xs, const struct vbd *v, struct qvm_err *err)
{
	cleanup_free char *dir = xasprintf("/local/domain/0/error/backend/vbd/%s/%s",
					   v->domid, v->id);
	cleanup_free char *why = read_node(xs, dir, "error");

	return err_set(err, QVM_E_STORAGE, "cannot connect disk '%s', device %s: %s",
		       v->disk->vdev, v->device,
		       why ? why : "the kernel's block backend did not open it");
}

static int await_backend(struct xs_handle *xs, const struct vbd *v, int *left_ms,
			 struct qvm_err *err)
{
	for (;;) {
		cleanup_free char *state = read_node(xs, v->dirs[VBD_BACKEND], "state");

		/* 1: not seen yet; 2: it waits for the guest, with the device open; more:
		 * it gave up. */
		if (state && strcmp(state, "2") == 0)
			return 0;
		if (!state || strcmp(state, "1") != 0 || *left_ms <= 0)
			return not_opened(xs, v, err);
		poll(NULL, 0, STEP_MS);
		*left_ms -= STEP_MS;
	}
}

int vbd_attach(uint32_t domid, const struct hv_disk *disks, size_t n, const char *script,
	       struct qvm_err *err)
{
	struct xs_permissions perms[2] = {{domid, XS_PERM_NONE}, {0, XS_PERM_READ}};
	cleanup_free struct vbd *v = xcalloc(n + 1, sizeof(*v));
	struct xs_handle *xs cleanup(xs_dispose) = NULL;
	int left_ms = OPEN_MS, r = 0;

	if (!n)
		return 0;
	xs = store_is_dead() ? NULL : xs_open(0);
	if (!xs)
		return err_errno(err, -errno, "cannot reach xenstored");
	for (size_t i = 0; r == 0 && i < n; i++) {
		vbd_init(&v[i], domid, &disks[i], script);
		r = put_dir(xs, XBT_NULL, &v[i], VBD_FRONTEND, perms, err);
		if (r == 0)
			r = put_dir(xs, XBT_NULL, &v[i], VBD_LIBXL, NULL, err);
	}
	if (r == 0)
		r = put_backends(xs, v, n, domid, err);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = await_backend(xs, &v[i], &left_ms, err);
	return r;
}
