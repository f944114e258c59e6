/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/utsname.h>

#include "agent/setup.h"
#include "lib/alloc.h"
#include "lib/file.h"

#define ROOT_DISK "/dev/xvda"
#define PRIVATE_DISK "/dev/xvdb"
#define MODULES_DISK "/dev/xvdd"
#define LOOKED_AT (128 * 1024) /* where every file system has left a mark */
#define PAGE 4096

static bool is_disk(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISBLK(st.st_mode);
}

/* ---- root ---- */

void setup_root(const struct guest *g unused)
{
	struct stat root, disk;
	int r;

	if (stat("/", &root) < 0 || stat(ROOT_DISK, &disk) < 0 ||
	    root.st_dev != disk.st_rdev)
		return;
	r = grow_fs("/", ROOT_DISK);
	if (r < 0)
		setup_say("cannot grow the root file system: %s", strerror(-r));
}

/* ---- private ---- */

static bool is_blank(const char *disk)
{
	cleanup_close int fd = open(disk, O_RDONLY | O_CLOEXEC);
	cleanup_free char *head = xcalloc(1, LOOKED_AT);
	ssize_t n = fd < 0 ? -1 : pread(fd, head, LOOKED_AT, 0);

	for (ssize_t i = 0; i < n; i++)
		if (head[i])
			return false;
	return n > 0;
}

static int make_fs(const char *disk)
{
	static const char *const programs[] = {"mkfs.ext4", "mke2fs", NULL};
	int r = -ENOENT;

	for (size_t i = 0; programs[i]; i++) {
		/* busybox's knows no more than that. */
		const char *const full[] = {programs[i], "-q", "-F", "-m",
					    "0",	 disk, NULL};
		const char *const plain[] = {programs[i], "-F", disk, NULL};

		r = setup_run(full);
		if (r > 0)
			r = setup_run(plain);
		if (r == 0)
			return 0;
	}
	return r > 0 ? -EIO : r;
}

static int mount_private(void)
{
	static const char *const types[] = {"ext4", "xfs", "btrfs", NULL};
	int r = -ENODEV;

	if (is_mounted("/rw"))
		return 0;
	if (dir_make("/rw", 0755) < 0)
		return -errno;
	if (is_blank(PRIVATE_DISK)) {
		r = make_fs(PRIVATE_DISK);
		if (r < 0) {
			setup_say("cannot make a file system on the private volume: %s",
				  strerror(-r));
			return r;
		}
	}
	for (size_t i = 0; types[i]; i++) {
		if (mount(PRIVATE_DISK, "/rw", types[i], MS_NOSUID | MS_NODEV, NULL) == 0)
			return grow_fs("/rw", PRIVATE_DISK);
		r = -errno;
	}
	return r;
}

/* The first time it begins as what the root has there. */
static void place(const char *kept, const char *folder)
{
	int r = 0;

	if (is_mounted(folder))
		return;
	if (access(kept, F_OK) < 0)
		r = access(folder, F_OK) == 0 ? copy_tree(folder, kept)
					      : dir_make(kept, 0755);
	if (r == 0)
		r = bind_over(kept, folder);
	if (r < 0)
		setup_say("cannot put %s on the private volume: %s", folder,
			  strerror(-r));
}

void setup_private(const struct guest *g)
{
	int r;

	if (!is_disk(PRIVATE_DISK))
		return;
	r = mount_private();
	if (r < 0) {
		setup_say("cannot mount the private volume: %s", strerror(-r));
		return;
	}
	if (dir_make("/rw/config", 0755) < 0 || dir_make("/rw/bind-dirs", 0755) < 0)
		setup_say("cannot write to the private volume");
	place("/rw/home", "/home");
	/* Where the root itself lasts, what is in it belongs to all of its children. */
	if (strcmp(g->persistence, "full") != 0)
		place("/rw/usrlocal", "/usr/local");
}

/* ---- volatile ---- */

/* The header that mkswap writes, version 1. */
struct swap_header {
	char boot[1024];
	uint32_t version, last_page, bad_pages;
	unsigned char uuid[16], label[16];
	char rest[PAGE - 1024 - 12 - 32 - 10];
	char magic[10];
};

static int make_swap(const char *device)
{
	cleanup_close int fd = open(device, O_RDWR | O_CLOEXEC);
	cleanup_free struct swap_header *h = xcalloc(1, sizeof(*h));
	uint64_t size = 0;
	int r = fd < 0 ? -errno : device_size(device, &size);

	if (r < 0)
		return r;
	if (size < 16 * PAGE)
		return -ENOSPC;
	if (size > SETUP_SWAP_MAX)
		size = SETUP_SWAP_MAX;
	h->version = 1;
	h->last_page = (uint32_t)(size / PAGE - 1);
	memcpy(h->magic, "SWAPSPACE2", sizeof(h->magic));
	if (pwrite(fd, h, sizeof(*h), 0) != sizeof(*h) || fsync(fd) < 0)
		return -errno;
	return 0;
}

int swap_make(const char *device)
{
	int r = make_swap(device);

	return r < 0 ? r : swapon(device, 0) < 0 ? -errno : 0;
}

/* Its first boot program may have divided it, keep a root's changes, or swap to it already. */
static bool is_used(void)
{
	cleanup_buf struct buf swaps = BUF_INIT;
	cleanup_close int fd = open(SETUP_VOLATILE, O_RDONLY | O_EXCL | O_CLOEXEC);

	return fd < 0 || access("/sys/block/xvdc/xvdc1", F_OK) == 0 ||
	       (file_read("/proc/swaps", 65536, &swaps) == 0 &&
		strstr(buf_str(&swaps), SETUP_VOLATILE));
}

/* What it holds is from before this start, and nobody's. */
void setup_volatile(const struct guest *g unused)
{
	int r;

	if (!is_disk(SETUP_VOLATILE) || access("/proc/swaps", F_OK) < 0 || is_used())
		return;
	r = swap_make(SETUP_VOLATILE);
	if (r < 0)
		setup_say("cannot use the volatile volume for swap: %s", strerror(-r));
}

/* ---- modules of a kernel of dom0's ---- */

void setup_modules(const struct guest *g unused)
{
	static const char *const types[] = {"ext4", "ext3", "squashfs", NULL};
	cleanup_free char *at = NULL, *dep = NULL;
	struct utsname uts;

	if (!is_disk(MODULES_DISK) || uname(&uts) < 0)
		return;
	at = xasprintf("/lib/modules/%s", uts.release);
	dep = xasprintf("%s/modules.dep", at);
	if (access(dep, F_OK) == 0 || dir_make(at, 0755) < 0)
		return;
	for (size_t i = 0; types[i]; i++)
		if (mount(MODULES_DISK, at, types[i], MS_RDONLY | MS_NOSUID | MS_NODEV,
			  NULL) == 0)
			break;
	/* One of Qubes OS holds a folder for each of its kernels. */
	if (is_mounted(at) && access(dep, F_OK) < 0 && umount2(at, 0) == 0)
		(void)!mount(MODULES_DISK, "/lib/modules", "ext3",
			     MS_RDONLY | MS_NOSUID | MS_NODEV, NULL);
}
