/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Steps are done in groups of a kind. All volumes of a group are marked, the marks are written
 * down, the kernel is told, and the state without the marks follows: with the volumes that
 * were made, or without those that were removed. So a group costs two writes, of which the
 * second is one with the next group's first.
 */
#include "storage/thinpool.h"

#include <errno.h>
#include <string.h>

#include "storage/steps.h"

struct work {
	struct tp_hold *h;
	bool unsaved; /* the state has changed since it was written */
};

static int save(struct work *w, struct qvm_err *err)
{
	int r = tp_save(w->h, err);

	if (r == 0)
		w->unsaved = false;
	return r;
}

static bool makes(const struct pool_step *step)
{
	return step->kind == POOL_CREATE || step->kind == POOL_SNAPSHOT;
}

/* --- making --- */

static int plan_volume(struct work *w, const struct pool_step *step, struct qvm_err *err)
{
	struct tp_state *s = &w->h->state;
	const struct tp_volume *from = NULL;
	struct tp_volume *v;
	uint64_t size = step->size;

	if (tp_find(s, step->to))
		return err_set(err, QVM_E_EXISTS, "the volume '%s' exists", step->to);
	if (step->kind == POOL_SNAPSHOT) {
		from = tp_find(s, step->from);
		if (!from || from->flags & TP_GOING)
			return err_set(err, QVM_E_NOT_FOUND, "there is no volume '%s'",
				       step->from);
		size = from->size;
	}
	v = tp_add(s, step->to);
	if (!v)
		return err_set(err, QVM_E_NO_SPACE, "the pool has no number for it");
	v->size = size;
	v->flags = TP_MAKING | (step->readonly ? TP_READONLY : 0);
	w->unsaved = true;
	return 0;
}

/* What is written to FROM is held back while the kernel notes what it is now. */
static int snapshot(struct thinpool *p, const char *pool, const struct tp_volume *v,
		    const struct tp_volume *from)
{
	char name[TP_ROLE_MAX], first[DMAP_TEXT];
	struct dmap_dev dev;
	int r, woken;

	tp_name(p, from->id, name);
	r = dmap_find_own(&p->dm, name, &dev);
	if (r == -ENODEV)
		return thin_snapshot(&p->dm, pool, v->thin, from->thin);
	if (r == 0)
		r = dmap_suspend(&p->dm, name);
	if (r < 0)
		return r;
	r = thin_snapshot(&p->dm, pool, v->thin, from->thin);
	memcpy(first, p->dm.text, sizeof(first));
	woken = dmap_wake(&p->dm, name);
	if (r < 0)
		memcpy(p->dm.text, first, sizeof(first));
	return r < 0 ? r : woken;
}

static int make_volume(struct work *w, const struct pool_step *step)
{
	struct thinpool *p = w->h->p;
	const struct tp_volume *v = tp_find(&w->h->state, step->to);
	char pool[TP_ROLE_MAX];

	tp_name(p, "pool", pool);
	if (step->kind == POOL_CREATE)
		return thin_create(&p->dm, pool, v->thin);
	return snapshot(p, pool, v, tp_find(&w->h->state, step->from));
}

static void finish_volume(struct work *w, const struct pool_step *step)
{
	tp_find(&w->h->state, step->to)->flags &= ~(uint32_t)TP_MAKING;
	w->unsaved = true;
}

/* --- removing; what is not there is fine --- */

static int take_down(struct thinpool *p, const char *id, struct qvm_err *err)
{
	int r = tp_volume_down(p, id);

	if (r == -EBUSY)
		return err_set(err, QVM_E_BUSY, "something has it open");
	return r < 0 ? tp_refused(p, r, err) : 0;
}

int tp_close_first(struct thinpool *p, const struct pool_step *steps, size_t n,
		   struct qvm_err *err)
{
	for (size_t i = 0; i < n; i++)
		if (steps[i].kind == POOL_REMOVE && take_down(p, steps[i].to, err) < 0)
			return step_wrap(&steps[i], err);
	return 0;
}

static int mark_going(struct work *w, const struct pool_step *step, struct qvm_err *err)
{
	struct tp_volume *v = tp_find(&w->h->state, step->to);
	int r = v ? take_down(w->h->p, v->id, err) : 0;

	if (r < 0 || !v)
		return r;
	v->flags |= TP_GOING;
	w->unsaved = true;
	return 0;
}

static int remove_volume(struct work *w, const struct pool_step *step)
{
	const struct tp_volume *v = tp_find(&w->h->state, step->to);

	return v ? tp_volume_delete(w->h->p, v) : 0;
}

static void drop_volume(struct work *w, const struct pool_step *step)
{
	struct tp_volume *v = tp_find(&w->h->state, step->to);

	if (!v)
		return;
	tp_drop(&w->h->state, v);
	w->unsaved = true;
}

/* --- a group, the one way or the other --- */

struct way {
	int (*mark)(struct work *w, const struct pool_step *step, struct qvm_err *err);
	int (*tell)(struct work *w, const struct pool_step *step);
	void (*end)(struct work *w, const struct pool_step *step);
};

static const struct way making = {plan_volume, make_volume, finish_volume};
static const struct way removing = {mark_going, remove_volume, drop_volume};

/* Those that stay marked after a failure are removed by whoever takes the lock next. */
static int do_marked(struct work *w, const struct way *way, const struct pool_step *steps,
		     size_t n, struct qvm_err *err)
{
	size_t i = 0;
	int r = w->unsaved ? save(w, err) : 0;

	if (r < 0)
		return r;
	while (r == 0 && i < n)
		r = way->tell(w, &steps[i++]);
	if (r == 0 && n)
		r = tp_written(w->h->p);
	if (r < 0) {
		tp_refused(w->h->p, r, err);
		return step_wrap(&steps[i - 1], err);
	}
	for (i = 0; i < n; i++)
		way->end(w, &steps[i]);
	return 0;
}

/* What comes before a step that is refused is done. */
static int do_way(struct work *w, const struct way *way, const struct pool_step *steps,
		  size_t n, struct qvm_err *err)
{
	struct qvm_err why;
	size_t marked = 0;
	int refused = 0, r;

	while (marked < n && refused == 0) {
		refused = way->mark(w, &steps[marked], &why);
		if (refused < 0)
			step_wrap(&steps[marked], &why);
		else
			marked++;
	}
	r = do_marked(w, way, steps, marked, err);
	if (r == 0 && refused < 0)
		*err = why;
	return r < 0 ? r : refused;
}

/* --- resizing --- */

/*
 * What is cut off is given back, so that it does not show when the volume grows again; of a
 * block that stays in part it is overwritten.
 */
static int discard_end(struct work *w, const struct tp_volume *v, uint64_t size)
{
	sectors block = w->h->p->label.block, at = size / SECTOR, end = v->size / SECTOR;
	sectors whole = (at + block - 1) / block * block;
	struct dmap_dev dev;
	bool made;
	int r = tp_volume_up(w->h->p, v, &dev, &made);

	if (r == 0)
		r = dmap_discard(&dev, at, end - at);
	if (r == 0)
		r = dmap_zero(&dev, at, (whole < end ? whole : end) - at, true);
	if (r == 0 && made)
		r = tp_volume_down(w->h->p, v->id);
	return r;
}

static int resize(struct work *w, const struct pool_step *step, struct qvm_err *err)
{
	struct tp_volume *v = tp_find(&w->h->state, step->to);
	int r = 0;

	if (!v)
		return err_set(err, QVM_E_NOT_FOUND, "there is no volume '%s'", step->to);
	if (step->size < v->size)
		r = discard_end(w, v, step->size);
	if (r < 0)
		return tp_refused(w->h->p, r, err);
	v->size = step->size;
	r = save(w, err);
	if (r < 0)
		return r;
	r = tp_volume_resize(w->h->p, v);
	return r < 0 ? tp_refused(w->h->p, r, err) : 0;
}

/* --- all --- */

static bool same_group(const struct pool_step *a, const struct pool_step *b)
{
	return (makes(a) && makes(b)) ||
	       (a->kind == POOL_REMOVE && b->kind == POOL_REMOVE);
}

static int do_group(struct work *w, const struct pool_step *steps, size_t n,
		    struct qvm_err *err)
{
	int r;

	if (makes(steps))
		return do_way(w, &making, steps, n, err);
	if (steps->kind == POOL_REMOVE)
		return do_way(w, &removing, steps, n, err);
	r = resize(w, steps, err);
	return r < 0 ? step_wrap(steps, err) : 0;
}

int tp_apply(struct tp_hold *h, const struct pool_step *steps, size_t n,
	     struct qvm_err *err)
{
	struct work w = {.h = h};
	struct qvm_err why;
	int r = 0, saved = 0;

	for (size_t at = 0, end; r == 0 && at < n; at = end) {
		end = at + 1;
		while (end < n && same_group(&steps[at], &steps[end]))
			end++;
		r = do_group(&w, &steps[at], end - at, err);
	}
	if (w.unsaved)
		saved = save(&w, &why);
	if (r == 0 && saved < 0)
		*err = why;
	return r < 0 ? r : saved;
}
