/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/io.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/clock.h"
#include "lib/file.h"

#define BACKENDS "/sys/bus/xen-backend/devices"

enum {
	SECTOR = 512,
	LOOK_AGAIN_MS = 10000,
	COUNTERS_MAX = 16 << 20, /* bytes of one file of the kernel's */
};

void io_dispose(struct io *io)
{
	free(io->disks);
	free(io->domids);
	buf_dispose(&io->text);
	*io = (struct io){.root = io->root};
}

static int by_number(const void *a, const void *b)
{
	const struct io_disk *x = a, *y = b;

	if (x->major != y->major)
		return x->major < y->major ? -1 : 1;
	return (x->minor > y->minor) - (x->minor < y->minor);
}

/* An attribute of a backend: a line of the kernel's. */
static int attribute(const struct io *io, const char *device, const char *name,
		     struct buf *ret)
{
	cleanup_free char *path =
		xasprintf("%s" BACKENDS "/%s/%s", io->root, device, name);

	return file_read(path, 4096, ret);
}

/* Disks that are only read are often shared by all domains of one kernel: not counted. */
static void add_disk(struct io *io, const char *device)
{
	cleanup_buf struct buf number = BUF_INIT, mode = BUF_INIT;
	struct io_disk disk;
	unsigned index;

	if (sscanf(device, "vbd-%" SCNu32 "-%u", &disk.domid, &index) != 2 ||
	    attribute(io, device, "physical_device", &number) < 0 ||
	    attribute(io, device, "mode", &mode) < 0 || !strchr(buf_str(&mode), 'w') ||
	    sscanf(buf_str(&number), "%" SCNx32 ":%" SCNx32, &disk.major, &disk.minor) !=
		    2)
		return;
	array_grow(io->disks, io->disk_count) = disk;
	io->disk_count++;
}

static int find_disks(struct io *io)
{
	cleanup_free char *path = xasprintf("%s" BACKENDS, io->root);
	DIR *dir = opendir(path);
	struct dirent *entry;

	free(io->disks);
	io->disks = NULL;
	io->disk_count = 0;
	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(dir)))
		add_disk(io, entry->d_name);
	closedir(dir);
	if (io->disk_count)
		qsort(io->disks, io->disk_count, sizeof(*io->disks), by_number);
	return 0;
}

static bool is_known(const struct io *io, const struct hv_id *ids, size_t n)
{
	if (n != io->domid_count || clock_left(io->look_again, 1) == 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (ids[i].domid != io->domids[i])
			return false;
	return true;
}

static int keep_up(struct io *io, const struct hv_id *ids, size_t n)
{
	if (is_known(io, ids, n))
		return 0;
	io->domids = xreallocarray(io->domids, n + 1, sizeof(*io->domids));
	for (size_t i = 0; i < n; i++)
		io->domids[i] = ids[i].domid;
	io->domid_count = n;
	io->look_again = clock_in(LOOK_AGAIN_MS);
	return find_disks(io);
}

static struct hv_io *of_domain(const struct hv_id *ids, size_t n, struct hv_io *all,
			       uint32_t domid)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (ids[middle].domid < domid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && ids[low].domid == domid ? &all[low] : NULL;
}

/* MAJOR MINOR NAME reads merged SECTORS ms writes merged SECTORS ... */
static void count_disk(const struct io *io, const char *line, const struct hv_id *ids,
		       size_t n, struct hv_io *all)
{
	struct io_disk key, *disk;
	uint64_t read, written;
	struct hv_io *one;
	char *end;

	/* most devices are nobody's, so the rest of a line is looked at only if needed */
	key.major = (uint32_t)strtoul(line, &end, 10);
	key.minor = (uint32_t)strtoul(end, &end, 10);
	disk = io->disk_count
		       ? bsearch(&key, io->disks, io->disk_count, sizeof(key), by_number)
		       : NULL;
	one = disk ? of_domain(ids, n, all, disk->domid) : NULL;
	if (!one || sscanf(end, "%*s %*u %*u %" SCNu64 " %*u %*u %*u %" SCNu64, &read,
			   &written) != 2)
		return;
	one->known = true;
	one->read_bytes += read * SECTOR;
	one->write_bytes += written * SECTOR;
}

/* vifDOMID.INDEX: RX-BYTES and seven more, TX-BYTES ...; dom0 receives what it sends. */
static void count_interface(const char *line, const struct hv_id *ids, size_t n,
			    struct hv_io *all)
{
	uint64_t received, sent;
	struct hv_io *one;
	uint32_t domid;

	line += strspn(line, " ");
	if (strncmp(line, "vif", 3) != 0 ||
	    sscanf(line,
		   "vif%" SCNu32 ".%*u: %" SCNu64 " %*u %*u %*u %*u %*u %*u %*u %" SCNu64,
		   &domid, &received, &sent) != 3)
		return;
	one = of_domain(ids, n, all, domid);
	if (!one)
		return;
	one->known = true;
	one->tx_bytes += received;
	one->rx_bytes += sent;
}

/* The whole of a file of the kernel's, to be taken line by line; "" where there is none. */
static char *counters(struct io *io, const char *name)
{
	cleanup_free char *path = xasprintf("%s%s", io->root, name);

	buf_reset(&io->text);
	buf_add(&io->text, "");
	if (file_read(path, COUNTERS_MAX, &io->text) < 0)
		buf_reset(&io->text);
	return io->text.data;
}

int io_read(struct io *io, const struct hv_id *ids, size_t n, struct hv_io *ret)
{
	char *text, *line;
	int r = keep_up(io, ids, n);

	if (r < 0)
		return r;
	memset(ret, 0, n * sizeof(*ret));
	text = counters(io, "/proc/diskstats");
	while (io->disk_count && (line = strsep(&text, "\n")))
		count_disk(io, line, ids, n, ret);
	text = counters(io, "/proc/net/dev");
	while ((line = strsep(&text, "\n")))
		count_interface(line, ids, n, ret);
	return 0;
}
