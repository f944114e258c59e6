/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sending: to a real receiver in another process, and to such as misbehave. */
#include "qrexec/qfile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "lib/proc.h"
#include "tests/unit/test.h"

/* A place for both sides: FOLDER/from and FOLDER/to. */
struct place {
	char *from, *to;
	struct qfile_pack *pack;
	int skipped;
};

static void note_skipped(void *arg, const char *name, const char *why)
{
	struct place *p = arg;

	assert_non_null(why);
	assert_non_null(name);
	p->skipped++;
}

static void place_init(struct place *p, void **state, bool ignore_links, bool move)
{
	const struct qfile_pack_options options = {.ignore_links = ignore_links,
						   .move = move,
						   .skipped = note_skipped,
						   .arg = p};

	*p = (struct place){.from = xasprintf("%s/from", (char *)*state),
			    .to = xasprintf("%s/to", (char *)*state)};
	assert_int_equal(tree_remove(p->from) + tree_remove(p->to), 0);
	assert_int_equal(dir_make(p->from, 0700), 0);
	assert_int_equal(dir_make(p->to, 0700), 0);
	p->pack = qfile_pack_new(&options);
}

static void place_dispose(struct place *p)
{
	qfile_pack_free(p->pack);
	free(p->from);
	free(p->to);
}

static void make(const struct place *p, const char *name, const char *content)
{
	cleanup_free char *path = xasprintf("%s/%s", p->from, name);

	if (content)
		assert_int_equal(file_replace(path, content, strlen(content), 0640, 0),
				 0);
	else
		assert_int_equal(dir_make(path, 0750), 0);
}

static int add(const struct place *p, const char *name)
{
	cleanup_free char *path = xasprintf("%s/%s", p->from, name);

	return qfile_pack_add(p->pack, path);
}

static bool exists(const char *folder, const char *name)
{
	cleanup_free char *path = xasprintf("%s/%s", folder, name);
	struct stat st;

	return lstat(path, &st) == 0;
}

static ssize_t read_fd(void *from, void *buf, size_t len)
{
	return read(*(int *)from, buf, len);
}

/* --- receivers ------------------------------------------------------------------------- */

static void receive(int fd, const char *to)
{
	static uint8_t bytes[QFILE_ANSWER_MAX];
	static struct qfile_answer answer;
	struct qfile_unpack u = {
		.root = open(to, O_RDONLY | O_DIRECTORY), .read = read_fd, .from = &fd};

	(void)!qfile_unpack(&u, &answer);
	(void)!write(fd, bytes, qfile_answer_put(bytes, &answer));
}

/* The first sixteen bytes are all that older ones say. */
static void receive_short(int fd, const char *to)
{
	static uint8_t bytes[QFILE_ANSWER_MAX];
	static struct qfile_answer answer;
	struct qfile_unpack u = {
		.root = open(to, O_RDONLY | O_DIRECTORY), .read = read_fd, .from = &fd};

	(void)!qfile_unpack(&u, &answer);
	(void)qfile_answer_put(bytes, &answer);
	(void)!write(fd, bytes, 10);
	(void)!write(fd, bytes + 10, QFILE_ANSWER - 10);
}

static void receive_other(int fd, const char *to)
{
	static uint8_t bytes[QFILE_ANSWER_MAX];
	static struct qfile_answer answer;
	struct qfile_unpack u = {
		.root = open(to, O_RDONLY | O_DIRECTORY), .read = read_fd, .from = &fd};

	(void)!qfile_unpack(&u, &answer);
	answer.crc++;
	(void)!write(fd, bytes, qfile_answer_put(bytes, &answer));
}

static void refuse(int fd, const char *to)
{
	static uint8_t bytes[QFILE_ANSWER_MAX];
	static struct qfile_answer answer = {.code = EDQUOT, .name = "some"};

	(void)to;
	(void)!read(fd, bytes, 1);
	(void)!write(fd, bytes, qfile_answer_put(bytes, &answer));
	sleep(1); /* it reads no more, and is not gone */
}

/* Success, before it has seen anything. */
static void agree(int fd, const char *to)
{
	static uint8_t bytes[QFILE_ANSWER_MAX];
	static struct qfile_answer answer;

	(void)to;
	(void)!write(fd, bytes, qfile_answer_put(bytes, &answer));
	while (read(fd, bytes, sizeof(bytes)) > 0)
		;
}

static void leave(int fd, const char *to)
{
	char byte;

	(void)to;
	(void)!read(fd, &byte, 1);
}

static void babble(int fd, const char *to)
{
	static uint8_t bytes[1 << 16];

	(void)to;
	memset(bytes, 0xff, sizeof(bytes));
	(void)!write(fd, bytes, sizeof(bytes));
}

static int copy(struct place *p, void (*other)(int fd, const char *to),
		struct qfile_answer *ret)
{
	struct qfile_send s = {.pack = p->pack};
	int pair[2];
	int r;
	pid_t pid;

	(void)signal(SIGPIPE, SIG_IGN);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		other(pair[1], p->to);
		_exit(0);
	}
	close(pair[1]);
	s.in = s.out = pair[0];
	r = qfile_send(&s, ret);
	close(pair[0]);
	assert_int_equal(proc_wait(pid), 0);
	return r;
}

static struct qfile_answer answer; /* too large for the stack's taste */

/* --- honest ---------------------------------------------------------------------------- */

static void fill(const struct place *p)
{
	cleanup_free char *link = xasprintf("%s/dir/link", p->from);
	cleanup_free char *pipe_ = xasprintf("%s/dir/pipe", p->from);

	make(p, "one", "hello");
	make(p, "dir", NULL);
	make(p, "dir/empty", "");
	make(p, "dir/in", NULL);
	make(p, "dir/in/two", "22");
	assert_int_equal(symlink("in/two", link), 0);
	assert_int_equal(mkfifo(pipe_, 0600), 0);
}

static int same_trees(const struct place *p, const char *name)
{
	cleanup_free char *a = xasprintf("%s/%s", p->from, name);
	cleanup_free char *b = xasprintf("%s/%s", p->to, name);
	const char *const argv[] = {"diff", "-r", "--no-dereference", a, b, NULL};
	const struct proc_request req = {.argv = argv};
	int status = -1;

	assert_int_equal(proc_run(&req, &status), 0);
	return status;
}

static void assert_same_stat(const struct place *p, const char *name)
{
	cleanup_free char *a = xasprintf("%s/%s", p->from, name);
	cleanup_free char *b = xasprintf("%s/%s", p->to, name);
	struct stat from, to;

	assert_int_equal(lstat(a, &from), 0);
	assert_int_equal(lstat(b, &to), 0);
	assert_int_equal(from.st_mode, to.st_mode);
	assert_memory_equal(&from.st_mtim, &to.st_mtim, sizeof(from.st_mtim));
}

static void test_tree(void **state)
{
	static void (*const receivers[])(int fd, const char *to) = {receive,
								    receive_short};

	for (size_t i = 0; i < array_len(receivers); i++) {
		struct place p;
		struct qfile_total total;
		cleanup_free char *pipe_ = NULL;

		place_init(&p, state, false, false);
		fill(&p);
		assert_int_equal(add(&p, "one"), 0);
		assert_int_equal(add(&p, "dir//"), 0);
		assert_int_equal(qfile_pack_scan(p.pack, &total), 0);
		assert_int_equal(total.bytes, 7);
		assert_int_equal(total.objects, 6);
		assert_false(total.any_name);
		assert_int_equal(p.skipped, 1); /* the pipe, told once */
		assert_int_equal(copy(&p, receivers[i], &answer), 0);
		assert_int_equal(answer.code, 0);
		assert_int_equal(p.skipped, 1);
		assert_int_equal(qfile_pack_bytes(p.pack), 7);
		assert_int_equal(qfile_pack_objects(p.pack), 6);
		pipe_ = xasprintf("%s/dir/pipe", p.from);
		assert_int_equal(unlink(pipe_), 0);
		assert_int_equal(same_trees(&p, "dir"), 0);
		assert_int_equal(same_trees(&p, "one"), 0);
		assert_same_stat(&p, "one");
		assert_same_stat(&p, "dir/in/two");
		assert_same_stat(&p, "dir/link");
		place_dispose(&p);
	}
}

static void test_large_and_sparse(void **state)
{
	struct place p;
	cleanup_free char *path = NULL, *there = NULL;
	cleanup_close int fd = -1;
	struct stat st;
	char block[5000];

	place_init(&p, state, false, false);
	path = xasprintf("%s/big", p.from);
	there = xasprintf("%s/big", p.to);
	memset(block, 'x', sizeof(block));
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(pwrite(fd, block, sizeof(block), 3 << 20), sizeof(block));
	assert_int_equal(pwrite(fd, block, sizeof(block), 30 << 20), sizeof(block));
	assert_int_equal(ftruncate(fd, 60 << 20), 0);
	assert_int_equal(add(&p, "big"), 0);
	assert_int_equal(copy(&p, receive, &answer), 0);
	assert_int_equal(answer.code, 0);
	assert_int_equal(same_trees(&p, "big"), 0);
	assert_int_equal(stat(there, &st), 0);
	assert_int_equal(st.st_size, 60 << 20);
	assert_true(st.st_blocks * 512 < 4 << 20);
	place_dispose(&p);
}

static void test_names(void **state)
{
	struct place p;
	struct qfile_total total;
	cleanup_free char *link = NULL, *here = getcwd(NULL, 0);

	place_init(&p, state, true, false);
	fill(&p);
	make(&p, "dir/a\nb", "x");
	link = xasprintf("%s/top", p.from);
	assert_int_equal(symlink("one", link), 0);
	assert_int_equal(add(&p, "top"), 0);
	assert_int_equal(add(&p, "dir"), 0);
	assert_int_equal(qfile_pack_scan(p.pack, &total), 0);
	assert_true(total.any_name);
	assert_int_equal(p.skipped, 3); /* two links and the pipe */
	assert_int_equal(copy(&p, receive, &answer), 0);
	assert_int_equal(answer.code, EILSEQ);
	assert_string_equal(answer.name, "dir/a\nb");
	place_dispose(&p);

	place_init(&p, state, false, false);
	fill(&p);
	assert_int_equal(symlink("one", link), 0);
	assert_int_equal(add(&p, "top"), 0);
	assert_int_equal(qfile_pack_scan(p.pack, &total), -ELOOP);
	assert_string_equal(qfile_pack_where(p.pack), "top");
	assert_int_equal(qfile_pack_add(p.pack, ""), -ENOENT);
	assert_int_equal(qfile_pack_add(p.pack, "/"), -EINVAL);
	place_dispose(&p);

	/* a name for what has none */
	place_init(&p, state, false, false);
	fill(&p);
	assert_int_equal(chdir(p.from), 0);
	assert_int_equal(qfile_pack_add(p.pack, "dir/.."), 0);
	assert_int_equal(chdir(here), 0);
	assert_int_equal(copy(&p, receive, &answer), 0);
	assert_int_equal(answer.code, 0);
	assert_true(exists(p.to, "from/dir/in/two"));
	assert_int_equal(add(&p, "absent"), 0);
	assert_int_equal(qfile_pack_scan(p.pack, &total), -ENOENT);
	assert_string_equal(qfile_pack_where(p.pack), "absent");
	place_dispose(&p);
}

/* --- the other side misbehaves ----------------------------------------------------------- */

struct misbehaviour {
	void (*other)(int fd, const char *to);
	int r;
	uint32_t code;
};

static void test_misbehaviour(void **state)
{
	static const struct misbehaviour cases[] = {
		{receive_other, 0, QFILE_DAMAGED},
		{refuse, 0, EDQUOT},
		{agree, 0, QFILE_DAMAGED},
		{leave, -EPIPE, 0},
		{babble, -EBADMSG, 0},
	};

	for (size_t i = 0; i < array_len(cases); i++) {
		struct place p;
		cleanup_free char *path = NULL;

		place_init(&p, state, false, true);
		make(&p, "big", "x");
		path = xasprintf("%s/big", p.from);
		assert_int_equal(truncate(path, 8 << 20), 0);
		assert_int_equal(add(&p, "big"), 0);
		answer.code = 0;
		assert_int_equal(copy(&p, cases[i].other, &answer), cases[i].r);
		assert_int_equal(answer.code, cases[i].code);
		assert_true(exists(p.from, "big"));
		place_dispose(&p);
	}
}

/* A file that shrinks has told a size that it cannot hold. */
static void test_shrinks(void **state)
{
	struct place p;
	static uint8_t bytes[4096];
	cleanup_free char *path = NULL;
	ssize_t n;

	place_init(&p, state, false, false);
	make(&p, "file", "x");
	path = xasprintf("%s/file", p.from);
	assert_int_equal(truncate(path, 1 << 20), 0);
	assert_int_equal(add(&p, "file"), 0);
	assert_int_equal(qfile_pack_read(p.pack, bytes, 100), 100);
	assert_int_equal(truncate(path, 50), 0);
	while ((n = qfile_pack_read(p.pack, bytes, sizeof(bytes))) > 0)
		;
	assert_int_equal(n, -ENODATA);
	place_dispose(&p);

	place_init(&p, state, false, false);
	path = (free(path), xasprintf("%s/file", p.from));
	{
		cleanup_free char *content = xcalloc(1, 100001);

		memset(content, 'x', 100000);
		make(&p, "file", content);
	}
	assert_int_equal(add(&p, "file"), 0);
	assert_int_equal(qfile_pack_read(p.pack, bytes, sizeof(bytes)), sizeof(bytes));
	assert_int_equal(truncate(path, 1), 0);
	assert_int_equal(qfile_pack_read(p.pack, bytes, sizeof(bytes)), -ENODATA);
	place_dispose(&p);
}

/* --- moving ------------------------------------------------------------------------------ */

struct kept {
	int n;
	char name[64];
	int errnum;
};

static void note_kept(void *arg, const char *name, int errnum)
{
	struct kept *k = arg;

	k->n++;
	k->errnum = errnum;
	snprintf(k->name, sizeof(k->name), "%s", name);
}

static void test_move(void **state)
{
	struct place p;
	struct kept kept = {0};
	cleanup_free char *pipe_ = NULL;

	place_init(&p, state, false, true);
	fill(&p);
	pipe_ = xasprintf("%s/dir/pipe", p.from);
	assert_int_equal(unlink(pipe_), 0);
	assert_int_equal(add(&p, "one"), 0);
	assert_int_equal(add(&p, "dir"), 0);
	assert_int_equal(copy(&p, receive, &answer), 0);
	assert_int_equal(answer.code, 0);
	assert_int_equal(qfile_remove(p.pack, note_kept, &kept), 0);
	assert_int_equal(kept.n, 0);
	assert_false(exists(p.from, "one"));
	assert_false(exists(p.from, "dir"));
	assert_true(exists(p.to, "dir/in/two"));
	place_dispose(&p);
}

/* What was not sent, or not as it is now, stays. */
static void test_move_keeps(void **state)
{
	struct place p;
	struct kept kept = {0};
	cleanup_free char *swapped = NULL, *aside = NULL;

	place_init(&p, state, true, true);
	fill(&p); /* with a link, which is left out, and a pipe */
	make(&p, "swap", NULL);
	make(&p, "swap/x", "mine");
	make(&p, "other", NULL);
	make(&p, "other/x", "mine");
	assert_int_equal(add(&p, "dir"), 0);
	assert_int_equal(add(&p, "one"), 0);
	assert_int_equal(add(&p, "swap"), 0);
	assert_int_equal(copy(&p, receive, &answer), 0);
	assert_int_equal(answer.code, 0);
	make(&p, "one", "hello!");
	make(&p, "dir/in/late", "x");
	swapped = xasprintf("%s/swap", p.from);
	aside = xasprintf("%s/swap2", p.from);
	assert_int_equal(rename(swapped, aside), 0);
	assert_int_equal(symlink("other", swapped), 0);
	assert_int_equal(qfile_remove(p.pack, note_kept, &kept), 5);
	assert_int_equal(kept.n, 5); /* dir/in, dir, one, swap/x, swap */
	assert_string_equal(kept.name, "swap");
	assert_true(exists(p.from, "one"));
	assert_true(exists(p.from, "dir/in/late"));
	assert_true(exists(p.from, "dir/link"));
	assert_false(exists(p.from, "dir/in/two"));
	assert_true(exists(p.from, "other/x"));
	assert_true(exists(p.from, "swap2/x"));
	place_dispose(&p);
}

/* --- what is shown ----------------------------------------------------------------------- */

struct progress_case {
	uint64_t done, total, ms;
	int percent;
	const char *text;
};

static void test_progress(void **state)
{
	static const struct progress_case cases[] = {
		{0, 0, 0, 100, "0 B of 0 B"},
		{0, 100 << 20, 100, 0, "0 B of 100 MiB"},
		{10 << 20, 100 << 20, 500, 10, "10 MiB of 100 MiB"},
		{10 << 20, 100 << 20, 1000, 10, "10 MiB of 100 MiB, 10 MiB/s, 0:09 left"},
		{1 << 20, (uint64_t)1 << 40, 1000, 0,
		 "1 MiB of 1 TiB, 1 MiB/s, 291:16 h left"},
		{1 << 20, 121 << 20, 1000, 0, "1 MiB of 121 MiB, 1 MiB/s, 2:00 left"},
		{5 << 20, 1 << 20, 5000, 100, "5 MiB of 5 MiB, 1 MiB/s, 0:00 left"},
		{UINT64_MAX / 2, UINT64_MAX, UINT64_MAX, 50, NULL},
	};
	char text[96];

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		const struct progress_case *c = &cases[i];

		assert_int_equal(qfile_progress(c->done, c->total, c->ms, text),
				 c->percent);
		if (c->text)
			assert_string_equal(text, c->text);
	}
}

static void test_name_show(void **state)
{
	char name[] = "a\033[1mb\xc3\xa9\xff\xe2\x80\xae/c\n";

	(void)state;
	qfile_name_show(name);
	assert_string_equal(name, "a_[1mb\xc3\xa9____/c_");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(test_tree),
		in_folder(test_large_and_sparse),
		in_folder(test_names),
		in_folder(test_misbehaviour),
		in_folder(test_shrinks),
		in_folder(test_move),
		in_folder(test_move_keeps),
		cmocka_unit_test(test_progress),
		cmocka_unit_test(test_name_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
