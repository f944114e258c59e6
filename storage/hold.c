/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/hold.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include "lib/alloc.h"
#include "lib/file.h"

int storage_lock(struct qvm_ctx *ctx, const char *name, int *ret_fd, struct qvm_err *err)
{
	cleanup_free char *path = xasprintf("%s/%s.lock", ctx->run_dir, name);
	cleanup_close int fd = -1;
	int r = dir_make(ctx->run_dir, 0755);

	if (r < 0)
		return err_errno(err, r, "cannot make '%s'", ctx->run_dir);
	/* Nobody ever removes the file, so there is no other one to compare it with. */
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_errno(err, -errno, "cannot open '%s'", path);
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return err_errno(err, -errno, "cannot lock '%s'", path);
	*ret_fd = steal_fd(&fd);
	return 0;
}
