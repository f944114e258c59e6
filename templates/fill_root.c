/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the confined part sees while it writes:
 *
 *	/out	the new file system; its working folder
 *	/in	the folder that is copied, read-only; where the source is one
 *	/guest	the agent and what starts it, read-only
 */
#include "templates/fill_root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/confine.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/proc.h"
#include "templates/extract.h"
#include "templates/image.h"
#include "templates/inject.h"
#include "templates/pack.h"
#include "templates/source.h"

#define MKFS_MS (10 * 60 * 1000)
#define QUIET (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* What the child works on. */
struct filling {
	const struct fill_root *f;
	enum source_kind kind;
	int fd;		 /* of a file */
	const char *dir; /* of a folder */
	uint64_t size, read;
	int percent;
	struct extract x;
	char digest[DIGEST_HEX];
	const char *what; /* "archive", "image", "folder" */
};

void fill_progress(int percent)
{
	dprintf(STDOUT_FILENO, "progress %d\n", percent);
}

void fill_said(const char *key, const char *value)
{
	dprintf(STDOUT_FILENO, "set %s %s\n", key, value);
}

int make_fs(const char *device, const char *label, struct qvm_err *err)
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

/* ---- the confined part ---- */

static void tell(const struct extract *x)
{
	struct filling *fl = (struct filling *)((char *)x - offsetof(struct filling, x));
	int percent =
		fl->size && fl->read < fl->size ? (int)(fl->read * 100 / fl->size) : 100;

	if (!fl->size || percent == fl->percent)
		return;
	fl->percent = percent;
	fill_progress(percent);
}

static int read_image(struct filling *fl, const struct parts *parts, struct qvm_err *err)
{
	fl->what = "image";
	return image_extract(parts, &fl->x, fl->digest, err);
}

static int read_tar(struct filling *fl, struct qvm_err *err)
{
	struct stream *s = xcalloc(1, sizeof(*s));
	int r = 0;

	if (lseek(fl->fd, 0, SEEK_SET) < 0)
		r = err_errno(err, -errno, "cannot read the archive again");
	stream_init(s, fl->fd, NULL);
	s->total = &fl->read;
	fl->x.from = s;
	fl->what = "archive";
	if (r == 0)
		r = extract(&fl->x, err);
	if (r == 0)
		r = stream_digest(s, fl->digest, err);
	fl->x.from = NULL;
	stream_dispose(s);
	free(s);
	return r;
}

static int read_archive(struct filling *fl, struct qvm_err *err)
{
	const struct parts parts = {.fd = fl->fd, .total = &fl->read};
	bool image = false;
	int r = parts_is_image(fl->fd, &image, err);

	if (r < 0)
		return r;
	return image ? read_image(fl, &parts, err) : read_tar(fl, err);
}

static int read_source(struct filling *fl, struct qvm_err *err)
{
	const struct parts layout = {.fd = -1, .dir = fl->dir, .total = &fl->read};

	switch (fl->kind) {
	case SOURCE_LAYOUT:
		return read_image(fl, &layout, err);
	case SOURCE_TREE:
		fl->x.tree = fl->dir;
		fl->what = "folder";
		return extract(&fl->x, err);
	default:
		return read_archive(fl, err);
	}
}

static void say_all(const struct filling *fl)
{
	char number[32];

	fill_said("kind", fl->what);
	if (fl->digest[0])
		fill_said("digest", fl->digest);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)fl->x.bytes);
	fill_said("bytes", number);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)fl->x.entries);
	fill_said("entries", number);
}

static int fill_confined(void *arg, struct qvm_err *err)
{
	struct filling *fl = arg;
	const char *init = NULL;
	int r = 0;

	if (chdir("/out") < 0)
		return err_errno(err, -errno, "cannot enter the file system");
	r = read_source(fl, err);
	if (r == 0 && fl->kind != SOURCE_LAYOUT && strcmp(fl->what, "image") != 0 &&
	    access("etc", F_OK) < 0 && access("usr", F_OK) < 0 && access("bin", F_OK) < 0)
		r = err_set(err, QVM_E_VALUE,
			    "it holds no root file system: no etc, usr or bin");
	if (r == 0)
		r = inject("/guest", &init, err);
	if (r < 0)
		return r;
	say_all(fl);
	if (init)
		fill_said("init", init);
	return 0;
}

/* ---- around it ---- */

static int mount_at(const char *folder, const char *name, const char *what,
		    const char *type, unsigned long flags, struct qvm_err *err)
{
	cleanup_free char *at = xasprintf("%s/%s", folder, name);
	int r = 0;

	if (mkdir(at, 0755) < 0 || mount(what, at, type, flags, NULL) < 0)
		r = -errno;
	if (r == 0 && flags & MS_BIND &&
	    mount(NULL, at, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | QUIET, NULL) < 0)
		r = -errno;
	return r < 0 ? err_errno(err, r, "cannot mount '%s'", what) : 0;
}

static int mount_all(const struct fill_root *f, bool folder, struct qvm_err *err)
{
	int r = confine_mounts(err);

	if (r < 0)
		return r;
	if (mount("qvm-fill", f->folder, "tmpfs", QUIET, "size=1m,mode=755") < 0)
		return err_errno(err, -errno, "cannot mount on '%s'", f->folder);
	r = mount_at(f->folder, "out", f->device, "ext4", QUIET | MS_NOATIME, err);
	if (r == 0 && folder)
		r = mount_at(f->folder, "in", f->source, NULL, MS_BIND, err);
	if (r == 0)
		r = mount_at(f->folder, "guest", f->guest, NULL, MS_BIND, err);
	if (r == 0 &&
	    mount(NULL, f->folder, NULL, MS_REMOUNT | MS_RDONLY | QUIET, NULL) < 0)
		r = err_errno(err, -errno, "cannot mount on '%s'", f->folder);
	return r;
}

static int finish_fs(const char *folder, struct qvm_err *err)
{
	cleanup_free char *at = xasprintf("%s/out", folder);
	cleanup_close int fd = open(at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = 0;

	if (fd < 0 || syncfs(fd) < 0)
		r = err_errno(err, -errno, "cannot sync the file system");
	cleanup_close_at(&fd);
	if (r == 0 && umount2(at, 0) < 0)
		r = err_errno(err, -errno, "cannot unmount the file system");
	return r;
}

static int fill_device(struct filling *fl, struct qvm_err *err)
{
	const struct confined c = {
		.root = fl->f->folder,
		.calls = CONFINE_WRITE,
		.memory = FILL_MEMORY_MAX,
		.run = fill_confined,
		.arg = fl,
	};
	int r = fl->f->inside ? 0 : make_fs(fl->f->device, fl->f->label, err);

	if (r == 0)
		r = mount_all(fl->f, fl->dir != NULL, err);
	if (r == 0)
		r = confined_run(&c, err);
	return r == 0 ? finish_fs(fl->f->folder, err) : r;
}

/* A plain file in place of a device gets a line that tells what would be in it. */
static int mark_file(struct filling *fl, struct qvm_err *err)
{
	cleanup_close int fd = open(fl->f->device, O_WRONLY | O_CLOEXEC);
	char mark[256];
	int r = fd < 0 ? -errno : 0;

	if (r < 0)
		return err_errno(err, r, "cannot open '%s'", fl->f->device);
	fl->x.write = false;
	r = confine_limits(FILL_MEMORY_MAX, 0, err);
	if (r == 0)
		r = read_source(fl, err);
	if (r < 0)
		return r;
	say_all(fl);
	snprintf(mark, sizeof(mark), "filled '%s': %llu entries, %llu bytes\n",
		 fl->f->label, (unsigned long long)fl->x.entries,
		 (unsigned long long)fl->x.bytes);
	r = fd_write_all(fd, mark, strlen(mark));
	return r < 0 ? err_errno(err, r, "cannot write '%s'", fl->f->device) : 0;
}

static int device_size(const char *path, uint64_t *ret, struct qvm_err *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t end = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);

	if (end < 0)
		return err_errno(err, -errno, "cannot look at '%s'", path);
	*ret = (uint64_t)end;
	return 0;
}

int source_look_inside(const char *path, struct source *ret, struct qvm_err *err)
{
	cleanup_close int fd = -1;
	cleanup_buf struct buf text = BUF_INIT;
	bool packed = false;
	int r = source_look(path, ret, err);

	if (r < 0 || ret->kind != SOURCE_ARCHIVE)
		return r;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, -errno, "cannot open '%s'", path);
	r = confine_limits(FILL_MEMORY_MAX, 0, err);
	if (r == 0)
		r = confine_calls(CONFINE_WRITE, err);
	if (r == 0)
		r = pack_look(fd, &packed, &text, &ret->disk, err);
	if (packed)
		ret->kind = SOURCE_PACK;
	return r;
}

/* This process stays what it is: a child finds out whether an archive is one of ours. */
static int look_apart(const char *path, struct source *ret, struct qvm_err *err)
{
	pid_t pid;
	int r = source_look(path, ret, err);

	if (r < 0 || ret->kind != SOURCE_ARCHIVE)
		return r;
	pid = fork();
	if (pid == 0) {
		r = source_look_inside(path, ret, err);
		if (r < 0)
			dprintf(STDERR_FILENO, "%s\n", err->text);
		_exit(r < 0 ? 1 : ret->kind == SOURCE_PACK ? 2 : 0);
	}
	r = pid < 0 ? -errno : proc_wait(pid);
	if (r < 0 || r > 2)
		return err_set(err, QVM_E_FAILED, "looking into '%s' ended with %d", path,
			       r);
	if (r == 2)
		ret->kind = SOURCE_PACK;
	return r == 1;
}

int fill_look(const char *path, struct qvm_err *err)
{
	struct source source;
	char size[32];
	int r = source_look_inside(path, &source, err);

	if (r < 0)
		return r;
	snprintf(size, sizeof(size), "%llu", (unsigned long long)source.disk);
	fill_said("kind", source_kinds[source.kind]);
	fill_said("disk", size);
	return 0;
}

int fill_root(const struct fill_root *f, struct qvm_err *err)
{
	cleanup_close int in = -1;
	struct filling fl = {.f = f, .percent = -1, .x = {.write = true, .owners = true}};
	struct source source;
	struct stat dev;
	int r = look_apart(f->source, &source, err);

	if (r != 0)
		return r;
	if (source.kind >= SOURCE_RAW && f->inside)
		return err_set(err, QVM_E_VALUE,
			       "it is a disk, of which nothing is to be unpacked");
	if (source.kind >= SOURCE_RAW)
		return fill_disk(f, &source, err);
	if (stat(f->device, &dev) < 0)
		return err_errno(err, -errno, "cannot look at '%s'", f->device);
	r = device_size(f->device, &fl.x.limit, err);
	if (r < 0)
		return r;
	fl.kind = source.kind;
	fl.x.progress = tell;
	if (source.kind != SOURCE_ARCHIVE) {
		fl.dir = S_ISBLK(dev.st_mode) ? "/in" : f->source;
	} else {
		in = open(f->source, O_RDONLY | O_CLOEXEC);
		if (in < 0)
			return err_errno(err, -errno, "cannot open '%s'", f->source);
		fl.fd = in;
		fl.size = source.size;
	}
	return S_ISBLK(dev.st_mode) ? fill_device(&fl, err) : mark_file(&fl, err);
}
