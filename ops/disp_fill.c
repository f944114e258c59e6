/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeping the pool of spares: old ones go, missing ones are made, one after the other. One
 * process at a time does it, whichever was first; who comes meanwhile leaves a mark.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/proc.h"
#include "lib/size.h"
#include "ops/call.h"
#include "ops/image.h"
#include "ops/internal.h"
#include "ops/spare.h"

enum {
	REST_MS = 60000,
	SHRINK_MS = 10000,
	LOOK_MS = 50,
	AGAIN_MS = 500,
	FIRST_CALL_MS = 300
};

/* What it is first used for begins in it: its memory comes back while that runs. */
#define ROOM (24 * MIB)

/* ---- one spare ---- */

static bool rest_read(int fd, struct disp_rest *ret)
{
	cleanup_buf struct buf untrusted_text = BUF_INIT;
	unsigned long long used;
	int hooks;

	if (fd_read_all(fd, 256, &untrusted_text) < 0 ||
	    sscanf(buf_str(&untrusted_text), "%12llu %d", &used, &hooks) != 2)
		return false;
	*ret = (struct disp_rest){.used = used * KIB, .hooks = hooks};
	return true;
}

static int call_rest(struct qvm_ctx *ctx, const char *name, const char *service,
		     struct disp_rest *ret, struct qvm_err *err)
{
	int fds[2], status = 0;
	struct op_call call = {.domain = name,
			       .user = "root",
			       .service = service,
			       .no_start = true,
			       .in = -1,
			       .errors = -1,
			       .timeout_ms = REST_MS};
	int r;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_errno(err, -errno, "cannot make a pipe");
	call.out = fds[1];
	r = op_call(ctx, &call, &status, err);
	if (r == 0 && (status || !rest_read(fds[0], ret)))
		r = err_set(err, QVM_E_FAILED, "'%s' does not know how to rest: %s", name,
			    service);
	close(fds[0]);
	return r;
}

/* The programs for before a rest are run, and what can be given up is. An old agent can't. */
static struct disp_rest have_rest(struct qvm_ctx *ctx, const char *name)
{
	struct disp_rest rest = {0};
	struct qvm_err why;

	if (call_rest(ctx, name, "qvm.Rest", &rest, &why) < 0)
		ctx_log(ctx, QVM_LEVEL_INFO, "'%s' keeps its memory: %s", name, why.text);
	return rest;
}

int disp_sleep(struct qvm_ctx *ctx, const char *name, struct disp_rest *ret,
	       struct qvm_err *err)
{
	uint64_t deadline = clock_in(REST_MS);
	int r = op_reach(ctx, name, true, err);

	if (r == 0)
		r = call_rest(ctx, name, "qvm.Sleep", ret, err);
	while (r == 0 && op_has_agent(ctx, name) && clock_ms() < deadline)
		(void)poll(NULL, 0, LOOK_MS);
	if (r == 0 && op_has_agent(ctx, name))
		r = err_set(err, QVM_E_TIMEOUT, "the agent of '%s' does not sleep", name);
	return r;
}

int disp_shrink(struct qvm_ctx *ctx, const struct hv_id *id, uint64_t memory,
		uint64_t used, struct qvm_err *err)
{
	uint64_t target = (used + ROOM) / MIB * MIB;
	uint64_t deadline = clock_in(SHRINK_MS);
	struct hv_dom dom = {0};
	int r;

	if (!used || target >= memory)
		return 0;
	r = ctx->hv->set_memory(ctx->hv_handle, id, target, err);
	do {
		if (r == 0)
			r = ctx->view->find(ctx->view_handle, id, &dom, err);
		(void)poll(NULL, 0, LOOK_MS);
	} while (r == 0 && dom.memory > target + 4 * MIB && clock_ms() < deadline);
	return r;
}

static int find_spare(struct qvm_ctx *ctx, const char *name, struct spare *s,
		      struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	struct vm *vm;
	int r = op_world(ctx, true, &w, err);

	if (r == 0)
		r = vm_find(w, name, &vm, err);
	if (r < 0)
		return r;
	s->vm_id = vm->id;
	s->id = (struct hv_id){vm->live.domid, vm->uuid};
	s->memory = (uint64_t)prop_int(w, vm, PROP_MEMORY) * MIB;
	memcpy(s->name, vm->name, sizeof(s->name));
	return 0;
}

/* Until it is published it belongs to this process, and ends with it. */
static int prepare(struct qvm_ctx *ctx, const char *name, struct spare *s,
		   struct qvm_err *err)
{
	const struct op_report silent = {0};
	struct disp_rest rest;
	int r = op_reach(ctx, name, true, err);

	if (r == 0)
		r = find_spare(ctx, name, s, err);
	if (r == 0)
		r = hv_get(ctx, err);
	if (r < 0)
		return r;
	rest = have_rest(ctx, name);
	s->hooks = rest.hooks;
	r = disp_shrink(ctx, &s->id, s->memory, rest.used, err);
	if (r == 0)
		r = op_act(ctx, OP_PAUSE, &name, 1, false, NULL, &silent, err);
	return r < 0 ? r : spare_publish(ctx, s, err);
}

static int make_spare(struct qvm_ctx *ctx, const struct world *w, const struct vm *tpl,
		      struct qvm_err *err)
{
	const struct op_disp req = {
		.template = tpl->name, .owner = getpid(), .fresh = true};
	const struct op_report silent = {0};
	struct spare s = {.template_id = tpl->id};
	cleanup_free char *name = NULL, *basis = NULL;
	struct qvm_err undo;
	int r = disp_basis(ctx, w, tpl->name, &basis, err);

	if (r == 0)
		r = op_disp_start(ctx, &req, &name, err);
	if (r < 0)
		return r;
	s.basis = basis;
	r = prepare(ctx, name, &s, err);
	if (r < 0 && op_act(ctx, OP_DESTROY, (const char *const *)&name, 1, false, NULL,
			    &silent, &undo) < 0)
		ctx_log(ctx, QVM_LEVEL_WARN, "%s", undo.text);
	return r;
}

/* ---- the pool ---- */

static long long wanted_of(const struct world *w, const struct vm *tpl)
{
	if (!prop_applies(PROP_DISP_SPARES, tpl) ||
	    !prop_bool(w, tpl, PROP_TEMPLATE_FOR_DISPVMS))
		return 0;
	return prop_int(w, tpl, PROP_DISP_SPARES);
}

/* Is it as one that would be made now, and are there not too many before it? */
static bool is_kept(struct qvm_ctx *ctx, const struct world *w, const struct spares *all,
		    size_t which)
{
	const struct spare *s = &all->v[which];
	const struct vm *tpl = world_vm_by_id(w, s->template_id);
	const struct vm *vm = world_vm_by_id(w, s->vm_id);
	cleanup_free char *basis = NULL;
	struct qvm_err why;
	long long before = 0;

	if (!tpl || !vm || !vm_is_running(vm) ||
	    disp_basis(ctx, w, tpl->name, &basis, &why) < 0)
		return false;
	for (size_t i = 0; i < which; i++)
		before += all->v[i].template_id == s->template_id;
	return strcmp(basis, s->basis) == 0 && before < wanted_of(w, tpl);
}

static void drop(struct qvm_ctx *ctx, const struct world *w, const struct spare *s)
{
	const struct op_report silent = {0};
	const struct vm *vm = world_vm_by_id(w, s->vm_id);
	const char *name = s->name;
	struct qvm_err why;

	if (!spare_withdraw(ctx, s->vm_id) || !vm || !vm_is_running(vm))
		return;
	if (op_act(ctx, OP_DESTROY, &name, 1, false, NULL, &silent, &why) < 0)
		ctx_log(ctx, QVM_LEVEL_WARN, "%s", why.text);
}

static int drop_old(struct qvm_ctx *ctx, struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	cleanup_spares struct spares all = {0};
	int r = op_world(ctx, true, &w, err);

	if (r < 0)
		return r;
	spares_list(ctx, &all);
	for (size_t i = 0; i < all.n; i++)
		if (!is_kept(ctx, w, &all, i))
			drop(ctx, w, &all.v[i]);
	return 0;
}

static uint64_t memory_held(const struct world *w, const struct spares *all)
{
	uint64_t held = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct vm *vm = world_vm_by_id(w, all->v[i].vm_id);

		held += vm ? vm->live.memory : 0;
	}
	return held;
}

/* The template that lacks one and for which there is room; NULL: none. */
static const struct vm *next_template(const struct world *w, const struct spares *all)
{
	uint64_t budget = (uint64_t)prop_int(w, NULL, PROP_G_DISP_MEMORY) * MIB;
	uint64_t held = memory_held(w, all);

	for (size_t i = 0; i < w->vm_count; i++) {
		const struct vm *tpl = &w->vms[i];
		uint64_t need = (uint64_t)prop_int(w, tpl, PROP_MEMORY) * MIB;
		long long have = 0;

		for (size_t k = 0; k < all->n; k++)
			have += all->v[k].template_id == tpl->id;
		if (have < wanted_of(w, tpl) && held + need <= budget)
			return tpl;
	}
	return NULL;
}

/* 1: one was made, 0: there is nothing to do. */
static int add_one(struct qvm_ctx *ctx, struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	cleanup_spares struct spares all = {0};
	const struct vm *tpl;
	int r = op_world(ctx, true, &w, err);

	if (r < 0)
		return r;
	spares_list(ctx, &all);
	tpl = next_template(w, &all);
	if (!tpl)
		return 0;
	r = make_spare(ctx, w, tpl, err);
	return r < 0 ? err_wrap(err, "cannot make a spare of '%s'", tpl->name) : 1;
}

/* ---- one process at a time ---- */

static uint64_t delay_ms(struct qvm_ctx *ctx)
{
	cleanup_world struct world *w = NULL;
	struct qvm_err why;

	if (op_world(ctx, false, &w, &why) < 0)
		return 0;
	return (uint64_t)prop_int(w, NULL, PROP_G_DISP_DELAY) * 1000;
}

/* The delay as it is now, not as it was; whoever wants them at once has written in the mark. */
static void pause_before(struct qvm_ctx *ctx, const char *mark)
{
	uint64_t begun = clock_ms();
	struct stat st;

	while (clock_ms() - begun < delay_ms(ctx) &&
	       (stat(mark, &st) < 0 || st.st_size == 0))
		(void)poll(NULL, 0, AGAIN_MS);
}

static int fill(struct qvm_ctx *ctx, struct qvm_err *err)
{
	int r = drop_old(ctx, err);

	images_renew(ctx); /* spares go on from them */
	while (r == 0 && (r = add_one(ctx, err)) > 0)
		r = drop_old(ctx, err);
	return r;
}

/* The lock comes and goes with its file's holder; the file stays in the folder. */
static int filler_lock(const char *path, bool wait)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd >= 0 && flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int fill_in_turn(struct qvm_ctx *ctx, bool now, struct qvm_err *err)
{
	cleanup_free char *dir = xasprintf("%s/spares", ctx->run_dir);
	cleanup_free char *mark = xasprintf("%s/wanted", dir);
	cleanup_free char *path = xasprintf("%s/filler", dir);
	int r = dir_make(dir, 0700);

	if (r == 0 && (now || access(mark, F_OK) < 0))
		r = file_replace(mark, "now", now ? 3 : 0, 0600, 0);
	if (r < 0)
		return err_errno(err, r, "cannot write in '%s'", dir);
	/* Who finds the lock taken has left the mark before, and its holder looks after. */
	while (r == 0 && access(mark, F_OK) == 0) {
		cleanup_close int lock = filler_lock(path, now);

		if (lock < 0)
			return 0;
		if (!now)
			pause_before(ctx, mark);
		(void)unlink(mark);
		r = fill(ctx, err);
	}
	return r;
}

int op_disp_fill(struct qvm_ctx *ctx, const struct op_fill *req, struct qvm_err *err)
{
	struct qvm_err why;

	if (req->taken) {
		/* Somebody waits for its first call, not for its memory. */
		(void)poll(NULL, 0, FIRST_CALL_MS);
		if (spare_grow(ctx, req->taken, &why) < 0)
			ctx_log(ctx, QVM_LEVEL_WARN, "%s", why.text);
	}
	if (!req->now)
		proc_be_usual(); /* what is started from here on lasts: see spare_kick */
	return fill_in_turn(ctx, req->now, err);
}
