/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a running guest hears of changes to its disks. Its disk driver sees a new size with
 * its next request; its file system grows by a service of its agent.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "ops/call.h"
#include "ops/volume.h"

enum { RESIZE_MS = 120000 };

static int ask(struct qvm_ctx *ctx, const struct vm *vm, enum vol_role role,
	       int *ret_status, struct qvm_err *err)
{
	cleanup_free char *line = xasprintf("%s\n", vol_role_names[role]);
	struct op_call call = {
		.domain = vm->name,
		.user = "root",
		.service = "qubes.ResizeDisk",
		.no_start = true,
		.out = -1,
		.errors = -1,
		.timeout_ms = RESIZE_MS,
	};
	int pipe_ends[2];
	int r;

	if (pipe2(pipe_ends, O_CLOEXEC) < 0)
		return err_errno(err, -errno, "cannot make a pipe");
	r = fd_write_all(pipe_ends[1], line, strlen(line));
	close(pipe_ends[1]);
	call.in = pipe_ends[0];
	/* on failure the pipe stays open, and the process is soon over */
	return r < 0 ? err_errno(err, r, "cannot fill a pipe")
		     : op_call(ctx, &call, ret_status, err);
}

int guest_volume_grown(struct qvm_ctx *ctx, const struct vm *vm, enum vol_role role,
		       struct qvm_err *err)
{
	bool known = role == VOL_ROOT || role == VOL_PRIVATE;
	struct qvm_err why;
	int status = 0;

	/* A guest without an agent must not keep a resize waiting for one. */
	if (known && op_has_agent(ctx, vm->name) &&
	    ask(ctx, vm, role, &status, &why) == 0 && status == 0)
		return 0;
	return err_set(err, QVM_E_UNSUPPORTED,
		       "'%s' %s: the file system of its %s volume grows at the "
		       "next start, or by hand",
		       vm->name, status ? "could not do it" : "is not told",
		       vol_role_names[role]);
}
