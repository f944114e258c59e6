/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Deciders and prompters with each other, through real sockets. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "lib/clock.h"
#include "qrexec/ask.h"
#include "tests/unit/qrexec_policy_test.h"
#include "tests/unit/test.h"

/* What a decider's process ends with: below 100 the choice, else an errno. */
enum { CHOSE_DENY, CHOSE_VAULT, CHOSE_DVM, CHOSE_OTHER, FAILED = 100 };

enum { PATIENCE_MS = 20000 };

/* A prompter, and all that it heard: "asked work", "ended taken", ... */
struct heard {
	struct prompter *p;
	struct buf log;
	size_t questions, ends, notices;
	const char *reply; /* at once; NULL: none, "": no */
};

static void on_asked(void *arg, const struct ask_question *q)
{
	struct heard *h = arg;

	h->questions++;
	buf_addf(&h->log, "asked %s %s\n", q->call.source.name, q->call.service);
	if (h->reply)
		assert_int_equal(
			prompter_answer(h->p, q->id, *h->reply ? h->reply : NULL), 0);
}

static void on_ended(void *arg, const struct ask_question *q, enum ask_end end)
{
	struct heard *h = arg;

	h->ends++;
	buf_addf(&h->log, "ended %s %s\n", q->call.source.name, ask_end_names[end]);
}

static void on_notice(void *arg, const struct ask_notice *n)
{
	struct heard *h = arg;

	h->notices++;
	buf_addf(&h->log, "notice %s %s\n", n->call.source.name,
		 n->allowed ? n->target : "denied");
}

static void heard_open(struct heard *h, const char *dir)
{
	const struct prompter_events events = {h, on_asked, on_ended, on_notice};

	assert_int_equal(prompter_open(dir, &events, &h->p), 0);
}

static void heard_close(struct heard *h)
{
	prompter_close(h->p);
	buf_dispose(&h->log);
	h->p = NULL;
}

/* Lets all of them work until COUNT has reached WANT. */
static void work_until(struct heard *v, size_t n, const size_t *count, size_t want)
{
	uint64_t deadline = clock_in(PATIENCE_MS);

	while (*count < want) {
		struct pollfd p[4];

		assert_true(clock_ms() < deadline);
		for (size_t i = 0; i < n; i++)
			p[i] = (struct pollfd){prompter_fd(v[i].p), POLLIN, 0};
		assert_true(poll(p, n, 50) >= 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(prompter_work(v[i].p), 0);
	}
}

static const struct policy_request request = {
	.service = "q.S", .arg = "x", .source = "work", .target = "vault"};

static int decide_and_ask(const char *dir, int seconds, const char *source)
{
	cleanup_policy struct policy *p =
		policy_of("q.S * @anyvm @anyvm ask default_target=vault\n");
	cleanup_decision struct policy_decision d = POLICY_DECISION_INIT;
	const struct ask_conf conf = {.dir = dir, .seconds = seconds};
	struct policy_request req = request;
	int r;

	req.source = source;
	policy_decide(p, &test_system, &req, &d);
	r = ask_user(&conf, &test_system, &req, &d);
	if (r < 0)
		return d.action == POLICY_DENY ? FAILED - r : 255;
	if (d.action == POLICY_DENY)
		return CHOSE_DENY;
	return strcmp(d.target, "vault") == 0	      ? CHOSE_VAULT
	       : strcmp(d.target, "@dispvm:dvm") == 0 ? CHOSE_DVM
						      : CHOSE_OTHER;
}

static pid_t decider(const char *dir, int seconds, const char *source)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(decide_and_ask(dir, seconds, source));
	assert_true(pid > 0);
	return pid;
}

static int result(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_answers(void **state)
{
	static const struct {
		const char *reply;
		int want;
	} cases[] = {
		{"vault", CHOSE_VAULT},
		{"@dispvm:dvm", CHOSE_DVM},
		{"", CHOSE_DENY},
	};

	for (size_t i = 0; i < array_len(cases); i++) {
		struct heard h = {.reply = cases[i].reply};
		pid_t pid;

		heard_open(&h, *state);
		pid = decider(*state, 0, "work");
		work_until(&h, 1, &h.ends, 1);
		assert_string_equal(buf_str(&h.log),
				    "asked work q.S\nended work taken\n");
		assert_int_equal(result(pid), cases[i].want);
		heard_close(&h);
	}
}

static void test_nobody(void **state)
{
	cleanup_free char *absent = xasprintf("%s/none", (char *)*state);

	assert_int_equal(decide_and_ask(*state, 0, "work"), FAILED + ENOENT);
	assert_int_equal(decide_and_ask(absent, 0, "work"), FAILED + ENOENT);
}

static void test_timeout(void **state)
{
	struct heard h = {0};
	uint64_t begun = clock_ms();
	pid_t pid;

	heard_open(&h, *state);
	pid = decider(*state, 1, "work");
	work_until(&h, 1, &h.questions, 1);
	assert_int_equal(prompter_question(h.p, 0)->seconds, 1);
	work_until(&h, 1, &h.ends, 1);
	assert_string_equal(buf_str(&h.log), "asked work q.S\nended work timeout\n");
	assert_int_equal(result(pid), FAILED + ETIMEDOUT);
	assert_true(clock_ms() - begun >= 1000);
	heard_close(&h);
}

static void test_two_prompters(void **state)
{
	struct heard v[2] = {{0}, {.reply = "vault"}};
	pid_t pid;

	heard_open(&v[0], *state);
	heard_open(&v[1], *state);
	pid = decider(*state, 0, "work");
	/* the first has seen it before the second one answers */
	work_until(v, 1, &v[0].questions, 1);
	work_until(&v[1], 1, &v[1].ends, 1);
	work_until(v, 1, &v[0].ends, 1);
	assert_string_equal(buf_str(&v[0].log), "asked work q.S\nended work elsewhere\n");
	assert_string_equal(buf_str(&v[1].log), "asked work q.S\nended work taken\n");
	assert_int_equal(result(pid), CHOSE_VAULT);
	heard_close(&v[0]);
	heard_close(&v[1]);
}

/* One that comes while the question waits; and then the first one goes. */
static void test_late_prompter(void **state)
{
	struct heard v[2] = {{0}, {0}};
	const struct ask_question *q;
	pid_t pid;

	heard_open(&v[0], *state);
	pid = decider(*state, 0, "work");
	work_until(v, 1, &v[0].questions, 1);
	heard_open(&v[1], *state);
	work_until(v, 2, &v[1].questions, 1);
	heard_close(&v[0]);
	q = prompter_question(v[1].p, 0);
	assert_int_equal(prompter_answer(v[1].p, q->id, "work"), -EINVAL);
	assert_int_equal(prompter_answer(v[1].p, "nonsense", "vault"), -ENOENT);
	assert_int_equal(prompter_answer(v[1].p, q->id, "vault"), 0);
	assert_null(prompter_question(v[1].p, 0));
	assert_int_equal(prompter_answer(v[1].p, q->id, NULL), -ENOENT);
	work_until(&v[1], 1, &v[1].ends, 1);
	assert_int_equal(result(pid), CHOSE_VAULT);
	heard_close(&v[1]);
}

static void test_prompter_goes(void **state)
{
	struct heard h = {0};
	pid_t pid;

	heard_open(&h, *state);
	pid = decider(*state, 0, "work");
	work_until(&h, 1, &h.questions, 1);
	heard_close(&h);
	assert_int_equal(result(pid), FAILED + ENOENT);
}

static void test_decider_goes(void **state)
{
	struct heard h = {0};
	int status;
	pid_t pid;

	heard_open(&h, *state);
	pid = decider(*state, 0, "work");
	work_until(&h, 1, &h.questions, 1);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	work_until(&h, 1, &h.ends, 1);
	assert_string_equal(buf_str(&h.log), "asked work q.S\nended work gone\n");
	assert_null(prompter_question(h.p, 0));
	heard_close(&h);
}

/* Eight of one domain wait: one more is refused, one of another domain is not. */
static void test_flood(void **state)
{
	struct heard h = {0};
	pid_t pids[8], more, other;
	int status;

	heard_open(&h, *state);
	for (size_t i = 0; i < array_len(pids); i++)
		pids[i] = decider(*state, 0, "work");
	work_until(&h, 1, &h.questions, array_len(pids));
	more = decider(*state, 0, "work");
	while (waitpid(more, &status, WNOHANG) == 0) {
		struct pollfd p = {prompter_fd(h.p), POLLIN, 0};

		assert_true(poll(&p, 1, 50) >= 0);
		assert_int_equal(prompter_work(h.p), 0);
	}
	assert_int_equal(WEXITSTATUS(status), FAILED + ENOENT);
	other = decider(*state, 0, "sys-net");
	work_until(&h, 1, &h.questions, 9);
	assert_string_equal(prompter_question(h.p, 8)->call.source.name, "sys-net");
	assert_null(prompter_question(h.p, 9));
	for (const struct ask_question *q; (q = prompter_question(h.p, 0));)
		assert_int_equal(prompter_answer(h.p, q->id, "vault"), 0);
	work_until(&h, 1, &h.ends, 9);
	for (size_t i = 0; i < array_len(pids); i++)
		assert_int_equal(result(pids[i]), CHOSE_VAULT);
	assert_int_equal(result(other), CHOSE_VAULT);
	heard_close(&h);
}

static int raw_socket(const char *dir, const char *name, bool connects)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s/%s", dir, name);
	if (connects)
		assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	else
		assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

/* What nobody listens to goes; what is not named yet stays. */
static void test_stale(void **state)
{
	cleanup_free char *stale = xasprintf("%s/1-a.sock", (char *)*state);
	cleanup_free char *hidden = xasprintf("%s/.2-a.sock", (char *)*state);
	cleanup_free char *file = xasprintf("%s/3-a.sock", (char *)*state);

	close(raw_socket(*state, "1-a.sock", false));
	close(raw_socket(*state, ".2-a.sock", false));
	close(open(file, O_WRONLY | O_CREAT, 0600));
	assert_int_equal(decide_and_ask(*state, 0, "work"), FAILED + ENOENT);
	assert_int_equal(access(stale, F_OK), -1);
	assert_int_equal(access(hidden, F_OK), 0);
	assert_int_equal(access(file, F_OK), -1);
}

/* The folder's rights decide who may answer: one that others may enter is not used. */
static void test_open_folder(void **state)
{
	const struct prompter_events events = {0};
	struct heard h = {.reply = "vault"};
	struct prompter *p = NULL;

	heard_open(&h, *state);
	assert_int_equal(chmod(*state, 0755), 0);
	assert_int_equal(prompter_open(*state, &events, &p), -EPERM);
	assert_int_equal(decide_and_ask(*state, 0, "work"), FAILED + EPERM);
	assert_int_equal(chmod(*state, 0700), 0);
	heard_close(&h);
}

/* The one socket in DIR. */
static char *socket_in(const char *dir)
{
	cleanup_free char *pattern = xasprintf("%s/*.sock", dir);
	glob_t found;
	char *name;

	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 1);
	name = xstrdup(strrchr(found.gl_pathv[0], '/') + 1);
	globfree(&found);
	return name;
}

/* What is no question ends the connection, and nothing else. */
static void test_bad_deciders(void **state)
{
	static const char *const lines[] = {
		"nonsense\n",
		"{\"schema\":\"qvm-ask/1\",\"end\":\"taken\"}\n",
		"\n",
	};
	struct heard h = {.reply = "vault"};
	cleanup_free char *name = NULL;
	int silent;
	pid_t pid;

	heard_open(&h, *state);
	name = socket_in(*state);
	silent = raw_socket(*state, name, true);
	for (size_t i = 0; i < array_len(lines); i++) {
		int fd = raw_socket(*state, name, true);
		uint64_t deadline = clock_in(PATIENCE_MS);
		char byte;

		assert_int_equal(fd_write_all(fd, lines[i], strlen(lines[i])), 0);
		while (recv(fd, &byte, 1, MSG_DONTWAIT) != 0) {
			assert_true(clock_ms() < deadline);
			assert_int_equal(prompter_work(h.p), 0);
		}
		close(fd);
	}
	assert_true(prompter_left(h.p) > 0);
	pid = decider(*state, 0, "work");
	work_until(&h, 1, &h.ends, 1);
	assert_int_equal(result(pid), CHOSE_VAULT);
	assert_string_equal(buf_str(&h.log), "asked work q.S\nended work taken\n");
	close(silent);
	heard_close(&h);
}

/* Reads the question that came to LISTENER, and sends REPLY with its id for the %s. */
static void reply_raw(int listener, const char *reply)
{
	cleanup_message struct ask_message m = {0};
	cleanup_close int fd = accept(listener, NULL, NULL);
	cleanup_buf struct buf in = BUF_INIT;
	const char *mark = strstr(reply, "%s");
	char byte;

	assert_true(fd >= 0);
	while (read(fd, &byte, 1) == 1 && byte != '\n')
		buf_add_ch(&in, byte);
	assert_int_equal(ask_message_decode(in.data, in.len, &m), 0);
	buf_reset(&in);
	buf_add_mem(&in, reply, mark ? (size_t)(mark - reply) : strlen(reply));
	if (mark) {
		buf_add(&in, m.question.id);
		buf_add(&in, mark + 2);
	}
	assert_int_equal(fd_write_all(fd, in.data, in.len), 0);
	/* until the decider has heard it */
	while (read(fd, &byte, 1) == 1)
		;
}

/* Answers that are none count as nobody there; a correct one shows that the test can. */
static void test_bad_prompters(void **state)
{
#define ANSWER(id, rest)                                                                 \
	"{\"schema\":\"qvm-ask/1\",\"answer\":{\"id\":\"" id "\"," rest "}}"
	static const struct {
		const char *reply;
		int want;
	} cases[] = {
		{ANSWER("%s", "\"target\":\"vault\"") "\n", CHOSE_VAULT},
		{ANSWER("%s", "\"target\":\"work\"") "\n", FAILED + ENOENT},
		{ANSWER("%s", "\"target\":\"\"") "\n", FAILED + ENOENT},
		{ANSWER("%s", "\"target\":\"@default\"") "\n", FAILED + ENOENT},
		{ANSWER("x", "\"target\":\"vault\"") "\n", FAILED + ENOENT},
		{ANSWER("%s", "\"targ\":\"vault\"") "\n", FAILED + ENOENT},
		{"y\n", FAILED + ENOENT},
		{"\n", FAILED + ENOENT},
	};

	for (size_t i = 0; i < array_len(cases); i++) {
		cleanup_close int fd = raw_socket(*state, "1-a.sock", false);
		cleanup_free char *path = xasprintf("%s/1-a.sock", (char *)*state);
		pid_t pid;

		assert_int_equal(listen(fd, 5), 0);
		pid = decider(*state, 0, "work");
		reply_raw(fd, cases[i].reply);
		if (result(pid) != cases[i].want)
			fail_msg("case %zu", i);
		unlink(path);
	}
}

static void test_notices(void **state)
{
	cleanup_policy struct policy *p = policy_of("q.S * * vault allow notify=yes\n"
						    "q.S * * sys-net allow\n"
						    "q.S * * alone deny\n");
	static const char *const targets[] = {"vault", "sys-net", "alone"};
	const struct ask_conf conf = {.dir = *state};
	struct heard h = {0};

	heard_open(&h, *state);
	for (size_t i = 0; i < array_len(targets); i++) {
		cleanup_decision struct policy_decision d = POLICY_DECISION_INIT;
		struct policy_request req = request;

		req.target = targets[i];
		policy_decide(p, &test_system, &req, &d);
		ask_tell(&conf, &req, &d);
	}
	work_until(&h, 1, &h.notices, 2);
	assert_string_equal(buf_str(&h.log), "notice work vault\nnotice work denied\n");
	heard_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(test_answers),       in_folder(test_nobody),
		in_folder(test_timeout),       in_folder(test_two_prompters),
		in_folder(test_late_prompter), in_folder(test_prompter_goes),
		in_folder(test_decider_goes),  in_folder(test_flood),
		in_folder(test_stale),	       in_folder(test_open_folder),
		in_folder(test_bad_deciders),  in_folder(test_bad_prompters),
		in_folder(test_notices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
