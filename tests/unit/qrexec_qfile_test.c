/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Receiving: streams made by hand, above all those that an honest sender would not send. */
#include "qrexec/qfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#include "lib/buf.h"
#include "tests/unit/qrexec_qfile_attacks.h"
#include "tests/unit/test.h"

/* --- streams ------------------------------------------------------------------------- */

static void add_head(struct buf *b, const struct qfile_header *h, const char *name)
{
	uint8_t bytes[QFILE_HEADER];

	qfile_header_put(bytes, h);
	buf_add_mem(b, bytes, sizeof(bytes));
	buf_add_mem(b, name, h->name_len);
}

static struct qfile_header head_of(const char *name, uint32_t mode, uint64_t size)
{
	return (struct qfile_header){.name_len = (uint32_t)strlen(name) + 1,
				     .mode = mode,
				     .size = size,
				     .atime = 1000000000,
				     .mtime = 1000000001,
				     .mtime_ns = 999999999};
}

static void add(struct buf *b, const char *name, uint32_t mode, const char *content)
{
	const struct qfile_header h = head_of(name, mode, strlen(content));

	add_head(b, &h, name);
	buf_add(b, content);
}

static void add_end(struct buf *b)
{
	const struct qfile_header h = {0};

	add_head(b, &h, "");
}

/* --- a receiver in a folder, with a witness beside it --------------------------------- */

struct case_ {
	struct buf stream;
	size_t at, step; /* bytes a read gives; 0: all there are */
	struct qfile_unpack unpack;
	struct qfile_answer answer;
	char *root, *beside;
};

static ssize_t give(void *from, void *out, size_t len)
{
	struct case_ *c = from;
	size_t left = c->stream.len - c->at;

	if (len > left)
		len = left;
	if (c->step && len > c->step)
		len = c->step;
	memcpy(out, c->stream.data + c->at, len);
	c->at += len;
	return (ssize_t)len;
}

static struct case_ *begin(void **state)
{
	struct case_ *c = xcalloc(1, sizeof(*c));
	cleanup_free char *witness = xasprintf("%s/beside/witness", (char *)*state);

	c->root = xasprintf("%s/root", (char *)*state);
	c->beside = xasprintf("%s/beside", (char *)*state);
	assert_int_equal(dir_make(c->root, 0700), 0);
	assert_int_equal(dir_make(c->beside, 0700), 0);
	assert_int_equal(file_replace(witness, "x", 1, 0600, 0), 0);
	c->unpack.root = open(c->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	c->unpack.read = give;
	c->unpack.from = c;
	return c;
}

static uint32_t run(struct case_ *c)
{
	return qfile_unpack(&c->unpack, &c->answer);
}

static int bad_entries; /* devices, set-user-id, and so on */
static int entries;

static int look(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)path;
	(void)type;
	entries += ftw->level > 0;
	if ((!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode) && !S_ISLNK(st->st_mode)) ||
	    (!S_ISLNK(st->st_mode) && st->st_mode & 07000))
		bad_entries++;
	return 0;
}

static int count(const char *path)
{
	entries = 0;
	assert_int_equal(nftw(path, look, 16, FTW_PHYS), 0);
	return entries;
}

/* Nothing beside the root has come or changed; frees it all. */
static void end(struct case_ *c)
{
	cleanup_free char *witness = xasprintf("%s/witness", c->beside);
	cleanup_free char *above = xasprintf("%s/..", c->root);
	cleanup_buf struct buf text = BUF_INIT;
	int own = count(c->root);

	bad_entries = 0;
	assert_int_equal(count(above), own + 3); /* root, beside, witness */
	assert_int_equal(bad_entries, 0);
	assert_int_equal(file_read(witness, 10, &text), 0);
	assert_string_equal(buf_str(&text), "x");
	close(c->unpack.root);
	buf_dispose(&c->stream);
	free(c->root);
	free(c->beside);
	free(c);
}

static struct stat stat_of(const struct case_ *c, const char *name)
{
	struct stat st = {0};

	assert_int_equal(fstatat(c->unpack.root, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st;
}

static bool exists(const struct case_ *c, const char *name)
{
	return faccessat(c->unpack.root, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void assert_file(const struct case_ *c, const char *name, const char *content)
{
	cleanup_free char *path = xasprintf("%s/%s", c->root, name);
	cleanup_buf struct buf text = BUF_INIT;

	assert_int_equal(file_read(path, 1 << 20, &text), 0);
	assert_string_equal(buf_str(&text), content);
}

/* --- what an honest sender sends ------------------------------------------------------- */

static void add_honest(struct buf *b)
{
	add(b, "one", FILE_MODE, "hello");
	add(b, "dir", FOLDER_MODE, "");
	add(b, "dir/in", FOLDER_MODE, "");
	add(b, "dir/in/empty", FILE_MODE, "");
	add(b, "dir/in/up", LINK_MODE, "../two");
	add(b, "dir/in", FOLDER_MODE, "");
	add(b, "dir/two", FILE_MODE, "2");
	add(b, "dir", S_IFDIR | 0550, "");
	add(b, "\xc3\xa9t\xc3\xa9", FILE_MODE, "summer");
	add_end(b);
}

static void assert_honest(struct case_ *c)
{
	struct stat st;
	char target[32] = "";

	assert_int_equal(c->answer.code, 0);
	assert_int_equal(c->answer.crc, qfile_crc(0, c->stream.data, c->stream.len));
	assert_file(c, "one", "hello");
	assert_file(c, "dir/two", "2");
	assert_file(c, "dir/in/empty", "");
	assert_int_equal(readlinkat(c->unpack.root, "dir/in/up", target, 31), 6);
	assert_string_equal(target, "../two");
	assert_int_equal(stat_of(c, "one").st_mode, FILE_MODE);
	assert_int_equal(stat_of(c, "dir").st_mode, S_IFDIR | 0550);
	st = stat_of(c, "dir/in");
	assert_int_equal(st.st_mode, FOLDER_MODE);
	assert_int_equal(st.st_mtim.tv_sec, 1000000001);
	assert_int_equal(st.st_mtim.tv_nsec, 999999999);
	assert_int_equal(stat_of(c, "dir/in/up").st_mtim.tv_sec, 1000000001);
	assert_int_equal(c->unpack.files, 7);
	assert_int_equal(c->unpack.bytes, 12);
	assert_int_equal(fchmodat(c->unpack.root, "dir", 0700, 0), 0);
}

static void test_honest(void **state)
{
	static const size_t steps[] = {0, 1, 7, 33};

	for (size_t i = 0; i < 2 * array_len(steps); i++) {
		struct case_ *c = begin(state);

		c->step = steps[i / 2];
		c->unpack.no_openat2 = i % 2;
		add_honest(&c->stream);
		run(c);
		assert_honest(c);
		assert_int_equal(tree_remove(c->root), 0);
		assert_int_equal(dir_make(c->root, 0700), 0);
		end(c);
	}
}

static void test_big_and_sparse(void **state)
{
	enum { SIZE = (20 << 20) + 100000 };
	struct case_ *c = begin(state);
	cleanup_free char *content = xcalloc(1, SIZE);
	struct qfile_header h = head_of("big", FILE_MODE, SIZE);
	cleanup_buf struct buf back = BUF_INIT;
	cleanup_free char *path = xasprintf("%s/big", c->root);

	content[0] = 'a';
	content[SIZE / 2] = 'b';
	add_head(&c->stream, &h, "big");
	buf_add_mem(&c->stream, content, SIZE);
	add_end(&c->stream);
	assert_int_equal(run(c), 0);
	assert_int_equal(file_read(path, SIZE, &back), 0);
	assert_int_equal(back.len, SIZE);
	assert_memory_equal(back.data, content, SIZE);
	assert_true(stat_of(c, "big").st_blocks * 512 < SIZE / 4);
	end(c);
}

/* --- the catalogue of attacks ---------------------------------------------------------- */

static void play(void **state, const struct attack *a, bool any, bool by_hand)
{
	struct case_ *c = begin(state);

	c->unpack.any_name = any;
	c->unpack.no_openat2 = by_hand;
	for (size_t i = 0; i < array_len(a->objects) && a->objects[i].name; i++)
		add(&c->stream, a->objects[i].name, a->objects[i].mode,
		    a->objects[i].content);
	add_end(&c->stream);
	if (run(c) != (any && a->code == EILSEQ ? 0 : a->code))
		fail_msg("%s: code %u", a->title, c->answer.code);
	if (!any && count(c->root) != a->left)
		fail_msg("%s: %d objects are left", a->title, count(c->root));
	assert_int_equal(tree_remove(c->root), 0);
	assert_int_equal(dir_make(c->root, 0700), 0);
	end(c);
}

static void test_attacks(void **state)
{
	for (size_t i = 0; i < array_len(attacks); i++) {
		play(state, &attacks[i], false, false);
		play(state, &attacks[i], false, true);
		/* only characters are forgiven with +allow-all-names */
		play(state, &attacks[i], true, false);
	}
}

/* What is already there is neither replaced nor followed, whoever has made it. */
static void test_existing(void **state)
{
	for (int by_hand = 0; by_hand < 2; by_hand++) {
		struct case_ *c = begin(state);
		cleanup_free char *link = xasprintf("%s/l", c->root);
		cleanup_free char *old = xasprintf("%s/old", c->root);
		cleanup_free char *folder = xasprintf("%s/folder", c->root);

		c->unpack.no_openat2 = by_hand;
		assert_int_equal(symlink(c->beside, link), 0);
		assert_int_equal(file_replace(old, "old", 3, 0600, 0), 0);
		assert_int_equal(dir_make(folder, 0700), 0);
		add(&c->stream, "old", FILE_MODE, "new");
		assert_int_equal(run(c), EEXIST);
		assert_file(c, "old", "old");
		buf_reset(&c->stream);
		c->at = 0;
		add(&c->stream, "l/x", FILE_MODE, "new");
		assert_int_equal(run(c), ENOENT);
		buf_reset(&c->stream);
		c->at = 0;
		add(&c->stream, "l", FILE_MODE, "new");
		assert_int_equal(run(c), EEXIST);
		buf_reset(&c->stream);
		c->at = 0;
		add(&c->stream, "folder", FOLDER_MODE, "");
		assert_int_equal(run(c), EEXIST);
		buf_reset(&c->stream);
		c->at = 0;
		add(&c->stream, "folder2", FOLDER_MODE, "");
		add(&c->stream, "folder/x", FILE_MODE, "new");
		assert_int_equal(run(c), ENOENT);
		assert_int_equal(tree_remove(c->root), 0);
		assert_int_equal(dir_make(c->root, 0700), 0);
		end(c);
	}
}

/* The folder at hand becomes a link while the transfer runs. */
static ssize_t give_and_swap(void *from, void *out, size_t len)
{
	struct case_ *c = from;
	cleanup_free char *folder = xasprintf("%s/a", c->root);
	cleanup_free char *aside = xasprintf("%s/a2", c->root);

	if (exists(c, "a") && !exists(c, "a2")) {
		assert_int_equal(rename(folder, aside), 0);
		assert_int_equal(symlink(c->beside, folder), 0);
	}
	return give(c, out, len);
}

static void test_swapped(void **state)
{
	for (int by_hand = 0; by_hand < 2; by_hand++) {
		struct case_ *c = begin(state);

		c->unpack.read = give_and_swap;
		c->unpack.no_openat2 = by_hand;
		c->step = 1;
		add(&c->stream, "a", FOLDER_MODE, "");
		add(&c->stream, "a/x", FILE_MODE, "new");
		add_end(&c->stream);
		run(c);
		assert_true(c->answer.code == ELOOP || c->answer.code == ENOTDIR);
		assert_int_equal(count(c->root), 2);
		assert_int_equal(tree_remove(c->root), 0);
		assert_int_equal(dir_make(c->root, 0700), 0);
		end(c);
	}
}

/* Cut anywhere: a code, and no half file. */
static void test_cut(void **state)
{
	struct buf whole = BUF_INIT;

	add_honest(&whole);
	for (size_t len = 0; len < whole.len; len++) {
		struct case_ *c = begin(state);

		buf_add_mem(&c->stream, whole.data, len);
		run(c);
		assert_true(c->answer.code == EREMOTEIO ||
			    c->answer.code == QFILE_CUT_SHORT);
		if (exists(c, "one"))
			assert_file(c, "one", "hello");
		if (exists(c, "dir/two"))
			assert_file(c, "dir/two", "2");
		if (exists(c, "dir"))
			assert_int_equal(fchmodat(c->unpack.root, "dir", 0700, 0), 0);
		assert_int_equal(tree_remove(c->root), 0);
		assert_int_equal(dir_make(c->root, 0700), 0);
		end(c);
	}
	buf_dispose(&whole);
}

static uint32_t one_header(void **state, const struct qfile_header *h, const char *name)
{
	struct case_ *c = begin(state);
	uint32_t code;

	add_head(&c->stream, h, name);
	buf_add(&c->stream, "short");
	code = run(c);
	assert_int_equal(count(c->root), 0);
	end(c);
	return code;
}

static void test_numbers(void **state)
{
	struct qfile_header h = head_of("x", FILE_MODE, 100);
	char *long_name = xcalloc(1, QFILE_NAME_MAX + 2);

	assert_int_equal(one_header(state, &h, "x"), QFILE_CUT_SHORT);
	h.size = (uint64_t)1 << 63;
	assert_int_equal(one_header(state, &h, "x"), EINVAL);
	h.size = UINT64_MAX;
	assert_int_equal(one_header(state, &h, "x"), EINVAL);
	h.size = INT64_MAX; /* more than any disk has */
	assert_int_equal(one_header(state, &h, "x"), ENOSPC);
	h.size = 100;
	h.mtime_ns = 1000000000;
	assert_int_equal(one_header(state, &h, "x"), EINVAL);
	h.mtime_ns = 0;
	h.atime_ns = UINT32_MAX;
	assert_int_equal(one_header(state, &h, "x"), EINVAL);
	h.atime_ns = 0;
	h.name_len = 1; /* without its NUL */
	assert_int_equal(one_header(state, &h, "x"), EINVAL);
	h.name_len = 4; /* with one too many */
	assert_int_equal(one_header(state, &h, "x\0y"), EINVAL);
	memset(long_name, 'a', QFILE_NAME_MAX);
	h.name_len = QFILE_NAME_MAX + 1;
	assert_int_equal(one_header(state, &h, long_name), ENAMETOOLONG);
	h.name_len = UINT32_MAX;
	h.size = 5;
	{
		struct case_ *c = begin(state);
		uint8_t bytes[QFILE_HEADER];

		qfile_header_put(bytes, &h);
		buf_add_mem(&c->stream, bytes, sizeof(bytes));
		assert_int_equal(run(c), ENAMETOOLONG);
		end(c);
	}
	long_name[256] = '\0';
	h = head_of(long_name, FILE_MODE, 5);
	assert_int_equal(one_header(state, &h, long_name), ENAMETOOLONG);
	h = head_of("a/b", LINK_MODE, QFILE_NAME_MAX);
	assert_int_equal(one_header(state, &h, "a/b"), ENAMETOOLONG);
	free(long_name);
}

/* A time of -1 is one in 2106; of a mode only the rights are taken over. */
static void test_time_and_mode(void **state)
{
	struct case_ *c = begin(state);
	struct qfile_header h = head_of("x", S_IFREG | 01777, 0);

	h.mtime = UINT32_MAX;
	add_head(&c->stream, &h, "x");
	add(&c->stream, "d", S_IFDIR | 07777, "");
	add(&c->stream, "d", S_IFDIR | 07777, "");
	add_end(&c->stream);
	assert_int_equal(run(c), 0);
	assert_int_equal(stat_of(c, "x").st_mtim.tv_sec, UINT32_MAX);
	assert_int_equal(stat_of(c, "x").st_mode, S_IFREG | 0777);
	assert_int_equal(stat_of(c, "d").st_mode, S_IFDIR | 0777);
	end(c);
}

static void test_depth(void **state)
{
	struct case_ *c = begin(state);
	struct buf name = BUF_INIT;
	int made = 0;

	for (; made <= QFILE_DEPTH_MAX; made++) {
		buf_add(&name, made ? "/d" : "d");
		add(&c->stream, buf_str(&name), FOLDER_MODE, "");
	}
	assert_int_equal(run(c), ENAMETOOLONG);
	assert_int_equal(count(c->root), QFILE_DEPTH_MAX);
	buf_dispose(&name);
	end(c);
}

static void test_limits(void **state)
{
	struct case_ *c = begin(state);

	c->unpack.max_bytes = 5;
	add(&c->stream, "one", FILE_MODE, "12345");
	add(&c->stream, "two", FILE_MODE, "6");
	assert_int_equal(run(c), EDQUOT);
	assert_string_equal(c->answer.name, "two");
	assert_false(exists(c, "two"));
	buf_reset(&c->stream);
	c->at = 0;
	c->unpack.max_bytes = 0;
	c->unpack.max_files = 2;
	add(&c->stream, "a", FOLDER_MODE, "");
	add(&c->stream, "a/x", FILE_MODE, "1");
	add(&c->stream, "a", FOLDER_MODE, "");
	add(&c->stream, "b", FILE_MODE, "1");
	assert_int_equal(run(c), EDQUOT);
	assert_string_equal(c->answer.name, "b");
	end(c);
}

static void test_answer(void **state)
{
	static struct qfile_answer a, back;
	static uint8_t bytes[QFILE_ANSWER_MAX];
	size_t len;

	(void)state;
	a = (struct qfile_answer){.code = EEXIST, .crc = 0x12345678, .name = "dir/file"};
	len = qfile_answer_put(bytes, &a);
	assert_int_equal(len, 16 + 4 + 8);
	assert_int_equal(qfile_answer_get(bytes, len, &back), 0);
	assert_memory_equal(&a, &back, sizeof(a));
	assert_int_equal(qfile_answer_get(bytes, QFILE_ANSWER, &back), 0);
	assert_string_equal(back.name, "");
	assert_int_equal(qfile_answer_get(bytes, len - 1, &back), -EBADMSG);
	assert_int_equal(qfile_answer_get(bytes, QFILE_ANSWER - 1, &back), -EBADMSG);
	memset(bytes + QFILE_ANSWER, 0xff, 4);
	assert_int_equal(qfile_answer_get(bytes, sizeof(bytes), &back), -EBADMSG);
	assert_int_equal(qfile_crc(0, "123456789", 9), 0xcbf43926);
}

/* The fast ways against the definition, at every length around their steps. */
static void test_crc(void **state)
{
	static uint8_t data[1100];
	uint32_t slow = 0xffffffff;

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * i * 31 + i / 7);
	for (size_t len = 0; len < sizeof(data); len++) {
		assert_int_equal(qfile_crc(0, data, len), ~slow);
		assert_int_equal(qfile_crc(qfile_crc(0, data, len / 3), data + len / 3,
					   len - len / 3),
				 ~slow);
		slow ^= data[len];
		for (int bit = 0; bit < 8; bit++)
			slow = slow >> 1 ^ (slow & 1 ? 0xedb88320 : 0);
	}
}

static void test_incoming(void **state)
{
	cleanup_free char *link = xasprintf("%s/QubesIncoming/evil", (char *)*state);
	struct stat st;
	int parent = -1;
	int fd = qfile_incoming(*state, "work", &parent);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	close(fd);
	close(parent);
	assert_int_equal(symlink("/tmp", link), 0);
	assert_true(qfile_incoming(*state, "evil", &parent) < 0);
	assert_int_equal(qfile_incoming(*state, "..", &parent), -EINVAL);
	assert_int_equal(qfile_incoming(*state, "a/b", &parent), -EINVAL);
	assert_int_equal(qfile_incoming(*state, "", &parent), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(test_honest),	       in_folder(test_big_and_sparse),
		in_folder(test_attacks),       in_folder(test_existing),
		in_folder(test_swapped),       in_folder(test_cut),
		in_folder(test_numbers),       in_folder(test_time_and_mode),
		in_folder(test_depth),	       in_folder(test_limits),
		cmocka_unit_test(test_answer), cmocka_unit_test(test_crc),
		in_folder(test_incoming),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
