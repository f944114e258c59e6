/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Repositories: what goes in comes out, and costs nothing twice. */
#include <errno.h>

#include "tests/unit/backup_vault.h"

/* ---- config ---- */

static const struct secret four = {PASS, 4}, five = {PASS, 5};

static void config_every_byte(void **state unused)
{
	uint8_t good[VAULT_CONFIG], bad[VAULT_CONFIG];
	struct vault_config c;
	struct vault_keys k;
	struct qvm_err err;

	assert_true(vault_crypt_begin());
	assert_int_equal(vault_config_seal(&cheap, &four, good, &k, &err), 0);
	assert_int_equal(vault_config_open(good, sizeof(good), &four, &c, &k, &err), 0);
	assert_int_equal(c.chunk_log, cheap.chunk_log);
	assert_int_equal(vault_config_open(good, sizeof(good), &five, &c, &k, &err),
			 -QVM_E_PERMISSION);
	for (size_t i = 0; i < sizeof(good); i++) {
		memcpy(bad, good, sizeof(good));
		bad[i] ^= 1;
		assert_true(vault_config_open(bad, sizeof(bad), &four, &c, &k, &err) < 0);
		assert_true(vault_config_open(good, i, &four, &c, &k, &err) < 0);
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
	assert_int_equal(vault_config_seal(&cheap, &four, data, &k, &err), 0);
	for (size_t i = 0; i < array_len(costs); i++) {
		vault_put32(data + 12, costs[i][0]);
		vault_put32(data + 16, costs[i][1]);
		assert_int_equal(
			vault_config_open(data, sizeof(data), &four, &c, &k, &err),
			-QVM_E_VALUE);
		assert_non_null(strstr(err.text, "out of bounds"));
		c = (struct vault_config){.passes = costs[i][0], .kib = costs[i][1]};
		assert_int_equal(vault_config_seal(&c, &four, data, &k, &err),
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

static void round_trips(void **state)
{
	size_t rounds = test_rounds(200);
	static const enum vault_how hows[] = {VAULT_FILL, VAULT_STREAM, VAULT_CHECK};
	char *path = xasprintf("%s/repo", (const char *)*state);
	struct qvm_err err = QVM_ERR_INIT;
	struct image im;
	struct repo r;

	for (size_t i = 0; i < rounds; i++) {
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

/* One chunk of the parent is gone, and its list is there. */
static void lost_chunks(void **state)
{
	char *path = xasprintf("%s/repo", (const char *)*state), *command;
	cleanup_snapshot struct vault_snapshot before = {0};
	struct image im = whole(6 * CHUNK);
	struct qvm_err err = QVM_ERR_INIT;
	bool has = true;
	struct repo r;

	repo_make(path, &cheap);
	assert_true(stored_by(path, &im, NULL, NULL, 0) > 0);
	command = xasprintf("cd %s && ls packs/*/* >old", path);
	assert_int_equal(system(command), 0);
	free(command);
	im.data[0] ^= 1;
	assert_in_range(stored_by(path, &im, NULL, NULL, 0), 1, 2 * CHUNK);
	/* The new list is in the second pack, most of the chunks are in the first. */
	command = xasprintf("cd %s && rm $(cat old)", path);
	assert_int_equal(system(command), 0);
	free(command);
	assert_int_equal(repo_open(path, VAULT_WRITE, &r, &err), 0);
	assert_int_equal(vault_snapshot_get(r.v, saved, &before, &err), 0);
	assert_int_equal(vault_has(r.v, &before.volumes[0], &has, &err), 0);
	assert_false(has);
	repo_close(&r);
	assert_true(stored_by(path, &im, &before.volumes[0], NULL, 0) > 5 * CHUNK);
	assert_int_equal(image_restore(path, NULL, VAULT_FILL, &im, &err), 0);
	free(im.data);
	free(path);
}

/* Zeros at the end, and nothing else at all. */
static void holes(void **state)
{
	char *path = xasprintf("%s/repo", (const char *)*state);
	struct image im = whole(20 * CHUNK + 9);
	struct qvm_err err = QVM_ERR_INIT;

	repo_make(path, &cheap);
	memset(im.data + 3 * CHUNK, 0, im.size - 3 * CHUNK);
	im.ranges[0].len = 4 * CHUNK;
	assert_true(stored_by(path, &im, NULL, NULL, 0) < 4 * CHUNK);
	assert_int_equal(image_restore(path, NULL, VAULT_STREAM, &im, &err), 0);
	assert_int_equal(image_restore(path, NULL, VAULT_FILL, &im, &err), 0);
	im.range_count = 0;
	memset(im.data, 0, im.size);
	assert_int_equal(stored_by(path, &im, NULL, NULL, 0), 0);
	assert_int_equal(image_restore(path, NULL, VAULT_STREAM, &im, &err), 0);
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
		in_folder(lost_chunks),
		in_folder(holes),
	};

	in_memory();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
