/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disks, taken as they are. One of another format is unpacked by qemu-img, which sees
 * nothing but its own libraries, the image, and the volume that it writes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/confine.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/strv.h"
#include "templates/fill_root.h"
#include "templates/pack.h"
#include "templates/source.h"
#include "templates/stream.h"

#define QEMU_MEMORY_MAX (UINT64_C(4) << 30)

/* ---- byte for byte ---- */

static int pour(struct stream *s, int to, uint64_t size, struct qvm_err *err)
{
	const void *chunk;
	int percent = -1, r = 0;
	ssize_t n;

	for (uint64_t at = 0; (n = stream_next(s, &chunk)) > 0; at += (uint64_t)n) {
		int now = size ? (int)(at * 100 / size) : 100;

		r = put_sparse(to, chunk, (size_t)n, at);
		if (r < 0)
			return err_errno(err, r, "cannot write the volume");
		if (now != percent)
			fill_progress(percent = now);
	}
	return n < 0 ? err_errno(err, -s->errnum, "cannot read the disk") : 0;
}

static int copy_raw(int in, int out, const struct source *source, struct qvm_err *err)
{
	struct stream *s = xcalloc(1, sizeof(*s));
	char digest[DIGEST_HEX];
	int r;

	stream_init(s, in, NULL);
	r = pour(s, out, source->disk, err);
	if (r == 0)
		r = stream_digest(s, digest, err);
	stream_dispose(s);
	free(s);
	if (r == 0)
		fill_said("digest", digest);
	return r;
}

/* Of what this program writes itself: what is known of it goes on with it. */
static int copy_packed(int in, int out, struct qvm_err *err)
{
	cleanup_buf struct buf text = BUF_INIT;
	cleanup_strv struct strv lines = STRV_INIT;
	uint64_t size;
	bool packed;
	int r = pack_look(in, &packed, &text, &size, err);

	if (r == 0)
		r = pack_read(in, out, err);
	strv_split(&lines, buf_str(&text), "\n");
	for (size_t i = 0; r == 0 && i < lines.n; i++) {
		char *value = strchr(lines.v[i], ' ');

		if (!value || strcmp(lines.v[i], "kind") == 0)
			continue;
		*value = '\0';
		fill_said(lines.v[i], value + 1);
	}
	return r;
}

/* In this process, which opens both ends and then can do no more than read and write. */
static int copy_here(const struct fill_root *f, const struct source *source,
		     struct qvm_err *err)
{
	cleanup_close int in = open(f->source, O_RDONLY | O_CLOEXEC);
	cleanup_close int out = in < 0 ? -1 : open(f->device, O_WRONLY | O_CLOEXEC);
	int r;

	if (out < 0)
		return err_errno(err, -errno, "cannot open '%s'",
				 in < 0 ? f->source : f->device);
	r = confine_limits(FILL_MEMORY_MAX, 0, err);
	if (r == 0)
		r = confine_calls(CONFINE_WRITE, err);
	if (r == 0)
		r = source->kind == SOURCE_PACK ? copy_packed(in, out, err)
						: copy_raw(in, out, source, err);
	if (r == 0 && fsync(out) < 0)
		r = err_errno(err, -errno, "cannot sync '%s'", f->device);
	return r;
}

/* ---- by qemu-img ---- */

/* What a dynamically linked program needs to run. */
static const char *const system_folders[] = {"usr", "lib", "lib64", "bin"};

static int show_folder(const char *root, const char *name)
{
	cleanup_free char *from = xasprintf("/%s", name);
	cleanup_free char *to = xasprintf("%s/%s", root, name);
	char target[256];
	struct stat st;
	ssize_t n;

	if (lstat(from, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (S_ISLNK(st.st_mode)) {
		n = readlink(from, target, sizeof(target) - 1);
		if (n < 0)
			return -errno;
		target[n] = '\0';
		return symlink(target, to) < 0 ? -errno : 0;
	}
	if (mkdir(to, 0755) < 0 || mount(from, to, NULL, MS_BIND, NULL) < 0 ||
	    mount(NULL, to, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV,
		  NULL) < 0)
		return -errno;
	return 0;
}

static int show_file(const char *root, const char *name, const char *path, bool readonly)
{
	cleanup_free char *to = xasprintf("%s/%s", root, name);
	cleanup_close int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || mount(path, to, NULL, MS_BIND, NULL) < 0)
		return -errno;
	if (readonly &&
	    mount(NULL, to, NULL,
		  MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NOEXEC, NULL) < 0)
		return -errno;
	return 0;
}

static int show_null(const char *root)
{
	cleanup_free char *dev = xasprintf("%s/dev", root);

	return mkdir(dev, 0755) < 0 ? -errno
				    : show_file(root, "dev/null", "/dev/null", false);
}

static int mount_all(const struct fill_root *f, struct qvm_err *err)
{
	int r = confine_mounts(err);

	if (r < 0)
		return r;
	if (mount("qvm-fill", f->folder, "tmpfs", MS_NOSUID, "size=1m,mode=755") < 0)
		r = -errno;
	for (size_t i = 0; r == 0 && i < array_len(system_folders); i++)
		r = show_folder(f->folder, system_folders[i]);
	if (r == 0)
		r = show_null(f->folder);
	if (r == 0)
		r = show_file(f->folder, "image", f->source, true);
	if (r == 0)
		r = show_file(f->folder, "volume", f->device, false);
	return r < 0 ? err_errno(err, r, "cannot shut qemu-img in") : 0;
}

static int run_qemu_img(void *arg, struct qvm_err *err)
{
	const struct source *source = arg;
	const char *const argv[] = {"qemu-img", "convert",
				    "-n",	"--target-is-zero",
				    "-f",	source_kinds[source->kind],
				    "-O",	"raw",
				    "/image",	"/volume",
				    NULL};
	static const char *const environment[] = {"PATH=/usr/bin:/bin", "LC_ALL=C", NULL};

	execve("/usr/bin/qemu-img", (char *const *)argv, (char *const *)environment);
	return err_errno(err, -errno, "cannot run qemu-img");
}

static int convert(const struct fill_root *f, const struct source *source,
		   struct qvm_err *err)
{
	const struct confined c = {
		.root = f->folder,
		.calls = CONFINE_EXEC,
		.memory = QEMU_MEMORY_MAX,
		.run = run_qemu_img,
		.arg = (void *)source,
	};
	int r;

	if (access("/usr/bin/qemu-img", X_OK) < 0)
		return err_set(
			err, QVM_E_UNSUPPORTED,
			"a disk of this format needs qemu-img (package qemu-utils)");
	r = mount_all(f, err);
	return r < 0 ? r : confined_run(&c, err);
}

int fill_disk(const struct fill_root *f, const struct source *source, struct qvm_err *err)
{
	int r;

	fill_said("kind", source_kinds[source->kind]);
	r = source->kind == SOURCE_RAW || source->kind == SOURCE_PACK
		    ? copy_here(f, source, err)
		    : convert(f, source, err);
	if (r == 0)
		fill_progress(100);
	return r;
}
