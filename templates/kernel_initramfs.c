/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/alloc.h"
#include "lib/buf.h"
#include "lib/file.h"
#include "lib/strv.h"
#include "templates/kernel_make.h"
#include "templates/stream.h"

#define DEP_MAX (16 << 20)
#define FILE_MAX_LEN (64 << 20)

#define LIST_MAX 10

/* Which modules there are, by when the first program loads them (agent/setup_initramfs.c). */
static const struct {
	const char *name;
	const char *modules[LIST_MAX];
} lists[] = {
	/* what cannot come from a disk that is not reached yet, and what the agent needs */
	{"modules/order",
	 {"xen-blkfront", "ext4", "crc32c_generic", "xen-gntdev", "xen-gntalloc",
	  "xen-evtchn", "xen-privcmd", "xenfs"}},
	/* large ones for few roots: when nothing else has found one */
	{"modules/later", {"xfs", "btrfs", "squashfs"}},
	/* for a root that dom0 gives read-only */
	{"modules/overlay", {"dm-snapshot"}},
	/* what takes its time: beside all that follows */
	{"modules/aside", {"xen-netfront"}},
};

static void writer_free(struct archive **a)
{
	archive_write_free(*a);
}

static int failed(struct archive *a, struct qvm_err *err)
{
	return err_set(err, QVM_E_FAILED, "cannot write it: %s", archive_error_string(a));
}

static int add(struct archive *a, const char *name, mode_t mode, const void *data,
	       size_t len, struct qvm_err *err)
{
	struct archive_entry *entry = archive_entry_new();
	int rc;

	archive_entry_set_pathname(entry, name);
	archive_entry_set_mode(entry, mode);
	archive_entry_set_size(entry, (la_int64_t)len);
	if (S_ISCHR(mode))
		archive_entry_set_rdev(entry, (dev_t)0x501); /* the console: 5, 1 */
	rc = archive_write_header(a, entry);
	archive_entry_free(entry);
	if (rc != ARCHIVE_OK ||
	    (len && archive_write_data(a, data, len) != (la_ssize_t)len))
		return failed(a, err);
	return 0;
}

/* ---- modules.dep: "kernel/fs/ext4/ext4.ko.xz: kernel/lib/crc16.ko.xz ..." ---- */

/* "kernel/fs/ext4/ext4.ko.xz" is "ext4"; dashes and underscores are the same. */
static bool is_module(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	path = slash ? slash + 1 : path;
	for (; *name; name++, path++)
		if (*path != *name && !(strchr("-_", *path) && strchr("-_", *name)))
			return false;
	return strncmp(path, ".ko", 3) == 0;
}

/* The words of the line for NAME: itself, then what it needs, the deepest last. */
static bool find_line(const struct strv *lines, const char *name, struct strv *ret)
{
	for (size_t i = 0; i < lines->n; i++) {
		cleanup_free char *path =
			xstrndup(lines->v[i], strcspn(lines->v[i], ":"));

		if (!is_module(path, name))
			continue;
		strv_split(ret, lines->v[i], ": ");
		return true;
	}
	return false;
}

/* Modules that the kernel has built in are in no line. */
static void choose(const struct strv *lines, const char *const wanted[LIST_MAX],
		   struct strv *order)
{
	for (size_t i = 0; i < LIST_MAX && wanted[i]; i++) {
		cleanup_strv struct strv words = STRV_INIT;

		if (!find_line(lines, wanted[i], &words))
			continue;
		for (size_t k = words.n; k-- > 0;)
			if (!strv_has(order, words.v[k]))
				strv_add(order, words.v[k]);
	}
}

/* ---- files ---- */

/* As it is, or unpacked: not every kernel reads packed modules. */
static int read_module(const char *path, struct buf *ret, struct qvm_err *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct archive *a = archive_read_new();
	struct stream *s = xcalloc(1, sizeof(*s));
	struct archive_entry *entry;
	char chunk[65536];
	la_ssize_t n = -1;
	int r = fd < 0 ? err_errno(err, -errno, "cannot open '%s'", path) : 0;

	stream_init(s, fd, NULL);
	if (r == 0)
		r = stream_archive(s, a, 1, err);
	if (r == 0 && archive_read_next_header(a, &entry) == ARCHIVE_OK)
		while ((n = archive_read_data(a, chunk, sizeof(chunk))) > 0 &&
		       ret->len < FILE_MAX_LEN)
			buf_add_mem(ret, chunk, (size_t)n);
	if (r == 0 && n != 0)
		r = err_set(err, QVM_E_VALUE, "cannot read the module '%s'", path);
	archive_read_free(a);
	stream_dispose(s);
	free(s);
	return r;
}

/* ORDER from FROM on, under short names, and the list of those. */
static int add_list(struct archive *a, const char *modules, const struct strv *order,
		    size_t from, const char *list_name, struct qvm_err *err)
{
	cleanup_buf struct buf list = BUF_INIT;
	int r = 0;

	for (size_t i = from; r == 0 && i < order->n; i++) {
		cleanup_free char *path = xasprintf("%s/%s", modules, order->v[i]);
		cleanup_free char *name = xasprintf("modules/%zu.ko", i);
		cleanup_buf struct buf data = BUF_INIT;

		r = read_module(path, &data, err);
		if (r == 0)
			r = add(a, name, S_IFREG | 0644, buf_str(&data), data.len, err);
		buf_addf(&list, "%zu.ko\n", i);
	}
	return r < 0 ? r
		     : add(a, list_name, S_IFREG | 0644, buf_str(&list), list.len, err);
}

static int add_modules(struct archive *a, const char *modules, struct qvm_err *err)
{
	cleanup_free char *dep = xasprintf("%s/modules.dep", modules);
	cleanup_buf struct buf text = BUF_INIT;
	cleanup_strv struct strv lines = STRV_INIT, order = STRV_INIT;
	int r = file_read(dep, DEP_MAX, &text);

	if (r < 0)
		return err_errno(err, r, "cannot read '%s'", dep);
	strv_split(&lines, buf_str(&text), "\n");
	r = add(a, "modules", S_IFDIR | 0755, NULL, 0, err);
	for (size_t i = 0; r == 0 && i < array_len(lists); i++) {
		size_t from = order.n;

		choose(&lines, lists[i].modules, &order);
		r = add_list(a, modules, &order, from, lists[i].name, err);
	}
	return r;
}

int initramfs_make(const char *modules, const char *init, int out, struct qvm_err *err)
{
	static const char *const folders[] = {"proc", "sys", "dev", "newroot"};
	cleanup(writer_free) struct archive *a = archive_write_new();
	cleanup_buf struct buf program = BUF_INIT;
	int r = file_read(init, FILE_MAX_LEN, &program);

	if (r < 0)
		return err_errno(err, r, "cannot read '%s'", init);
	archive_write_set_format_cpio_newc(a);
	archive_write_add_filter_gzip(a);
	if (archive_write_open_fd(a, out) != ARCHIVE_OK)
		return failed(a, err);
	for (size_t i = 0; r == 0 && i < array_len(folders); i++)
		r = add(a, folders[i], S_IFDIR | 0755, NULL, 0, err);
	if (r == 0)
		r = add(a, "dev/console", S_IFCHR | 0600, NULL, 0, err);
	if (r == 0)
		r = add(a, "qvm-initramfs", S_IFREG | 0644, NULL, 0, err);
	if (r == 0)
		r = add(a, "init", S_IFREG | 0755, buf_str(&program), program.len, err);
	if (r == 0)
		r = add_modules(a, modules, err);
	if (r == 0 && archive_write_close(a) != ARCHIVE_OK)
		r = failed(a, err);
	return r;
}
