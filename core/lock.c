/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/lock.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"

/* How often a waiter looks again; flock itself has no deadline. */
#define RETRY_MS 20

static const char *const file_names[LOCK_KIND_COUNT] = {
	[LOCK_OP] = "op.lock",
	[LOCK_RUNNING] = "running.lock",
	[LOCK_MEMORY] = "memory.lock",
};

static char *lock_dir(struct qvm_ctx *ctx, enum lock_kind kind, int64_t vm_id)
{
	return kind == LOCK_MEMORY ? xstrdup(ctx->run_dir) : ctx_vm_run_dir(ctx, vm_id);
}

/* Returns a descriptor, -EWOULDBLOCK, or another negative errno. */
static int try_lock(const char *dir, const char *path)
{
	cleanup_close int fd = -1;
	int r;

	do {
		cleanup_close_at(&fd);
		r = dir_make(dir, 0755);
		if (r < 0)
			return r;
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0 && errno == ENOENT)
			continue; /* the folder vanished: again */
		if (fd < 0)
			return -errno;
		if (flock(fd, LOCK_EX | LOCK_NB) < 0)
			return -errno;
	} while (fd < 0 || !fd_is_named(fd, path));
	return steal_fd(&fd);
}

static void assert_order(struct qvm_ctx *ctx, enum lock_kind kind, int64_t vm_id)
{
	for (int later = (int)kind + 1; later < LOCK_KIND_COUNT; later++)
		assert(ctx->locks_held[later] == 0);
	if (kind == LOCK_OP && ctx->locks_held[LOCK_OP])
		assert(vm_id > ctx->lock_highest);
}

int lock_take(struct qvm_ctx *ctx, enum lock_kind kind, int64_t vm_id, int timeout_ms,
	      struct lock *ret, struct qvm_err *err)
{
	cleanup_free char *dir = lock_dir(ctx, kind, vm_id);
	cleanup_free char *path = xasprintf("%s/%s", dir, file_names[kind]);
	int fd;

	assert_order(ctx, kind, vm_id);
	fd = try_lock(dir, path);
	for (int waited = 0; fd == -EWOULDBLOCK; waited += RETRY_MS) {
		if (timeout_ms >= 0 && waited >= timeout_ms)
			return err_set(err, QVM_E_BUSY,
				       "another command is working on it");
		(void)poll(NULL, 0, RETRY_MS);
		fd = try_lock(dir, path);
	}
	if (fd == -EACCES || fd == -EPERM || fd == -EROFS)
		return err_set(err, QVM_E_PERMISSION, "cannot lock '%s': %s", path,
			       strerror(-fd));
	if (fd < 0)
		return err_errno(err, fd, "cannot lock '%s'", path);
	lock_adopt(ctx, ret, fd, kind, vm_id);
	return 0;
}

void lock_adopt(struct qvm_ctx *ctx, struct lock *lock, int fd, enum lock_kind kind,
		int64_t vm_id)
{
	*lock = (struct lock){.fd = fd, .ctx = ctx, .kind = kind, .vm_id = vm_id};
	ctx->locks_held[kind]++;
	if (kind == LOCK_OP)
		ctx->lock_highest = vm_id;
}

void lock_release(struct lock *lock)
{
	if (lock->fd < 0)
		return;
	lock->ctx->locks_held[lock->kind]--;
	close(steal_fd(&lock->fd));
}

bool lock_is_held(struct qvm_ctx *ctx, enum lock_kind kind, int64_t vm_id)
{
	cleanup_free char *dir = lock_dir(ctx, kind, vm_id);
	cleanup_free char *path = xasprintf("%s/%s", dir, file_names[kind]);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}
