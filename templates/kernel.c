/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "templates/template.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/loop.h"
#include "lib/alloc.h"
#include "lib/buf.h"
#include "lib/file.h"
#include "templates/kernel_image.h"

#define NAME_MAX_LEN 64
#define OPTIONS_MAX 2048

void kernel_dispose(struct kernel *k)
{
	free(k->image);
	free(k->initramfs);
	free(k->modules);
	free(k->options);
	*k = (struct kernel){0};
}

int kernel_name_check(const char *name, struct qvm_err *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";

	if (!*name || strlen(name) > NAME_MAX_LEN || *name == '.' ||
	    name[strspn(name, allowed)])
		return err_set(
			err, QVM_E_VALUE,
			"bad name of a kernel '%.64s': letters, digits and ._+- are "
			"allowed, at most %d of them, not starting with a dot",
			name, NAME_MAX_LEN);
	return 0;
}

static char *if_there(const char *folder, const char *name)
{
	char *path = xasprintf("%s/%s", folder, name);

	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}

/* Its first line; the file is written by people. */
static int read_options(const char *folder, char **ret, struct qvm_err *err)
{
	cleanup_free char *path = if_there(folder, "default-kernelopts-common.txt");
	cleanup_buf struct buf text = BUF_INIT;
	int r;

	if (!path)
		return 0;
	r = file_read(path, OPTIONS_MAX, &text);
	if (r < 0)
		return err_errno(err, r, "cannot read '%s'", path);
	*ret = xstrndup(buf_str(&text), strcspn(buf_str(&text), "\n"));
	return 0;
}

int kernel_find(struct qvm_ctx *ctx, const char *name, struct kernel *ret,
		struct qvm_err *err)
{
	cleanup_kernel struct kernel k = {0};
	cleanup_free char *folder = NULL;
	int r = kernel_name_check(name, err);

	if (r < 0)
		return r;
	folder = ctx_kernel_dir(ctx, name);
	if (access(folder, F_OK) < 0)
		return err_set(err, QVM_E_NOT_FOUND, "there is no kernel '%s'", name);
	r = kernel_image(ctx, folder, &k.image, err);
	if (r == 0)
		r = kernel_initramfs(ctx, folder, &k.initramfs, err);
	if (r == 0)
		r = read_options(folder, &k.options, err);
	if (r < 0)
		return err_wrap(err, "cannot use the kernel '%s'", name);
	k.modules = if_there(folder, "modules.img");
	*ret = k;
	k = (struct kernel){0};
	return 0;
}

static void closedir_at(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

int kernel_list(struct qvm_ctx *ctx, struct strv *ret, struct qvm_err *err)
{
	cleanup_free char *path = ctx_state_path(ctx, "kernels");
	cleanup(closedir_at) DIR *dir = opendir(path);
	const struct dirent *entry;
	struct qvm_err ignored;

	if (!dir && errno != ENOENT)
		return err_errno(err, -errno, "cannot read the folder '%s'", path);
	while (dir && (entry = readdir(dir)))
		if (kernel_name_check(entry->d_name, &ignored) == 0)
			strv_add(ret, entry->d_name);
	strv_sort(ret);
	return 0;
}

/* Its modules may have been a disk since the boot; a domain that runs keeps the device. */
static void let_go_of_modules(const char *folder)
{
	cleanup_free char *modules = xasprintf("%s/modules.img", folder);
	struct block_dev dev;
	struct stat file;

	if (stat(modules, &file) == 0 && loop_find(&file, false, &dev) == 0)
		(void)!loop_detach(&dev, &file);
}

int kernel_remove(struct qvm_ctx *ctx, const char *name, struct qvm_err *err)
{
	cleanup_free char *folder = NULL;
	cleanup_free char *gone = NULL;
	int r = kernel_name_check(name, err);

	if (r < 0)
		return r;
	folder = ctx_kernel_dir(ctx, name);
	gone = xasprintf("%s/kernels/.%s.gone", ctx->state_dir, name);
	r = tree_remove(gone);
	if (r == 0)
		let_go_of_modules(folder);
	if (r == 0 && rename(folder, gone) < 0)
		r = -errno;
	if (r == -ENOENT)
		return err_set(err, QVM_E_NOT_FOUND, "there is no kernel '%s'", name);
	if (r == 0)
		r = tree_remove(gone);
	if (r < 0)
		return err_errno(err, r, "cannot remove the kernel '%s'", name);
	return 0;
}
