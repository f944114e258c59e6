/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/thinpool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BUSY_TRIES 200
#define BUSY_STEP_MS 25

void tp_name(const struct thinpool *p, const char *role, char ret[static TP_ROLE_MAX])
{
	const uint8_t *b = p->label.uuid.b;

	snprintf(ret, TP_ROLE_MAX, "pool-%02x%02x%02x%02x-%.*s", b[0], b[1], b[2], b[3],
		 POOL_ID_MAX - 1, role);
}

int tp_refused(const struct thinpool *p, int r, struct qvm_err *err)
{
	return dmap_fail(&p->dm, r, err, "the kernel refuses it");
}

static int find_role(struct thinpool *p, const char *role, struct dmap_dev *ret)
{
	char name[TP_ROLE_MAX];

	tp_name(p, role, name);
	return dmap_find_own(&p->dm, name, ret);
}

static int remove_role(struct thinpool *p, const char *role)
{
	char name[TP_ROLE_MAX];

	tp_name(p, role, name);
	return dmap_remove(&p->dm, name, false);
}

/* One that somebody left suspended is woken, one without a table goes: -ENODEV. */
static int revive_role(struct thinpool *p, const char *role, struct dmap_dev *ret)
{
	char name[TP_ROLE_MAX];
	int r = find_role(p, role, ret);

	if (r < 0 || ret->live)
		return r;
	tp_name(p, role, name);
	if (dmap_wake(&p->dm, name) == 0)
		r = find_role(p, role, ret);
	if (r < 0 || ret->live)
		return r;
	r = dmap_remove(&p->dm, name, false);
	return r < 0 ? r : -ENODEV;
}

/* --- the pool --- */

/* The parts of the device that make up one of ours, one behind the other. */
struct parts {
	struct dmap_table tables[TP_SEGMENTS_MAX];
	char params[TP_SEGMENTS_MAX][48];
	size_t n;
};

static void part_add(struct parts *ps, const struct thinpool *p, uint64_t start,
		     uint64_t len)
{
	char dev[24];

	if (!len)
		return;
	dmap_number(p->dev.major, p->dev.minor, dev);
	snprintf(ps->params[ps->n], sizeof(ps->params[0]), "%s %" PRIu64, dev, start);
	ps->tables[ps->n] = (struct dmap_table){
		.type = "linear", .params = ps->params[ps->n], .len = len};
	if (ps->n)
		ps->tables[ps->n - 1].then = &ps->tables[ps->n];
	ps->n++;
}

/* The device ROLE becomes these parts, whether it is there or not. */
static int put_parts(struct thinpool *p, const char *role, const struct parts *ps,
		     bool is_there, struct dmap_dev *ret)
{
	char name[TP_ROLE_MAX];

	tp_name(p, role, name);
	return is_there ? dmap_reload(&p->dm, name, ps->tables, ret)
			: dmap_make(&p->dm, name, ps->tables, ret);
}

static int put_pool(struct thinpool *p, const struct tp_state *s, bool is_there)
{
	struct parts meta = {0}, data = {0};
	struct dmap_dev meta_dev, data_dev;
	char name[TP_ROLE_MAX];
	struct thin_pool_request req = {.name = name,
					.meta = &meta_dev,
					.data = &data_dev,
					.block = p->label.block,
					.lasting = true};
	int r;

	for (size_t i = 0; i < s->segment_count; i++) {
		part_add(&meta, p, s->segments[i].meta, s->segments[i].meta_len);
		part_add(&data, p, s->segments[i].data, s->segments[i].data_len);
		req.len += s->segments[i].data_len;
	}
	r = put_parts(p, "meta", &meta, is_there, &meta_dev);
	if (r == 0)
		r = put_parts(p, "data", &data, is_there, &data_dev);
	tp_name(p, "pool", name);
	if (r == 0)
		r = is_there ? thin_pool_grow(&p->dm, &req, &p->pool)
			     : thin_pool_make(&p->dm, &req, &p->pool);
	return r;
}

int tp_up(struct thinpool *p, const struct tp_state *s)
{
	char name[TP_ROLE_MAX];
	int r = revive_role(p, "pool", &p->pool);

	if (r != -ENODEV)
		return r;
	/* Somebody was killed while the devices were made: nothing is over them yet. */
	r = remove_role(p, "data");
	if (r == 0)
		r = remove_role(p, "meta");
	if (r == 0)
		r = put_pool(p, s, false);
	if (r < 0)
		return r;
	/* One that thin_delta had set aside when dom0 went down keeps what is removed. */
	tp_name(p, "pool", name);
	(void)!dmap_message(&p->dm, name, "release_metadata_snap");
	return 0;
}

int tp_status(struct thinpool *p, struct thin_status *ret, sectors *ret_len)
{
	char name[TP_ROLE_MAX];

	tp_name(p, "pool", name);
	return thin_status_own(&p->dm, name, ret, ret_len);
}

int tp_written(struct thinpool *p)
{
	struct thin_status status;
	sectors len;
	int r = tp_status(p, &status, &len);

	if (r < 0 || !thin_is_damaged(&status))
		return r;
	snprintf(p->dm.text, sizeof(p->dm.text),
		 "its metadata could not be written: it is damaged, see qvm-pool(1)");
	return -EROFS;
}

int tp_grow(struct thinpool *p, const struct tp_state *s)
{
	return put_pool(p, s, true);
}

int tp_pool_down(struct thinpool *p)
{
	static const char *const roles[] = {"pool", "data", "meta"};
	int r = 0;

	for (size_t i = 0; r == 0 && i < array_len(roles); i++)
		r = remove_role(p, roles[i]);
	return r;
}

int tp_down(struct thinpool *p)
{
	int r = tp_pool_down(p);

	return r < 0 ? r : remove_role(p, "head");
}

static int head_make(struct thinpool *p, struct dmap_dev *ret)
{
	struct parts part = {0};
	int r = remove_role(p, "head");

	part_add(&part, p, 0, TP_HEAD_LEN);
	return r < 0 ? r : put_parts(p, "head", &part, false, ret);
}

/* The one that is there, if it is on our device. */
static int head_find(struct thinpool *p, struct dmap_dev *ret)
{
	char name[TP_ROLE_MAX], want[32], dev[24];
	struct dmap_status table;
	int r;

	tp_name(p, "head", name);
	r = dmap_table_own(&p->dm, name, &table);
	if (r < 0)
		return r;
	dmap_number(p->dev.major, p->dev.minor, dev);
	snprintf(want, sizeof(want), "%s 0", dev);
	*ret = table.dev;
	return !table.dev.live || strcmp(table.params, want) == 0 ? 0 : -EEXIST;
}

int tp_head_open(struct thinpool *p, int *ret_fd)
{
	struct block_dev node;
	struct dmap_dev dev;
	int r = head_find(p, &dev);

	if (r == -ENODEV || (r == 0 && !dev.live))
		r = head_make(p, &dev);
	if (r < 0)
		return r;
	dmap_block_dev(&dev, &node);
	*ret_fd = open(node.path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	return *ret_fd < 0 ? -errno : 0;
}

/* --- volumes --- */

/* NAME: room for what the request points to. */
static struct thin_request volume_request(const struct thinpool *p,
					  const struct tp_volume *v,
					  char name[static TP_ROLE_MAX])
{
	tp_name(p, v->id, name);
	return (struct thin_request){.name = name,
				     .pool = &p->pool,
				     .id = v->thin,
				     .len = v->size / SECTOR,
				     .readonly = v->flags & TP_READONLY};
}

int tp_volume_up(struct thinpool *p, const struct tp_volume *v, struct dmap_dev *ret,
		 bool *ret_made)
{
	char name[TP_ROLE_MAX];
	struct thin_request req = volume_request(p, v, name);
	int r = revive_role(p, v->id, ret);

	if (ret_made)
		*ret_made = r == -ENODEV;
	return r == -ENODEV ? thin_make(&p->dm, &req, ret) : r;
}

int tp_volume_resize(struct thinpool *p, const struct tp_volume *v)
{
	char name[TP_ROLE_MAX];
	struct thin_request req = volume_request(p, v, name);
	struct dmap_dev dev;
	int r = dmap_find_own(&p->dm, name, &dev);

	if (r == -ENODEV)
		return 0;
	return r < 0 ? r : thin_resize(&p->dm, &req, &dev);
}

int tp_volume_wake(struct thinpool *p, const char *id)
{
	struct dmap_dev dev;
	int r = revive_role(p, id, &dev);

	return r == -ENODEV ? 0 : r;
}

int tp_volume_down(struct thinpool *p, const char *id)
{
	int r = remove_role(p, id);

	/* A domain that has just ended still has it open for a moment. */
	for (int i = 0; r == -EBUSY && i < BUSY_TRIES; i++) {
		poll(NULL, 0, BUSY_STEP_MS);
		r = remove_role(p, id);
	}
	return r;
}

int tp_volume_delete(struct thinpool *p, const struct tp_volume *v)
{
	char pool[TP_ROLE_MAX];

	tp_name(p, "pool", pool);
	return thin_delete(&p->dm, pool, v->thin);
}
