/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Services by which dom0 and the clock's domain look after a guest. */
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "agent/agent.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/proc.h"

#define EXT4_RESIZE _IOW('f', 16, uint64_t) /* EXT4_IOC_RESIZE_FS, in no header */

enum { MOUNTS_MAX = 1 << 20, NAME_LEN = 64, RESIZE_MS = 600000 };

int get_date_main(int argc, char **argv)
{
	const time_t now = time(NULL);
	struct tm utc;
	char text[64];

	(void)argc;
	(void)argv;
	if (!gmtime_r(&now, &utc) ||
	    !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S+00:00", &utc))
		return 1;
	return puts(text) < 0 || fflush(stdout) != 0;
}

struct disk {
	const char *volume, *device;
};

static const struct disk disks[] = {
	{"private", "/dev/xvdb"},
	{"root", "/dev/xvda"},
};

struct grow {
	const struct disk *disk;
	uint64_t bytes; /* of the device as it is now */
	char *folder;	/* where it is mounted */
	char type[32];	/* of its file system */
};

static int fail(const char *what, const char *why)
{
	dprintf(STDERR_FILENO, "qubes.ResizeDisk: %s: %s\n", what, why);
	return 1;
}

/* In place: \ooo is how the kernel writes blanks. */
static void unescape(char *text)
{
	char *to = text;

	while (*text) {
		unsigned code;

		if (text[0] == '\\' && sscanf(text + 1, "%3o", &code) == 1) {
			*to++ = (char)code;
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

/* Where the device is mounted as a whole: the first line of mountinfo that has it. */
static int find_mount(struct grow *g, dev_t device)
{
	cleanup_buf struct buf text = BUF_INIT;
	int r = file_read("/proc/self/mountinfo", MOUNTS_MAX, &text);
	char *line, *rest = text.data;

	while (r == 0 && rest && (line = strsep(&rest, "\n"))) {
		unsigned major, minor;
		char folder[4096], source[4096];
		const char *behind = strstr(line, " - ");

		if (!behind ||
		    sscanf(line, "%*s %*s %u:%u %*s %4095s", &major, &minor, folder) !=
			    3 ||
		    sscanf(behind, " - %31s %4095s", g->type, source) != 2)
			continue;
		/* btrfs has numbers of its own */
		if (makedev(major, minor) != device &&
		    strcmp(source, g->disk->device) != 0)
			continue;
		unescape(folder);
		g->folder = xstrdup(folder);
		return 0;
	}
	return r < 0 ? r : -ENOENT;
}

static int run(const char *program, const char *argument)
{
	const char *const argv[] = {program, argument, NULL};
	const struct proc_request req = {.argv = argv, .timeout_ms = RESIZE_MS};
	int status = 0;
	int r = proc_run(&req, &status);

	if (r < 0)
		return fail(program, strerror(-r));
	return status ? fail(program, "has failed") : 0;
}

static int grow_ext4(const struct grow *g, int fd)
{
	struct statfs fs;
	uint64_t blocks;

	if (fstatfs(fd, &fs) < 0 || fs.f_bsize <= 0)
		return fail(g->folder, strerror(errno));
	blocks = g->bytes / (uint64_t)fs.f_bsize;
	if (ioctl(fd, EXT4_RESIZE, &blocks) == 0)
		return 0;
	/* older kernels and odd layouts: the program knows more ways */
	return run("resize2fs", g->disk->device);
}

static int grow_btrfs(const struct grow *g, int fd)
{
	const struct btrfs_ioctl_vol_args most = {.name = "max"};

	return ioctl(fd, BTRFS_IOC_RESIZE, &most) < 0 ? fail(g->folder, strerror(errno))
						      : 0;
}

static int grow(struct grow *g)
{
	cleanup_close int fd = open(g->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail(g->folder, strerror(errno));
	if (strcmp(g->type, "ext4") == 0)
		return grow_ext4(g, fd);
	if (strcmp(g->type, "btrfs") == 0)
		return grow_btrfs(g, fd);
	if (strcmp(g->type, "xfs") == 0)
		return run("xfs_growfs", g->folder);
	return fail(g->type, "this file system does not grow while it is mounted");
}

static int resize(const struct disk *disk)
{
	struct grow g = {.disk = disk};
	cleanup_close int fd = open(disk->device, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char block[4096];
	int r;

	/* the driver takes note of a new size with its next request */
	if (fd < 0 || read(fd, block, sizeof(block)) < 0 || fstat(fd, &st) < 0 ||
	    ioctl(fd, BLKGETSIZE64, &g.bytes) < 0)
		return fail(disk->device, strerror(errno));
	r = find_mount(&g, st.st_rdev);
	if (r < 0)
		return fail(disk->device, r == -ENOENT ? "is not mounted" : strerror(-r));
	r = grow(&g);
	free(g.folder);
	return r;
}

int resize_disk_main(int argc, char **argv)
{
	char name[NAME_LEN + 1] = "";
	size_t have = 0;
	ssize_t n;

	(void)argc;
	(void)argv;
	while (have < NAME_LEN && !strchr(name, '\n') &&
	       (n = read(STDIN_FILENO, name + have, NAME_LEN - have)) > 0)
		have += (size_t)n;
	name[strcspn(name, "\n")] = '\0';
	for (size_t i = 0; i < array_len(disks); i++)
		if (strcmp(disks[i].volume, name) == 0)
			return resize(&disks[i]);
	return fail("the volume", "is neither 'private' nor 'root'");
}
