/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/life.h"

#include <limits.h>
#include <poll.h>

#include "core/prop.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "ops/disp.h"
#include "ops/internal.h"

/* The kernel gives a user so many watches, and no more: then one looks by the clock. */
#define BLIND_LOOK_MS 5000

/* As it is now: it may be changed for one that runs. */
static uint64_t idle_ms(struct qvm_ctx *ctx, int64_t vm_id)
{
	cleanup_world struct world *w = NULL;
	const struct vm *vm;
	struct qvm_err why;

	if (op_world(ctx, false, &w, &why) < 0)
		return 0;
	vm = world_vm_by_id(w, vm_id);
	return vm ? (uint64_t)prop_int(w, vm, PROP_DISP_IDLE) * 1000 : 0;
}

static void look(struct life *l)
{
	cleanup_close_at(&l->owner.fd);
	owner_open(l->ctx, l->vm_id, &l->owner);
	/* Who takes one notes an owner before it is a spare no more. */
	l->spare = l->owner.state == OWNER_NONE && op_disp_is_spare(l->ctx, l->vm_id);
}

static void begin_period(struct life *l)
{
	l->since = clock_ms();
	l->idle_ms = l->spare || l->use == CALLS_SOME ? 0 : idle_ms(l->ctx, l->vm_id);
}

void life_begin(struct life *l, struct qvm_ctx *ctx, const struct vm *vm)
{
	l->ctx = ctx;
	l->vm_id = vm->id;
	if (vm->klass != CLASS_DISP)
		return;
	/* Watched first: a change that follows is not missed. */
	l->changes = owner_watch(ctx, vm->id);
	l->blind = l->changes < 0;
	look(l);
}

void life_dispose(struct life *l)
{
	cleanup_close_at(&l->owner.fd);
	cleanup_close_at(&l->changes);
}

static bool has_ended(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return fd >= 0 && poll(&p, 1, 0) > 0;
}

void life_renew(struct life *l, enum call_use use)
{
	enum owner_state before = l->owner.state;
	bool spare = l->spare;
	bool another = owner_watch_take(l->changes) || has_ended(l->owner.fd);

	if (another || l->blind)
		look(l);
	another |= l->owner.state != before || l->spare != spare;
	if (!another && use == l->use)
		return;
	l->use = use;
	begin_period(l);
}

static int left_by_parts(const struct life *l, uint64_t now)
{
	bool gone = l->owner.state == OWNER_GONE;
	uint64_t end = l->since + l->idle_ms;

	if (l->spare || l->owner.state == OWNER_ALIVE)
		return -1;
	if (gone && !l->owner.keep)
		return 0;
	if (l->use == CALLS_SOME)
		return -1;
	/* Who was to make the first call has ended before. */
	if (gone && (l->use == CALLS_UNKNOWN || !l->idle_ms))
		return 0;
	if (l->use == CALLS_UNKNOWN || !l->idle_ms)
		return -1;
	if (now >= end)
		return 0;
	return end - now < INT_MAX ? (int)(end - now) : INT_MAX;
}

int life_left_at(const struct life *l, uint64_t now)
{
	int left = left_by_parts(l, now);

	return l->blind && (left < 0 || left > BLIND_LOOK_MS) ? BLIND_LOOK_MS : left;
}

int life_left(const struct life *l)
{
	return life_left_at(l, clock_ms());
}
