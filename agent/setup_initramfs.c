/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first program of the initial file system that qvm-kernel makes: loads the modules that
 * lie beside it, finds the root file system, and goes on from there.
 *
 *	/qvm-initramfs		tells that this is one
 *	/modules/order		names of the modules, one a line, in the order of loading
 *	/modules/later		of those for file systems that few roots have
 *	/modules/overlay	of those for a root that is read-only
 *	/modules/aside		of those that nobody is to wait for
 *
 * The kernel's command line names the disk (root=, default /dev/xvda) and how to mount it (ro,
 * rw). Where a disk is divided, the part that can be a root is taken.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "agent/setup.h"
#include "lib/alloc.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/signals.h"

#define NEW_ROOT "/newroot"
#define DISK_MS 30000
#define TEXT_MAX 65536

static const char *const fs_types[] = {"ext4", "xfs", "btrfs", "squashfs", NULL};
static const char *const inits[] = {"/sbin/init", "/usr/sbin/init",
				    "/lib/systemd/systemd", "/usr/lib/qvm/qvm-agent"};

/* What the command line says. */
struct boot {
	char *root, *init;
	unsigned long flags;
};

static void boot_read(struct boot *b)
{
	cleanup_buf struct buf line = BUF_INIT;
	cleanup_strv struct strv words = STRV_INIT;

	b->root = xstrdup("/dev/xvda");
	(void)!file_read("/proc/cmdline", TEXT_MAX, &line);
	strv_split(&words, buf_str(&line), " \n");
	for (size_t i = 0; i < words.n; i++) {
		const char *word = words.v[i];
		char **to = strncmp(word, "root=/dev/", 10) == 0 ? &b->root
			    : strncmp(word, "init=", 5) == 0	 ? &b->init
								 : NULL;

		if (to) {
			free(*to);
			*to = xstrdup(strchr(word, '=') + 1);
		}
		if (strcmp(word, "ro") == 0)
			b->flags |= MS_RDONLY;
		if (strcmp(word, "rw") == 0)
			b->flags &= ~(unsigned long)MS_RDONLY;
	}
}

static int module_open(const char *name)
{
	cleanup_free char *path = xasprintf("/modules/%s", name);

	return open(path, O_RDONLY | O_CLOEXEC);
}

static void module_load(const char *name, int fd)
{
	if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST &&
		       errno != ENODEV))
		setup_say("cannot load %s: %s", name, strerror(errno));
}

static void read_names(const char *list, struct strv *ret)
{
	cleanup_buf struct buf text = BUF_INIT;

	(void)!file_read(list, TEXT_MAX, &text);
	strv_split(ret, buf_str(&text), "\n");
}

static void load_modules(const char *list)
{
	cleanup_strv struct strv names = STRV_INIT;

	read_names(list, &names);
	for (size_t i = 0; i < names.n; i++) {
		cleanup_close int fd = module_open(names.v[i]);

		module_load(names.v[i], fd);
	}
}

/*
 * A module for Xen's interfaces waits up to five minutes for those whose network domain has
 * not opened them (the kernel's wait_for_devices). A child of ours waits that long, of which
 * the files are opened now, before they go. An end of the domain does not wait for it in
 * turn: "@" tells systemd so, and a signal would make the kernel's wait a busy one.
 */
static void load_aside(const char *list, char *self)
{
	static const int held_back[] = {SIGTERM, SIGHUP, SIGINT, 0};
	cleanup_strv struct strv names = STRV_INIT;
	cleanup_free int *fds = NULL;
	pid_t pid;

	read_names(list, &names);
	fds = xcalloc(names.n + 1, sizeof(*fds));
	for (size_t i = 0; i < names.n; i++)
		fds[i] = module_open(names.v[i]);
	pid = fork();
	if (pid < 0)
		setup_say("cannot load %s: %s", list, strerror(errno));
	if (pid == 0) {
		self[0] = '@';
		(void)!signals_block(held_back);
		for (size_t i = 0; i < names.n; i++)
			module_load(names.v[i], fds[i]);
		_exit(0);
	}
	for (size_t i = 0; i < names.n; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* ---- the root ---- */

static bool looks_like_root(void)
{
	static const char *const signs[] = {"/sbin/init", "/usr/lib/systemd",
					    "/etc/passwd", "/usr/bin", "/bin/sh"};

	for (size_t i = 0; i < array_len(signs); i++) {
		cleanup_free char *path = xasprintf(NEW_ROOT "%s", signs[i]);
		struct stat st;

		if (lstat(path, &st) == 0)
			return true;
	}
	return false;
}

static bool mount_root(const char *device, unsigned long flags)
{
	for (size_t i = 0; fs_types[i]; i++) {
		if (mount(device, NEW_ROOT, fs_types[i], flags, NULL) < 0)
			continue;
		if (looks_like_root())
			return true;
		(void)umount2(NEW_ROOT, 0);
	}
	return false;
}

/* Over one that cannot be written to lies what can. */
static bool mount_device(const char *device, unsigned long flags)
{
	char over[SETUP_DEVICE_MAX];
	int r;

	if (flags & MS_RDONLY || !is_readonly(device))
		return mount_root(device, flags);
	load_modules("/modules/overlay");
	if (overlay_make(device, over) < 0)
		return false; /* the volatile volume may be there the next time */
	if (!mount_root(over, flags)) {
		overlay_remove();
		return false;
	}
	r = overlay_swap();
	if (r < 0)
		setup_say("cannot make swap: %s", strerror(-r));
	return true;
}

/* The parts of a disk; 3 is where Qubes OS has the root, 1 where most others do. */
static bool mount_part(const char *disk, unsigned long flags)
{
	static const int order[] = {3, 1, 2, 4, 5, 6};

	for (size_t i = 0; i < array_len(order); i++) {
		cleanup_free char *part = xasprintf("%s%d", disk, order[i]);

		if (access(part, F_OK) == 0 && mount_device(part, flags))
			return true;
	}
	return false;
}

static bool find_root(const struct boot *b)
{
	uint64_t until = clock_in(DISK_MS);
	bool all = false;

	do {
		bool there = access(b->root, F_OK) == 0;

		if (there &&
		    (mount_device(b->root, b->flags) || mount_part(b->root, b->flags)))
			return true;
		if (there && !all) {
			load_modules("/modules/later");
			all = true;
		}
		(void)poll(NULL, 0, 20);
	} while (clock_left(until, 20) > 0);
	return false;
}

/* Their modules are for this kernel, not for one of the image's own. */
static void mount_modules(void)
{
	static const char disk[] = "/dev/xvdd";
	struct utsname uts;
	cleanup_free char *at = NULL;

	if (access(disk, F_OK) < 0 || uname(&uts) < 0)
		return;
	at = xasprintf(NEW_ROOT "/lib/modules/%s", uts.release);
	if (dir_make(at, 0755) < 0)
		return;
	(void)mount(disk, at, "ext4", MS_RDONLY | MS_NOSUID | MS_NODEV, NULL);
}

/* ---- over to it ---- */

/* Its memory is given back; nothing else is mounted any more but what was moved. */
static void empty_first_fs(void)
{
	static const char *const gone[] = {"/modules", "/init", "/qvm-initramfs"};

	for (size_t i = 0; i < array_len(gone); i++)
		(void)!tree_remove(gone[i]);
}

static int go_over(const struct boot *b)
{
	static const char *const moved[] = {"/proc", "/sys", "/dev"};

	for (size_t i = 0; i < array_len(moved); i++) {
		cleanup_free char *to = xasprintf(NEW_ROOT "%s", moved[i]);

		(void)mkdir(to, 0755);
		(void)mount(moved[i], to, NULL, MS_MOVE, NULL);
	}
	empty_first_fs();
	if (chdir(NEW_ROOT) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 ||
	    chroot(".") < 0 || chdir("/") < 0)
		return -errno;
	if (b->init)
		execl(b->init, b->init, NULL);
	for (size_t i = 0; i < array_len(inits); i++)
		execl(inits[i], "init", NULL);
	return -errno;
}

bool is_initramfs(void)
{
	return getpid() == 1 && access("/qvm-initramfs", F_OK) == 0;
}

int initramfs_main(char **argv)
{
	struct boot b = {0};
	int r;

	(void)mkdir("/proc", 0755);
	(void)mkdir("/sys", 0755);
	(void)mkdir("/dev", 0755);
	(void)mkdir(NEW_ROOT, 0755);
	(void)mount("proc", "/proc", "proc", 0, NULL);
	(void)mount("sysfs", "/sys", "sysfs", 0, NULL);
	(void)mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	boot_read(&b);
	load_modules("/modules/order");
	if (!find_root(&b)) {
		setup_say("there is no root file system on %s%s", b.root,
			  is_readonly(b.root) ? ", or nowhere to keep changes of it"
					      : "");
		return 1;
	}
	mount_modules();
	load_aside("/modules/aside", argv[0]);
	r = go_over(&b);
	setup_say("cannot start the first program: %s", strerror(-r));
	return 1;
}
