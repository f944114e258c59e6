/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Repositories of the tests' own, and images to put into them. */
#ifndef QVM_TESTS_UNIT_BACKUP_VAULT_H
#define QVM_TESTS_UNIT_BACKUP_VAULT_H

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/vault.h"
#include "backup/vault_dir.h"
#include "tests/unit/test.h"

#define PASS "correct horse"
static const struct secret repo_pass = {PASS, sizeof(PASS) - 1};
#define CHUNK (1u << VAULT_CHUNK_LOG_MIN)

static const struct vault_config cheap = {
	.passes = 1, .kib = 64, .chunk_log = VAULT_CHUNK_LOG_MIN};

/* Of the test's last snapshot; each is a second later than the one before. */
static char saved[VAULT_STAMP];
static int64_t now = 1700000000;

struct repo {
	struct vault_dir dir;
	struct vault_store store;
	struct vault *v;
};

static inline void repo_close(struct repo *r)
{
	vault_free(r->v);
	vault_dir_close(&r->dir);
	*r = (struct repo){.dir = VAULT_DIR_INIT};
}

static inline void repo_make(const char *path, const struct vault_config *config)
{
	struct vault_dir dir = VAULT_DIR_INIT;
	struct vault_store store;
	struct qvm_err err;

	assert_true(vault_crypt_begin());
	assert_int_equal(vault_dir_make(path, &dir, &err), 0);
	store = vault_dir_store(&dir);
	assert_int_equal(vault_create(&store, config, &repo_pass, &err), 0);
	vault_dir_close(&dir);
}

static inline int repo_open(const char *path, enum vault_use use, struct repo *ret,
			    struct qvm_err *err)
{
	int r;

	*ret = (struct repo){.dir = VAULT_DIR_INIT};
	r = vault_dir_open(path, use, &ret->dir, err);
	ret->store = vault_dir_store(&ret->dir);
	if (r == 0)
		r = vault_open(&ret->store, &repo_pass, &ret->v, err);
	if (r == 0)
		r = vault_index(ret->v, err);
	if (r < 0)
		repo_close(ret);
	return r;
}

/* ---- images ---- */

struct image {
	uint8_t *data;
	size_t size;
	struct pool_range ranges[8];
	size_t range_count;
};

static uint64_t seed = 1;

static inline size_t random_below(size_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return n ? (size_t)(seed >> 33) % n : 0;
}

static inline void image_scribble(struct image *im, size_t at, size_t len, unsigned kinds)
{
	for (size_t k = 0; k < len; k++)
		im->data[at + k] = (uint8_t)random_below(kinds);
}

/* Odd sizes, holes, zeros that are no holes, nothing at all. */
static inline void image_make(struct image *im, size_t most)
{
	size_t at = 0;

	*im = (struct image){.size = random_below(4) ? random_below(most)
						     : random_below(3) * CHUNK};
	im->data = xcalloc(1, im->size + 1);
	for (size_t i = 0; i < 8 && at < im->size; i++) {
		size_t from = at + random_below(im->size - at + 1);
		size_t len = random_below(im->size - from + 1);

		if (!len)
			continue;
		im->ranges[im->range_count++] = (struct pool_range){from, len};
		image_scribble(im, from, len, i % 3 == 2 ? 1 : i % 3 ? 256 : 3);
		at = from + len;
	}
}

static inline int image_fd(const struct image *im)
{
	int fd = memfd_create("image", MFD_CLOEXEC);

	assert_int_equal(fd_write_all(fd, im->data, im->size), 0);
	return fd;
}

/* As the only volume of a new snapshot, or a negative error. */
static inline int image_save(struct repo *r, const struct image *im,
			     const struct vault_volume *parent,
			     const struct pool_range *changed, size_t changed_count,
			     struct qvm_err *err)
{
	int fd = image_fd(im);
	const struct vault_source src = {
		.fd = fd,
		.size = im->size,
		.ranges = im->ranges,
		.range_count = im->range_count,
		.parent = parent,
		.changed = changed,
		.changed_count = changed_count,
	};
	struct vault_snapshot s = {.time = now++};
	struct vault_volume *vol = &array_grow(s.volumes, s.volume_count);
	int result;

	s.volume_count++;
	vol->path = xstrdup("vm7/private.img");
	vol->key = xstrdup("key 1");
	s.meta = xstrdup("d work AppVM\n");
	result = vault_save(r->v, &src, vol, err);
	if (result == 0)
		result = vault_commit(r->v, &s, err);
	memcpy(saved, s.name, sizeof(saved));
	vault_snapshot_dispose(&s);
	close(fd);
	return result;
}

/* 0: the volume is as IM; 1: it is something else; or a negative error. */
static inline int image_compare(struct repo *r, const struct vault_volume *vol,
				enum vault_how how, const struct image *im,
				struct qvm_err *err)
{
	int fd = memfd_create("restored", MFD_CLOEXEC), result;
	uint8_t *got = xcalloc(1, im->size + 1);
	struct stat st;
	bool wrong;

	if (how == VAULT_FILL)
		assert_int_equal(ftruncate(fd, (off_t)vol->size), 0);
	result = vault_load(r->v, vol, how, fd, 100, err);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	wrong = vol->size != im->size;
	if (result == 0 && how != VAULT_CHECK)
		wrong = wrong || (size_t)st.st_size != im->size ||
			fd_read_exactly(fd, got, im->size) < 0 ||
			memcmp(got, im->data, im->size) != 0;
	free(got);
	close(fd);
	return result < 0 ? result : wrong;
}

/* The same of a snapshot (NULL: the newest) in PATH, opened anew. */
static inline int image_restore(const char *path, const char *snapshot,
				enum vault_how how, const struct image *im,
				struct qvm_err *err)
{
	cleanup_snapshot struct vault_snapshot s = {0};
	char name[VAULT_STAMP];
	struct repo r;
	int result = repo_open(path, VAULT_READ, &r, err);

	if (result < 0)
		return result;
	result = vault_snapshot_find(r.v, snapshot, name, err);
	if (result == 0)
		result = vault_snapshot_get(r.v, name, &s, err);
	if (result == 0)
		result = s.volume_count == 1 &&
					 strcmp(s.volumes[0].path, "vm7/private.img") == 0
				 ? image_compare(&r, &s.volumes[0], how, im, err)
				 : 1;
	repo_close(&r);
	return result;
}

/* Saves it by itself; how much that added. */
static inline uint64_t stored_by(const char *path, const struct image *im,
				 const struct vault_volume *parent,
				 const struct pool_range *changed, size_t n)
{
	struct qvm_err err = QVM_ERR_INIT;
	struct repo r;
	uint64_t stored;

	assert_int_equal(repo_open(path, VAULT_WRITE, &r, &err), 0);
	assert_int_equal(image_save(&r, im, parent, changed, n, &err), 0);
	stored = vault_stored(r.v);
	repo_close(&r);
	return stored;
}

static inline struct image whole(size_t size)
{
	struct image im = {.size = size, .ranges = {{0, size}}, .range_count = 1};

	im.data = xcalloc(1, size);
	image_scribble(&im, 0, size, 256);
	return im;
}

/* Most of their time is waiting for a disk; that they wait, the lab shows. */
static inline void in_memory(void)
{
	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 0);
}

#endif
