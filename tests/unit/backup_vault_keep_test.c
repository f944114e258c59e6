/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Repositories that are interrupted, shared, and cleaned up. */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/unit/backup_vault.h"

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

static int deadly_open(void *arg, const char *name, uint64_t most, int *ret,
		       struct qvm_err *err)
{
	struct deadly *d = arg;

	return d->under.open(d->under.arg, name, most, ret, err);
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
	if (vault_open(&r.store, &repo_pass, &r.v, &err) < 0 ||
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

/* Another passphrase opens the same data; the old one, and a breach on the way, nothing. */
static void passphrase(void **state)
{
	static const struct secret other = {"battery staple", 14};
	char *path = xasprintf("%s/repo", (const char *)*state);
	struct image im = whole(3 * CHUNK);
	struct qvm_err err = QVM_ERR_INIT;
	struct vault *v;
	struct repo r;

	repo_make(path, &cheap);
	assert_true(stored_by(path, &im, NULL, NULL, 0) > 0);
	assert_int_equal(repo_open(path, VAULT_WRITE, &r, &err), 0);
	assert_int_equal(vault_change_pass(&r.store, &repo_pass, &other, 0, &err),
			 -EROFS);
	repo_close(&r);
	assert_int_equal(image_restore(path, NULL, VAULT_FILL, &im, &err), 0);
	assert_int_equal(repo_open(path, VAULT_ALONE, &r, &err), 0);
	vault_dir_tidy(&r.dir);
	assert_int_equal(vault_change_pass(&r.store, &other, &repo_pass, 0, &err),
			 -QVM_E_PERMISSION);
	assert_int_equal(vault_change_pass(&r.store, &repo_pass, &other, 1u << 30, &err),
			 -QVM_E_VALUE);
	assert_int_equal(vault_change_pass(&r.store, &repo_pass, &other, 16, &err), 0);
	assert_int_equal(vault_open(&r.store, &repo_pass, &v, &err), -QVM_E_PERMISSION);
	assert_int_equal(vault_open(&r.store, &other, &v, &err), 0);
	vault_free(v);
	assert_int_equal(vault_change_pass(&r.store, &other, &repo_pass, 0, &err), 0);
	repo_close(&r);
	assert_int_equal(image_restore(path, NULL, VAULT_FILL, &im, &err), 0);
	free(im.data);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(full_disk),  in_folder(killed),    in_folder(locks),
		in_folder(chain),      in_folder(rewritten), in_folder(append_only),
		in_folder(passphrase),
	};

	in_memory();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
