/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Repositories that somebody has changed: noticed, and never a wrong byte. */
#include "tests/unit/backup_vault.h"

/* The only pack, or snapshot, of a repository: its path. */
static char *file_of(const char *path, const char *pattern)
{
	char *command = xasprintf("ls -d %s/%s", path, pattern);
	FILE *f = popen(command, "r");
	char line[512] = "";

	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	pclose(f);
	free(command);
	line[strcspn(line, "\n")] = '\0';
	return xstrdup(line);
}

static void save(const char *path, const struct image *im)
{
	struct qvm_err err = QVM_ERR_INIT;
	struct repo r;

	assert_int_equal(repo_open(path, VAULT_WRITE, &r, &err), 0);
	assert_int_equal(image_save(&r, im, NULL, NULL, 0, &err), 0);
	repo_close(&r);
}

static void refused(const char *path, const struct image *im)
{
	struct qvm_err err = QVM_ERR_INIT;

	assert_true(image_restore(path, NULL, VAULT_FILL, im, &err) < 0);
	assert_true(err.text[0]);
	assert_true(image_restore(path, NULL, VAULT_CHECK, im, &err) < 0);
}

static void flip(int fd, size_t at, uint8_t with)
{
	uint8_t byte;

	assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
	byte ^= with;
	assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
}

static void every_byte_of(const char *path, const char *file, size_t from, size_t to,
			  const struct image *im)
{
	int fd = open(file, O_RDWR);

	assert_true(fd >= 0);
	for (size_t at = from; at < to; at++) {
		uint8_t with = (uint8_t)(1u << (at % 8));

		flip(fd, at, with);
		refused(path, im);
		flip(fd, at, with);
	}
	close(fd);
}

/* Head and table, the first chunk, the last one: the list. */
static void every_byte(void **state)
{
	char *path = xasprintf("%s/repo", (const char *)*state), *pack, *snapshot,
	     *config;
	struct image im = whole(700);
	struct qvm_err err;
	struct stat st;

	repo_make(path, &cheap);
	save(path, &im);
	assert_int_equal(image_restore(path, NULL, VAULT_FILL, &im, &err), 0);
	pack = file_of(path, "packs/*/*");
	snapshot = file_of(path, "snapshots/*");
	config = file_of(path, "config");
	assert_int_equal(stat(pack, &st), 0);
	every_byte_of(path, pack, 0, (size_t)st.st_size, &im);
	assert_int_equal(stat(snapshot, &st), 0);
	every_byte_of(path, snapshot, 0, (size_t)st.st_size, &im);
	every_byte_of(path, config, 0, VAULT_CONFIG, &im);
	assert_int_equal(image_restore(path, NULL, VAULT_FILL, &im, &err), 0);
	free(pack);
	free(snapshot);
	free(config);
	free(im.data);
	free(path);
}

static void cut(void **state)
{
	char *path = xasprintf("%s/repo", (const char *)*state), *files[3];
	struct image im = whole(3 * CHUNK + 5);

	repo_make(path, &cheap);
	save(path, &im);
	files[0] = file_of(path, "packs/*/*");
	files[1] = file_of(path, "snapshots/*");
	files[2] = file_of(path, "config");
	for (size_t i = 0; i < array_len(files); i++) {
		cleanup_buf struct buf all = BUF_INIT;
		size_t step;

		assert_int_equal(file_read(files[i], 1 << 20, &all), 0);
		step = all.len / 60 + 1;
		for (size_t len = 0; len < all.len; len += step) {
			assert_int_equal(file_replace(files[i], all.data, len, 0600, 0),
					 0);
			refused(path, &im);
		}
		assert_int_equal(truncate(files[i], (off_t)all.len - 1), 0);
		refused(path, &im);
		unlink(files[i]);
		refused(path, &im);
		assert_int_equal(file_replace(files[i], all.data, all.len, 0600, 0), 0);
		free(files[i]);
	}
	free(im.data);
	free(path);
}

/* Where the chunks of the pack are: its table cannot be read here, but three are as long. */
static void swap_chunks(void **state)
{
	char *path = xasprintf("%s/repo", (const char *)*state), *pack;
	size_t len = CHUNK + 1 + VAULT_SEAL_EXTRA, first;
	struct image im = whole(3 * (size_t)CHUNK);
	cleanup_buf struct buf all = BUF_INIT;
	uint8_t *a, *b, *copy = xcalloc(1, len);

	repo_make(path, &cheap);
	save(path, &im);
	pack = file_of(path, "packs/*/*");
	assert_int_equal(file_read(pack, 1 << 20, &all), 0);
	first = 12 + 4 * (VAULT_ID + 4) + VAULT_SEAL_EXTRA;
	a = (uint8_t *)all.data + first;
	b = a + len;
	memcpy(copy, a, len);
	memcpy(a, b, len);
	memcpy(b, copy, len);
	assert_int_equal(file_replace(pack, all.data, all.len, 0600, 0), 0);
	refused(path, &im);
	/* One in place of another. */
	memcpy(a, copy, len);
	assert_int_equal(file_replace(pack, all.data, all.len, 0600, 0), 0);
	refused(path, &im);
	memcpy(b, b + len, len);
	assert_int_equal(file_replace(pack, all.data, all.len, 0600, 0), 0);
	refused(path, &im);
	free(copy);
	free(pack);
	free(im.data);
	free(path);
}

/* Files of one repository under names of others, and of another with the same passphrase. */
static void spliced(void **state)
{
	char *a = xasprintf("%s/a", (const char *)*state);
	char *b = xasprintf("%s/b", (const char *)*state);
	struct image im = whole(2 * CHUNK), other = whole(2 * CHUNK);
	static const char *const steps[] = {
		/* another's pack, snapshot, or config */
		"cp b/packs/*/* $(ls a/packs/*/*)",
		"cp b/snapshots/* $(ls a/snapshots/*)",
		"cp b/config a/config",
		"rm a/snapshots/*; cp b/snapshots/* a/snapshots",
		/* its own under another name */
		"mv a/snapshots/* a/snapshots/20990101T000000-01234567",
		"set -- a/packs/*/*; mkdir -p a/packs/00; mv $1 "
		"a/packs/00/00112233445566778899aabbccddeeff",
		"set -- a/packs/*/*; rm $1; mkfifo $1",
		"set -- a/packs/*/*; mv $1 a/x; ln -s ../../x $1",
	};

	for (size_t i = 0; i < array_len(steps); i++) {
		char *command =
			xasprintf("cd %s && { %s; }", (const char *)*state, steps[i]);

		assert_int_equal(tree_remove(a), 0);
		assert_int_equal(tree_remove(b), 0);
		repo_make(a, &cheap);
		repo_make(b, &cheap);
		save(a, &im);
		save(b, &other);
		assert_int_equal(system(command), 0);
		refused(a, &im);
		free(command);
	}
	free(im.data);
	free(other.data);
	free(a);
	free(b);
}

/* A damaged pack is passed over; what is in others can be had, and is stored again. */
static void repaired(void **state)
{
	char *path = xasprintf("%s/repo", (const char *)*state), *pack;
	struct image im = whole(2 * CHUNK);
	struct qvm_err err = QVM_ERR_INIT;
	struct repo r;

	repo_make(path, &cheap);
	save(path, &im);
	pack = file_of(path, "packs/*/*");
	assert_int_equal(truncate(pack, 100), 0);
	refused(path, &im);
	assert_int_equal(repo_open(path, VAULT_WRITE, &r, &err), 0);
	assert_int_equal(vault_damaged_packs(r.v), 1);
	assert_int_equal(image_save(&r, &im, NULL, NULL, 0, &err), 0);
	repo_close(&r);
	assert_int_equal(image_restore(path, NULL, VAULT_FILL, &im, &err), 0);
	free(pack);
	free(im.data);
	free(path);
}

/* What the helper may ask of the folder. */
static void names(void **state)
{
	static const char *const bad[] = {
		"",
		"lock",
		"../config",
		"packs/../config",
		"packs/0123456789abcdef0123456789abcde",
		"packs/0123456789abcdef0123456789abcdeF",
		"packs/0123456789abcdef0123456789abcdef0",
		"snapshots/20260405T123456-0123abc",
		"snapshots/20260405-123456-0123abcd",
		"snapshots/../../../../etc/passwd//",
		"tmp/config.1",
		"/etc/passwd",
	};
	char *path = xasprintf("%s/repo", (const char *)*state);
	struct vault_dir dir = VAULT_DIR_INIT;
	struct vault_store store;
	struct qvm_err err;
	int fd = -1;

	repo_make(path, &cheap);
	assert_int_equal(vault_dir_open(path, VAULT_ALONE, &dir, &err), 0);
	store = vault_dir_store(&dir);
	for (size_t i = 0; i < array_len(bad); i++) {
		assert_true(store.open(&dir, bad[i], 0, &fd, &err) < 0);
		assert_true(store.create(&dir, bad[i], &fd, &err) < 0);
		assert_true(store.keep(&dir, bad[i], &err) < 0);
		assert_true(store.remove(&dir, bad[i], &err) < 0);
	}
	assert_true(store.remove(&dir, "config", &err) < 0);
	vault_dir_close(&dir);
	assert_int_equal(vault_dir_open(path, VAULT_READ, &dir, &err), 0);
	assert_true(store.create(&dir, "config", &fd, &err) < 0);
	assert_int_equal(store.open(&dir, "config", 0, &fd, &err), 0);
	close(fd);
	vault_dir_close(&dir);
	/* A folder with something in it is left alone. */
	assert_int_equal(vault_dir_make(*state, &dir, &err), -QVM_E_EXISTS);
	vault_dir_close(&dir);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(every_byte), in_folder(cut),	    in_folder(swap_chunks),
		in_folder(spliced),    in_folder(repaired), in_folder(names),
	};

	in_memory();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
