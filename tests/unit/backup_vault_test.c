/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Repositories: what goes in comes out, costs nothing twice, and can be cleaned up. */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/unit/backup_vault.h"

/* ---- config ---- */

static void config_every_byte(void **state unused)
{
	uint8_t good[VAULT_CONFIG], bad[VAULT_CONFIG];
	struct vault_config c;
	struct vault_keys k;
	struct qvm_err err;

	assert_true(vault_crypt_begin());
	assert_int_equal(vault_config_seal(&cheap, PASS, 4, good, &k, &err), 0);
	assert_int_equal(vault_config_open(good, sizeof(good), PASS, 4, &c, &k, &err), 0);
	assert_int_equal(c.chunk_log, cheap.chunk_log);
	assert_int_equal(vault_config_open(good, sizeof(good), PASS, 5, &c, &k, &err),
			 -QVM_E_PERMISSION);
	for (size_t i = 0; i < sizeof(good); i++) {
		memcpy(bad, good, sizeof(good));
		bad[i] ^= 1;
		assert_true(vault_config_open(bad, sizeof(bad), PASS, 4, &c, &k, &err) <
			    0);
		assert_true(vault_config_open(good, i, PASS, 4, &c, &k, &err) < 0);
	}
}

/* Refused before it costs anything. */
static void config_bombs(void **state unused)
{
	static const uint32_t costs[][2] = {{1u << 30, 64}, {1, 1u << 31},
					    {0, 64},	    {1, 1},
					    {17, 64},	    {1, VAULT_KIB_MAX + 1}};
	uint8_t data[VAULT_CONFIG];
	struct vault_config c;
	struct vault_keys k;
	struct qvm_err err;

	assert_true(vault_crypt_begin());
	assert_int_equal(vault_config_seal(&cheap, PASS, 4, data, &k, &err), 0);
	for (size_t i = 0; i < array_len(costs); i++) {
		vault_put32(data + 12, costs[i][0]);
		vault_put32(data + 16, costs[i][1]);
		assert_int_equal(
			vault_config_open(data, sizeof(data), PASS, 4, &c, &k, &err),
			-QVM_E_VALUE);
		assert_non_null(strstr(err.text, "out of bounds"));
		c = (struct vault_config){.passes = costs[i][0], .kib = costs[i][1]};
		assert_int_equal(vault_config_seal(&c, PASS, 4, data, &k, &err),
				 -QVM_E_VALUE);
	}
}

/* ---- the text of a snapshot ---- */

static void snapshot_text(void **state unused)
{
	static const char *const bad[] = {
		"",
		"qvm-vault 2\nmeta\n",
		"qvm-vault 1\ntime 1\n",
		"qvm-vault 1\ntime -1\nmeta\n",
		"qvm-vault 1\ntime 1 2\nmeta\n",
		"qvm-vault 1\nodd 1\nmeta\n",
		"qvm-vault 1\nvolume a\nmeta\n",
		"qvm-vault 1\nvolume a 1 1\nmeta\n",
		"qvm-vault 1\nvolume a 1 1 k 00\nmeta\n",
		"qvm-vault 1\nvolume a 99999999999999999 1 k -\nmeta\n",
		"qvm-vault 1\nvolume %zz 1 1 k -\nmeta\n",
		"qvm-vault 1\ntext a\nmeta\n",
	};
	char good[] = "qvm-vault 1\ntime 7\nstored 9\nvolume vm1/root.img 5 3 k%20k - -\n"
		      "text vm1/firewall.xml drop%0a\nmeta\nd work AppVM\n";
	cleanup_snapshot struct vault_snapshot s = {0};
	cleanup_buf struct buf again = BUF_INIT;
	char *copy = xstrdup(good);
	struct qvm_err err;

	assert_int_equal(vault_snapshot_parse(good, &s, &err), 0);
	assert_int_equal(s.time, 7);
	assert_string_equal(s.volumes[0].key, "k k");
	assert_int_equal(s.volumes[0].piece_count, 2);
	assert_string_equal(s.texts[0].text, "drop\n");
	vault_snapshot_format(&s, &again);
	assert_string_equal(buf_str(&again), copy);
	free(copy);
	for (size_t i = 0; i < array_len(bad); i++) {
		cleanup_snapshot struct vault_snapshot t = {0};

		copy = xstrdup(bad[i]);
		assert_true(vault_snapshot_parse(copy, &t, &err) < 0);
		free(copy);
	}
}

/* ---- round trips ---- */

#ifndef ROUNDS
#define ROUNDS 200
#endif

static void round_trips(void **state)
{
	static const enum vault_how hows[] = {VAULT_FILL, VAULT_STREAM, VAULT_CHECK};
	char *path = xasprintf("%s/repo", (const char *)*state);
	struct qvm_err err = QVM_ERR_INIT;
	struct image im;
	struct repo r;

	for (size_t i = 0; i < ROUNDS; i++) {
		if (i % 40 == 0) {
			assert_int_equal(tree_remove(path), 0);
			repo_make(path, &cheap);
		}
		image_make(&im, i % 10 ? 700000 : 3000000);
		assert_int_equal(repo_open(path, VAULT_WRITE, &r, &err), 0);
		assert_int_equal(image_save(&r, &im, NULL, NULL, 0, &err), 0);
		repo_close(&r);
		assert_int_equal(image_restore(path, saved, hows[i % 3], &im, &err), 0);
		free(im.data);
	}
	free(path);
}

static uint64_t stored_by(const char *path, const struct image *im,
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

static struct image whole(size_t size)
{
	struct image im = {.size = size, .ranges = {{0, size}}, .range_count = 1};

	im.data = xcalloc(1, size);
	image_scribble(&im, 0, size, 256);
	return im;
}

static void nothing_new(void **state)
{
	char *path = xasprintf("%s/repo", (const char *)*state);
	struct image im = whole(20 * CHUNK + 77);

	repo_make(path, &cheap);
	assert_true(stored_by(path, &im, NULL, NULL, 0) > im.size);
	assert_int_equal(stored_by(path, &im, NULL, NULL, 0), 0);
	/* One byte costs a chunk and the list. */
	im.data[5 * CHUNK] ^= 1;
	assert_in_range(stored_by(path, &im, NULL, NULL, 0), CHUNK, CHUNK + 2000);
	free(im.data);
	free(path);
}

/* Only what is said to have changed is read. */
static void by_difference(void **state)
{
	char *path = xasprintf("%s/repo", (const char *)*state);
	const struct pool_range changed[] = {{CHUNK + 5, 10}, {7 * CHUNK - 1, 2}};
	cleanup_snapshot struct vault_snapshot before = {0};
	struct qvm_err err = QVM_ERR_INIT;
	struct image im = whole(12 * CHUNK);
	char name[VAULT_STAMP];
	struct repo r;

	repo_make(path, &cheap);
	assert_true(stored_by(path, &im, NULL, NULL, 0) > 0);
	assert_int_equal(repo_open(path, VAULT_READ, &r, &err), 0);
	assert_int_equal(vault_snapshot_find(r.v, "latest", name, &err), 0);
	assert_int_equal(vault_snapshot_get(r.v, name, &before, &err), 0);
	assert_int_equal(vault_forget(r.v, name, &err), -EROFS);
	repo_close(&r);
	assert_int_equal(repo_open(path, VAULT_ALONE, &r, &err), 0);
	assert_int_equal(vault_forget(r.v, name, &err), 0);
	repo_close(&r);
	image_scribble(&im, CHUNK + 5, 10, 256);
	image_scribble(&im, 7 * CHUNK - 1, 2, 256);
	/* Three chunks; a change elsewhere is not seen, as it is said that there is none. */
	im.data[10 * CHUNK] ^= 1;
	assert_in_range(stored_by(path, &im, &before.volumes[0], changed, 2), 3 * CHUNK,
			3 * CHUNK + 3000);
	assert_int_equal(image_restore(path, NULL, VAULT_FILL, &im, &err), 1);
	im.data[10 * CHUNK] ^= 1;
	assert_int_equal(image_restore(path, NULL, VAULT_FILL, &im, &err), 0);
	free(im.data);
	free(path);
}

/* A parent whose chunks are gone is of no use, and is not used. */
static void lost_parent(void **state)
{
	char *path = xasprintf("%s/repo", (const char *)*state);
	cleanup_snapshot struct vault_snapshot before = {0};
	struct image im = whole(6 * CHUNK);
	struct qvm_err err = QVM_ERR_INIT;
	char name[VAULT_STAMP], *command;
	struct repo r;

	repo_make(path, &cheap);
	assert_true(stored_by(path, &im, NULL, NULL, 0) > 0);
	assert_int_equal(repo_open(path, VAULT_READ, &r, &err), 0);
	assert_int_equal(vault_snapshot_find(r.v, NULL, name, &err), 0);
	assert_int_equal(vault_snapshot_get(r.v, name, &before, &err), 0);
	repo_close(&r);
	command = xasprintf("rm %s/packs/*/* %s/snapshots/*", path, path);
	assert_int_equal(system(command), 0);
	assert_true(stored_by(path, &im, &before.volumes[0], NULL, 0) > im.size);
	assert_int_equal(image_restore(path, NULL, VAULT_FILL, &im, &err), 0);
	free(command);
	free(im.data);
	free(path);
}

/* ---- interruptions ---- */

static void full_disk(void **state)
{
	char *path = xasprintf("%s/repo", (const char *)*state);
	struct rlimit before, little = {3 * CHUNK + 50, RLIM_INFINITY};
	struct image im = whole(3 * CHUNK);
	struct qvm_err err = QVM_ERR_INIT;
	struct repo r;

	repo_make(path, &cheap);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(repo_open(path, VAULT_WRITE, &r, &err), 0);
	getrlimit(RLIMIT_FSIZE, &before);
	little.rlim_max = before.rlim_max;
	setrlimit(RLIMIT_FSIZE, &little);
	/* The image of the test is a file, too: it just fits. */
	assert_int_equal(image_save(&r, &im, NULL, NULL, 0, &err), -QVM_E_NO_SPACE);
	setrlimit(RLIMIT_FSIZE, &before);
	repo_close(&r);
	assert_int_equal(image_restore(path, NULL, VAULT_FILL, &im, &err),
			 -QVM_E_NOT_FOUND);
	assert_true(stored_by(path, &im, NULL, NULL, 0) > 0);
	assert_int_equal(image_restore(path, NULL, VAULT_FILL, &im, &err), 0);
	free(im.data);
	free(path);
}

/* A store that ends its process at the Nth call that changes it, before or after. */
struct deadly {
	struct vault_store under;
	int left;
	bool after;
};

static int die_or(struct deadly *d, int r)
{
	if (d->left == 0)
		raise(SIGKILL);
	return r;
}

static int deadly_create(void *arg, const char *name, int *ret, struct qvm_err *err)
{
	struct deadly *d = arg;

	d->left--;
	if (!d->after)
		(void)die_or(d, 0);
	return die_or(d, d->under.create(d->under.arg, name, ret, err));
}

static int deadly_keep(void *arg, const char *name, struct qvm_err *err)
{
	struct deadly *d = arg;

	d->left--;
	if (!d->after)
		(void)die_or(d, 0);
	return die_or(d, d->under.keep(d->under.arg, name, err));
}

static int deadly_open(void *arg, const char *name, int *ret, struct qvm_err *err)
{
	struct deadly *d = arg;

	return d->under.open(d->under.arg, name, ret, err);
}

static int deadly_list(void *arg, const char *folder, struct buf *ret,
		       struct qvm_err *err)
{
	struct deadly *d = arg;

	return d->under.list(d->under.arg, folder, ret, err);
}

static noreturn void save_and_die(const char *path, const struct image *im, int at,
				  bool after)
{
	struct deadly d = {.left = at, .after = after};
	struct qvm_err err;
	struct repo r = {.dir = VAULT_DIR_INIT};

	r.store = (struct vault_store){.arg = &d,
				       .open = deadly_open,
				       .create = deadly_create,
				       .keep = deadly_keep,
				       .list = deadly_list};
	if (vault_dir_open(path, VAULT_WRITE, &r.dir, &err) < 0)
		_exit(2);
	d.under = vault_dir_store(&r.dir);
	if (vault_open(&r.store, PASS, strlen(PASS), &r.v, &err) < 0 ||
	    vault_index(r.v, &err) < 0 || image_save(&r, im, NULL, NULL, 0, &err) < 0)
		_exit(3);
	_exit(0);
}

/* There is a whole snapshot or none, and what was stored is not stored again. */
static void killed(void **state)
{
	char *path = xasprintf("%s/repo", (const char *)*state);
	struct image im = whole(300 * CHUNK);
	struct qvm_err err = QVM_ERR_INIT;
	uint64_t resumed;
	int status = 1, points = 0;

	for (int at = 1; status; at++)
		for (int after = 0; after < 2; after++) {
			pid_t pid;

			assert_int_equal(tree_remove(path), 0);
			repo_make(path, &cheap);
			pid = fork();
			if (pid == 0)
				save_and_die(path, &im, at, after);
			assert_int_equal(waitpid(pid, &status, 0), pid);
			if (WIFEXITED(status)) {
				assert_int_equal(status, 0);
				break;
			}
			points++;
			/* Two packs, then the snapshot; its name comes with the last call. */
			assert_int_equal(image_restore(path, NULL, VAULT_FILL, &im, &err),
					 at == 6 && after ? 0 : -QVM_E_NOT_FOUND);
			resumed = stored_by(path, &im, NULL, NULL, 0);
			assert_true(at + after > 3 ? resumed < im.size / 3
						   : resumed > im.size);
			assert_true(at < 5 || resumed == 0);
			assert_int_equal(
				image_restore(path, saved, VAULT_FILL, &im, &err), 0);
		}
	assert_int_equal(points, 12);
	free(im.data);
	free(path);
}

/* ---- several at once ---- */

static void locks(void **state)
{
	char *path = xasprintf("%s/repo", (const char *)*state);
	struct image a = whole(9 * CHUNK), b = whole(9 * CHUNK);
	struct qvm_err err = QVM_ERR_INIT;
	struct repo one, two, alone;

	repo_make(path, &cheap);
	assert_int_equal(repo_open(path, VAULT_WRITE, &one, &err), 0);
	assert_int_equal(repo_open(path, VAULT_WRITE, &two, &err), 0);
	assert_int_equal(repo_open(path, VAULT_ALONE, &alone, &err), -QVM_E_BUSY);
	assert_int_equal(image_save(&one, &a, NULL, NULL, 0, &err), 0);
	assert_int_equal(image_restore(path, NULL, VAULT_FILL, &a, &err), 0);
	/* It does not know of the other's chunks, and stores them again. */
	assert_int_equal(image_save(&two, &a, NULL, NULL, 0, &err), 0);
	repo_close(&one);
	repo_close(&two);
	assert_int_equal(image_restore(path, NULL, VAULT_FILL, &a, &err), 0);
	assert_int_equal(repo_open(path, VAULT_ALONE, &alone, &err), 0);
	assert_int_equal(repo_open(path, VAULT_WRITE, &one, &err), -QVM_E_BUSY);
	repo_close(&alone);
	free(a.data);
	free(b.data);
	free(path);
}

/* ---- cleaning up ---- */

static void prune_one(const char *path, size_t keep, struct vault_waste *ret)
{
	cleanup_strv struct strv names = STRV_INIT;
	struct vault_waste dry;
	struct qvm_err err = QVM_ERR_INIT;
	struct repo r;

	assert_int_equal(repo_open(path, VAULT_ALONE, &r, &err), 0);
	assert_int_equal(vault_snapshots(r.v, &names, &err), 0);
	for (size_t i = 0; i + keep < names.n; i++)
		assert_int_equal(vault_forget(r.v, names.v[i], &err), 0);
	assert_int_equal(vault_prune(r.v, true, NULL, &dry, &err), 0);
	repo_close(&r);
	assert_int_equal(repo_open(path, VAULT_ALONE, &r, &err), 0);
	assert_int_equal(vault_prune(r.v, false, NULL, ret, &err), 0);
	assert_int_equal(ret->freed, dry.freed);
	repo_close(&r);
}

static void chain(void **state)
{
	char *path = xasprintf("%s/repo", (const char *)*state);
	struct image im = whole(40 * CHUNK);
	struct qvm_err err = QVM_ERR_INIT;
	struct vault_waste waste;

	repo_make(path, &cheap);
	for (int i = 0; i < 10; i++) {
		image_scribble(&im, (size_t)i * 4 * CHUNK, 4 * CHUNK, 256);
		assert_true(stored_by(path, &im, NULL, NULL, 0) > 0);
		if (i % 3 == 2)
			prune_one(path, 2, &waste);
		assert_int_equal(image_restore(path, NULL, VAULT_FILL, &im, &err), 0);
	}
	prune_one(path, 1, &waste);
	assert_int_equal(image_restore(path, NULL, VAULT_FILL, &im, &err), 0);
	prune_one(path, 0, &waste);
	assert_int_equal(waste.removed, waste.packs);
	assert_true(stored_by(path, &im, NULL, NULL, 0) > im.size);
	free(im.data);
	free(path);
}

/* A pack that is needed in part is written anew, and the old one goes. */
static void rewritten(void **state)
{
	char *path = xasprintf("%s/repo", (const char *)*state);
	struct image im = whole(40 * CHUNK);
	struct qvm_err err = QVM_ERR_INIT;
	struct vault_waste waste;

	repo_make(path, &cheap);
	assert_true(stored_by(path, &im, NULL, NULL, 0) > 0);
	prune_one(path, 1, &waste);
	assert_int_equal(waste.freed, 0);
	im.size = 10 * CHUNK;
	im.ranges[0].len = im.size;
	{
		struct repo r;
		cleanup_strv struct strv names = STRV_INIT;

		assert_int_equal(repo_open(path, VAULT_ALONE, &r, &err), 0);
		assert_int_equal(vault_snapshots(r.v, &names, &err), 0);
		assert_int_equal(image_save(&r, &im, NULL, NULL, 0, &err), 0);
		assert_int_equal(vault_forget(r.v, names.v[0], &err), 0);
		repo_close(&r);
	}
	prune_one(path, 1, &waste);
	assert_int_equal(waste.rewritten, 1);
	assert_in_range(waste.freed, 30 * CHUNK, 31 * CHUNK);
	assert_int_equal(image_restore(path, NULL, VAULT_FILL, &im, &err), 0);
	prune_one(path, 1, &waste);
	assert_int_equal(waste.freed, 0);
	free(im.data);
	free(path);
}

static void append_only(void **state)
{
	char *path = xasprintf("%s/repo", (const char *)*state);
	struct vault_config config = cheap;
	struct image im = whole(3 * CHUNK);
	struct qvm_err err = QVM_ERR_INIT;
	struct vault_waste waste;
	char name[VAULT_STAMP];
	struct repo r;

	config.append_only = true;
	repo_make(path, &config);
	assert_true(stored_by(path, &im, NULL, NULL, 0) > 0);
	assert_int_equal(repo_open(path, VAULT_ALONE, &r, &err), 0);
	assert_true(vault_append_only(r.v));
	assert_int_equal(vault_snapshot_find(r.v, "2023", name, &err), 0);
	assert_int_equal(vault_snapshot_find(r.v, "2022", name, &err), -QVM_E_NOT_FOUND);
	assert_int_equal(vault_forget(r.v, name, &err), -QVM_E_PERMISSION);
	assert_int_equal(vault_prune(r.v, false, NULL, &waste, &err), -QVM_E_PERMISSION);
	repo_close(&r);
	assert_int_equal(image_restore(path, NULL, VAULT_FILL, &im, &err), 0);
	free(im.data);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(config_every_byte),
		cmocka_unit_test(config_bombs),
		cmocka_unit_test(snapshot_text),
		in_folder(round_trips),
		in_folder(nothing_new),
		in_folder(by_difference),
		in_folder(lost_parent),
		in_folder(full_disk),
		in_folder(killed),
		in_folder(locks),
		in_folder(chain),
		in_folder(rewritten),
		in_folder(append_only),
	};

	in_memory();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
