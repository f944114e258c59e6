/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/build_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"

#define FOLDER "build"

/* Locked, and still the one of that name: its last holder may have removed it meanwhile. */
static int lock_folder(const char *path)
{
	cleanup_close int fd =
		open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	return fd_is_named(fd, path) ? steal_fd(&fd) : -ENOENT;
}

/* What a killed one has left; -EWOULDBLOCK where somebody is at work. */
static int remove_left(const char *path)
{
	cleanup_close int lock = lock_folder(path);

	return lock < 0 ? lock : tree_remove(path);
}

/* apt fetches as a user of its own, who has to get there. */
static int make_and_lock(const char *all, const char *path)
{
	int r = dir_make(all, 0711);

	while (r == 0 || r == -ENOENT) {
		r = mkdir(path, 0711) < 0 ? -errno : lock_folder(path);
		if (r == -EEXIST)
			r = remove_left(path);
		else if (r == -ENOENT)
			r = dir_make(all, 0711); /* who removed the last one removed it */
		else
			break;
	}
	return r;
}

int build_folder_take(struct qvm_ctx *ctx, const char *name, struct build_folder *ret,
		      struct qvm_err *err)
{
	cleanup_free char *all = ctx_state_path(ctx, FOLDER);
	cleanup_free char *path = xasprintf("%s/%s", all, name);
	int r = make_and_lock(all, path);

	if (r == -EWOULDBLOCK)
		return err_set(err, QVM_E_BUSY, "another command is building it");
	if (r < 0)
		return err_errno(err, r, "cannot make the folder '%s'", path);
	*ret = (struct build_folder){.path = steal(path), .lock = r};
	return 0;
}

static int remove_folder(const char *path)
{
	cleanup_free char *all = xstrndup(path, (size_t)(strrchr(path, '/') - path));
	int r = tree_remove(path);

	(void)rmdir(all); /* unless there are others */
	return r;
}

void build_folder_drop(struct qvm_ctx *ctx, struct build_folder *f)
{
	int r = f->path ? remove_folder(f->path) : 0;

	if (r < 0)
		ctx_log(ctx, QVM_LEVEL_WARN, "cannot remove '%s': %s", f->path,
			strerror(-r));
	free(f->path);
	cleanup_close_at(&f->lock);
	*f = BUILD_FOLDER_INIT;
}

static int recover_one(const char *path, bool dry_run, struct strv *ret,
		       struct qvm_err *err)
{
	cleanup_close int lock = lock_folder(path);
	int r = lock >= 0 && !dry_run ? remove_folder(path) : 0;

	/* In use, gone by now, or no folder and so none of ours. */
	if (lock == -EWOULDBLOCK || lock == -ENOENT || lock == -ENOTDIR)
		return 0;
	if (lock < 0)
		r = lock;
	if (r < 0)
		return err_errno(err, r, "cannot remove '%s'", path);
	strv_add(ret, path);
	return 0;
}

int build_folders_recover(struct qvm_ctx *ctx, bool dry_run, struct strv *ret,
			  struct qvm_err *err)
{
	cleanup_free char *all = ctx_state_path(ctx, FOLDER);
	DIR *dir = opendir(all);
	struct dirent *e;
	int r = 0;

	while (r == 0 && dir && (e = readdir(dir))) {
		cleanup_free char *path = xasprintf("%s/%s", all, e->d_name);

		if (e->d_name[0] != '.')
			r = recover_one(path, dry_run, ret, err);
	}
	if (dir)
		closedir(dir);
	return r;
}
