/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "templates/extract.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "templates/template.h"
#include "tests/unit/test.h"

#define ROWS 4

struct row {
	const char *name;
	mode_t type;
	const char *link; /* target of a symbolic link; of a hard one when type is 0 */
	mode_t mode;
	const char *content;
};

static const struct {
	const char *what;
	struct row rows[ROWS];
	const char *why; /* NULL: fine */
} archives[] = {
	{"plain",
	 {{"./", AE_IFDIR, NULL, 0755, NULL},
	  {"./etc/", AE_IFDIR, NULL, 0755, NULL},
	  {"./etc/hostname", AE_IFREG, NULL, 0640, "guest\n"},
	  {"./etc/mtab", AE_IFLNK, "../proc/self/mounts", 0777, NULL}},
	 NULL},
	{"links within",
	 {{"usr/bin/vi", AE_IFREG, NULL, 0755, "x"},
	  {"usr/bin/ex", 0, "usr/bin/vi", 0755, NULL},
	  {"bin", AE_IFLNK, "/usr/bin", 0777, NULL}},
	 NULL},
	{"absolute", {{"/etc/passwd", AE_IFREG, NULL, 0644, "x"}}, "leads out"},
	{"climbing", {{"a/../../outside", AE_IFREG, NULL, 0644, "x"}}, "leads out"},
	{"only climbing", {{"..", AE_IFDIR, NULL, 0755, NULL}}, "leads out"},
	{"hard link out",
	 {{"etc/shadow", 0, "../outside", 0644, NULL}},
	 "is a link that leads out"},
	{"absolute hard link",
	 {{"etc/shadow", 0, "/etc/shadow", 0644, NULL}},
	 "is a link that leads out"},
	{"through a link",
	 {{"dir", AE_IFLNK, "..", 0777, NULL},
	  {"dir/outside", AE_IFREG, NULL, 0644, "x"}},
	 "through a link"},
	{"through an absolute link",
	 {{"dir", AE_IFLNK, "/tmp", 0777, NULL},
	  {"dir/qvm-outside", AE_IFREG, NULL, 0644, "x"}},
	 "through a link"},
	{"over a link",
	 {{"file", AE_IFLNK, "../outside", 0777, NULL},
	  {"file", AE_IFREG, NULL, 0644, "inside"}},
	 NULL},
	{"control characters", {{"/a\033[2Jb", AE_IFREG, NULL, 0644, "x"}}, "'/a?[2Jb'"},
};

static void add_row(struct archive *a, const struct row *row)
{
	struct archive_entry *entry = archive_entry_new();
	size_t len = row->content ? strlen(row->content) : 0;

	archive_entry_set_pathname(entry, row->name);
	archive_entry_set_perm(entry, row->mode);
	archive_entry_set_size(entry, (la_int64_t)len);
	archive_entry_set_uid(entry, (la_int64_t)getuid());
	archive_entry_set_gid(entry, (la_int64_t)getgid());
	if (row->type)
		archive_entry_set_filetype(entry, row->type);
	if (row->type == AE_IFLNK)
		archive_entry_set_symlink(entry, row->link);
	else if (row->link)
		archive_entry_set_hardlink(entry, row->link);
	assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
	if (len)
		assert_int_equal(archive_write_data(a, row->content, len), len);
	archive_entry_free(entry);
}

static void write_tar(const char *path, const struct row *rows, size_t n)
{
	struct archive *a = archive_write_new();

	archive_write_set_format_pax_restricted(a);
	archive_write_add_filter_gzip(a);
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	for (size_t i = 0; i < n && rows[i].name; i++)
		add_row(a, &rows[i]);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
}

/* Extracts TAR into an empty folder below FOLDER, which becomes the current one. */
static int extract_below(const char *folder, const char *tar, struct qvm_err *err)
{
	cleanup_free char *into = xasprintf("%s/into", folder);
	struct stream *from = xcalloc(1, sizeof(*from));
	struct extract x = {.from = from, .write = true};
	int fd = open(tar, O_RDONLY | O_CLOEXEC);
	int r;

	assert_true(fd >= 0);
	stream_init(from, fd, NULL);
	assert_int_equal(tree_remove(into), 0);
	assert_int_equal(dir_make(into, 0755), 0);
	assert_int_equal(chdir(into), 0);
	r = extract(&x, err);
	stream_dispose(from);
	free(from);
	close(fd);
	return r;
}

static void keeps_within_the_folder(void **state)
{
	cleanup_free char *tar = xasprintf("%s/root.tar.gz", (char *)*state);
	cleanup_free char *outside = xasprintf("%s/outside", (char *)*state);

	for (size_t i = 0; i < array_len(archives); i++) {
		struct qvm_err err = QVM_ERR_INIT;
		int r;

		write_tar(tar, archives[i].rows, ROWS);
		r = extract_below(*state, tar, &err);
		if (!archives[i].why && r < 0)
			fail_msg("%s: %s", archives[i].what, err.text);
		if (archives[i].why && (r == 0 || !strstr(err.text, archives[i].why)))
			fail_msg("%s: %d, '%s'", archives[i].what, r, err.text);
		assert_int_equal(access(outside, F_OK), -1);
		assert_int_equal(access("/tmp/qvm-outside", F_OK), -1);
	}
}

static void keeps_modes_and_links(void **state)
{
	cleanup_free char *tar = xasprintf("%s/root.tar.gz", (char *)*state);
	struct qvm_err err = QVM_ERR_INIT;
	char target[64] = "";
	struct stat st;

	write_tar(tar, archives[0].rows, ROWS);
	assert_int_equal(extract_below(*state, tar, &err), 0);
	assert_int_equal(stat("etc/hostname", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(st.st_size, 6);
	assert_true(readlink("etc/mtab", target, sizeof(target) - 1) > 0);
	assert_string_equal(target, "../proc/self/mounts");
}

static void judges_names(void **state)
{
	static const char *const good[] = {"a",	    "./",    "./a/b", "a..",
					   "..a/b", "a/...", "a/"};
	static const char *const bad[] = {"",	  "/",	    "..",    "../a",
					  "a/..", "a/../b", "./../a"};

	(void)state;
	for (size_t i = 0; i < array_len(good); i++)
		assert_true(extract_name_ok(good[i]));
	for (size_t i = 0; i < array_len(bad); i++)
		assert_false(extract_name_ok(bad[i]));
}

/* ---- cut, and too much ---- */

enum { PIECE = 65536, PIECES = 6 };

/* Files that end where a piece ends: header and content are one piece each. */
static void write_pieces(const char *path, int (*filter)(struct archive *a))
{
	static char content[PIECE - 512];
	struct archive *a = archive_write_new();
	uint32_t noise = 1;

	archive_write_set_format_ustar(a);
	assert_int_equal(filter(a), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	for (int i = 0; i < PIECES; i++) {
		struct archive_entry *entry = archive_entry_new();
		char name[] = "file0";

		name[4] = (char)('0' + i);
		for (size_t k = 0; k < sizeof(content); k++) {
			noise ^= noise << 13;
			noise ^= noise >> 17;
			noise ^= noise << 5;
			content[k] = (char)noise;
		}
		archive_entry_set_pathname(entry, name);
		archive_entry_set_filetype(entry, AE_IFREG);
		archive_entry_set_perm(entry, 0644);
		archive_entry_set_size(entry, sizeof(content));
		assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
		assert_int_equal(archive_write_data(a, content, sizeof(content)),
				 sizeof(content));
		archive_entry_free(entry);
	}
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
}

static void no_part_is_the_whole(void **state)
{
	static int (*const filters[])(struct archive *) = {
		archive_write_add_filter_none, archive_write_add_filter_gzip,
		archive_write_add_filter_zstd, archive_write_add_filter_xz,
		archive_write_add_filter_bzip2};
	cleanup_free char *tar = xasprintf("%s/root.tar", (char *)*state);

	for (size_t i = 0; i < array_len(filters); i++) {
		struct qvm_err err = QVM_ERR_INIT;
		struct stat st;

		write_pieces(tar, filters[i]);
		assert_int_equal(stat(tar, &st), 0);
		assert_true(st.st_size > (PIECES - 1) * PIECE);
		assert_int_equal(extract_below(*state, tar, &err), 0);
		for (off_t at = (st.st_size - 1) / PIECE * PIECE; at > 0; at -= PIECE) {
			assert_int_equal(truncate(tar, at), 0);
			if (extract_below(*state, tar, &err) == 0)
				fail_msg("filter %zu, cut at %lld", i, (long long)at);
			if (!strstr(err.text, "archive"))
				fail_msg("filter %zu: %s", i, err.text);
		}
	}
}

/* Sixty-four MiB of zeros in some hundred bytes, where one is allowed. */
static void a_bomb_ends_at_the_limit(void **state)
{
	static char zeros[1 << 20];
	cleanup_free char *tar = xasprintf("%s/root.tar", (char *)*state);
	struct stream *from = xcalloc(1, sizeof(*from));
	struct extract x = {.from = from, .limit = 1 << 20};
	struct archive *a = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	struct qvm_err err = QVM_ERR_INIT;
	int fd;

	archive_write_set_format_pax_restricted(a);
	archive_write_add_filter_zstd(a);
	assert_int_equal(archive_write_open_filename(a, tar), ARCHIVE_OK);
	archive_entry_set_pathname(entry, "bomb");
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, 64 << 20);
	assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
	for (int i = 0; i < 64; i++)
		assert_int_equal(archive_write_data(a, zeros, sizeof(zeros)),
				 sizeof(zeros));
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_entry_free(entry);
	archive_write_free(a);
	fd = open(tar, O_RDONLY | O_CLOEXEC);
	stream_init(from, fd, NULL);
	assert_int_equal(extract(&x, &err), -QVM_E_NO_SPACE);
	assert_true(x.bytes < 2 << 20);
	stream_dispose(from);
	free(from);
	close(fd);
}

static void devices_are_left_out(void **state)
{
	static const struct row rows[ROWS] = {
		{"dev/", AE_IFDIR, NULL, 0755, NULL},
		{"dev/sda", AE_IFBLK, NULL, 0666, NULL},
		{"dev/mem", AE_IFCHR, NULL, 0666, NULL},
	};
	cleanup_free char *tar = xasprintf("%s/root.tar", (char *)*state);
	struct qvm_err err = QVM_ERR_INIT;

	write_tar(tar, rows, ROWS);
	assert_int_equal(extract_below(*state, tar, &err), 0);
	assert_int_equal(access("dev", F_OK), 0);
	assert_int_equal(access("dev/sda", F_OK), -1);
	assert_int_equal(access("dev/mem", F_OK), -1);
}

struct heard {
	int last, count;
};

static void hear(void *arg, const char *what, int percent)
{
	struct heard *heard = arg;

	assert_string_equal(what, "filling the root volume");
	assert_true(percent >= heard->last);
	heard->last = percent;
	heard->count++;
}

/* By the helper program, onto a plain file. */
static int fill(const char *folder, const char *tar, struct heard *heard, char **ret_mark,
		struct qvm_err *err)
{
	const char *libexec = getenv("QVM_TEST_LIBEXEC");
	cleanup_ctx struct qvm_ctx ctx = {
		.run_dir = xasprintf("%s/run", folder),
		.libexec_dir = xstrdup(libexec ? libexec : "build/modules"),
		.progress = hear,
		.log_arg = heard,
	};
	struct template_facts facts;
	cleanup_buf struct buf content = BUF_INIT;
	struct block_dev dev = {0};
	int r;

	snprintf(dev.path, sizeof(dev.path), "%s/dev", folder);
	assert_int_equal(file_replace(dev.path, "", 0, 0644, 0), 0);
	assert_int_equal(truncate(dev.path, 4096), 0);
	r = template_fill(&ctx, &dev, tar, "tiny", &facts, err);
	assert_int_equal(file_read(dev.path, 4096, &content), 0);
	assert_int_equal(content.len, 4096);
	*ret_mark = xstrdup(buf_str(&content));
	return r;
}

static void fills_by_the_helper(void **state)
{
	cleanup_free char *tar = xasprintf("%s/root.tar.gz", (char *)*state);
	cleanup_free char *mark = NULL;
	struct qvm_err err = QVM_ERR_INIT;
	struct heard heard = {0};

	write_tar(tar, archives[0].rows, ROWS);
	if (fill(*state, tar, &heard, &mark, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(mark, "filled 'tiny': 4 entries, 6 bytes\n");
	assert_int_equal(heard.last, 100);
}

static void helper_refused(const char *folder, const char *tar, const char *why)
{
	cleanup_free char *mark = NULL;
	struct qvm_err err = QVM_ERR_INIT;
	struct heard heard = {0};

	assert_true(fill(folder, tar, &heard, &mark, &err) < 0);
	if (!strstr(err.text, why) || !strstr(err.text, "cannot use '"))
		fail_msg("'%s' instead of '%s'", err.text, why);
	assert_string_equal(mark, "");
}

static void says_what_is_wrong_with_an_archive(void **state)
{
	cleanup_free char *tar = xasprintf("%s/root.tar.gz", (char *)*state);

	helper_refused(*state, tar, "cannot open it: No such file");
	write_tar(tar, archives[3].rows, ROWS);
	helper_refused(*state, tar, "'a/../../outside' leads out of the file system");
	write_tar(tar, archives[0].rows, ROWS);
	assert_int_equal(truncate(tar, 120), 0);
	helper_refused(*state, tar, "truncated gzip input");
	assert_int_equal(file_replace(tar, "no archive at all", 17, 0644, 0), 0);
	helper_refused(*state, tar, "archive");
	assert_int_equal(truncate(tar, 0), 0);
	helper_refused(*state, tar, "archive");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(keeps_within_the_folder),
		in_folder(keeps_modes_and_links),
		cmocka_unit_test(judges_names),
		in_folder(no_part_is_the_whole),
		in_folder(a_bomb_ends_at_the_limit),
		in_folder(devices_are_left_out),
		in_folder(fills_by_the_helper),
		in_folder(says_what_is_wrong_with_an_archive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
