/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The disks that a running domain has, and taking one away. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "xen/vbd.h"
#include "xen/wire_batch.h"

/* A guest that uses a disk keeps it as long as it likes; else it needs no more than this. */
#define GUEST_MS 5000
#define STEP_MS 20
#define DISKS_MAX 64 /* of one domain; it writes none of these names itself */

/* Xenbus states. */
#define CONNECTED "4"
#define CLOSING "5"
#define CLOSED "6"

/* Below the domain's folder of libxl. */
#define GONE "qvm-vbd-gone"

/* "fd:a"; false for what libxl alone knows, as a file behind a device model. */
static bool parse_device(const char *text, struct hv_attached *ret)
{
	char end;

	return sscanf(text, "%x:%x%c", &ret->major, &ret->minor, &end) == 2;
}

static int read_disk(struct wire_batch *b, uint32_t domid, const char *id,
		     struct hv_attached *ret)
{
	cleanup_free char *dir = xasprintf("/libxl/%u/device/vbd/%s", domid, id);
	char text[WIRE_VALUE_MAX + 1];
	int r = wire_read_node(b, dir, "params", text);

	*ret = (struct hv_attached){0};
	if (r == 0 && !parse_device(text, ret))
		r = -ENOENT;
	if (r == 0)
		r = wire_read_node(b, dir, "dev", text);
	if (r == 0 && strlen(text) >= sizeof(ret->vdev))
		r = -ENOENT;
	if (r < 0)
		return r;
	memcpy(ret->vdev, text, strlen(text) + 1);
	r = wire_read_node(b, dir, "mode", text);
	ret->readonly = r == 0 && text[0] == 'r';
	return r;
}

static int read_disks(struct wire_batch *b, uint32_t domid, struct hv_attached **ret,
		      size_t *ret_n)
{
	cleanup_free char *dir = xasprintf("/libxl/%u/device/vbd", domid);
	cleanup_strv struct strv ids = STRV_INIT;
	struct hv_attached one;
	int r = wire_list(b, dir, DISKS_MAX, &ids);

	for (size_t i = 0; r == 0 && i < ids.n; i++) {
		r = read_disk(b, domid, ids.v[i], &one);
		if (r == 0)
			array_grow(*ret, *ret_n) = one;
		*ret_n += r == 0;
		if (r == -ENOENT)
			r = 0;
	}
	return r == -ENOENT ? 0 : r;
}

/* The one that was taken away last. */
static int read_gone(struct wire_batch *b, uint32_t domid, struct hv_attached **ret,
		     size_t *ret_n)
{
	cleanup_free char *dir = xasprintf("/libxl/%u", domid);
	struct hv_attached gone = {.gone = true};
	char text[WIRE_VALUE_MAX + 1];
	int r = wire_read_node(b, dir, GONE, text);

	if (r < 0 || strlen(text) >= sizeof(gone.vdev))
		return r == -ENOENT ? 0 : r;
	memcpy(gone.vdev, text, strlen(text) + 1);
	array_grow(*ret, *ret_n) = gone;
	(*ret_n)++;
	return 0;
}

int vbd_list(uint32_t domid, struct hv_attached **ret, size_t *ret_n, struct qvm_err *err)
{
	struct wire_batch b cleanup(wire_batch_dispose) = WIRE_BATCH_INIT;
	int r;

	*ret = NULL;
	*ret_n = 0;
	b.fd = wire_open();
	if (b.fd < 0)
		return err_errno(err, b.fd, "cannot reach xenstored");
	r = read_disks(&b, domid, ret, ret_n);
	if (r == 0)
		r = read_gone(&b, domid, ret, ret_n);
	if (r == 0)
		return 0;
	free(steal(*ret));
	return err_errno(err, r, "cannot read the disks of domain %u", domid);
}

/* ---- taking one away ---- */

static void ask_close(struct wire_batch *b, const void *arg)
{
	const struct vbd *v = arg;

	wire_ask(b, WIRE_WRITE, v->dirs[VBD_BACKEND], "online", "0", 1);
	wire_ask(b, WIRE_WRITE, v->dirs[VBD_BACKEND], "state", CLOSING, 1);
}

static void ask_remove(struct wire_batch *b, const void *arg)
{
	const struct vbd *v = arg;
	char own[24];

	snprintf(own, sizeof(own), "/libxl/%s", v->domid);
	wire_ask(b, WIRE_WRITE, own, GONE, v->disk->vdev, strlen(v->disk->vdev));
	for (int i = 0; i < VBD_DIR_COUNT; i++)
		wire_ask(b, WIRE_REMOVE, v->dirs[i], NULL, NULL, 0);
}

/* 1: the backend has come there, or is gone; 0: it has not, for the guest's part. */
static int await_state(struct wire_batch *b, const struct vbd *v, const char *wanted)
{
	char state[WIRE_VALUE_MAX + 1];

	for (int left_ms = GUEST_MS; left_ms > 0; left_ms -= STEP_MS) {
		int r = wire_read_node(b, v->dirs[VBD_BACKEND], "state", state);

		if (r == -ENOENT || (r == 0 && strcmp(state, wanted) == 0))
			return 1;
		if (r < 0)
			return r;
		poll(NULL, 0, STEP_MS);
	}
	return 0;
}

bool vbd_await_guest(uint32_t domid, const char *vdev)
{
	const struct hv_disk disk = {.vdev = vdev};
	struct wire_batch b cleanup(wire_batch_dispose) = WIRE_BATCH_INIT;
	struct vbd v;

	vbd_init(&v, domid, &disk, "");
	b.fd = wire_open();
	return b.fd >= 0 && await_state(&b, &v, CONNECTED) > 0;
}

int vbd_detach(uint32_t domid, const char *vdev, bool force, struct qvm_err *err)
{
	const struct hv_disk disk = {.vdev = vdev};
	struct wire_batch b cleanup(wire_batch_dispose) = WIRE_BATCH_INIT;
	struct vbd v;
	int r = 0;

	vbd_init(&v, domid, &disk, "");
	b.fd = wire_open();
	if (b.fd < 0)
		return err_errno(err, b.fd, "cannot reach xenstored");
	if (!force) {
		r = wire_transaction(&b, ask_close, &v);
		if (r == 0)
			r = await_state(&b, &v, CLOSED);
		if (r == 0)
			return err_set(err, QVM_E_IN_USE, "the guest still uses '%s'",
				       vdev);
	}
	if (r >= 0)
		r = wire_transaction(&b, ask_remove, &v);
	return r < 0 ? err_errno(err, r, "cannot take '%s' from domain %u", vdev, domid)
		     : 0;
}
