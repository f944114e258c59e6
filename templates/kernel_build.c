/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel for guests from a distribution's: dom0's own, or one in a package. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/proc.h"
#include "lib/size.h"
#include "templates/run_fill.h"
#include "templates/template.h"

#define PROGRAM_MS (30 * 60 * 1000)
#define BLOCK 4096

/* Where its parts are, and where they are put together. */
struct making {
	char *work;    /* removed in the end */
	char *out;     /* the folder that becomes the kernel */
	char *files;   /* what a package holds */
	char *image;   /* vmlinuz */
	char *modules; /* .../lib/modules/VERSION */
};

static void making_dispose(struct making *m)
{
	free(m->work);
	free(m->out);
	free(m->files);
	free(m->image);
	free(m->modules);
}

static int run(const char *const *argv, struct qvm_err *err)
{
	cleanup_buf struct buf text = BUF_INIT;
	const struct proc_request req = {
		.argv = argv, .out = &text, .err = &text, .timeout_ms = PROGRAM_MS};
	int status = 0;
	int r = proc_run(&req, &status);

	if (r < 0)
		return err_errno(err, r, "cannot run %s", argv[0]);
	if (status != 0)
		return err_set(err, QVM_E_FAILED, "%s failed: %.*s", argv[0],
			       (int)strcspn(buf_str(&text), "\n"), buf_str(&text));
	return 0;
}

/* ---- where it comes from ---- */

static int from_system(const char *version, struct making *m, struct qvm_err *err)
{
	int r = kernel_name_check(version, err);

	if (r < 0)
		return r;
	m->image = xasprintf("/boot/vmlinuz-%s", version);
	m->modules = xasprintf("/lib/modules/%s", version);
	if (access(m->image, R_OK) < 0 || access(m->modules, R_OK) < 0)
		return err_set(err, QVM_E_NOT_FOUND,
			       "there is no '%s', or no '%s' beside it", m->image,
			       m->modules);
	return 0;
}

/* The one entry of FOLDER whose name begins with START; the rest of it, or NULL. */
static char *only_entry(const char *folder, const char *start)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	char *found = NULL;

	while (dir && !found && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' &&
		    strncmp(entry->d_name, start, strlen(start)) == 0)
			found = xstrdup(entry->d_name + strlen(start));
	if (dir)
		closedir(dir);
	return found;
}

static int from_package(struct qvm_ctx *ctx, const char *package, struct making *m,
			struct qvm_err *err)
{
	const char *const unpack[] = {"deb", package, m->files, NULL};
	cleanup_free char *boot = xasprintf("%s/boot", m->files);
	cleanup_free char *plain = xasprintf("%s/lib/modules", m->files);
	cleanup_free char *merged = xasprintf("%s/usr/lib/modules", m->files);
	cleanup_free char *version = NULL;
	const char *folder;
	int r = dir_make(m->files, 0700);

	if (r < 0)
		return err_errno(err, r, "cannot make the folder '%s'", m->files);
	r = fill_run(ctx, "unpacking the package", unpack, NULL, err);
	if (r < 0)
		return r;
	folder = access(merged, F_OK) == 0 ? merged : plain;
	version = only_entry(boot, "vmlinuz-");
	if (!version || kernel_name_check(version, err) < 0)
		return err_set(err, QVM_E_VALUE, "the package holds no kernel");
	m->image = xasprintf("%s/vmlinuz-%s", boot, version);
	m->modules = xasprintf("%s/%s", folder, version);
	if (access(m->modules, F_OK) < 0)
		return err_set(err, QVM_E_VALUE, "the package holds no modules of '%s'",
			       version);
	/* A package leaves that to the machine it is installed on. */
	{
		cleanup_free char *base = folder == merged ? xasprintf("%s/usr", m->files)
							   : xstrdup(m->files);
		const char *const depmod[] = {"depmod", "-b", base, version, NULL};

		return run(depmod, err);
	}
}

/* ---- its parts ---- */

static uint64_t tree_blocks, tree_files;

/* nftw takes no argument; a process makes one kernel at a time. */
static int count(const char *path unused, const struct stat *st, int type unused,
		 struct FTW *at unused)
{
	tree_blocks += ((uint64_t)st->st_size + BLOCK - 1) / BLOCK;
	tree_files++;
	return 0;
}

static int make_modules(const struct making *m, struct qvm_err *err)
{
	cleanup_free char *image = xasprintf("%s/modules.img", m->out);
	cleanup_free char *size = NULL, *inodes = NULL;
	const char *argv[] = {"mke2fs", "-q",		"-F",	   "-t", "ext4",
			      "-O",	"^has_journal", "-m",	   "0",	 "-b",
			      "4096",	"-L",		"modules", "-N", NULL,
			      "-d",	m->modules,	image,	   NULL, NULL};

	tree_blocks = tree_files = 0;
	if (nftw(m->modules, count, 16, FTW_PHYS) < 0)
		return err_errno(err, -errno, "cannot read '%s'", m->modules);
	inodes = xasprintf("%llu", (unsigned long long)(tree_files + 64));
	size = xasprintf("%llu", (unsigned long long)(tree_blocks + tree_blocks / 16 +
						      tree_files / 8 + 2048));
	argv[14] = inodes;
	argv[18] = size;
	return run(argv, err);
}

static int put_together(struct qvm_ctx *ctx, const struct making *m, struct qvm_err *err)
{
	cleanup_free char *agent = xasprintf("%s/guest/qvm-agent", ctx->libexec_dir);
	cleanup_free char *initramfs = xasprintf("%s/initramfs", m->out);
	cleanup_free char *kernel = xasprintf("%s/vmlinuz", m->out);
	const char *const args[] = {"initrd", m->modules, agent, initramfs, NULL};
	int r = dir_make(m->out, 0755);

	if (r == 0 && symlink(m->image, kernel) < 0)
		r = -errno;
	if (r < 0)
		return err_errno(err, r, "cannot make the folder '%s'", m->out);
	r = fill_run(ctx, "making the initramfs", args, NULL, err);
	if (r < 0)
		return r;
	ctx_progress(ctx, "making the image of modules", -1);
	return make_modules(m, err);
}

/* A boot loader, or a kernel that needs nothing else. */
static int put_image(const char *image, const struct making *m, struct qvm_err *err)
{
	cleanup_free char *kernel = xasprintf("%s/vmlinuz", m->out);
	cleanup_free char *full = realpath(image, NULL);
	int r = full ? dir_make(m->out, 0755) : -errno;

	if (r == 0 && symlink(full, kernel) < 0)
		r = -errno;
	return r < 0 ? err_errno(err, r, "cannot use '%s'", image) : 0;
}

int kernel_build(struct qvm_ctx *ctx, const char *name, const struct kernel_source *from,
		 struct qvm_err *err)
{
	cleanup(making_dispose) struct making m = {0};
	int r = kernel_name_check(name, err);

	if (r < 0)
		return r;
	if (from->folder)
		return kernel_add(ctx, from->folder, name, err);
	m.work = xasprintf("%s/kernels/.%s.make", ctx->state_dir, name);
	m.out = xasprintf("%s/out", m.work);
	m.files = xasprintf("%s/files", m.work);
	r = tree_remove(m.work);
	if (r < 0)
		return err_errno(err, r, "cannot remove '%s'", m.work);
	if (from->image)
		r = put_image(from->image, &m, err);
	else if (from->package)
		r = from_package(ctx, from->package, &m, err);
	else
		r = from_system(from->version, &m, err);
	if (r == 0 && !from->image)
		r = put_together(ctx, &m, err);
	if (r < 0)
		r = err_wrap(err, "cannot make the kernel '%s'", name);
	else
		r = kernel_add(ctx, m.out, name, err);
	if (tree_remove(m.work) < 0)
		ctx_log(ctx, QVM_LEVEL_WARN, "cannot remove %s", m.work);
	return r;
}
