/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qvm-fill: the helper that reads compressed files.
 *
 *	qvm-fill kernel|initramfs IN OUT	IN unpacked becomes OUT, in one step
 *	qvm-fill root DEVICE TAR LABEL FOLDER	a file system on DEVICE with what TAR holds,
 *						and the guest's programs, mounted on
 *						FOLDER meanwhile
 *
 * It prints "progress PERCENT" lines on stdout, and one line on stderr when it fails. It
 * goes with the process that started it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/err.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/proc.h"
#include "lib/size.h"
#include "templates/bzimage.h"
#include "templates/confine.h"
#include "templates/extract.h"
#include "templates/inject.h"
#include "templates/unpack.h"

#define MEMORY_MAX GIB /* windows of zstd and xz are the largest part */
#define MKFS_MS (10 * 60 * 1000)

static void show_progress(int percent)
{
	printf("progress %d\n", percent);
	fflush(stdout);
}

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
	r = confine_limits(MEMORY_MAX, KERNEL_MAX, err);
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

static int make_fs(const char *device, const char *label, struct qvm_err *err)
{
	cleanup_buf struct buf text = BUF_INIT;
	const char *const argv[] = {"mkfs.ext4", "-q",	"-F",	"-E", "nodiscard",
				    "-L",	 label, device, NULL};
	const struct proc_request req = {
		.argv = argv, .out = &text, .err = &text, .timeout_ms = MKFS_MS};
	int status = 0;
	int r = proc_run(&req, &status);

	if (r < 0)
		return err_errno(err, r, "cannot run mkfs.ext4");
	if (status != 0)
		return err_set(err, QVM_E_STORAGE, "mkfs.ext4 failed: %.*s",
			       (int)strcspn(buf_str(&text), "\n"), buf_str(&text));
	return 0;
}

/* Seen by nobody else, and gone with this process at the latest. */
static int mount_privately(const char *device, const char *folder, struct qvm_err *err)
{
	if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_errno(err, -errno, "cannot leave the mounts of the system");
	if (mount(device, folder, "ext4", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME,
		  NULL) < 0)
		return err_errno(err, -errno, "cannot mount '%s'", device);
	return 0;
}

static int report(int r, const struct qvm_err *err)
{
	if (r < 0)
		fprintf(stderr, "%s\n", err->text);
	return r < 0;
}

/* <libexec_dir>/guest, beside this program. */
static int guest_folder(int *ret, struct qvm_err *err)
{
	cleanup_free char *path = NULL;
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len < 0)
		return err_errno(err, -errno, "cannot find out which program this is");
	self[len] = '\0';
	path = xasprintf("%.*s/guest", (int)(strrchr(self, '/') - self), self);
	return opened(path, O_RDONLY | O_DIRECTORY, ret, err);
}

static int extract_and_inject(struct extract *x, int guest, struct qvm_err *err)
{
	cleanup_close int root = -1;
	int r = extract(x, err);

	if (r == 0)
		r = opened("/", O_RDONLY | O_DIRECTORY, &root, err);
	return r == 0 ? inject_agent(guest, root, err) : r;
}

/* The child reads foreign bytes; the parent keeps what unmounting needs. */
static int extract_confined(struct extract *x, const char *folder, struct qvm_err *err)
{
	cleanup_close int guest = -1;
	pid_t pid;
	int r = guest_folder(&guest, err);

	if (r < 0)
		return r;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		r = confine_to(folder, err);
		if (r == 0)
			r = confine_limits(MEMORY_MAX, 0, err);
		if (r == 0)
			r = extract_and_inject(x, guest, err);
		_exit(report(r, err));
	}
	r = pid < 0 ? -errno : proc_wait(pid);
	if (r < 0)
		return err_errno(err, r, "cannot run the part that reads the archive");
	if (r > 1)
		return err_set(err, QVM_E_FAILED, "reading the archive ended with %d", r);
	return r;
}

static int finish_fs(const char *folder, struct qvm_err *err)
{
	cleanup_close int fd = -1;
	int r = opened(folder, O_RDONLY | O_DIRECTORY, &fd, err);

	if (r == 0 && syncfs(fd) < 0)
		r = err_errno(err, -errno, "cannot sync the file system");
	cleanup_close_at(&fd);
	fd = -1;
	if (r == 0 && umount2(folder, 0) < 0)
		r = err_errno(err, -errno, "cannot unmount the file system");
	return r;
}

/* Returns 1 when the child has said already what is wrong. */
static int fill_device(struct extract *x, const char *device, const char *label,
		       const char *folder, struct qvm_err *err)
{
	int r = make_fs(device, label, err);

	if (r == 0)
		r = mount_privately(device, folder, err);
	if (r == 0)
		r = extract_confined(x, folder, err);
	return r == 0 ? finish_fs(folder, err) : r;
}

static int mark_file(struct extract *x, const char *file, const char *label,
		     struct qvm_err *err)
{
	cleanup_close int fd = -1;
	char mark[256];
	int r = opened(file, O_WRONLY, &fd, err);

	if (r == 0)
		r = confine_limits(MEMORY_MAX, 0, err);
	x->write = false;
	if (r == 0)
		r = extract(x, err);
	if (r < 0)
		return r;
	snprintf(mark, sizeof(mark), "filled '%s': %llu entries, %llu bytes\n", label,
		 (unsigned long long)x->entries, (unsigned long long)x->bytes);
	r = fd_write_all(fd, mark, strlen(mark));
	return r < 0 ? err_errno(err, r, "cannot write '%s'", file) : 0;
}

static int fill_root(const char *device, const char *tar, const char *label,
		     const char *folder, struct qvm_err *err)
{
	cleanup_close int in = -1;
	struct extract x = {.write = true, .owners = true, .progress = show_progress};
	struct stat dev, st;
	int r = opened(tar, O_RDONLY, &in, err);

	if (r < 0)
		return r;
	if (fstat(in, &st) < 0 || stat(device, &dev) < 0)
		return err_errno(err, -errno, "cannot look at '%s'", device);
	x.tar = in;
	x.size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	if (S_ISREG(dev.st_mode))
		return mark_file(&x, device, label, err);
	return fill_device(&x, device, label, folder, err);
}

int main(int argc, char **argv)
{
	struct qvm_err err = QVM_ERR_INIT;

	umask(022);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Names in archives are UTF-8, or bytes to be kept as they are. */
	setlocale(LC_CTYPE, "C.UTF-8");
	if (argc == 4 && strcmp(argv[1], "kernel") == 0)
		return report(fill_unpacked(kernel_unpack, argv[2], argv[3], &err), &err);
	if (argc == 4 && strcmp(argv[1], "initramfs") == 0)
		return report(fill_unpacked(initramfs_unpack, argv[2], argv[3], &err),
			      &err);
	if (argc == 6 && strcmp(argv[1], "root") == 0) {
		int r = fill_root(argv[2], argv[3], argv[4], argv[5], &err);

		return r > 0 ? r : report(r, &err);
	}
	fprintf(stderr, "usage: qvm-fill kernel|initramfs IN OUT | root DEVICE TAR LABEL "
			"FOLDER\n");
	return 2;
}
