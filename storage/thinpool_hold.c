/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/thinpool.h"

#include <errno.h>

#include "storage/hold.h"

static int fail(struct tp_hold *h, int r, struct qvm_err *err, const char *what)
{
	return dmap_fail(&h->p->dm, r, err, "cannot %s the pool '%s'", what,
			 h->p->location);
}

/* The disk's own failure, of which device-mapper has said nothing. */
static int disk_fail(struct tp_hold *h, int r, struct qvm_err *err, const char *what)
{
	h->p->dm.text[0] = '\0';
	return fail(h, r, err, what);
}

static int take(struct tp_hold *h, struct qvm_err *err)
{
	char name[TP_ROLE_MAX];
	int r;

	tp_name(h->p, "state", name);
	r = storage_lock(h->p->ctx, name, &h->lock, err);
	if (r < 0)
		return r;
	r = tp_head_open(h->p, &h->head);
	if (r == -EEXIST)
		return err_set(
			err, QVM_E_IN_USE,
			"the pool '%s' is not taken: it is a copy of one that is in "
			"use",
			h->p->location);
	return r < 0 ? fail(h, r, err, "open") : 0;
}

static int load(struct tp_hold *h, struct qvm_err *err)
{
	int r = tp_state_load(h->head, &h->p->label.uuid, &h->state);

	if (r == -EINVAL)
		return err_set(err, QVM_E_STORAGE,
			       "the pool '%s' is damaged: neither copy of its list of "
			       "volumes is whole",
			       h->p->location);
	return r < 0 ? disk_fail(h, r, err, "read") : 0;
}

int tp_save(struct tp_hold *h, struct qvm_err *err)
{
	int r = tp_state_save(h->head, &h->p->label.uuid, &h->state);

	if (r == -EFBIG)
		return err_set(err, QVM_E_NO_SPACE,
			       "the pool '%s' cannot hold more volumes: it has %zu",
			       h->p->location, h->state.n);
	return r < 0 ? disk_fail(h, r, err, "write to") : 0;
}

/* What somebody had suspended when he died. */
static int wake_all(struct tp_hold *h)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < h->state.n; i++)
		r = tp_volume_wake(h->p, h->state.v[i].id);
	return r;
}

static int end_volume(struct tp_hold *h, const struct tp_volume *v)
{
	int r = tp_volume_down(h->p, v->id);

	return r < 0 ? r : tp_volume_delete(h->p, v);
}

static void drop_marked(struct tp_state *s)
{
	for (size_t i = 0; i < s->n;)
		if (s->v[i].flags & TP_MARKED)
			tp_drop(s, &s->v[i]); /* another one is at I then */
		else
			i++;
}

/* Room first: without it the kernel may refuse all else. */
static int end_marked(struct tp_hold *h)
{
	int r = wake_all(h);

	if (r == 0 && h->state.growing)
		r = tp_grow(h->p, &h->state);
	for (size_t i = 0; r == 0 && i < h->state.n; i++)
		if (h->state.v[i].flags & TP_MARKED)
			r = end_volume(h, &h->state.v[i]);
	if (r == 0)
		r = tp_written(h->p);
	if (r < 0)
		return r;
	h->state.growing = false;
	drop_marked(&h->state);
	return 0;
}

int tp_look(struct thinpool *p, struct tp_hold *ret, struct qvm_err *err)
{
	int r;

	*ret = TP_HOLD_INIT;
	ret->p = p;
	r = take(ret, err);
	return r < 0 ? r : load(ret, err);
}

int tp_hold(struct thinpool *p, struct tp_hold *ret, struct qvm_err *err)
{
	struct qvm_err why;
	int r = tp_look(p, ret, err);

	if (r < 0)
		return r;
	r = tp_up(p, &ret->state);
	if (r < 0)
		return fail(ret, r, err, "make the devices of");
	if (!tp_is_marked(&ret->state))
		return 0;
	ctx_log(p->ctx, QVM_LEVEL_INFO, "a change of the pool '%s' is taken back",
		p->location);
	r = end_marked(ret);
	if (r == 0)
		return tp_save(ret, err);
	fail(ret, r, &why, "take back what somebody had begun in");
	if (!p->complained)
		ctx_log(p->ctx, QVM_LEVEL_WARN, "%s", why.text);
	p->complained = true;
	return 0;
}

void tp_hold_end(struct tp_hold *h)
{
	tp_state_dispose(&h->state);
	cleanup_close_at(&h->head);
	cleanup_close_at(&h->lock);
}
