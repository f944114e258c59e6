/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/reserve.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/size.h"

#define RESERVE (4 * MIB)
#define LEAST_FREE MIB	  /* with less the reserve is given up, and nothing is made */
#define PLENTY (64 * MIB) /* with less it is not made: others need that more */

static char *reserve_path(const struct qvm_ctx *ctx)
{
	return ctx_state_path(ctx, "reserve");
}

/* False where it cannot be told, as before the registry was made. */
static bool look(const struct qvm_ctx *ctx, uint64_t *ret_free, uint64_t *ret_size)
{
	struct statvfs fs;

	if (statvfs(ctx->state_dir, &fs) < 0)
		return false;
	*ret_free = (uint64_t)fs.f_bavail * fs.f_frsize;
	*ret_size = (uint64_t)fs.f_blocks * fs.f_frsize;
	return true;
}

int reserve_check(struct qvm_ctx *ctx, struct qvm_err *err)
{
	uint64_t room, size;
	char room_text[32], size_text[32];

	if (!look(ctx, &room, &size))
		return 0;
	if (room >= LEAST_FREE)
		return 0;
	size_format(room, room_text);
	size_format(size, size_text);
	return err_set(err, QVM_E_NO_SPACE,
		       "the disk of '%s' is full: %s of its %s are free; old logs, "
		       "kernels or files of dom0 can make room",
		       ctx->state_dir, room_text, size_text);
}

void reserve_use(struct qvm_ctx *ctx)
{
	cleanup_free char *path = reserve_path(ctx);
	uint64_t room, size;

	if (look(ctx, &room, &size) && room < LEAST_FREE)
		(void)unlink(path);
}

/* Without it all goes on as well, as long as the disk is not full. */
void reserve_keep(struct qvm_ctx *ctx)
{
	cleanup_free char *path = reserve_path(ctx);
	cleanup_close int fd = -1;
	uint64_t room, size;

	if (!look(ctx, &room, &size) || room < PLENTY)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0 && posix_fallocate(fd, 0, RESERVE) != 0)
		(void)unlink(path);
}
