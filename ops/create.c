/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/size.h"
#include "ops/internal.h"

/* A StandaloneVM made with a template begins as a copy of its root. */
static int standalone_source(const struct world *w, const struct op_create *req,
			     struct vm *draft, struct make_source *source,
			     struct qvm_err *err)
{
	const struct vm_revision *newest;
	const struct vm_volume *root;
	struct vm *tpl;
	int r;

	if (!req->template || vm_classes[req->klass].has_template)
		return 0;
	r = vm_find(w, req->template, &tpl, err);
	if (r < 0)
		return r;
	root = &tpl->volumes[VOL_ROOT];
	newest = vol_newest(root);
	if (!tpl->has_volume[VOL_ROOT] || !root->persistent || !newest)
		return err_set(err, QVM_E_VALUE,
			       "cannot create '%s': '%s' has no root of its own to copy",
			       req->name, tpl->name);
	vol_revision_id(root, newest->serial, source->id[VOL_ROOT]);
	if (!req->sizes[VOL_ROOT])
		draft->volumes[VOL_ROOT].size = root->size;
	source->pool[VOL_ROOT] = root->pool;
	if (req->pool || req->pools[VOL_ROOT])
		return 0;
	free(draft->volumes[VOL_ROOT].pool);
	draft->volumes[VOL_ROOT].pool = xstrdup(root->pool);
	return 0;
}

/* Copies a file's content; blocks of zeros stay unwritten on the blank volume. */
static int copy_blocks(int from, int to)
{
	static const char zeros[65536];
	char block[sizeof(zeros)];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(from, block, sizeof(block), at)) > 0) {
		if (memcmp(block, zeros, (size_t)n) != 0 &&
		    pwrite(to, block, (size_t)n, at) != n)
			return errno ? -errno : -EIO;
		at += n;
	}
	if (n < 0 || fsync(to) < 0)
		return -errno;
	return 0;
}

static int fill_from_file(struct qvm_ctx *ctx, const struct block_dev *root, void *arg,
			  struct qvm_err *err)
{
	const char *path = arg;
	cleanup_close int from = open(path, O_RDONLY | O_CLOEXEC);
	cleanup_close int to = open(root->path, O_WRONLY | O_CLOEXEC);
	int r;

	ctx_progress(ctx, "copying the root volume", -1);
	if (from < 0)
		return err_errno(err, -errno, "cannot open '%s'", path);
	if (to < 0)
		return err_errno(err, -errno, "cannot open the volume '%s'", root->path);
	r = copy_blocks(from, to);
	return r < 0 ? err_errno(err, r, "cannot copy '%s' to the root volume", path) : 0;
}

static int file_source(const struct op_create *req, struct vm *draft,
		       struct make_source *source, struct qvm_err *err)
{
	struct stat st;

	if (!req->root_from)
		return 0;
	if (vm_classes[req->klass].has_template)
		return err_set(err, QVM_E_VALUE,
			       "cannot create '%s': the root of %ss comes from their "
			       "template",
			       req->name, vm_classes[req->klass].name);
	if (stat(req->root_from, &st) < 0)
		return err_errno(err, -errno, "cannot open '%s'", req->root_from);
	if (!S_ISREG(st.st_mode))
		return err_set(err, QVM_E_VALUE, "'%s' is not a regular file",
			       req->root_from);
	if ((uint64_t)st.st_size > draft->volumes[VOL_ROOT].size)
		draft->volumes[VOL_ROOT].size =
			((uint64_t)st.st_size + MIB - 1) / MIB * MIB;
	source->fill = fill_from_file;
	source->arg = (void *)req->root_from;
	return 0;
}

/* Everything that can be refused, before anything is made. */
static int prepare(struct qvm_ctx *ctx, const struct world *w,
		   const struct op_create *req, struct vm *draft,
		   struct make_source *source, struct qvm_err *err)
{
	int r = vm_draft(ctx, w, req, draft, err);

	if (r == 0)
		r = standalone_source(w, req, draft, source, err);
	if (r == 0)
		r = file_source(req, draft, source, err);
	return r;
}

int op_create(struct qvm_ctx *ctx, const struct op_create *req, struct plan *ret_plan,
	      struct qvm_err *err)
{
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	cleanup(vm_dispose) struct vm draft = {0};
	struct make_source source = {0};
	int r = store_open(ctx, req->number ? STORE_DISPOSABLES : STORE_WRITE, &s, err);

	if (r == 0)
		r = req->template ? store_load_settled(ctx, s, req->template, &w, err)
				  : store_load(s, &w, err);
	if (r == 0)
		r = prepare(ctx, w, req, &draft, &source, err);
	if (r < 0)
		return r;
	if (req->dry_run) {
		vm_make_plan(&draft, &source, ret_plan);
		return 0;
	}
	ctx_progress(ctx, "making volumes", -1);
	r = vm_make(ctx, s, w, &draft, &source, err);
	if (r < 0)
		return err_wrap(err, "cannot create '%s'", req->name);
	if (req->root_move && unlink(req->root_from) < 0)
		ctx_log(ctx, QVM_LEVEL_WARN, "cannot remove '%s': %s", req->root_from,
			strerror(errno));
	return 0;
}
