/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "templates/image.h"

#include <archive_entry.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/strv.h"
#include "templates/source.h"
#include "tests/unit/test.h"

#define LAYERS 2
#define ROWS 12

/* 'd' folder, 'f' file, 's' symbolic link, 'h' hard link, 'c' device. */
struct row {
	char type;
	const char *name, *text;
};

static const struct {
	const char *what;
	struct row rows[LAYERS][ROWS];
	const char *tree; /* what is there afterwards, sorted; NULL: refused */
	const char *why;
} cases[] = {
	{"one over the other",
	 {{{'d', "etc", ""}, {'f', "etc/a", "1"}},
	  {{'f', "etc/a", "2"}, {'f', "etc/b", "3"}}},
	 "etc/ etc/a=2 etc/b=3",
	 NULL},
	{"whiteouts",
	 {{{'d', "etc", ""},
	   {'f', "etc/a", "1"},
	   {'d', "gone", ""},
	   {'f', "gone/x", "1"}},
	  {{'f', "etc/.wh.a", ""}, {'f', ".wh.gone", ""}, {'f', "etc/.wh.never", ""}}},
	 "etc/",
	 NULL},
	{"an opaque folder keeps what its own layer has, before the mark and after it",
	 {{{'d', "d", ""},
	   {'f', "d/old", "1"},
	   {'d', "d/sub", ""},
	   {'f', "d/sub/old", "1"}},
	  {{'f', "d/new", "2"},
	   {'f', "d/sub/new", "2"},
	   {'f', "d/.wh..wh..opq", ""},
	   {'f', "d/late", "3"}}},
	 "d/ d/late=3 d/new=2 d/sub/ d/sub/new=2",
	 NULL},
	{"a folder becomes a file, and a file a folder",
	 {{{'d', "a", ""}, {'f', "a/x", "1"}, {'f', "b", "1"}},
	  {{'f', "a", "2"}, {'d', "b", ""}, {'f', "b/y", "3"}}},
	 "a=2 b/ b/y=3",
	 NULL},
	{"through a link, within",
	 {{{'d', "usr", ""}, {'d', "usr/lib", ""}, {'s', "lib", "usr/lib"}},
	  {{'f', "lib/x", "1"}, {'s', "up", "/../../../usr"}, {'f', "up/lib/y", "2"}}},
	 "lib@ up@ usr/ usr/lib/ usr/lib/x=1 usr/lib/y=2",
	 NULL},
	{"a link to itself", {{{'s', "l", "l"}}, {{'f', "l/x", "1"}}}, NULL, "levels of"},
	{"a hard link into the layer before",
	 {{{'d', "etc", ""}, {'f', "etc/a", "1"}}, {{'h', "b", "etc/a"}}},
	 "b=1 etc/ etc/a=1",
	 NULL},
	{"devices are left out",
	 {{{'d', "dev", ""}, {'c', "dev/null", ""}}},
	 "dev/",
	 NULL},
	{"climbing", {{{'f', "../outside", "1"}}}, NULL, "leads out"},
	{"climbing whiteout", {{{'f', "a/../../.wh.outside", "1"}}}, NULL, "leads out"},
	{"whiteout of the folder above", {{{'f', ".wh...", ""}}}, NULL, "bad layer"},
	{"a hard link out", {{{'h', "x", "../outside"}}}, NULL, "leads out"},
};

/* ---- making images ---- */

static int type_of(char type)
{
	return type == 'd'   ? AE_IFDIR
	       : type == 's' ? AE_IFLNK
	       : type == 'c' ? AE_IFCHR
			     : AE_IFREG;
}

static void add_row(struct archive *a, const struct row *row)
{
	struct archive_entry *entry = archive_entry_new();
	size_t len = row->type == 'f' ? strlen(row->text) : 0;

	archive_entry_set_pathname(entry, row->name);
	archive_entry_set_mode(entry, (mode_t)type_of(row->type) | 0755);
	archive_entry_set_size(entry, (la_int64_t)len);
	if (row->type == 's')
		archive_entry_set_symlink(entry, row->text);
	if (row->type == 'h')
		archive_entry_set_hardlink(entry, row->text);
	assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
	if (len)
		assert_int_equal(archive_write_data(a, row->text, len), len);
	archive_entry_free(entry);
}

/* A tar of ROWS in BUF; its length. */
static size_t make_tar(const struct row *rows, bool packed, char *buf, size_t size)
{
	struct archive *a = archive_write_new();
	size_t used = 0;

	archive_write_set_format_pax_restricted(a);
	if (packed)
		archive_write_add_filter_gzip(a);
	assert_int_equal(archive_write_open_memory(a, buf, size, &used), ARCHIVE_OK);
	for (size_t i = 0; i < ROWS && rows[i].name; i++)
		add_row(a, &rows[i]);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	return used;
}

static void digest_of(const void *data, size_t len, char ret[static DIGEST_HEX])
{
	struct digest *d = digest_new();

	assert_int_equal(digest_add(d, data, len), 0);
	assert_int_equal(digest_end(d, ret), 0);
	digest_free(d);
}

/* What goes wrong on the way. */
enum fault { FINE, LAYER_CHANGED, DIFF_CHANGED, OTHER_MACHINE, NO_BLOB, NO_DIGEST };

static void put_blob(const char *folder, const void *data, size_t len,
		     char ret[static DIGEST_HEX])
{
	cleanup_free char *path = NULL;

	digest_of(data, len, ret);
	path = xasprintf("%s/blobs/sha256/%s", folder, ret);
	assert_int_equal(file_replace(path, data, len, 0644, 0), 0);
}

static void damage(const char *folder, const char *hex, enum fault fault)
{
	cleanup_free char *path = xasprintf("%s/blobs/sha256/%s", folder, hex);

	/* The bytes behind an archive's end are of no layer, but of the digest. */
	if (fault == LAYER_CHANGED) {
		int fd = open(path, O_WRONLY | O_APPEND);

		assert_int_equal(write(fd, "x", 1), 1);
		close(fd);
	}
	if (fault == NO_BLOB)
		assert_int_equal(unlink(path), 0);
}

static void put_layers(const char *folder, const struct row layers[LAYERS][ROWS],
		       enum fault fault, struct buf *list, struct buf *diffs)
{
	static char plain[1 << 20], packed[1 << 20];

	for (int i = 0; i < LAYERS && layers[i][0].name; i++) {
		size_t n = make_tar(layers[i], false, plain, sizeof(plain));
		size_t m = make_tar(layers[i], true, packed, sizeof(packed));
		char hex[DIGEST_HEX];

		if (fault == DIFF_CHANGED)
			plain[n - 1] ^= 1;
		digest_of(plain, n, hex);
		buf_addf(diffs, "%s\"sha256:%s\"", i ? "," : "", hex);
		put_blob(folder, packed, m, hex);
		damage(folder, hex, i == 0 ? fault : FINE);
		buf_addf(list, "%s{\"digest\":\"%s%s\"}", i ? "," : "",
			 fault == NO_DIGEST ? "md5:" : "sha256:", hex);
	}
}

static void make_layout(const char *folder, const struct row layers[LAYERS][ROWS],
			enum fault fault)
{
	const char *machine = fault == OTHER_MACHINE ? "m68k" :
#ifdef __aarch64__
						     "arm64";
#else
						     "amd64";
#endif
	cleanup_free char *blobs = xasprintf("%s/blobs/sha256", folder);
	cleanup_free char *index = xasprintf("%s/index.json", folder);
	cleanup_free char *mark = xasprintf("%s/oci-layout", folder);
	cleanup_buf struct buf list = BUF_INIT, diffs = BUF_INIT, text = BUF_INIT;
	char hex[DIGEST_HEX];

	assert_int_equal(tree_remove(folder), 0);
	assert_int_equal(dir_make(blobs, 0755), 0);
	put_layers(folder, layers, fault, &list, &diffs);
	buf_addf(&text,
		 "{\"architecture\":\"%s\",\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[%s]"
		 "}}",
		 machine, diffs.data);
	put_blob(folder, text.data, text.len, hex);
	buf_reset(&text);
	buf_addf(&text, "{\"config\":{\"digest\":\"sha256:%s\"},\"layers\":[%s]}", hex,
		 list.data);
	put_blob(folder, text.data, text.len, hex);
	buf_reset(&text);
	buf_addf(&text, "{\"manifests\":[{\"digest\":\"sha256:%s\"}]}", hex);
	assert_int_equal(file_replace(index, text.data, text.len, 0644, 0), 0);
	assert_int_equal(file_replace(mark, "{}", 2, 0644, 0), 0);
}

/* ---- what came of it ---- */

static void describe(const char *folder, const char *prefix, struct strv *ret)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	while ((entry = readdir(dir))) {
		cleanup_free char *path = xasprintf("%s/%s", folder, entry->d_name);
		cleanup_free char *name = xasprintf("%s%s", prefix, entry->d_name);
		cleanup_free char *below = xasprintf("%s/", name);
		cleanup_buf struct buf text = BUF_INIT;
		struct stat st;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		assert_int_equal(lstat(path, &st), 0);
		if (S_ISREG(st.st_mode))
			assert_int_equal(file_read(path, 4096, &text), 0);
		if (S_ISDIR(st.st_mode)) {
			strv_add(ret, below);
			describe(path, below, ret);
		} else {
			strv_addf(ret, S_ISLNK(st.st_mode) ? "%s@%s" : "%s=%s", name,
				  buf_str(&text));
		}
	}
	closedir(dir);
}

static char *tree_text(const char *folder)
{
	cleanup_strv struct strv all = STRV_INIT;
	cleanup_buf struct buf text = BUF_INIT;

	describe(folder, "", &all);
	strv_sort(&all);
	for (size_t i = 0; i < all.n; i++)
		buf_addf(&text, "%s%s", i ? " " : "", all.v[i]);
	return buf_steal(&text);
}

static int extract_parts(const char *folder, const struct parts *parts,
			 struct qvm_err *err)
{
	cleanup_free char *into = xasprintf("%s/into", folder);
	struct extract x = {.write = true};
	char digest[DIGEST_HEX];

	assert_int_equal(tree_remove(into), 0);
	assert_int_equal(dir_make(into, 0755), 0);
	assert_int_equal(chdir(into), 0);
	return image_extract(parts, &x, digest, err);
}

static void layers_become_a_tree(void **state)
{
	cleanup_free char *layout = xasprintf("%s/layout", (char *)*state);
	cleanup_free char *into = xasprintf("%s/into", (char *)*state);
	cleanup_free char *outside = xasprintf("%s/outside", (char *)*state);
	const struct parts parts = {.fd = -1, .dir = layout};

	assert_int_equal(file_replace(outside, "mine", 4, 0644, 0), 0);
	for (size_t i = 0; i < array_len(cases); i++) {
		struct qvm_err err = QVM_ERR_INIT;
		cleanup_free char *tree = NULL;
		int r;

		make_layout(layout, cases[i].rows, FINE);
		r = extract_parts(*state, &parts, &err);
		tree = tree_text(into);
		if (cases[i].tree && (r < 0 || strcmp(tree, cases[i].tree) != 0))
			fail_msg("%s: '%s', %s", cases[i].what, tree, err.text);
		if (cases[i].why && (r == 0 || !strstr(err.text, cases[i].why)))
			fail_msg("%s: %d '%s'", cases[i].what, r, err.text);
		assert_int_equal(access(outside, F_OK), 0);
	}
}

static void faults_are_found(void **state)
{
	static const struct {
		enum fault fault;
		const char *why;
	} faults[] = {
		{LAYER_CHANGED, "layer 1 is not what its digest says"},
		{DIFF_CHANGED, "layer 1 is not what its digest says"},
		{OTHER_MACHINE, "for another kind of machine: m68k"},
		{NO_BLOB, "the image has no 'blobs/sha256/"},
		{NO_DIGEST, "not named by a SHA-256"},
	};
	cleanup_free char *layout = xasprintf("%s/layout", (char *)*state);
	const struct parts parts = {.fd = -1, .dir = layout};

	for (size_t i = 0; i < array_len(faults); i++) {
		struct qvm_err err = QVM_ERR_INIT;

		make_layout(layout, cases[0].rows, faults[i].fault);
		if (extract_parts(*state, &parts, &err) == 0 ||
		    !strstr(err.text, faults[i].why))
			fail_msg("fault %d: '%s'", faults[i].fault, err.text);
	}
}

/* A part that is a link is no part: it would be somebody else's file. */
static void links_in_a_layout_are_not_followed(void **state)
{
	cleanup_free char *layout = xasprintf("%s/layout", (char *)*state);
	cleanup_free char *index = xasprintf("%s/index.json", layout);
	cleanup_free char *moved = xasprintf("%s/moved", (char *)*state);
	const struct parts parts = {.fd = -1, .dir = layout};
	struct qvm_err err = QVM_ERR_INIT;

	make_layout(layout, cases[0].rows, FINE);
	assert_int_equal(rename(index, moved), 0);
	assert_int_equal(symlink(moved, index), 0);
	assert_true(extract_parts(*state, &parts, &err) < 0);
}

/* ---- a tar of it, cut anywhere ---- */

static void add_file(struct archive *a, const char *name, const char *path)
{
	cleanup_buf struct buf data = BUF_INIT;
	struct archive_entry *entry = archive_entry_new();

	assert_int_equal(file_read(path, 8 << 20, &data), 0);
	archive_entry_set_pathname(entry, name);
	archive_entry_set_mode(entry, AE_IFREG | 0644);
	archive_entry_set_size(entry, (la_int64_t)data.len);
	assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
	assert_int_equal(archive_write_data(a, data.data, data.len), data.len);
	archive_entry_free(entry);
}

static void tar_of(const char *layout, const char *to)
{
	cleanup_strv struct strv all = STRV_INIT;
	struct archive *a = archive_write_new();

	archive_write_set_format_ustar(a);
	assert_int_equal(archive_write_open_filename(a, to), ARCHIVE_OK);
	describe(layout, "", &all);
	for (size_t i = 0; i < all.n; i++) {
		char *name = all.v[i];
		cleanup_free char *path = NULL;

		if (name[strlen(name) - 1] == '/')
			continue;
		name[strcspn(name, "=")] = '\0';
		path = xasprintf("%s/%s", layout, name);
		add_file(a, name, path);
	}
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
}

static int extract_tar(const char *folder, const char *tar, struct qvm_err *err)
{
	int fd = open(tar, O_RDONLY | O_CLOEXEC);
	const struct parts parts = {.fd = fd};
	bool image = false;
	int r;

	assert_int_equal(parts_is_image(fd, &image, err), 0);
	r = image ? extract_parts(folder, &parts, err) : -1;
	close(fd);
	return r;
}

static void tars_are_read_and_cuts_refused(void **state)
{
	cleanup_free char *layout = xasprintf("%s/layout", (char *)*state);
	cleanup_free char *into = xasprintf("%s/into", (char *)*state);
	cleanup_free char *tar = xasprintf("%s/image.tar", (char *)*state);
	cleanup_free char *tree = NULL;
	struct qvm_err err = QVM_ERR_INIT;
	struct stat st;

	make_layout(layout, cases[0].rows, FINE);
	tar_of(layout, tar);
	if (extract_tar(*state, tar, &err) < 0)
		fail_msg("%s", err.text);
	tree = tree_text(into);
	assert_string_equal(tree, cases[0].tree);
	assert_int_equal(stat(tar, &st), 0);
	/* The last two blocks of a tar are empty and may be missing. */
	for (off_t cut = st.st_size - 2048; cut > 0; cut -= 512) {
		assert_int_equal(truncate(tar, cut), 0);
		if (extract_tar(*state, tar, &err) == 0 && cut < st.st_size - 10240)
			fail_msg("cut at %lld of %lld", (long long)cut,
				 (long long)st.st_size);
	}
}

/* ---- what a file is ---- */

static void sources_are_told_apart(void **state unused)
{
	static uint8_t head[SOURCE_HEAD];
	struct qvm_err err;
	struct source s;

	assert_int_equal(source_judge(head, SOURCE_HEAD, 1 << 20, &s, &err), 0);
	assert_int_equal(s.kind, SOURCE_ARCHIVE);
	memcpy(head + 0x438, "\x53\xef", 2);
	assert_int_equal(source_judge(head, SOURCE_HEAD, 1 << 20, &s, &err), 0);
	assert_int_equal(s.kind, SOURCE_RAW);
	assert_int_equal(s.disk, 1 << 20);
	memcpy(head + 257, "ustar", 5);
	assert_int_equal(source_judge(head, SOURCE_HEAD, 1 << 20, &s, &err), 0);
	assert_int_equal(s.kind, SOURCE_ARCHIVE);
	memset(head, 0, sizeof(head));
	memcpy(head, "QFI\xfb\0\0\0\3", 8);
	head[30] = 1; /* 256 bytes */
	assert_int_equal(source_judge(head, SOURCE_HEAD, 1 << 20, &s, &err), 0);
	assert_int_equal(s.kind, SOURCE_QCOW2);
	assert_int_equal(s.disk, 256);
	head[15] = 1; /* a backing file */
	assert_true(source_judge(head, SOURCE_HEAD, 1 << 20, &s, &err) < 0);
	head[15] = 0;
	head[79] = 4; /* data in another file */
	assert_true(source_judge(head, SOURCE_HEAD, 1 << 20, &s, &err) < 0);
	head[79] = 0;
	head[24] = 0xff; /* far too large */
	assert_true(source_judge(head, SOURCE_HEAD, 1 << 20, &s, &err) < 0);
	assert_true(source_judge(head, 20, 20, &s, &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(layers_become_a_tree),
		in_folder(faults_are_found),
		in_folder(links_in_a_layout_are_not_followed),
		in_folder(tars_are_read_and_cuts_refused),
		cmocka_unit_test(sources_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
