/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "templates/kernel_image.h"
#include "templates/template.h"

#define CHUNK 65536

static const char *const parts[] = {
	"vmlinux", "vmlinuz", "initramfs", "modules.img", "default-kernelopts-common.txt",
};

/* A clone of the blocks where the file system can, else the kernel copies them. */
static int pour(int from, int to)
{
	char chunk[CHUNK];
	ssize_t n;
	int r;

	if (ioctl(to, FICLONE, from) == 0)
		return 0;
	while ((n = copy_file_range(from, NULL, to, NULL, 1 << 30, 0)) > 0)
		;
	if (n == 0)
		return 0;
	if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
		return -errno;
	while ((n = read(from, chunk, sizeof(chunk))) > 0) {
		r = fd_write_all(to, chunk, (size_t)n);
		if (r < 0)
			return r;
	}
	return n < 0 ? -errno : 0;
}

static int copy_file(const char *from, const char *to)
{
	cleanup_close int in = open(from, O_RDONLY | O_CLOEXEC);
	cleanup_close int out = -1;
	struct stat st;
	int r;

	if (in < 0 || fstat(in, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (out < 0)
		return -errno;
	r = pour(in, out);
	return r == 0 && fsync(out) < 0 ? -errno : r;
}

/* 1: the same bytes, or both absent; 0: different; or a negative errno. */
static int same_file(const char *a, const char *b)
{
	cleanup_close int fda = open(a, O_RDONLY | O_CLOEXEC);
	int errnum_a = fda < 0 ? errno : 0;
	cleanup_close int fdb = open(b, O_RDONLY | O_CLOEXEC);
	int errnum_b = fdb < 0 ? errno : 0;
	char chunk_a[CHUNK], chunk_b[CHUNK];
	struct stat sta, stb;
	off_t at = 0;

	if (errnum_a == ENOENT || errnum_b == ENOENT)
		return errnum_a == errnum_b;
	if (errnum_a || errnum_b)
		return errnum_a ? -errnum_a : -errnum_b;
	if (fstat(fda, &sta) < 0 || fstat(fdb, &stb) < 0)
		return -errno;
	if (sta.st_size != stb.st_size)
		return 0;
	while (at < sta.st_size) {
		ssize_t na = pread(fda, chunk_a, CHUNK, at);
		ssize_t nb = pread(fdb, chunk_b, CHUNK, at);

		if (na <= 0 || nb != na)
			return na < 0 || nb < 0 ? -errno : 0;
		if (memcmp(chunk_a, chunk_b, (size_t)na) != 0)
			return 0;
		at += na;
	}
	return 1;
}

/* For each part of a kernel: 0 from FN to go on, anything else ends it. */
static int each_part(const char *a, const char *b, int (*fn)(const char *, const char *),
		     int go_on)
{
	for (size_t i = 0; i < array_len(parts); i++) {
		cleanup_free char *in_a = xasprintf("%s/%s", a, parts[i]);
		cleanup_free char *in_b = xasprintf("%s/%s", b, parts[i]);
		int r = fn(in_a, in_b);

		if (r != go_on)
			return r;
	}
	return go_on;
}

static int copy_if_there(const char *from, const char *to)
{
	int r = copy_file(from, to);

	return r == -ENOENT ? 0 : r;
}

static int sync_folder(const char *path)
{
	cleanup_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

/* Renaming a folder keeps inodes and times, so the image unpacked here stays valid. */
static int stage(struct qvm_ctx *ctx, const char *folder, const char *staged,
		 struct qvm_err *err)
{
	cleanup_free char *image = NULL;
	cleanup_free char *ramdisk = NULL;
	int r = tree_remove(staged);

	if (r == 0)
		r = dir_make(staged, 0755);
	if (r == 0)
		r = each_part(folder, staged, copy_if_there, 0);
	if (r < 0)
		return err_errno(err, r, "cannot copy it");
	r = kernel_image(ctx, staged, &image, err);
	if (r == 0)
		r = kernel_initramfs(ctx, staged, &ramdisk, err);
	if (r < 0)
		return r;
	r = sync_folder(staged);
	return r < 0 ? err_errno(err, r, "cannot sync its folder") : 0;
}

/* 1: it is there already; 0: it is not. */
static int look(const char *folder, const char *final, struct qvm_err *err)
{
	int r;

	if (access(final, F_OK) < 0)
		return 0;
	r = each_part(folder, final, same_file, 1);
	if (r < 0)
		return err_errno(err, r, "cannot compare it with the one that is there");
	if (r == 0)
		return err_set(err, QVM_E_EXISTS, "there is another one of that name");
	return 1;
}

static int put(struct qvm_ctx *ctx, const char *folder, const char *name,
	       struct qvm_err *err)
{
	cleanup_free char *final = ctx_kernel_dir(ctx, name);
	cleanup_free char *all = ctx_state_path(ctx, "kernels");
	cleanup_free char *staged = xasprintf("%s/.%s.tmp", all, name);
	int r = look(folder, final, err);

	if (r != 0)
		return r < 0 ? r : 0;
	r = stage(ctx, folder, staged, err);
	if (r == 0 && rename(staged, final) < 0)
		r = err_errno(err, -errno, "cannot rename '%s'", staged);
	if (r < 0) {
		if (tree_remove(staged) < 0)
			ctx_log(ctx, QVM_LEVEL_WARN, "cannot remove %s", staged);
		return r;
	}
	r = sync_folder(all);
	return r < 0 ? err_errno(err, r, "cannot sync '%s'", all) : 0;
}

int kernel_add(struct qvm_ctx *ctx, const char *folder, const char *name,
	       struct qvm_err *err)
{
	int r = kernel_name_check(name, err);

	if (r < 0)
		return r;
	r = put(ctx, folder, name, err);
	if (r < 0)
		return err_wrap(err, "cannot add the kernel '%s' from '%s'", name,
				folder);
	return 0;
}
