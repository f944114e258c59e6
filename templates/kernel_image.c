/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "templates/kernel_image.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "templates/initramfs.h"
#include "templates/run_fill.h"

static int is_elf(const char *path, bool *ret, struct qvm_err *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	char magic[SELFMAG];

	if (fd < 0)
		return err_errno(err, -errno, "cannot open '%s'", path);
	*ret = pread(fd, magic, SELFMAG, 0) == SELFMAG &&
	       memcmp(magic, ELFMAG, SELFMAG) == 0;
	return 0;
}

/* What is unpacked, and by which action of qvm-fill. */
struct kind {
	const char *prefix; /* of its names in the cache */
	const char *action;
	const char *what;
};

static const struct kind kernels = {"vmlinux-", "kernel", "unpacking the kernel"};
static const struct kind ramdisks = {"initramfs-", "initramfs",
				     "unpacking the initramfs"};

/* By what changes whenever the file does: nothing is hashed on the way to a start. */
static char *cache_name(const struct kind *kind, const struct stat *st)
{
	return xasprintf("%s%llx-%llx.%09ld-%llx", kind->prefix,
			 (unsigned long long)st->st_size,
			 (unsigned long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
			 (unsigned long long)st->st_ino);
}

/* Older images, and what a killed helper left, are of no use. */
static void sweep(const char *cache, const char *prefix, const char *keep)
{
	DIR *dir = opendir(cache);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 &&
		    strcmp(entry->d_name, keep) != 0)
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
}

static int unpack(struct qvm_ctx *ctx, const struct kind *kind, const char *folder,
		  const char *packed, char **ret, struct qvm_err *err)
{
	cleanup_free char *cache = xasprintf("%s/.cache", folder);
	cleanup_free char *name = NULL;
	cleanup_free char *image = NULL;
	struct stat st;
	int r;

	if (stat(packed, &st) < 0)
		return err_errno(err, -errno, "cannot look at '%s'", packed);
	name = cache_name(kind, &st);
	image = xasprintf("%s/%s", cache, name);
	if (access(image, R_OK) != 0) {
		const char *const args[] = {kind->action, packed, image, NULL};

		r = dir_make(cache, 0755);
		if (r < 0)
			return err_errno(err, r, "cannot make the folder '%s'", cache);
		r = fill_run(ctx, kind->what, args, NULL, err);
		if (r < 0)
			return r;
		sweep(cache, kind->prefix, name);
	}
	*ret = steal(image);
	return 0;
}

int kernel_image(struct qvm_ctx *ctx, const char *folder, char **ret, struct qvm_err *err)
{
	cleanup_free char *plain = xasprintf("%s/vmlinux", folder);
	cleanup_free char *packed = xasprintf("%s/vmlinuz", folder);
	char **found = access(plain, F_OK) == 0 ? &plain : &packed;
	bool elf = false;
	int r;

	if (access(*found, F_OK) < 0)
		return err_set(err, QVM_E_NOT_FOUND, "it has no vmlinuz and no vmlinux");
	r = is_elf(*found, &elf, err);
	if (r < 0)
		return r;
	if (!elf && found == &plain)
		return err_set(err, QVM_E_VALUE, "its vmlinux is not an ELF file");
	if (!elf)
		return unpack(ctx, &kernels, folder, packed, ret, err);
	*ret = steal(*found);
	return 0;
}

int kernel_initramfs(struct qvm_ctx *ctx, const char *folder, char **ret,
		     struct qvm_err *err)
{
	cleanup_free char *packed = xasprintf("%s/initramfs", folder);
	cleanup_close int fd = open(packed, O_RDONLY | O_CLOEXEC);
	uint32_t size;
	int r;

	*ret = NULL;
	if (fd < 0 && errno == ENOENT)
		return 0;
	r = fd < 0 ? -errno : initramfs_size(fd, &size);
	if (r < 0)
		return err_errno(err, r, "cannot read '%s'", packed);
	if (r > 0)
		return unpack(ctx, &ramdisks, folder, packed, ret, err);
	*ret = steal(packed);
	return 0;
}
