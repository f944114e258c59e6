/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/image.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "core/lock.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/size.h"
#include "ops/internal.h"
#include "ops/owner.h"
#include "ops/spare.h"

enum { FILE_LIMIT = 256 << 10, LOOK_MS = 1000, SEED = 64 };

/* What a saved memory may need beyond itself: records, registers, nodes of xenstore. */
#define STREAM_ROOM (16 * MIB)

/* ---- files and volumes ---- */

static char *file_path(const struct qvm_ctx *ctx, int64_t vm_id)
{
	return xasprintf("%s/images/%lld", ctx->run_dir, (long long)vm_id);
}

void image_volume(int64_t vm_id, char ret[static POOL_ID_MAX])
{
	snprintf(ret, POOL_ID_MAX, "r%lld-memory", (long long)vm_id);
}

static int memory_open(struct qvm_ctx *ctx, int64_t vm_id)
{
	struct block_dev dev;
	struct qvm_err gone;
	char name[POOL_ID_MAX];
	int fd;

	image_volume(vm_id, name);
	if (ctx->scratch->find(ctx->scratch_handle, name, &dev, &gone) < 0)
		return -ENOENT;
	fd = open(dev.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

/* In the run folder of who goes on from it: the image's number. */
static char *use_path(const struct qvm_ctx *ctx, int64_t vm_id)
{
	cleanup_free char *dir = ctx_vm_run_dir(ctx, vm_id);

	return xasprintf("%s/image", dir);
}

void images_dispose(struct images *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->v[i].basis);
	free(all->v);
	*all = (struct images){0};
}

static bool image_read(struct qvm_ctx *ctx, int64_t vm_id, struct image *ret)
{
	cleanup_free char *path = file_path(ctx, vm_id);
	cleanup_buf struct buf text = BUF_INIT;
	const char *rest;
	uint64_t size;
	long long tpl;
	int hooks;

	if (file_read(path, FILE_LIMIT, &text) < 0 ||
	    sscanf(buf_str(&text), "%lld %d %" SCNu64, &tpl, &hooks, &size) != 3)
		return false;
	rest = strchr(buf_str(&text), '\n');
	*ret = (struct image){.vm_id = vm_id,
			      .template_id = tpl,
			      .size = size,
			      .hooks = hooks,
			      .basis = xstrdup(rest ? rest + 1 : "")};
	return true;
}

/* One that nobody holds any more has no volumes. */
static bool is_held(struct qvm_ctx *ctx, int64_t vm_id)
{
	cleanup_free char *path = file_path(ctx, vm_id);

	if (lock_is_held(ctx, LOCK_RUNNING, vm_id))
		return true;
	(void)unlink(path); /* somebody else may have */
	return false;
}

void images_list(struct qvm_ctx *ctx, struct images *ret)
{
	cleanup_free char *path = xasprintf("%s/images", ctx->run_dir);
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		struct image image;
		long long id;

		if (num_parse(entry->d_name, 1, INT64_MAX, &id) < 0 ||
		    !is_held(ctx, id) || !image_read(ctx, id, &image))
			continue;
		array_grow(ret->v, ret->n) = image;
		ret->n++;
	}
	if (dir)
		closedir(dir);
}

bool image_find(struct qvm_ctx *ctx, const struct world *w, const struct vm *tpl,
		struct image *ret)
{
	cleanup_images struct images all = {0};
	cleanup_free char *basis = NULL;
	struct qvm_err why;

	images_list(ctx, &all);
	if (!all.n || disp_basis(ctx, w, tpl->name, &basis, &why) < 0)
		return false;
	for (size_t i = 0; i < all.n; i++) {
		if (all.v[i].template_id != tpl->id || strcmp(all.v[i].basis, basis) != 0)
			continue;
		*ret = all.v[i];
		ret->basis = NULL;
		return true;
	}
	return false;
}

bool op_disp_is_image(struct qvm_ctx *ctx, int64_t vm_id)
{
	cleanup_free char *path = file_path(ctx, vm_id);

	return access(path, F_OK) == 0;
}

size_t op_images(struct qvm_ctx *ctx, const struct world *w, struct op_image **ret)
{
	cleanup_images struct images all = {0};
	size_t n = 0;

	*ret = NULL;
	images_list(ctx, &all);
	for (size_t i = 0; i < all.n; i++) {
		const struct vm *vm = world_vm_by_id(w, all.v[i].vm_id);
		const struct vm *tpl = world_vm_by_id(w, all.v[i].template_id);
		struct image current = {0};

		if (!vm || !tpl)
			continue;
		array_grow(*ret, n) = (struct op_image){
			.template = tpl->name,
			.name = vm->name,
			.size = all.v[i].size,
			.current = image_find(ctx, w, tpl, &current) &&
				   current.vm_id == vm->id,
		};
		n++;
	}
	return n;
}

/* ---- making ---- */

static int publish(struct qvm_ctx *ctx, const struct image *image, struct qvm_err *err)
{
	cleanup_free char *dir = xasprintf("%s/images", ctx->run_dir);
	cleanup_free char *path = file_path(ctx, image->vm_id);
	cleanup_buf struct buf text = BUF_INIT;
	int r = dir_make(dir, 0700);

	buf_addf(&text, "%lld %d %" PRIu64 "\n%s", (long long)image->template_id,
		 image->hooks, image->size, image->basis);
	if (r == 0)
		r = file_replace(path, text.data, text.len, 0600, 0);
	if (r < 0)
		return err_errno(err, r, "cannot write '%s'", path);
	owner_forget(ctx, image->vm_id);
	return 0;
}

/* A volume that MEMORY bytes of a guest's fit in; what is not written takes no space. */
static int memory_make(struct qvm_ctx *ctx, int64_t vm_id, uint64_t memory,
		       struct block_dev *ret, struct qvm_err *err)
{
	struct scratch_request req = {.size = (memory + memory / 64 + STREAM_ROOM) / MIB *
					      MIB};
	cleanup_world struct world *w = NULL;
	int r = op_world(ctx, false, &w, err);

	if (r == 0)
		r = scratch_get(ctx, w->scratch, err);
	if (r == 0 && !ctx->scratch->find)
		r = err_set(err, QVM_E_UNSUPPORTED, "nothing can be saved here");
	image_volume(vm_id, req.name);
	return r < 0 ? r : ctx->scratch->create(ctx->scratch_handle, &req, 1, ret, err);
}

/* That the store is full is not known before it was synced. */
static int save_to(struct qvm_ctx *ctx, const struct hv_id *id, const char *path,
		   uint64_t *ret_size, struct qvm_err *err)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	off_t end;
	int r;

	if (fd < 0)
		return err_errno(err, -errno, "cannot write '%s'", path);
	r = ctx->hv->save(ctx->hv_handle, id, fd, err);
	if (r < 0)
		return r;
	end = lseek(fd, 0, SEEK_CUR);
	if (end < 0 || fsync(fd) < 0)
		return err_errno(err, -errno, "cannot write the image");
	*ret_size = (uint64_t)end;
	return 0;
}

static int save(struct qvm_ctx *ctx, struct image *image, const struct hv_id *id,
		struct qvm_err *err)
{
	struct block_dev dev;
	struct hv_dom dom;
	int r = ctx->view->find(ctx->view_handle, id, &dom, err);

	if (r == 0)
		r = memory_make(ctx, image->vm_id, dom.memory, &dev, err);
	if (r == 0)
		r = save_to(ctx, id, dev.path, &image->size, err);
	if (r == 0)
		r = ctx->hv->destroy(ctx->hv_handle, id, err);
	return r;
}

/* NAME belongs to this process, and ends with it, until it is published. */
static int make_of(struct qvm_ctx *ctx, const char *name, struct image *image,
		   struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	struct disp_rest rest = {0};
	struct vm *vm = NULL;
	struct hv_id id;
	int r = hv_get(ctx, err);

	if (r == 0 && !ctx->hv->save)
		r = err_set(err, QVM_E_UNSUPPORTED, "nothing can be saved here");
	if (r == 0)
		r = disp_sleep(ctx, name, &rest, err);
	if (r == 0)
		r = op_world(ctx, true, &w, err);
	if (r == 0)
		r = vm_find(w, name, &vm, err);
	if (r < 0)
		return r;
	image->vm_id = vm->id;
	id = (struct hv_id){vm->live.domid, vm->uuid};
	image->hooks = rest.hooks;
	r = disp_shrink(ctx, &id, vm->live.memory, rest.used, err);
	if (r == 0)
		r = save(ctx, image, &id, err);
	return r < 0 ? r : publish(ctx, image, err);
}

int op_image_make(struct qvm_ctx *ctx, const char *template, struct qvm_err *err)
{
	const struct op_disp req = {.template = template,
				    .owner = getpid(),
				    .fresh = true,
				    .boots = true,
				    .offline = true};
	const struct op_report silent = {0};
	cleanup_world struct world *w = NULL;
	cleanup_free char *name = NULL, *basis = NULL;
	struct image image = {0};
	struct vm *tpl = NULL;
	struct qvm_err undo;
	int r = op_world(ctx, false, &w, err);

	if (r == 0)
		r = vm_find(w, template, &tpl, err);
	if (r == 0)
		r = disp_basis(ctx, w, template, &basis, err);
	if (r == 0)
		r = op_image_drop(ctx, template, err);
	if (r >= 0)
		r = op_disp_start(ctx, &req, &name, err);
	if (r < 0)
		return r;
	image.template_id = tpl->id;
	image.basis = basis;
	r = make_of(ctx, name, &image, err);
	if (r < 0) {
		ctx_log(ctx, QVM_LEVEL_WARN, "%s", err->text);
		if (image.vm_id) /* its watcher waits for nobody */
			owner_forget(ctx, image.vm_id);
	}
	if (r < 0 && op_act(ctx, OP_DESTROY, (const char *const *)&name, 1, false, NULL,
			    &silent, &undo) < 0)
		ctx_log(ctx, QVM_LEVEL_WARN, "%s", undo.text);
	return r;
}

int op_image_drop(struct qvm_ctx *ctx, const char *template, struct qvm_err *err)
{
	cleanup_images struct images all = {0};
	cleanup_world struct world *w = NULL;
	struct vm *tpl;
	int r = op_world(ctx, false, &w, err);
	int any = 0;

	if (r == 0)
		r = vm_find(w, template, &tpl, err);
	if (r < 0)
		return r;
	images_list(ctx, &all);
	for (size_t i = 0; i < all.n; i++) {
		cleanup_free char *path = file_path(ctx, all.v[i].vm_id);

		if (all.v[i].template_id == tpl->id)
			any |= unlink(path) == 0;
	}
	return any;
}

void images_renew(struct qvm_ctx *ctx)
{
	cleanup_free struct op_image *all = NULL;
	cleanup_world struct world *w = NULL;
	struct qvm_err why;
	size_t n;

	if (op_world(ctx, false, &w, &why) < 0)
		return;
	n = op_images(ctx, w, &all);
	for (size_t i = 0; i < n; i++)
		if (!all[i].current && op_image_make(ctx, all[i].template, &why) < 0)
			ctx_log(ctx, QVM_LEVEL_WARN, "%s", why.text);
}

/* ---- using ---- */

int image_open(struct qvm_ctx *ctx, int64_t id, int64_t vm_id)
{
	cleanup_free char *use = use_path(ctx, vm_id);
	char text[24];
	int n = snprintf(text, sizeof(text), "%lld\n", (long long)id);
	int r = file_replace(use, text, (size_t)n, 0644, 0);

	if (r < 0)
		return r;
	/* Noted, then looked for: its holder looks in the other order. */
	return op_disp_is_image(ctx, id) ? memory_open(ctx, id) : -ENOENT;
}

char *image_seed(void)
{
	uint8_t seed[SEED];
	cleanup_buf struct buf text = BUF_INIT;

	if (getrandom(seed, sizeof(seed), 0) != sizeof(seed))
		return NULL;
	buf_addf(&text, "%lld ", (long long)time(NULL));
	for (size_t i = 0; i < sizeof(seed); i++)
		buf_addf(&text, "%02x", seed[i]);
	explicit_bzero(seed, sizeof(seed));
	return buf_steal(&text);
}

/* ---- holding ---- */

static bool is_used(struct qvm_ctx *ctx, int64_t id)
{
	cleanup_free char *path = xasprintf("%s/vm", ctx->run_dir);
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool used = false;

	while (dir && !used && (entry = readdir(dir))) {
		cleanup_buf struct buf text = BUF_INIT;
		cleanup_free char *use = NULL;
		long long vm_id, noted;

		if (num_parse(entry->d_name, 1, INT64_MAX, &vm_id) < 0)
			continue;
		use = use_path(ctx, vm_id);
		used = file_read(use, 32, &text) == 0 &&
		       sscanf(buf_str(&text), "%lld", &noted) == 1 && noted == id;
	}
	if (dir)
		closedir(dir);
	return used;
}

/*
 * Open as long as anybody may start from it, so that the kernel keeps what it has deciphered
 * while there is memory for it.
 */
static int keep_open(struct qvm_ctx *ctx, struct store *s, int64_t vm_id)
{
	cleanup_world struct world *w = NULL;
	struct qvm_err why;

	if (store_load(s, &w, &why) < 0 || scratch_get(ctx, w->scratch, &why) < 0 ||
	    !ctx->scratch->find)
		return -1;
	return memory_open(ctx, vm_id);
}

void image_hold(struct qvm_ctx *ctx, struct store *s, int64_t vm_id)
{
	cleanup_close int memory = keep_open(ctx, s, vm_id);
	struct owner owner;

	/* Being made; its maker tells nobody when it is killed. */
	do {
		owner_open(ctx, vm_id, &owner);
		cleanup_close_at(&owner.fd);
		(void)poll(NULL, 0, LOOK_MS);
	} while (owner.state == OWNER_ALIVE || op_disp_is_image(ctx, vm_id));
	while (is_used(ctx, vm_id))
		(void)poll(NULL, 0, LOOK_MS);
}
