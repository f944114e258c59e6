/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qvm-fill: the helper that reads compressed files.
 *
 *	qvm-fill kernel|initramfs IN OUT	IN unpacked becomes OUT, in one step
 *	qvm-fill deb PACKAGE FOLDER		a kernel and its modules out of a package
 *	qvm-fill initrd MODULES INIT OUT	an initial file system for guests
 *	qvm-fill look SOURCE			what it is
 *	qvm-fill pack DEVICE FILE FACTS		DEVICE becomes a file that `root` takes
 *	qvm-fill root DEVICE SOURCE LABEL FOLDER
 *						what SOURCE holds becomes DEVICE's content,
 *						with the guest's programs put in; FOLDER is
 *						mounted on meanwhile
 *	qvm-fill fs DEVICE LABEL		an empty file system
 *	qvm-fill inside ...			as `root`, into such a one: in a domain, by
 *						qvm-fill-alone, this program without libraries
 *
 * It prints "progress PERCENT" and "set KEY VALUE" lines on stdout, and one line on stderr
 * when it fails. It goes with the process that started it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/confine.h"
#include "core/err.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "templates/bzimage.h"
#include "templates/fill_root.h"
#include "templates/kernel_make.h"
#include "templates/pack.h"
#include "templates/unpack.h"

static int opened(const char *path, int flags, int *ret, struct qvm_err *err)
{
	*ret = open(path, flags | O_CLOEXEC, 0644);
	return *ret < 0 ? err_errno(err, -errno, "cannot open '%s'", path) : 0;
}

static int sync_folder_of(const char *path, struct qvm_err *err)
{
	cleanup_free char *folder = xstrdup(path);
	char *slash = strrchr(folder, '/');
	cleanup_close int fd = -1;
	int r;

	if (slash)
		slash[slash == folder] = '\0';
	r = opened(slash ? folder : ".", O_RDONLY | O_DIRECTORY, &fd, err);
	if (r == 0 && fsync(fd) < 0)
		return err_errno(err, -errno, "cannot sync the folder of '%s'", path);
	return r;
}

static int fill_unpacked(int (*unpack)(int in, int out, struct qvm_err *err),
			 const char *from, const char *to, struct qvm_err *err)
{
	cleanup_free char *tmp = xasprintf("%s.tmp%d", to, (int)getpid());
	cleanup_close int in = -1;
	cleanup_close int out = -1;
	int r = opened(from, O_RDONLY, &in, err);

	if (r == 0)
		r = opened(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, &out, err);
	if (r < 0)
		return r;
	r = confine_limits(FILL_MEMORY_MAX, KERNEL_MAX, err);
	if (r == 0)
		r = confine_calls(CONFINE_WRITE, err);
	if (r == 0)
		r = unpack(in, out, err);
	if (r == 0 && fsync(out) < 0)
		r = err_errno(err, -errno, "cannot sync '%s'", tmp);
	if (r == 0 && rename(tmp, to) < 0)
		r = err_errno(err, -errno, "cannot rename '%s'", tmp);
	if (r < 0)
		unlink(tmp);
	return r == 0 ? sync_folder_of(to, err) : r;
}

static int report(int r, const struct qvm_err *err)
{
	if (r < 0)
		fprintf(stderr, "%s\n", err->text);
	return r < 0;
}

/* The same where a confined part may have said it already: 1. */
static int said(int r, const struct qvm_err *err)
{
	return r > 0 ? r : report(r, err);
}

/* <libexec_dir>/guest, beside this program. */
static int guest_folder(char **ret, struct qvm_err *err)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len < 0)
		return err_errno(err, -errno, "cannot find out which program this is");
	self[len] = '\0';
	*ret = xasprintf("%.*s/guest", (int)(strrchr(self, '/') - self), self);
	return 0;
}

static int pack_confined(int device, const char *facts, int out, struct qvm_err *err)
{
	off_t size = lseek(device, 0, SEEK_END);
	int r;

	if (size <= 0)
		return err_errno(err, size ? -errno : -ENODATA,
				 "cannot tell the volume's size");
	r = confine_limits(FILL_MEMORY_MAX, 0, err);
	if (r == 0)
		r = confine_calls(CONFINE_WRITE, err);
	if (r == 0)
		r = pack_write(device, (uint64_t)size, facts, out, err);
	return r == 0 && fsync(out) < 0 ? err_errno(err, -errno, "cannot sync it") : r;
}

/* The file has its name when it is whole; one that came meanwhile is not replaced. */
static int pack(const char *device, const char *to, const char *facts,
		struct qvm_err *err)
{
	cleanup_free char *tmp = xasprintf("%s.tmp%d", to, (int)getpid());
	cleanup_close int in = -1;
	cleanup_close int out = -1;
	int r = opened(device, O_RDONLY, &in, err);

	if (r == 0)
		r = opened(tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, &out, err);
	if (r < 0)
		return r;
	r = pack_confined(in, facts, out, err);
	if (r == 0 && renameat2(AT_FDCWD, tmp, AT_FDCWD, to, RENAME_NOREPLACE) < 0)
		r = err_errno(err, -errno, "cannot name it '%s'", to);
	if (r < 0)
		unlink(tmp);
	return r;
}

static int root(char **args, bool inside, struct qvm_err *err)
{
	cleanup_free char *guest = NULL;
	int r = guest_folder(&guest, err);
	const struct fill_root f = {args[0], args[1], args[2], args[3], guest, inside};

	if (r == 0)
		r = fill_root(&f, err);
	return said(r, err);
}

/* ---- kernels ---- */

static int make_initramfs(const char *modules, const char *init, const char *to,
			  struct qvm_err *err)
{
	cleanup_close int out = -1;
	int r = opened(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, &out, err);

	if (r == 0)
		r = confine_limits(FILL_MEMORY_MAX, KERNEL_MAX, err);
	if (r == 0)
		r = confine_calls(CONFINE_WRITE, err);
	return r < 0 ? r : initramfs_make(modules, init, out, err);
}

static int unpack_deb_confined(void *arg, struct qvm_err *err)
{
	return deb_unpack(*(int *)arg, err);
}

static int unpack_deb(const char *package, const char *folder, struct qvm_err *err)
{
	cleanup_close int in = -1;
	const struct confined c = {
		.root = folder,
		.calls = CONFINE_WRITE,
		.memory = FILL_MEMORY_MAX,
		.run = unpack_deb_confined,
		.arg = &in,
	};
	int r = opened(package, O_RDONLY, &in, err);

	if (r == 0)
		r = confine_mounts(err);
	if (r == 0 && mount(folder, folder, NULL, MS_BIND, NULL) < 0)
		r = err_errno(err, -errno, "cannot mount '%s'", folder);
	return r < 0 ? r : confined_run(&c, err);
}

/* ---- what it can be told ---- */

static int do_kernel(char **args, struct qvm_err *err)
{
	return report(fill_unpacked(kernel_unpack, args[0], args[1], err), err);
}

static int do_initramfs(char **args, struct qvm_err *err)
{
	return report(fill_unpacked(initramfs_unpack, args[0], args[1], err), err);
}

static int do_look(char **args, struct qvm_err *err)
{
	return report(fill_look(args[0], err), err);
}

static int do_pack(char **args, struct qvm_err *err)
{
	return report(pack(args[0], args[1], args[2], err), err);
}

static int do_deb(char **args, struct qvm_err *err)
{
	return said(unpack_deb(args[0], args[1], err), err);
}

static int do_initrd(char **args, struct qvm_err *err)
{
	return report(make_initramfs(args[0], args[1], args[2], err), err);
}

static int do_root(char **args, struct qvm_err *err)
{
	return root(args, false, err);
}

static int do_inside(char **args, struct qvm_err *err)
{
	return root(args, true, err);
}

static int do_fs(char **args, struct qvm_err *err)
{
	return report(make_fs(args[0], args[1], err), err);
}

static const struct verb {
	const char *name;
	int count;
	const char *args;
	int (*run)(char **args, struct qvm_err *err);
} verbs[] = {
	{"kernel", 2, "IN OUT", do_kernel},
	{"initramfs", 2, "IN OUT", do_initramfs},
	{"initrd", 3, "MODULES INIT OUT", do_initrd},
	{"deb", 2, "PACKAGE FOLDER", do_deb},
	{"look", 1, "SOURCE", do_look},
	{"root", 4, "DEVICE SOURCE LABEL FOLDER", do_root},
	{"inside", 4, "DEVICE SOURCE LABEL FOLDER", do_inside},
	{"fs", 2, "DEVICE LABEL", do_fs},
	{"pack", 3, "DEVICE FILE FACTS", do_pack},
};

int main(int argc, char **argv)
{
	struct qvm_err err = QVM_ERR_INIT;

	umask(022);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Names in archives are UTF-8, or bytes to be kept as they are. */
	setlocale(LC_CTYPE, "C.UTF-8");
	for (size_t i = 0; i < array_len(verbs); i++)
		if (argc == verbs[i].count + 2 && strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argv + 2, &err);
	for (size_t i = 0; i < array_len(verbs); i++)
		fprintf(stderr, "usage: qvm-fill %s %s\n", verbs[i].name, verbs[i].args);
	return 2;
}
