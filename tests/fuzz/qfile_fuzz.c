/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feeds copied files' streams and answers, as another domain may send them, to the
 * receiver and the decoders. The first byte chooses: a stream (with its lowest bits as
 * settings), or an answer, name and link. What a stream has made must lie below its folder
 * and be harmless; a witness beside the folder must stay as it is.
 *
 *	clang -fsanitize=fuzzer,address,undefined -g -D_GNU_SOURCE -iquote . -o qfile_fuzz
 *		tests/fuzz/qfile_fuzz.c qrexec/qfile_[a-z]*.c lib/[a-z]*.c
 *	./qfile_fuzz tests/fuzz/corpus/qfile
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "qrexec/qfile.h"

/* A failure must be seen in every build. */
#define check(x)                                                                         \
	do {                                                                             \
		if (!(x))                                                                \
			__builtin_trap();                                                \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
	const uint8_t *at;
	size_t len, step;
};

static ssize_t take(void *from, void *out, size_t len)
{
	struct bytes *b = from;

	if (len > b->len)
		len = b->len;
	if (len > b->step)
		len = b->step;
	memcpy(out, b->at, len);
	b->at += len;
	b->len -= len;
	return (ssize_t)len;
}

static char top[] = "/dev/shm/qfile-fuzz-XXXXXX";
static char *folder;
static uint64_t entries;

static int look(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	char target[64];

	(void)type;
	entries++;
	check(S_ISREG(st->st_mode) || S_ISDIR(st->st_mode) || S_ISLNK(st->st_mode));
	check(S_ISLNK(st->st_mode) || !(st->st_mode & 07000));
	if (S_ISLNK(st->st_mode)) {
		check(readlink(path, target, sizeof(target)) > 0);
		check(*target != '/' && ftw->level >= 3);
	}
	return 0;
}

static void end(void)
{
	check(tree_remove(top) == 0);
}

static void begin(void)
{
	cleanup_free char *witness = NULL;

	if (folder)
		return;
	check(mkdtemp(top));
	check(atexit(end) == 0);
	folder = xasprintf("%s/folder", top);
	witness = xasprintf("%s/witness", top);
	check(file_replace(witness, "x", 1, 0600, 0) == 0);
}

static void stream(uint8_t settings, const uint8_t *data, size_t size)
{
	static struct qfile_answer answer;
	struct bytes b = {data, size, settings & 1 ? 7 : size + 1};
	struct qfile_unpack u = {.read = take,
				 .from = &b,
				 .any_name = settings & 2,
				 .no_openat2 = settings & 4,
				 .max_files = 50,
				 .max_bytes = 1 << 20};

	begin();
	check(mkdir(folder, 0700) == 0);
	u.root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check(u.root >= 0);
	check(qfile_unpack(&u, &answer) == answer.code);
	check(memchr(answer.name, 0, sizeof(answer.name)));
	check(u.bytes <= 1 << 20 && u.files <= 50);
	close(u.root);
	entries = 0;
	check(nftw(top, look, 16, FTW_PHYS) == 0);
	check(entries <= 3 + u.files); /* top, folder, witness */
	check(tree_remove(folder) == 0);
}

static void decode(const uint8_t *data, size_t size)
{
	static struct qfile_answer answer;
	static char text[65536];

	if (qfile_answer_get(data, size, &answer) == 0) {
		check(memchr(answer.name, 0, sizeof(answer.name)));
		qfile_name_show(answer.name);
		check(!strpbrk(answer.name, "\033\n\r\t\177"));
		(void)!strlen(qfile_code_text(answer.code));
	}
	if (size >= sizeof(text))
		return;
	memcpy(text, data, size);
	text[size] = '\0';
	if (qfile_name_check(text, size, false) == 0)
		check(*text && *text != '/' && !strstr(text, "//") &&
		      !strpbrk(text, "\033\n\177"));
	if (qfile_link_check("a/b/c", text, size, true) == 0)
		check(strncmp(text, "../../", 6) != 0 && strcmp(text, "../..") != 0 &&
		      !strstr(text, "/../"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	if (data[0] & 0x80)
		decode(data + 1, size - 1);
	else
		stream(data[0], data + 1, size - 1);
	return 0;
}
