/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The driver `reflink` on real file systems: btrfs and XFS in files, mounted for this
 * program alone. Without root, loop devices or the programs that make them, those tests
 * are skipped.
 */
#include "storage/reflink.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <linux/fs.h>
#include <linux/magic.h>

#include "core/loop.h"
#include "lib/proc.h"
#include "lib/size.h"
#include "storage/steps.h"
#include "storage/storage.h"
#include "tests/unit/test.h"

struct fixture {
	struct qvm_ctx ctx;
	struct qvm_err err;
	char *dir, *pool_dir;
	void *pool;
};

/* --- a file system --- */

static const char *fs_type; /* of the tests that follow */
static char *fs_dir;	    /* where it is mounted; NULL: it could not be made */

static bool run(const char *const *argv)
{
	cleanup_buf struct buf out = BUF_INIT;
	struct proc_request req = {.argv = argv, .out = &out, .err = &out, .limit = MIB};
	int status = -1;

	return proc_run(&req, &status) == 0 && status == 0;
}

static bool make_fs(const char *type)
{
	cleanup_free char *image = xasprintf("%s/%s.image", fs_dir, type);
	cleanup_free char *mkfs = xasprintf("mkfs.%s", type);
	const char *const make[] = {mkfs, "-q", image, NULL};
	const char *const mount_it[] = {"mount", "-o", "loop", image, fs_dir, NULL};
	cleanup_close int fd = open(image, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	return geteuid() == 0 && fd >= 0 && ftruncate(fd, 400 * MIB) == 0 &&
	       unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && run(make) &&
	       run(mount_it);
}

static int fs_setup(const char *type)
{
	void *dir = NULL;

	assert_int_equal(folder_setup(&dir), 0);
	fs_type = type;
	fs_dir = dir;
	if (make_fs(type))
		return 0;
	print_message("# no %s: needs root, loop devices, and mkfs.%s\n", type, type);
	(void)folder_teardown(&dir);
	fs_dir = NULL;
	return 0;
}

static int btrfs_setup(void **state)
{
	(void)state;
	return fs_setup("btrfs");
}

static int xfs_setup(void **state)
{
	(void)state;
	return fs_setup("xfs");
}

static int fs_gone(void **state)
{
	void *dir = fs_dir;

	(void)state;
	if (!fs_dir)
		return 0;
	assert_int_equal(umount(fs_dir), 0);
	return folder_teardown(&dir);
}

/* --- a pool on it --- */

static int setup(void **state)
{
	struct fixture *f;
	struct pool_config config = {.name = "main", .driver = "reflink"};

	if (!fs_dir)
		return 0;
	f = xcalloc(1, sizeof(*f));
	f->pool_dir = xasprintf("%s/pool", fs_dir);
	config.location = f->pool_dir;
	assert_int_equal(mkdir(f->pool_dir, 0755), 0);
	assert_int_equal(pool_reflink.open(&f->ctx, &config, &f->pool, &f->err), 0);
	*state = f;
	return 0;
}

/* No device is left behind, or the file system could not be unmounted. */
static int teardown(void **state)
{
	struct fixture *f = *state;
	cleanup_strv struct strv ids = STRV_INIT;

	if (!f)
		return 0;
	assert_int_equal(pool_reflink.list(f->pool, &ids, &f->err), 0);
	for (size_t i = 0; i < ids.n; i++)
		assert_int_equal(pool_reflink.release(f->pool, ids.v[i], &f->err), 0);
	pool_reflink.close(f->pool);
	assert_int_equal(tree_remove(f->pool_dir), 0);
	free(f->pool_dir);
	free(f);
	return 0;
}

#define need_fs(f)                                                                       \
	do {                                                                             \
		if (!(f))                                                                \
			skip();                                                          \
	} while (0)

static int apply(struct fixture *f, enum pool_step_kind kind, const char *from,
		 const char *to, uint64_t size, bool readonly)
{
	struct pool_step step = {.kind = kind, .size = size, .readonly = readonly};

	snprintf(step.from, sizeof(step.from), "%s", from);
	snprintf(step.to, sizeof(step.to), "%s", to);
	return pool_reflink.apply(f->pool, &step, 1, &f->err);
}

static char *path_of(const struct fixture *f, const char *id)
{
	return xasprintf("%s/%s.img", f->pool_dir, id);
}

static void fill(const char *path, off_t at, size_t n, char c)
{
	char block[4096];
	cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	memset(block, c, sizeof(block));
	assert_true(fd >= 0);
	for (size_t i = 0; i < n; i++, at += (off_t)sizeof(block))
		assert_int_equal(pwrite(fd, block, sizeof(block), at), sizeof(block));
	assert_int_equal(fsync(fd), 0);
}

static void put(const char *path, off_t at, char c)
{
	fill(path, at, 1, c);
}

static char get(const char *path, off_t at)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	char c = 1;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &c, 1, at), 1);
	return c;
}

static uint64_t device_size(const struct block_dev *dev)
{
	cleanup_close int fd = open(dev->path, O_RDONLY | O_CLOEXEC);
	uint64_t size = 0;

	assert_true(fd >= 0);
	assert_int_equal(ioctl(fd, BLKGETSIZE64, &size), 0);
	return size;
}

static void creates(void **state)
{
	struct fixture *f = *state;
	struct vol_stat st;

	need_fs(f);
	assert_int_equal(apply(f, POOL_CREATE, "", "v1-g1", 64 * MIB, false), 0);
	assert_int_equal(pool_reflink.stat(f->pool, "v1-g1", &st, &f->err), 0);
	assert_int_equal(st.size, 64 * MIB);
	assert_true(st.used < MIB);
	assert_int_equal(apply(f, POOL_CREATE, "", "v1-g1", MIB, false), -QVM_E_EXISTS);
	assert_string_equal(
		f->err.text,
		"cannot create the volume 'v1-g1': the volume 'v1-g1' exists");
	assert_int_equal(pool_reflink.stat(f->pool, "v1-g1", &st, &f->err), 0);
	assert_int_equal(st.size, 64 * MIB);
	assert_int_equal(pool_reflink.stat(f->pool, "v9-g1", &st, &f->err),
			 -QVM_E_NOT_FOUND);
	assert_int_equal(pool_reflink.stat(f->pool, "../x", &st, &f->err), -QVM_E_VALUE);
}

static void snapshots_share_and_part(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *live = NULL, *rev = NULL, *next = NULL;
	struct pool_usage before, after;

	need_fs(f);
	live = path_of(f, "v1-g1");
	rev = path_of(f, "v1-r1");
	next = path_of(f, "v2-g1");
	assert_int_equal(apply(f, POOL_CREATE, "", "v1-g1", 32 * MIB, false), 0);
	fill(live, 0, 32 * MIB / 4096, 'a');
	assert_int_equal(pool_reflink.usage(f->pool, &before, &f->err), 0);
	assert_int_equal(apply(f, POOL_SNAPSHOT, "v1-g1", "v1-r1", 0, true), 0);
	assert_int_equal(apply(f, POOL_SNAPSHOT, "v1-r1", "v2-g1", 0, false), 0);
	assert_int_equal(pool_reflink.usage(f->pool, &after, &f->err), 0);
	assert_true(after.used < before.used + 8 * MIB);
	assert_true(before.used < before.size && before.size > 100 * MIB);
	put(live, 4096, 'b');
	put(next, 8192, 'c');
	assert_int_equal(get(rev, 4096), 'a');
	assert_int_equal(get(next, 4096), 'a');
	assert_int_equal(get(rev, 8192), 'a');
	assert_int_equal(get(live, 8192), 'a');
	assert_int_equal(get(live, 4096), 'b');
	assert_int_equal(apply(f, POOL_SNAPSHOT, "v1-g1", "v1-r1", 0, true),
			 -QVM_E_EXISTS);
	assert_int_equal(get(rev, 4096), 'a');
	assert_int_equal(apply(f, POOL_SNAPSHOT, "v8-g1", "v8-r1", 0, true),
			 -QVM_E_NOT_FOUND);
	assert_non_null(strstr(f->err.text, "there is no volume 'v8-g1'"));
}

/* What differs between two revisions, and nothing else to speak of. */
static void differences(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *live = NULL;
	cleanup_free struct pool_range *v = NULL;
	size_t n = 0, found = 0;
	uint64_t sum = 0;

	need_fs(f);
	live = path_of(f, "v1-g1");
	assert_int_equal(apply(f, POOL_CREATE, "", "v1-g1", 32 * MIB, false), 0);
	fill(live, 0, 16 * MIB / 4096, 'a');
	assert_int_equal(apply(f, POOL_SNAPSHOT, "v1-g1", "v1-r1", 0, true), 0);
	assert_int_equal(pool_reflink.delta(f->pool, "v1-r1", "v1-g1", &v, &n, &f->err),
			 0);
	assert_int_equal(n, 0);
	free(steal(v));
	put(live, 4 * MIB, 'b');
	put(live, 20 * MIB, 'c');
	assert_int_equal(apply(f, POOL_SNAPSHOT, "v1-g1", "v1-r2", 0, true), 0);
	assert_int_equal(pool_reflink.delta(f->pool, "v1-r1", "v1-r2", &v, &n, &f->err),
			 0);
	for (size_t i = 0; i < n; i++) {
		sum += v[i].len;
		found += v[i].at <= 4 * MIB && v[i].at + v[i].len >= 4 * MIB + 4096;
		found += v[i].at <= 20 * MIB && v[i].at + v[i].len >= 20 * MIB + 4096;
	}
	assert_int_equal(found, 2);
	assert_true(sum <= MIB);
	assert_true(pool_reflink.delta(f->pool, "v1-r9", "v1-r2", &v, &n, &f->err) < 0);
}

static void devices(void **state)
{
	struct fixture *f = *state;
	struct block_dev dev, again, rev;
	cleanup_free char *file = NULL;
	cleanup_close int fd = -1;

	need_fs(f);
	file = path_of(f, "v1-g1");
	assert_int_equal(apply(f, POOL_CREATE, "", "v1-g1", 8 * MIB, false), 0);
	assert_int_equal(apply(f, POOL_SNAPSHOT, "v1-g1", "v1-r1", 0, true), 0);
	assert_int_equal(pool_reflink.device(f->pool, "v1-g1", &dev, &f->err), 0);
	assert_int_equal(device_size(&dev), 8 * MIB);
	assert_int_equal(pool_reflink.device(f->pool, "v1-g1", &again, &f->err), 0);
	assert_string_equal(again.path, dev.path);
	assert_int_equal(again.minor, dev.minor);
	put(dev.path, 4096, 'x');
	assert_int_equal(get(file, 4096), 'x');

	assert_int_equal(pool_reflink.device(f->pool, "v1-r1", &rev, &f->err), 0);
	assert_int_not_equal(rev.minor, dev.minor);
	assert_int_equal(get(rev.path, 4096), 0);
	/* Even root's write ends there. */
	fd = open(rev.path, O_WRONLY | O_CLOEXEC);
	assert_true(fd < 0 || pwrite(fd, "y", 1, 0) < 0 || fsync(fd) < 0);

	assert_int_equal(pool_reflink.device(f->pool, "v9-g1", &rev, &f->err),
			 -QVM_E_NOT_FOUND);
	assert_non_null(strstr(f->err.text, "'v9-g1'"));
	assert_int_equal(pool_reflink.device(f->pool, "a/b", &rev, &f->err),
			 -QVM_E_VALUE);
}

static bool has_device(const struct fixture *f, const char *id)
{
	cleanup_free char *path = path_of(f, id);
	struct block_dev dev;
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return loop_find(&st, false, &dev) == 0;
}

static void releases(void **state)
{
	struct fixture *f = *state;
	struct block_dev dev, again;
	int fd;

	need_fs(f);
	assert_int_equal(apply(f, POOL_CREATE, "", "v1-g1", MIB, false), 0);
	assert_int_equal(pool_reflink.release(f->pool, "v1-g1", &f->err), 0);
	assert_int_equal(pool_reflink.release(f->pool, "v7-g1", &f->err), 0);
	assert_int_equal(pool_reflink.device(f->pool, "v1-g1", &dev, &f->err), 0);
	assert_true(has_device(f, "v1-g1"));
	assert_int_equal(pool_reflink.release(f->pool, "v1-g1", &f->err), 0);
	assert_false(has_device(f, "v1-g1"));

	/* In use: it goes with the last user, unless it was wanted again by then. */
	assert_int_equal(pool_reflink.device(f->pool, "v1-g1", &dev, &f->err), 0);
	fd = open(dev.path, O_RDWR | O_CLOEXEC);
	assert_int_equal(pool_reflink.release(f->pool, "v1-g1", &f->err), 0);
	assert_true(has_device(f, "v1-g1"));
	assert_int_equal(pool_reflink.device(f->pool, "v1-g1", &again, &f->err), 0);
	assert_int_equal(again.minor, dev.minor);
	close(fd);
	assert_true(has_device(f, "v1-g1"));
	fd = open(dev.path, O_RDWR | O_CLOEXEC);
	assert_int_equal(pool_reflink.release(f->pool, "v1-g1", &f->err), 0);
	close(fd);
	assert_false(has_device(f, "v1-g1"));
}

static void removes(void **state)
{
	struct fixture *f = *state;
	struct block_dev dev;
	struct vol_stat st;
	int fd;

	need_fs(f);
	assert_int_equal(apply(f, POOL_CREATE, "", "v1-g1", MIB, false), 0);
	assert_int_equal(pool_reflink.device(f->pool, "v1-g1", &dev, &f->err), 0);
	fd = open(dev.path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(apply(f, POOL_REMOVE, "", "v1-g1", 0, false), -QVM_E_BUSY);
	assert_non_null(strstr(f->err.text, "cannot remove the volume 'v1-g1'"));
	assert_int_equal(pool_reflink.stat(f->pool, "v1-g1", &st, &f->err), 0);
	close(fd);
	assert_int_equal(apply(f, POOL_REMOVE, "", "v1-g1", 0, false), 0);
	assert_int_equal(pool_reflink.stat(f->pool, "v1-g1", &st, &f->err),
			 -QVM_E_NOT_FOUND);
	assert_int_equal(apply(f, POOL_REMOVE, "", "v1-g1", 0, false), 0);
}

static void resizes_live(void **state)
{
	struct fixture *f = *state;
	struct block_dev dev;
	struct vol_stat st;

	need_fs(f);
	assert_int_equal(apply(f, POOL_CREATE, "", "v1-g1", 4 * MIB, false), 0);
	assert_int_equal(apply(f, POOL_RESIZE, "", "v1-g1", 6 * MIB, false), 0);
	assert_int_equal(pool_reflink.device(f->pool, "v1-g1", &dev, &f->err), 0);
	assert_int_equal(apply(f, POOL_RESIZE, "", "v1-g1", 16 * MIB, false), 0);
	assert_int_equal(device_size(&dev), 16 * MIB);
	assert_int_equal(pool_reflink.stat(f->pool, "v1-g1", &st, &f->err), 0);
	assert_int_equal(st.size, 16 * MIB);
	assert_int_equal(apply(f, POOL_RESIZE, "", "v9-g1", MIB, false),
			 -QVM_E_NOT_FOUND);
}

/* What a guest discards, the file system has again. */
static void passes_discards_down(void **state)
{
	struct fixture *f = *state;
	struct block_dev dev;
	struct vol_stat full, empty;
	cleanup_free char *file = NULL;
	uint64_t range[2] = {0, 8 * MIB};
	cleanup_close int fd = -1;

	need_fs(f);
	file = path_of(f, "v1-g1");
	assert_int_equal(apply(f, POOL_CREATE, "", "v1-g1", 8 * MIB, false), 0);
	fill(file, 0, 8 * MIB / 4096, 'a');
	assert_int_equal(pool_reflink.stat(f->pool, "v1-g1", &full, &f->err), 0);
	assert_true(full.used >= 8 * MIB);
	assert_int_equal(pool_reflink.device(f->pool, "v1-g1", &dev, &f->err), 0);
	fd = open(dev.path, O_RDWR | O_CLOEXEC);
	assert_int_equal(ioctl(fd, BLKDISCARD, range), 0);
	assert_int_equal(pool_reflink.stat(f->pool, "v1-g1", &empty, &f->err), 0);
	assert_true(empty.used < MIB);
}

static void lists(void **state)
{
	static const char *const others[] = {"notes.txt", ".img",	"-a.img",
					     "a b.img",	  "v1.img.new", "v1-g2"};
	struct fixture *f = *state;
	cleanup_strv struct strv ids = STRV_INIT;

	need_fs(f);
	assert_int_equal(apply(f, POOL_CREATE, "", "v2-g1", MIB, false), 0);
	assert_int_equal(apply(f, POOL_CREATE, "", "v1-g1", MIB, false), 0);
	for (size_t i = 0; i < array_len(others); i++) {
		cleanup_free char *path = xasprintf("%s/%s", f->pool_dir, others[i]);

		assert_int_equal(file_replace(path, "x", 1, 0600, 0), 0);
	}
	for (int i = 0; i < 2; i++) { /* the second time as well */
		strv_dispose(&ids);
		assert_int_equal(pool_reflink.list(f->pool, &ids, &f->err), 0);
		strv_sort(&ids);
		assert_int_equal(ids.n, 2);
		assert_string_equal(ids.v[0], "v1-g1");
		assert_string_equal(ids.v[1], "v2-g1");
	}
}

/* Nothing follows a link out of the folder. */
static void follows_no_links(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *link = NULL, *target = NULL;
	struct block_dev dev;

	need_fs(f);
	link = path_of(f, "v5-g1");
	target = xasprintf("%s/target", fs_dir);
	assert_int_equal(file_replace(target, "keep", 4, 0600, 0), 0);
	assert_int_equal(symlink(target, link), 0);
	assert_int_equal(pool_reflink.device(f->pool, "v5-g1", &dev, &f->err),
			 -QVM_E_STORAGE);
	assert_int_equal(apply(f, POOL_SNAPSHOT, "v5-g1", "v5-r1", 0, true),
			 -QVM_E_STORAGE);
	assert_int_equal(apply(f, POOL_RESIZE, "", "v5-g1", MIB, false), -QVM_E_STORAGE);
	assert_int_equal(apply(f, POOL_CREATE, "", "v5-g1", MIB, false), -QVM_E_EXISTS);
	assert_int_equal(get(target, 0), 'k');
	assert_int_equal(unlink(link), 0);
}

static void batches(void **state)
{
	static const struct pool_step steps[] = {
		{.kind = POOL_CREATE, .to = "v1-g1", .size = MIB},
		{.kind = POOL_SNAPSHOT, .from = "v1-g1", .to = "v1-r1", .readonly = true},
		{.kind = POOL_SNAPSHOT, .from = "v1-g1", .to = "v1-r1", .readonly = true},
		{.kind = POOL_CREATE, .to = "v2-g1", .size = MIB},
	};
	struct fixture *f = *state;
	cleanup_strv struct strv ids = STRV_INIT;

	need_fs(f);
	assert_int_equal(pool_reflink.apply(f->pool, steps, 4, &f->err), -QVM_E_EXISTS);
	assert_non_null(strstr(f->err.text, "cannot make the volume 'v1-r1' from"));
	assert_int_equal(pool_reflink.list(f->pool, &ids, &f->err), 0);
	assert_int_equal(ids.n, 2);
}

/* Full: nothing is added, and removing still works. */
static void guards_a_full_folder(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *ballast = NULL;
	struct pool_usage u;
	cleanup_close int fd = -1;

	need_fs(f);
	ballast = xasprintf("%s/ballast", f->pool_dir);
	assert_int_equal(apply(f, POOL_CREATE, "", "v1-g1", MIB, false), 0);
	fd = open(ballast, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	for (uint64_t len = 128 * MIB, at = 0; len >= MIB;)
		if (fallocate(fd, 0, (off_t)at, (off_t)len) == 0)
			at += len;
		else
			len /= 2;
	assert_int_equal(fsync(fd), 0);
	assert_int_equal(pool_reflink.usage(f->pool, &u, &f->err), 0);
	assert_int_equal(apply(f, POOL_CREATE, "", "v2-g1", MIB, false), -QVM_E_NO_SPACE);
	assert_non_null(strstr(f->err.text, "is nearly full"));
	assert_int_equal(apply(f, POOL_SNAPSHOT, "v1-g1", "v2-g1", 0, false),
			 -QVM_E_NO_SPACE);
	assert_int_equal(apply(f, POOL_REMOVE, "", "v1-g1", 0, false), 0);
}

/* --- without a file system of our own --- */

static void opens(void **state)
{
	static const char *const bad[] = {"", "vg/pool", "./pool"};
	struct qvm_ctx ctx = {0};
	struct qvm_err err = {0};
	void *pool;

	(void)state;
	for (size_t i = 0; i < array_len(bad); i++) {
		struct pool_config config = {"main", "reflink", bad[i]};

		assert_int_equal(pool_reflink.open(&ctx, &config, &pool, &err),
				 -QVM_E_VALUE);
		assert_non_null(strstr(err.text, "'main'"));
	}
}

static void refuses_folders(void **state)
{
	char *open_to_all = xasprintf("%s/all", (char *)*state);
	struct pool_config absent = {"main", "reflink", "/nonexistent"};
	struct pool_config shared = {"main", "reflink", open_to_all};
	struct pool_config wrong = {"main", "reflink", "/proc"};
	struct pool_config memory = {"main", "reflink", "/dev/shm"};
	struct qvm_ctx ctx = {0};
	struct qvm_err err = {0};
	void *pool;

	assert_int_equal(mkdir(open_to_all, 0755), 0);
	assert_int_equal(chmod(open_to_all, 0777), 0);
	assert_int_equal(pool_reflink.open(&ctx, &absent, &pool, &err), -QVM_E_NOT_FOUND);
	assert_int_equal(pool_reflink.open(&ctx, &shared, &pool, &err),
			 -QVM_E_PERMISSION);
	assert_true(pool_reflink.open(&ctx, &wrong, &pool, &err) < 0);
	/* A folder in memory: who may write into it is asked first. */
	free(open_to_all);
	open_to_all = xasprintf("/dev/shm/qvm-test-%d", (int)getpid());
	memory.location = open_to_all;
	if (mkdir(open_to_all, 0700) == 0) {
		assert_int_equal(pool_reflink.open(&ctx, &memory, &pool, &err),
				 -QVM_E_UNSUPPORTED);
		assert_non_null(strstr(err.text, "which is tmpfs"));
		assert_int_equal(rmdir(open_to_all), 0);
	}
	free(open_to_all);
}

#define on_fs(fn)                                                                        \
	{                                                                                \
#fn, fn, setup, teardown, NULL                                           \
	}

static const struct CMUnitTest fs_tests[] = {
	on_fs(creates),	     on_fs(snapshots_share_and_part),
	on_fs(differences),  on_fs(devices),
	on_fs(releases),     on_fs(removes),
	on_fs(resizes_live), on_fs(passes_discards_down),
	on_fs(lists),	     on_fs(follows_no_links),
	on_fs(batches),	     on_fs(guards_a_full_folder),
};

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens),
		in_folder(refuses_folders),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	failed += cmocka_run_group_tests_name("btrfs", fs_tests, btrfs_setup, fs_gone);
	failed += cmocka_run_group_tests_name("xfs", fs_tests, xfs_setup, fs_gone);
	return failed;
}
