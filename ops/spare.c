/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/spare.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/proc.h"
#include "lib/size.h"
#include "ops/internal.h"
#include "ops/owner.h"

enum { FILE_LIMIT = 256 << 10 };

static void spare_dispose(struct spare *s)
{
	free(steal(s->basis));
}

void spares_dispose(struct spares *s)
{
	for (size_t i = 0; i < s->n; i++)
		spare_dispose(&s->v[i]);
	free(s->v);
	*s = (struct spares){0};
}

/* ---- files ---- */

static char *dir_path(const struct qvm_ctx *ctx)
{
	return xasprintf("%s/spares", ctx->run_dir);
}

static char *file_path(const struct qvm_ctx *ctx, int64_t vm_id)
{
	return xasprintf("%s/spares/%lld", ctx->run_dir, (long long)vm_id);
}

bool op_disp_is_spare(struct qvm_ctx *ctx, int64_t vm_id)
{
	cleanup_free char *path = file_path(ctx, vm_id);

	return vm_id >= DISP_ID_FIRST && access(path, F_OK) == 0;
}

/* One line of facts, then the basis. */
static bool spare_read(struct qvm_ctx *ctx, int64_t vm_id, struct spare *ret)
{
	cleanup_free char *path = file_path(ctx, vm_id);
	cleanup_buf struct buf text = BUF_INIT;
	struct spare s = {.vm_id = vm_id};
	char uuid[UUID_TEXT];
	long long tpl;
	const char *rest;
	int hooks;

	_Static_assert(UUID_TEXT == 37 && QVM_NAME_MAX == 31, "as the format says");
	if (file_read(path, FILE_LIMIT, &text) < 0 ||
	    sscanf(buf_str(&text), "%lld %31s %u %36s %" SCNu64 " %d", &tpl, s.name,
		   &s.id.domid, uuid, &s.memory, &hooks) != 6 ||
	    uuid_parse(uuid, &s.id.uuid) < 0)
		return false;
	rest = strchr(buf_str(&text), '\n');
	s.template_id = tpl;
	s.hooks = hooks;
	s.basis = xstrdup(rest ? rest + 1 : "");
	*ret = s;
	return true;
}

void spares_list(struct qvm_ctx *ctx, struct spares *ret)
{
	cleanup_free char *path = dir_path(ctx);
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		struct spare s;
		long long id;

		if (num_parse(entry->d_name, 1, INT64_MAX, &id) < 0 ||
		    !spare_read(ctx, id, &s))
			continue;
		array_grow(ret->v, ret->n) = s;
		ret->n++;
	}
	if (dir)
		closedir(dir);
}

/* Held for a few system calls: between choosing one and having it. -1: there is no pool. */
static int pool_lock(struct qvm_ctx *ctx)
{
	cleanup_free char *path = dir_path(ctx);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	while (flock(fd, LOCK_EX) < 0 && errno == EINTR)
		;
	return fd;
}

int spare_publish(struct qvm_ctx *ctx, const struct spare *s, struct qvm_err *err)
{
	cleanup_free char *dir = dir_path(ctx), *path = file_path(ctx, s->vm_id);
	cleanup_buf struct buf text = BUF_INIT;
	char uuid[UUID_TEXT];
	int r = dir_make(dir, 0700);

	uuid_format(&s->id.uuid, uuid);
	buf_addf(&text, "%lld %s %u %s %" PRIu64 " %d\n%s", (long long)s->template_id,
		 s->name, s->id.domid, uuid, s->memory, s->hooks, s->basis);
	if (r == 0)
		r = file_replace(path, text.data, text.len, 0600, 0);
	if (r < 0)
		return err_errno(err, r, "cannot write '%s'", path);
	owner_forget(ctx, s->vm_id);
	return 0;
}

bool spare_withdraw(struct qvm_ctx *ctx, int64_t vm_id)
{
	cleanup_free char *path = file_path(ctx, vm_id);
	cleanup_close int lock = pool_lock(ctx);

	return lock >= 0 && unlink(path) == 0;
}

/* ---- taking ---- */

/* Its watcher sees the owner before it is a spare no more: it belongs to somebody always. */
static int claim(struct qvm_ctx *ctx, const struct spare *s, const struct op_disp *req,
		 struct qvm_err *err)
{
	cleanup_free char *path = file_path(ctx, s->vm_id);
	int r = owner_write(ctx, s->vm_id, req->owner, req->keep, err);

	if (r == 0 && unlink(path) < 0)
		r = err_errno(err, -errno, "cannot take '%s'", s->name);
	return r;
}

static bool fits(struct qvm_ctx *ctx, const struct world *w, const struct spare *s,
		 const struct vm *tpl, const char *basis)
{
	const struct vm *vm = world_vm_by_id(w, s->vm_id);
	struct qvm_err gone;
	struct hv_dom dom;

	return s->template_id == tpl->id && strcmp(s->basis, basis) == 0 && vm &&
	       strcmp(vm->name, s->name) == 0 &&
	       ctx->view->find(ctx->view_handle, &s->id, &dom, &gone) == 0 &&
	       dom.paused && !dom.dying && !dom.shutdown;
}

static int choose(struct qvm_ctx *ctx, const struct world *w, const struct vm *tpl,
		  const char *basis, const struct op_disp *req, struct spare *ret,
		  struct qvm_err *err)
{
	cleanup_spares struct spares all = {0};
	cleanup_close int lock = pool_lock(ctx);
	int r = 0;

	if (lock < 0)
		return 0;
	spares_list(ctx, &all);
	for (size_t i = 0; r == 0 && i < all.n; i++) {
		if (!fits(ctx, w, &all.v[i], tpl, basis))
			continue;
		r = claim(ctx, &all.v[i], req, err);
		if (r < 0)
			return r;
		*ret = all.v[i];
		all.v[i].basis = NULL;
		r = 1;
	}
	return r;
}

static int let_run(struct qvm_ctx *ctx, const struct spare *s, struct qvm_err *err)
{
	const struct op_report silent = {0};
	const char *name = s->name;

	if (ctx->view->unpause)
		return ctx->view->unpause(ctx->view_handle, &s->id, err);
	return op_act(ctx, OP_UNPAUSE, &name, 1, false, NULL, &silent, err);
}

int spare_take(struct qvm_ctx *ctx, const struct world *w, const struct vm *tpl,
	       const struct op_disp *req, struct spare *ret, struct qvm_err *err)
{
	cleanup_free char *basis = NULL;
	struct spare s = {0};
	int r = view_get(ctx, err);

	if (r == 0)
		r = disp_basis(ctx, w, tpl->name, &basis, err);
	if (r == 0)
		r = choose(ctx, w, tpl, basis, req, &s, err);
	if (r <= 0)
		return r;
	r = let_run(ctx, &s, err);
	if (r < 0) {
		spare_dispose(&s);
		return r;
	}
	*ret = s;
	return 1;
}

/* ---- afterwards ---- */

int spare_grow(struct qvm_ctx *ctx, int64_t vm_id, struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	cleanup_lock struct lock memory = LOCK_INIT;
	const struct vm *vm;
	struct hv_host host;
	struct hv_id id;
	uint64_t want;
	int r = hv_get(ctx, err);

	if (r == 0)
		r = op_world(ctx, true, &w, err);
	vm = r == 0 ? world_vm_by_id(w, vm_id) : NULL;
	if (!vm || !vm_is_running(vm))
		return r;
	r = lock_take(ctx, LOCK_MEMORY, 0, -1, &memory, err);
	if (r == 0)
		r = ctx->view->host(ctx->view_handle, &host, err);
	if (r < 0)
		return r;
	id = (struct hv_id){vm->live.domid, vm->uuid};
	want = (uint64_t)prop_int(w, vm, PROP_MEMORY) * MIB;
	if (want > vm->live.memory + host.memory_free)
		want = (vm->live.memory + host.memory_free) / MIB * MIB;
	if (want <= vm->live.memory)
		return 0;
	return ctx->hv->set_memory(ctx->hv_handle, &id, want, err);
}

void spare_kick(struct qvm_ctx *ctx, const struct world *w, int64_t taken)
{
	cleanup_free char *dir = dir_path(ctx);
	char id[24];
	const char *argv[] = {ctx->self, "__fill", id, NULL};
	cleanup_free char *images = xasprintf("%s/images", ctx->run_dir);
	bool any = access(dir, F_OK) == 0 || access(images, F_OK) == 0;
	int r;

	for (size_t i = 0; i < w->vm_count; i++)
		any |= prop_applies(PROP_DISP_SPARES, &w->vms[i]) &&
		       prop_int(w, &w->vms[i], PROP_DISP_SPARES) > 0;
	if (!any)
		return;
	snprintf(id, sizeof(id), "%lld", (long long)taken);
	/* What somebody waits for comes before, as the first call of the one that was taken. */
	r = proc_spawn_last(argv);
	if (r < 0)
		ctx_log(ctx, QVM_LEVEL_WARN, "cannot execute '%s': %s", ctx->self,
			strerror(-r));
}
