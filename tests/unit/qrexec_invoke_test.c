/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a caller lets the domain know of its rings, over channels that count what is done with
 * them, with daemons that take the address, do not, or do not know of such a thing.
 */
#include "qrexec/invoke.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/socket.h"
#include "qrexec/frame.h"
#include "tests/unit/test.h"

enum { DOMID = 7, PORT = 513, RING_REF = 8, EVENT = 9, MARK = 0x12345678 };

/* The channel: connected once it was published, or told of. */
static struct seen {
	struct vchan v;
	int published, shared, closed;
	bool connected;
	uint32_t with; /* whom it was published for */
	size_t at;     /* in the other side's HELLO */
	int wake[2];
} seen;

static bool takes_its_time; /* to find what was published */

static int fake_share(const struct vchan_site *site, const struct vchan_at *at,
		      struct vchan **ret)
{
	seen.shared++;
	seen.with = at->domid;
	seen.v.ops = site->ops;
	*ret = &seen.v;
	return 0;
}

static int fake_publish(struct vchan *v, const struct vchan_site *site,
			const struct vchan_at *at)
{
	(void)v;
	(void)site;
	assert_int_equal(at->port, PORT);
	seen.published++;
	seen.with = at->domid;
	seen.connected = !takes_its_time;
	return 0;
}

static bool fake_told(struct vchan *v, struct vchan_address *ret)
{
	(void)v;
	*ret = (struct vchan_address){.ring_ref = RING_REF, .port = EVENT, .mark = MARK};
	return true;
}

/* The daemon writes a byte when its agent is in. */
static int fake_fd(struct vchan *v)
{
	(void)v;
	return seen.wake[0];
}

static short fake_events(struct vchan *v, bool want_read, bool want_write)
{
	(void)v;
	(void)want_read;
	(void)want_write;
	return POLLIN;
}

static int fake_ready(struct vchan *v)
{
	char byte;

	(void)v;
	seen.connected = read(seen.wake[0], &byte, 1) == 1;
	return 0;
}

static ssize_t fake_read(struct vchan *v, void *data, size_t len)
{
	uint8_t hello[QREXEC_HEADER + 4];

	(void)v;
	qrexec_header_put(hello, QREXEC_HELLO, 4);
	qrexec_u32_put(hello + QREXEC_HEADER, QREXEC_VERSION);
	assert_true(seen.connected && seen.at + len <= sizeof(hello));
	memcpy(data, hello + seen.at, len);
	seen.at += len;
	return (ssize_t)len;
}

static ssize_t fake_write(struct vchan *v, const void *data, size_t len)
{
	(void)v;
	(void)data;
	return (ssize_t)len;
}

static enum vchan_state fake_state(struct vchan *v)
{
	(void)v;
	return seen.connected ? VCHAN_OPEN : VCHAN_WAITING;
}

static bool fake_lives(struct vchan *v)
{
	(void)v;
	return true;
}

static void fake_close(struct vchan *v)
{
	(void)v;
	seen.closed++;
}

static const struct vchan_ops fake_ops = {
	.name = "fake",
	.share = fake_share,
	.publish = fake_publish,
	.told = fake_told,
	.fd = fake_fd,
	.events = fake_events,
	.ready = fake_ready,
	.read = fake_read,
	.write = fake_write,
	.state = fake_state,
	.peer_lives = fake_lives,
	.close = fake_close,
};

/* ---- daemons ---- */

static void say(int fd, uint32_t type, uint32_t first, uint32_t second, size_t len)
{
	struct outq q = {0};
	uint8_t body[QREXEC_EXEC];

	qrexec_u32_put(body, first);
	qrexec_u32_put(body + 4, second);
	outq_add(&q, type, body, len);
	assert_int_equal(outq_flush(&q, frame_fd_write, &fd), 0);
	outq_dispose(&q);
}

static void hear(int fd, struct frame *f)
{
	int r = 0;

	frame_reset(f);
	while (r == 0)
		r = frame_read(f, frame_fd_read, &fd, QREXEC_COMMAND_MAX);
	assert_int_equal(r, 1);
}

/* A client, and the request that it sends; its address, if any, must be the channel's. */
static int accept_request(int listener, uint32_t want)
{
	int fd = accept(listener, NULL, NULL);
	struct frame f = {0};
	struct qrexec_exec q;

	say(fd, QREXEC_HELLO, QREXEC_VERSION_LOCAL, 0, 4);
	hear(fd, &f); /* HELLO */
	hear(fd, &f);
	assert_int_equal(f.head.type, want);
	assert_int_equal(qrexec_exec(&f.head, f.body, &q), QREXEC_OK);
	assert_int_equal(q.type, QREXEC_EXEC_CMDLINE);
	assert_string_equal(q.command, "u:x");
	if (want == QREXEC_EXEC_TOLD) {
		assert_int_equal(q.shared, DOMID);
		assert_int_equal(q.ring_ref, RING_REF);
		assert_int_equal(q.event, EVENT);
		assert_int_equal(q.mark, MARK);
	}
	frame_reset(&f);
	return fd;
}

static void connect_it(void)
{
	assert_int_equal(write(seen.wake[1], "c", 1), 1);
}

static void takes_it(int listener)
{
	int fd = accept_request(listener, QREXEC_EXEC_TOLD);

	say(fd, QREXEC_EXEC_TOLD, DOMID, PORT, QREXEC_EXEC);
	connect_it();
	close(fd);
}

static void its_agent_does_not(int listener)
{
	int fd = accept_request(listener, QREXEC_EXEC_TOLD);

	say(fd, QREXEC_EXEC_CMDLINE, DOMID, PORT, QREXEC_EXEC);
	close(fd);
}

static void its_agent_asks_later(int listener)
{
	int fd = accept_request(listener, QREXEC_EXEC_TOLD);

	say(fd, QREXEC_EXEC_TOLD, DOMID, PORT, QREXEC_EXEC);
	say(fd, QREXEC_PUBLISH, 0, 0, 0);
	close(fd);
}

/* Who has to look for the rings is waited for as ever: only the daemon's end gives it up. */
static void its_agent_looks_for_it(int listener)
{
	int fd = accept_request(listener, QREXEC_EXEC_TOLD);
	struct pollfd p = {.fd = fd, .events = POLLIN};

	say(fd, QREXEC_EXEC_TOLD, DOMID, PORT, QREXEC_EXEC);
	say(fd, QREXEC_PUBLISH, 0, 0, 0);
	assert_int_equal(poll(&p, 1, 300), 0);
	connect_it();
	close(fd);
}

/* What is unknown ends the connection; the next one asks as everybody does. */
static void knows_no_such_thing(int listener)
{
	int fd = accept_request(listener, QREXEC_EXEC_TOLD);

	close(fd);
	fd = accept_request(listener, QREXEC_EXEC_CMDLINE);
	say(fd, QREXEC_EXEC_CMDLINE, DOMID, PORT, QREXEC_EXEC);
	close(fd);
}

/* The domain's process has ended without a connection. */
static void gives_it_up(int listener)
{
	int fd = accept_request(listener, QREXEC_EXEC_TOLD);

	say(fd, QREXEC_EXEC_TOLD, DOMID, PORT, QREXEC_EXEC);
	close(fd);
}

static void is_of_another_domain(int listener)
{
	int fd = accept_request(listener, QREXEC_EXEC_TOLD);

	say(fd, QREXEC_EXEC_CMDLINE, DOMID + 1, PORT, QREXEC_EXEC);
	close(fd);
}

static void answers_what_was_not_asked(int listener)
{
	int fd = accept_request(listener, QREXEC_EXEC_TOLD);

	say(fd, QREXEC_JUST_EXEC, DOMID, PORT, QREXEC_EXEC);
	close(fd);
}

/* Calls domain 7 of a daemon that does as PLAY; what became of it. */
static int call(const char *dir, void (*play)(int listener))
{
	const struct vchan_site site = {.ops = &fake_ops};
	const struct invoke c = {.site = &site,
				 .socket_dir = dir,
				 .domain = "7",
				 .command = "u:x",
				 .deadline = clock_in(10000)};
	char path[200];
	struct relay relay;
	int status, listener, r;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/qrexec.7", dir);
	unlink(path);
	listener = unix_listen(path, 0600, 5);
	assert_true(listener >= 0 && fcntl(listener, F_SETFL, 0) == 0);
	seen = (struct seen){0};
	assert_int_equal(pipe(seen.wake), 0);
	pid = fork();
	if (pid == 0) {
		play(listener);
		_exit(0);
	}
	r = invoke(&c, &relay);
	if (r == 0)
		assert_ptr_equal(relay.v, &seen.v);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(seen.wake[0]);
	close(seen.wake[1]);
	close(listener);
	return r;
}

static void tells_and_does_not_publish(void **state)
{
	assert_int_equal(call(*state, takes_it), 0);
	assert_int_equal(seen.shared, 1);
	assert_int_equal(seen.published, 0);
}

static void publishes_for_who_takes_no_address(void **state)
{
	assert_int_equal(call(*state, its_agent_does_not), 0);
	assert_int_equal(seen.published, 1);
	assert_int_equal(call(*state, knows_no_such_thing), 0);
	assert_int_equal(seen.shared, 1);
	assert_int_equal(seen.published, 1);
	assert_int_equal(seen.closed, 0);
}

static void publishes_when_asked(void **state)
{
	assert_int_equal(call(*state, its_agent_asks_later), 0);
	assert_int_equal(seen.published, 1);
}

static void stays_with_the_daemon_after_that(void **state)
{
	int r;

	takes_its_time = true;
	r = call(*state, its_agent_looks_for_it);
	takes_its_time = false;
	assert_int_equal(r, 0);
	assert_int_equal(seen.published, 1);
}

static void shares_anew_with_another_domain(void **state)
{
	assert_int_equal(call(*state, is_of_another_domain), 0);
	assert_int_equal(seen.shared, 2);
	assert_int_equal(seen.closed, 1);
	assert_int_equal(seen.published, 1);
	assert_int_equal(seen.with, DOMID + 1);
}

static void refuses_other_answers(void **state)
{
	assert_int_equal(call(*state, answers_what_was_not_asked), -EPROTO);
	assert_int_equal(seen.published, 0);
	assert_int_equal(seen.closed, 1);
}

static void does_not_wait_for_what_was_given_up(void **state)
{
	uint64_t begun = clock_ms();

	assert_int_equal(call(*state, gives_it_up), -ECONNABORTED);
	assert_int_equal(seen.closed, 1);
	assert_true(clock_ms() - begun < 9000); /* the call's own deadline is later */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(tells_and_does_not_publish),
		in_folder(publishes_for_who_takes_no_address),
		in_folder(publishes_when_asked),
		in_folder(stays_with_the_daemon_after_that),
		in_folder(shares_anew_with_another_domain),
		in_folder(refuses_other_answers),
		in_folder(does_not_wait_for_what_was_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
