/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/owner.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/proc.h"

static char *owner_path(struct qvm_ctx *ctx, int64_t vm_id)
{
	cleanup_free char *dir = ctx_vm_run_dir(ctx, vm_id);

	return xasprintf("%s/owner", dir);
}

int owner_write(struct qvm_ctx *ctx, int64_t vm_id, pid_t owner, bool keep,
		struct qvm_err *err)
{
	cleanup_free char *dir = ctx_vm_run_dir(ctx, vm_id);
	cleanup_free char *path = owner_path(ctx, vm_id);
	cleanup_buf struct buf text = BUF_INIT;
	uint64_t started = 0;
	int r = owner ? proc_start_time(owner, &started) : 0;

	if (r < 0)
		return err_errno(err, r, "process %d does not run", (int)owner);
	buf_addf(&text, "%d %" PRIu64 " %d\n", (int)owner, started, keep);
	r = dir_make(dir, 0755);
	if (r == 0)
		r = file_replace(path, text.data, text.len, 0644, 0);
	return r < 0 ? err_errno(err, r, "cannot write '%s'", path) : 0;
}

/* The descriptor comes first: a number cannot then have gone to another process unseen. */
void owner_open(struct qvm_ctx *ctx, int64_t vm_id, struct owner *ret)
{
	cleanup_free char *path = owner_path(ctx, vm_id);
	cleanup_buf struct buf text = BUF_INIT;
	cleanup_close int fd = -1;
	uint64_t noted, started;
	int pid, keep;

	*ret = (struct owner){.state = OWNER_NONE, .fd = -1};
	if (file_read(path, 4096, &text) < 0 ||
	    sscanf(buf_str(&text), "%d %" SCNu64 " %d", &pid, &noted, &keep) != 3)
		return;
	ret->state = OWNER_NOBODY;
	if (!pid)
		return;
	ret->keep = keep;
	ret->state = OWNER_GONE;
	fd = pidfd_open(pid, 0);
	if (fd < 0 || proc_start_time(pid, &started) < 0 || started != noted)
		return;
	ret->state = OWNER_ALIVE;
	ret->fd = steal_fd(&fd);
}

void owner_forget(struct qvm_ctx *ctx, int64_t vm_id)
{
	cleanup_free char *path = owner_path(ctx, vm_id);

	(void)unlink(path); /* absent is as good */
}

int owner_watch(struct qvm_ctx *ctx, int64_t vm_id)
{
	cleanup_free char *dir = ctx_vm_run_dir(ctx, vm_id);
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd >= 0 && inotify_add_watch(fd, dir, IN_MOVED_TO | IN_DELETE) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

bool owner_watch_take(int fd)
{
	_Alignas(struct inotify_event) char events[4096];
	bool any = false;
	ssize_t n;

	while (fd >= 0 && (n = read(fd, events, sizeof(events))) > 0) {
		for (char *at = events; at < events + n;) {
			const struct inotify_event *e = (const void *)at;

			any |= e->len && strcmp(e->name, "owner") == 0;
			at += sizeof(*e) + e->len;
		}
	}
	return any;
}
