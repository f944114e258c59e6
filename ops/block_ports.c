/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The block devices of dom0 that a domain may have, by sysfs. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/size.h"
#include "ops/block.h"
#include "ops/internal.h"

enum { SECTOR = 512, TEXT_MAX = 4096 };

/* One line of sysfs about the device, without its end; "" when there is none. */
static char *attribute(const struct qvm_ctx *ctx, const char *name, const char *file)
{
	cleanup_free char *path =
		xasprintf("%s/class/block/%s/%s", ctx->sys_dir, name, file);
	cleanup_buf struct buf text = BUF_INIT;
	size_t len;

	if (file_read(path, TEXT_MAX, &text) < 0)
		return xstrdup("");
	len = strcspn(buf_str(&text), "\n");
	while (len && buf_str(&text)[len - 1] == ' ')
		len--;
	return xstrndup(buf_str(&text), len);
}

/* The kernel's name of what lies there: the last part of the real path. */
static char *kernel_name(const char *folder, const char *name)
{
	cleanup_free char *path = xasprintf("%s/%s", folder, name);
	cleanup_free char *real = realpath(path, NULL);
	const char *slash = real ? strrchr(real, '/') : NULL;

	return slash ? xstrdup(slash + 1) : NULL;
}

static bool read_number(const struct qvm_ctx *ctx, const char *name, uint32_t *ret_major,
			uint32_t *ret_minor)
{
	cleanup_free char *dev = attribute(ctx, name, "dev");
	char end;

	return sscanf(dev, "%u:%u%c", ret_major, ret_minor, &end) == 2;
}

/* ---- what is qvm's own ---- */

/* "vg-with-dash/pool" is "vg--with--dash-" in the names of its devices. */
static void mapper_start(const char *location, struct buf *ret)
{
	for (const char *at = location; *at && *at != '/'; at++) {
		buf_add_ch(ret, *at);
		if (*at == '-')
			buf_add_ch(ret, '-');
	}
	buf_add_ch(ret, '-');
}

static bool is_in_group(const char *mapper, const char *location)
{
	cleanup_buf struct buf start = BUF_INIT;

	if (!strchr(location, '/') || *location == '/')
		return false;
	mapper_start(location, &start);
	return strncmp(mapper, buf_str(&start), start.len) == 0;
}

static bool is_in_folder(const char *file, const char *location)
{
	size_t len = strlen(location);

	return *location == '/' && strncmp(file, location, len) == 0 && file[len] == '/';
}

/* A pool has the whole of its device, and nobody else may have a part of that. */
static bool is_on_device(const struct qvm_ctx *ctx, const char *name,
			 const char *location)
{
	cleanup_free char *kernel =
		is_in_folder(location, ctx->dev_dir) ? kernel_name("", location) : NULL;
	uint32_t major, minor, pool_major, pool_minor;

	return kernel && read_number(ctx, name, &major, &minor) &&
	       read_number(ctx, kernel, &pool_major, &pool_minor) &&
	       block_overlap(ctx, major, minor, pool_major, pool_minor);
}

static bool is_of(const struct qvm_ctx *ctx, const char *name, const char *mapper,
		  const char *file, const char *location)
{
	return is_in_group(mapper, location) || is_in_folder(file, location) ||
	       is_on_device(ctx, name, location);
}

/* Devices of the mapper are LVM's or of somebody else's tool; ours have no such uuid. */
static bool is_own(const struct qvm_ctx *ctx, const struct world *w, const char *name)
{
	cleanup_free char *mapper = attribute(ctx, name, "dm/name");
	cleanup_free char *uuid = attribute(ctx, name, "dm/uuid");
	cleanup_free char *file = attribute(ctx, name, "loop/backing_file");
	bool own = (*mapper && strncmp(uuid, "LVM-", 4) != 0 &&
		    strncmp(uuid, "CRYPT-", 6) != 0 && strncmp(uuid, "part", 4) != 0) ||
		   is_in_folder(file, ctx->state_dir) ||
		   (w->scratch && (is_of(ctx, name, mapper, file, w->scratch) ||
				   strcmp(file, w->scratch) == 0));

	for (size_t i = 0; !own && i < w->pool_count; i++)
		own = is_of(ctx, name, mapper, file, w->pools[i].location);
	return own;
}

/* ---- one device ---- */

static void describe(const struct qvm_ctx *ctx, const char *name, struct block_port *ret)
{
	static const char *const whole[] = {"device/vendor", "device/model"};
	static const char *const rest[] = {"dm/name", "loop/backing_file"};
	cleanup_buf struct buf text = BUF_INIT;

	for (size_t i = 0; i < array_len(whole); i++) {
		cleanup_free char *word = attribute(ctx, name, whole[i]);

		if (*word)
			buf_addf(&text, "%s%s", text.len ? " " : "", word);
	}
	for (size_t i = 0; !text.len && i < array_len(rest); i++) {
		cleanup_free char *word = attribute(ctx, name, rest[i]);

		buf_add(&text, word);
	}
	snprintf(ret->description, sizeof(ret->description), "%s", buf_str(&text));
	/* A stick may say of itself what it likes. */
	for (char *at = ret->description; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
}

/* 0, or -ENODEV for what is empty or no device at all. */
static int read_port(const struct qvm_ctx *ctx, const char *name, struct block_port *ret)
{
	cleanup_free char *size = attribute(ctx, name, "size");
	cleanup_free char *ro = attribute(ctx, name, "ro");
	long long sectors;

	*ret = (struct block_port){.readonly = strcmp(ro, "1") == 0};
	if (strlen(name) >= sizeof(ret->name) ||
	    !read_number(ctx, name, &ret->major, &ret->minor) ||
	    num_parse(size, 1, LLONG_MAX / SECTOR, &sectors) < 0)
		return -ENODEV;
	strcpy(ret->name, name);
	ret->size = (uint64_t)sectors * SECTOR;
	describe(ctx, name, ret);
	return 0;
}

/* A mount, a swap space, or a device that is made of it has it for itself. */
static int probe(const struct qvm_ctx *ctx, const struct block_port *port)
{
	cleanup_free char *path = xasprintf("%s/%s", ctx->dev_dir, port->name);
	cleanup_close int fd =
		open(path, O_RDONLY | O_EXCL | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : 0;
}

/* The disk that a partition is a part of; any other device is a whole one. */
static void find_whole(const struct qvm_ctx *ctx, uint32_t *major, uint32_t *minor)
{
	cleanup_free char *at =
		xasprintf("%s/dev/block/%u:%u", ctx->sys_dir, *major, *minor);
	cleanup_free char *part = xasprintf("%s/partition", at);
	cleanup_free char *dev = xasprintf("%s/../dev", at);
	cleanup_buf struct buf text = BUF_INIT;
	uint32_t a, b;

	if (access(part, F_OK) == 0 && file_read(dev, TEXT_MAX, &text) == 0 &&
	    sscanf(buf_str(&text), "%u:%u", &a, &b) == 2) {
		*major = a;
		*minor = b;
	}
}

bool block_overlap(const struct qvm_ctx *ctx, uint32_t major_a, uint32_t minor_a,
		   uint32_t major_b, uint32_t minor_b)
{
	uint32_t disk_a = major_a, disk_b = major_b, nr_a = minor_a, nr_b = minor_b;
	bool whole_a, whole_b;

	if (major_a == major_b && minor_a == minor_b)
		return true;
	find_whole(ctx, &disk_a, &nr_a);
	find_whole(ctx, &disk_b, &nr_b);
	whole_a = disk_a == major_a && nr_a == minor_a;
	whole_b = disk_b == major_b && nr_b == minor_b;
	return disk_a == disk_b && nr_a == nr_b && (whole_a || whole_b);
}

/* ---- all of them ---- */

static int by_name(const void *a, const void *b)
{
	return strverscmp(((const struct block_port *)a)->name,
			  ((const struct block_port *)b)->name);
}

static void consider(const struct qvm_ctx *ctx, const struct world *w, const char *name,
		     struct block_list *ret)
{
	struct block_port port;

	if (name[0] == '.' || read_port(ctx, name, &port) < 0 || is_own(ctx, w, name) ||
	    probe(ctx, &port) < 0)
		return;
	array_grow(ret->ports, ret->port_count) = port;
	ret->port_count++;
}

int block_ports(struct qvm_ctx *ctx, const struct world *w, struct block_list *ret,
		struct qvm_err *err)
{
	cleanup_free char *path = xasprintf("%s/class/block", ctx->sys_dir);
	DIR *dir = opendir(path);
	struct dirent *e;

	if (!dir)
		return err_errno(err, -errno, "cannot list '%s'", path);
	while ((e = readdir(dir)))
		consider(ctx, w, e->d_name, ret);
	closedir(dir);
	if (ret->port_count)
		qsort(ret->ports, ret->port_count, sizeof(*ret->ports), by_name);
	return 0;
}

/* ---- by name ---- */

int block_port_find(struct qvm_ctx *ctx, const struct world *w, const char *name,
		    struct block_port *ret, struct qvm_err *err)
{
	static const char *const folders[] = {"", "/mapper", "/disk/by-id"};
	int r = -ENODEV;

	if (strncmp(name, "dom0:", 5) == 0)
		name += 5;
	if (strchr(name, ':'))
		return err_set(err, QVM_E_UNSUPPORTED,
			       "'%s': only dom0's devices can be had, as 'dom0:sdb'",
			       name);
	if (!*name || strchr(name, '/') || name[0] == '.')
		return err_set(err, QVM_E_VALUE, "'%s' is no name of a device", name);
	for (size_t i = 0; r == -ENODEV && i < array_len(folders); i++) {
		cleanup_free char *folder = xasprintf("%s%s", ctx->dev_dir, folders[i]);
		cleanup_free char *kernel = kernel_name(folder, name);

		r = kernel ? read_port(ctx, kernel, ret) : -ENODEV;
	}
	if (r < 0)
		return err_set(err, QVM_E_NOT_FOUND, "there is no block device '%s'",
			       name);
	if (is_own(ctx, w, ret->name))
		return err_set(err, QVM_E_IN_USE, "'%s' is a part of a domain or a pool",
			       name);
	r = probe(ctx, ret);
	if (r == -EBUSY)
		return err_set(err, QVM_E_IN_USE, "dom0 itself uses '%s'", name);
	return r < 0 ? err_errno(err, r, "cannot open '%s'", name) : 0;
}
