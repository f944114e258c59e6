/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/template_apart.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/proc.h"
#include "ops/call.h"
#include "ops/disp.h"
#include "ops/internal.h"

#define VDEV "xvdi"
#define FOLDER "/rw/qvm-fill"
#define SAID_MAX 65536 /* progress, facts, and one failure */

int template_apart_begin(struct qvm_ctx *ctx, const char *source, char **ret_name,
			 struct qvm_err *err)
{
	const struct op_disp disp = {.owner = getpid(), .offline = true};
	struct stat st;
	int r;

	if (stat(source, &st) < 0)
		return err_errno(err, -errno, "cannot use '%s'", source);
	if (!S_ISREG(st.st_mode))
		return err_set(err, QVM_E_VALUE,
			       "cannot use '%s': a disposable takes a file only", source);
	ctx_progress(ctx, "starting a disposable", -1);
	r = op_disp_start(ctx, &disp, ret_name, err);
	return r < 0 ? err_wrap(err, "cannot start a disposable") : 0;
}

int template_apart_end(struct qvm_ctx *ctx, char **name, int r, struct qvm_err *err)
{
	const char *const names[] = {*name};
	const struct op_report silent = {0};
	struct qvm_err why;
	int end = 0;

	if (*name)
		end = op_act(ctx, OP_DESTROY, names, 1, false, NULL, &silent, &why);
	free(steal(*name));
	if (end == 0 || why.kind == QVM_E_NOT_RUNNING || why.kind == QVM_E_NO_VM)
		return r;
	if (r < 0) {
		ctx_log(ctx, QVM_LEVEL_WARN, "%s", why.text);
		return r;
	}
	*err = why;
	return end;
}

/* Nobody else knows it yet, so nobody else changes it. */
static int attach(struct qvm_ctx *ctx, const char *name, const struct block_dev *dev,
		  struct qvm_err *err)
{
	const struct hv_disk disk = {
		.vdev = VDEV, .major = dev->major, .minor = dev->minor};
	cleanup_world struct world *w = NULL;
	struct hv_id id;
	struct vm *vm;
	int r = op_world(ctx, true, &w, err);

	if (r == 0)
		r = vm_find(w, name, &vm, err);
	if (r == 0)
		r = vm_running(ctx, vm, &id, err);
	if (r == 0)
		return err_set(err, QVM_E_NOT_RUNNING, "'%s' does not run", name);
	if (r > 0)
		r = hv_get(ctx, err);
	return r < 0 ? r : ctx->hv->attach(ctx->hv_handle, &id, &disk, err);
}

/* The helper and what is put into guests, as a tar that is read from RET. */
static int pack_tools(const struct qvm_ctx *ctx, pid_t *ret_pid, int *ret,
		      struct qvm_err *err)
{
	const char *const argv[] = {
		"tar", "-c", "-f", "-", "-C", ctx->libexec_dir, "guest", "qvm-fill-alone",
		NULL};
	int fds[2], r;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_errno(err, -errno, "cannot make a pipe");
	r = proc_spawn(argv, (int[]){-1, fds[1], -1}, 3, ret_pid);
	close(fds[1]);
	if (r < 0) {
		close(fds[0]);
		return err_errno(err, r, "cannot run tar");
	}
	*ret = fds[0];
	return 0;
}

/* What it needs comes with the task: its template may be of anybody's making. */
static int send_tools(struct qvm_ctx *ctx, const char *name, struct qvm_err *err)
{
	struct op_call call = {
		.domain = name,
		.user = "root",
		.command = "mkdir -p " FOLDER "/on && cd " FOLDER " && exec tar -x -f -",
		.out = -1,
		.errors = -1,
	};
	int status = 0;
	pid_t pid;
	int r = pack_tools(ctx, &pid, &call.in, err);

	if (r < 0)
		return r;
	r = op_call(ctx, &call, &status, err);
	if (r < 0)
		kill(pid, SIGKILL); /* nobody reads it */
	if (proc_wait(pid) != 0 && r == 0)
		return err_set(err, QVM_E_FAILED, "cannot pack what '%s' needs", name);
	if (r == 0 && status)
		return err_set(err, QVM_E_FAILED, "'%s' has not taken what it needs: %d",
			       name, status);
	return r;
}

/* The file goes there as it is. */
static int unpack(struct qvm_ctx *ctx, const char *name, const char *source,
		  const char *label, struct template_facts *ret, struct qvm_err *err)
{
	cleanup_free char *command =
		xasprintf("cd " FOLDER " && cat >source && "
			  "exec ./qvm-fill-alone inside /dev/" VDEV " source %s on",
			  label);
	cleanup_free char *both = xasprintf("{ %s; } 2>&1", command);
	cleanup_buf struct buf untrusted = BUF_INIT;
	struct op_call call = {
		.domain = name,
		.user = "root",
		.command = both,
		.in = open(source, O_RDONLY | O_CLOEXEC),
		.errors = -1,
	};
	int status = 0, r;

	if (call.in < 0)
		return err_errno(err, -errno, "cannot use '%s'", source);
	r = op_call_text(ctx, &call, SAID_MAX, &untrusted, &status, err);
	return r < 0 ? r : template_filled(ctx, name, &untrusted, status, ret, err);
}

int template_apart_fill(struct qvm_ctx *ctx, const char *name,
			const struct block_dev *root, const char *source,
			const char *label, struct template_facts *ret,
			struct qvm_err *err)
{
	cleanup_free char *what = xasprintf("filling the root volume in '%s'", name);
	int r = template_fs_make(ctx, root, label, err);

	ctx_progress(ctx, what, -1);
	if (r == 0)
		r = attach(ctx, name, root, err);
	if (r == 0)
		r = send_tools(ctx, name, err);
	return r < 0 ? r : unpack(ctx, name, source, label, ret, err);
}
