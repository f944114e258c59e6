/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The nodes of a disk, and how they go to a xenstored made of a socket. */
#include <stdint.h>

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <xen/io/xs_wire.h> /* before ours: it uses a word that lib/macro.h defines */

static int fake_xenstored;
#include "lib/wire_link.h"
#include "tests/unit/test.h"

/* Between two looks; nobody waits for it here. */
static int naps;

static int nap(struct pollfd *fds unused, nfds_t n unused, int ms unused)
{
	naps++;
	return 0;
}

#define wire_open() fake_xenstored
#define poll nap
#include "xen/vbd_attach.c"
#undef wire_open
#undef poll

static const struct hv_disk root = {
	.vdev = "xvda", .path = "/dev/dm-17", .major = 253, .minor = 17};
static const struct hv_disk modules = {
	.vdev = "xvdd", .path = "/dev/loop0", .major = 7, .minor = 0, .readonly = true};

static void node_is(const struct vbd *v, enum vbd_dir dir, const char *name,
		    const char *want)
{
	const char *have, *value;

	for (size_t i = 0; (have = vbd_node(v, dir, i, &value)); i++)
		if (strcmp(have, name) == 0) {
			assert_string_equal(value, want);
			return;
		}
	fail_msg("there is no node %s", name);
}

static void test_nodes(void **state unused)
{
	struct vbd v;

	vbd_init(&v, 7, &root, "/x/qvm-hotplug");
	assert_string_equal(v.dirs[VBD_FRONTEND], "/local/domain/7/device/vbd/51712");
	assert_string_equal(v.dirs[VBD_LIBXL], "/libxl/7/device/vbd/51712");
	assert_string_equal(v.dirs[VBD_BACKEND], "/local/domain/0/backend/vbd/7/51712");
	node_is(&v, VBD_FRONTEND, "backend", v.dirs[VBD_BACKEND]);
	node_is(&v, VBD_FRONTEND, "virtual-device", "51712");
	node_is(&v, VBD_FRONTEND, "trusted", "1");
	node_is(&v, VBD_BACKEND, "frontend", v.dirs[VBD_FRONTEND]);
	node_is(&v, VBD_BACKEND, "frontend-id", "7");
	node_is(&v, VBD_BACKEND, "physical-device", "fd:11");
	node_is(&v, VBD_BACKEND, "mode", "w");
	node_is(&v, VBD_BACKEND, "script", "/x/qvm-hotplug");
	node_is(&v, VBD_LIBXL, "backend", v.dirs[VBD_BACKEND]);
	vbd_init(&v, 7, &modules, "/x/qvm-hotplug");
	node_is(&v, VBD_BACKEND, "mode", "r");
	node_is(&v, VBD_BACKEND, "discard-enable", "0");
	node_is(&v, VBD_BACKEND, "physical-device", "7:0");
	node_is(&v, VBD_FRONTEND, "virtual-device", "51760");
}

/* A xenstored that keeps a log: "TYPE TX PATH|VALUE" a line. */
struct server {
	int fd;
	struct buf log;
	int again;	   /* so many transactions are to be tried again */
	int slow;	   /* so many looks show a backend that has not opened yet */
	const char *state; /* of every backend, then */
	uint32_t refuse;   /* this type, when not 0 */
};

static void say(int fd, const struct xsd_sockmsg *to, uint32_t type, const char *body,
		size_t len)
{
	struct xsd_sockmsg head = *to;

	head.type = type;
	head.len = (uint32_t)len;
	assert_int_equal(write(fd, &head, sizeof(head)), sizeof(head));
	assert_int_equal(write(fd, body, len), len);
}

static void respond(struct server *s, const struct xsd_sockmsg *head, const char *body)
{
	if (head->type == s->refuse)
		say(s->fd, head, XS_ERROR, "EINVAL", 7);
	else if (head->type == XS_TRANSACTION_START)
		say(s->fd, head, head->type, "11", 3);
	else if (head->type == XS_TRANSACTION_END && s->again-- > 0)
		say(s->fd, head, XS_ERROR, "EAGAIN", 7);
	else if (head->type == XS_READ && strstr(body, "/error"))
		say(s->fd, head, head->type, "it is on fire", 13);
	else if (head->type == XS_READ)
		say(s->fd, head, head->type, s->slow-- > 0 ? "1" : s->state, 1);
	else
		say(s->fd, head, head->type, "OK", 3);
}

static void *serve(void *arg)
{
	struct server *s = arg;
	struct xsd_sockmsg head;
	char body[5000];

	while (recv(s->fd, &head, sizeof(head), MSG_WAITALL) == sizeof(head)) {
		if (head.len &&
		    recv(s->fd, body, head.len, MSG_WAITALL) != (ssize_t)head.len)
			break;
		body[head.len] = '\0';
		for (uint32_t i = 0; i < head.len; i++)
			if (!body[i])
				body[i] = '|';
		buf_addf(&s->log, "%u %u %s\n", head.type, head.tx_id, body);
		respond(s, &head, body);
	}
	return NULL;
}

static int attach(struct server *s, struct qvm_err *err)
{
	const struct hv_disk disks[] = {root, modules};
	pthread_t thread;
	int fds[2], r;

	naps = 0;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	fake_xenstored = fds[0];
	s->fd = fds[1];
	assert_int_equal(pthread_create(&thread, NULL, serve, s), 0);
	r = vbd_attach(7, disks, 2, "/x/qvm-hotplug", err);
	pthread_join(thread, NULL);
	close(fds[1]);
	return r;
}

static size_t count(const struct server *s, const char *text)
{
	size_t n = 0;

	for (const char *at = buf_str(&s->log); (at = strstr(at, text)); at++)
		n++;
	return n;
}

static void test_attach(void **state unused)
{
	struct server s = {.state = "2"};
	struct qvm_err err = QVM_ERR_INIT;
	const char *log;

	assert_int_equal(attach(&s, &err), 0);
	log = buf_str(&s.log);
	/* All in one transaction: a guest that runs would take half of them for all. */
	assert_non_null(strstr(log, "\n11 11 /local/domain/0/backend/vbd/7/51712/"
				    "physical-device|fd:11\n"));
	assert_non_null(
		strstr(log, "\n11 11 /local/domain/7/device/vbd/51712/state|1\n"));
	assert_non_null(strstr(log, "\n11 11 /libxl/7/device/vbd/51760/dev|xvdd\n"));
	assert_int_equal(count(&s, "\n7 11 T|\n"), 1);
	/* The states outside of it: in it they would stay as they were. */
	assert_int_equal(count(&s, "\n2 0 /local/domain/0/backend/vbd/7/"), 2);
	assert_int_equal(naps, 0);
	/* Whose they are. */
	assert_non_null(strstr(log, "\n14 11 /local/domain/7/device/vbd/51712|n7|r0|\n"));
	assert_non_null(
		strstr(log, "\n14 11 /local/domain/0/backend/vbd/7/51712|n0|r7|\n"));
	buf_dispose(&s.log);
}

static void test_again(void **state unused)
{
	struct server s = {.state = "2", .again = 2};
	struct qvm_err err = QVM_ERR_INIT;

	assert_int_equal(attach(&s, &err), 0);
	assert_int_equal(count(&s, "6 0 |\n"), 3);
	assert_int_equal(count(&s, "\n7 11 T|\n"), 3);
	assert_int_equal(count(&s, "51712/physical-device|"), 3);
	buf_dispose(&s.log);
}

static void test_refused(void **state unused)
{
	static const uint32_t types[] = {XS_WRITE, XS_SET_PERMS, XS_TRANSACTION_START};

	for (size_t i = 0; i < array_len(types); i++) {
		struct server s = {.state = "2", .refuse = types[i]};
		struct qvm_err err = QVM_ERR_INIT;

		assert_true(attach(&s, &err) < 0);
		assert_non_null(strstr(err.text, "cannot connect the disks: xenstored"));
		buf_dispose(&s.log);
	}
}

static void test_not_opened(void **state unused)
{
	struct server s = {.state = "6"};
	struct qvm_err err = QVM_ERR_INIT;

	assert_int_equal(attach(&s, &err), -QVM_E_STORAGE);
	assert_string_equal(err.text,
			    "cannot connect disk 'xvda', device fd:11: it is on fire");
	buf_dispose(&s.log);
}

static void test_slow(void **state unused)
{
	struct server s = {.state = "2", .slow = 3};
	struct qvm_err err = QVM_ERR_INIT;

	assert_int_equal(attach(&s, &err), 0);
	assert_int_equal(naps, 3);
	buf_dispose(&s.log);
}

static void test_never_opened(void **state unused)
{
	struct server s = {.state = "1"};
	struct qvm_err err = QVM_ERR_INIT;

	assert_int_equal(attach(&s, &err), -QVM_E_STORAGE);
	assert_int_equal(naps, OPEN_MS / STEP_MS);
	buf_dispose(&s.log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nodes),	     cmocka_unit_test(test_attach),
		cmocka_unit_test(test_again),	     cmocka_unit_test(test_refused),
		cmocka_unit_test(test_not_opened),   cmocka_unit_test(test_slow),
		cmocka_unit_test(test_never_opened),
	};

	alarm(60); /* a reply too few is a hang otherwise */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
