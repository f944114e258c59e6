/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qvm-hotplug against a xenstored made of a socket: the program's file is included, so
 * that its exchanges can be run in this process.
 */
#include <stdint.h>

#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <xen/io/xs_wire.h> /* before ours: it uses a word that lib/macro.h defines */

#define main hotplug_main
int hotplug_main(int argc, char **argv);
#include "tests/unit/test.h"
#include "xen/hotplug.c"
#undef main

static const char node[] = "backend/vbd/7/51712";

static void test_messages(void **state unused)
{
	char buf[WIRE_MESSAGE_MAX];
	char path[WIRE_PATH_MAX + 1];
	struct xsd_sockmsg head;
	size_t n = wire_write(buf, sizeof(buf), 9, node, "hotplug-status", "connected");

	memcpy(&head, buf, sizeof(head));
	assert_int_equal(head.type, XS_WRITE);
	assert_int_equal(head.req_id, 9);
	assert_int_equal(head.tx_id, 0);
	assert_int_equal(n, sizeof(head) + head.len);
	assert_memory_equal(buf + 16, "backend/vbd/7/51712/hotplug-status\0connected",
			    head.len);
	n = wire_read(buf, sizeof(buf), 1, node, "params");
	memcpy(&head, buf, sizeof(head));
	assert_int_equal(head.type, XS_READ);
	assert_int_equal(head.len, strlen(node) + strlen("/params") + 1);

	assert_int_equal(wire_read(buf, n, 1, node, "params"), n);
	assert_int_equal(wire_read(buf, n - 1, 1, node, "params"), 0);
	assert_int_equal(wire_read(buf, 3, 1, node, "params"), 0);
	memset(path, 'x', sizeof(path));
	path[WIRE_PATH_MAX] = '\0';
	assert_int_equal(wire_read(buf, sizeof(buf), 1, path, "params"), 0);
}

static void test_answers(void **state unused)
{
	struct xsd_sockmsg sent = {.type = XS_ERROR, .req_id = 4, .len = 7};
	struct wire_head head;
	char bytes[WIRE_HEAD];

	memcpy(bytes, &sent, sizeof(sent));
	assert_int_equal(wire_head(bytes, &head), 0);
	assert_int_equal(wire_answer(&head, 4, XS_READ, "ENOENT"), -ENOENT);
	assert_int_equal(wire_answer(&head, 5, XS_READ, "ENOENT"), -EPROTO);
	assert_int_equal(wire_answer(&head, 4, XS_READ, "EWHAT\0"), -EIO);
	head.len = 0; /* not a byte of the body may be read */
	assert_int_equal(wire_answer(&head, 4, XS_READ, ""), -EIO);
	head.type = XS_READ;
	assert_int_equal(wire_answer(&head, 4, XS_READ, ""), 0);
	assert_int_equal(wire_answer(&head, 4, XS_WRITE, ""), -EPROTO);
	sent.len = WIRE_VALUE_MAX + 1;
	memcpy(bytes, &sent, sizeof(sent));
	assert_int_equal(wire_head(bytes, &head), -EPROTO);
}

static void test_params(void **state unused)
{
	static const char *const bad[] = {
		"",
		" ",
		"fd",
		"fd:",
		"fd:5x",
		"fd:5/dev/x",
		"fd:5 dev/x",
		":5 /dev/x",
		"FD:5 /dev/x",
		"fd:5  /dev/x",
		"123456789:5 /x",
		"fd:123456789 /x",
		"0xfd:5 /x",
		"-1:5 /x",
		"/dev/sda",
		"fd:5 ",
	};
	struct hotplug_disk disk;

	assert_int_equal(hotplug_disk_parse("fd:11 /dev/dm-17", &disk), 0);
	assert_int_equal(disk.major, 253);
	assert_int_equal(disk.minor, 17);
	assert_string_equal(disk.device, "fd:11");
	assert_string_equal(disk.path, "/dev/dm-17");
	assert_int_equal(hotplug_disk_parse("7:12c", &disk), 0);
	assert_int_equal(disk.minor, 300);
	assert_string_equal(disk.device, "7:12c");
	assert_null(disk.path);
	assert_int_equal(hotplug_disk_parse("ffffffff:ffffffff /", &disk), 0);
	assert_string_equal(disk.device, "ffffffff:ffffffff");
	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(hotplug_disk_parse(bad[i], &disk), -EINVAL);
}

/* A reply as xenstored sends it. */
static void answer(int fd, uint32_t type, uint32_t id, const char *body, size_t len)
{
	struct xsd_sockmsg head = {.type = type, .req_id = id, .len = (uint32_t)len};

	assert_int_equal(write(fd, &head, sizeof(head)), sizeof(head));
	assert_int_equal(write(fd, body, len), len);
}

static void ok(int fd, uint32_t id)
{
	answer(fd, XS_WRITE, id, "OK", 3);
}

/* The next request's payload, NULs shown as '|'; "" when there is none. */
static const char *asked(int fd, char text[static 400])
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	struct xsd_sockmsg head;

	text[0] = '\0';
	if (poll(&p, 1, 0) != 1 || read(fd, &head, sizeof(head)) != sizeof(head))
		return text;
	assert_true(head.len < 400);
	assert_int_equal(read(fd, text, head.len), head.len);
	for (size_t i = 0; i < head.len; i++)
		text[i] = text[i] ? text[i] : '|';
	text[head.len] = '\0';
	return text;
}

/* Numbers of some block device of this machine, or false. */
static bool any_device(char ret[static 40])
{
	return access("/sys/dev/block/7:0", F_OK) == 0 && strcpy(ret, "7:0 /dev/loop0");
}

static void test_add_without_path(void **state unused)
{
	char params[40], text[400];
	int fds[2];

	if (!any_device(params))
		skip();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	answer(fds[1], XS_READ, 1, params, strcspn(params, " "));
	ok(fds[1], 2);
	ok(fds[1], 3);
	assert_int_equal(add_disk(fds[0], node), 0);
	asked(fds[1], text);
	assert_string_equal(asked(fds[1], text),
			    "backend/vbd/7/51712/physical-device|7:0");
	assert_string_equal(asked(fds[1], text),
			    "backend/vbd/7/51712/hotplug-status|connected");
	assert_string_equal(asked(fds[1], text), "");
	close(fds[0]);
	close(fds[1]);
}

static void test_add(void **state unused)
{
	char params[40], text[400];
	int fds[2];

	if (!any_device(params))
		skip();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	answer(fds[1], XS_READ, 1, params, strlen(params));
	ok(fds[1], 2);
	ok(fds[1], 3);
	ok(fds[1], 4);
	assert_int_equal(add_disk(fds[0], node), 0);
	assert_string_equal(asked(fds[1], text), "backend/vbd/7/51712/params|");
	assert_string_equal(asked(fds[1], text),
			    "backend/vbd/7/51712/physical-device-path|/dev/loop0");
	assert_string_equal(asked(fds[1], text),
			    "backend/vbd/7/51712/physical-device|7:0");
	assert_string_equal(asked(fds[1], text),
			    "backend/vbd/7/51712/hotplug-status|connected");
	assert_string_equal(asked(fds[1], text), "");
	close(fds[0]);
	close(fds[1]);
}

static void failing(const char *params, const char *says)
{
	char text[400], want[400];
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	if (params)
		answer(fds[1], XS_READ, 1, params, strlen(params));
	else
		answer(fds[1], XS_ERROR, 1, "ENOENT", 7);
	ok(fds[1], 2);
	ok(fds[1], 3);
	assert_int_equal(add_disk(fds[0], node), 1);
	asked(fds[1], text);
	snprintf(want, sizeof(want), "%s/hotplug-error|%s", node, says);
	assert_string_equal(asked(fds[1], text), want);
	assert_string_equal(asked(fds[1], text),
			    "backend/vbd/7/51712/hotplug-status|error");
	close(fds[0]);
	close(fds[1]);
}

static void test_failures(void **state unused)
{
	failing(NULL, "the disk's node in xenstore cannot be read");
	failing("/dev/sda", "the disk's node in xenstore is not one of qvm");
	failing("fffffff:1 /dev/x", "the block device does not exist");
}

/* xenstored goes away in the middle: an end, not a hang. */
static void test_lost(void **state unused)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	shutdown(fds[1], SHUT_WR);
	assert_int_equal(add_disk(fds[0], node), 1);
	close(fds[0]);
	close(fds[1]);
}

static void test_arguments(void **state unused)
{
	char *gone[] = {(char *)"h", (char *)"remove", NULL};
	char *add[] = {(char *)"h", (char *)"add", NULL};
	char longer[WIRE_PATH_MAX + 1];

	assert_int_equal(hotplug_main(2, gone), 0);
	unsetenv("XENBUS_PATH");
	assert_int_equal(hotplug_main(2, add), 2);
	memset(longer, 'x', sizeof(longer));
	longer[WIRE_PATH_MAX] = '\0';
	setenv("XENBUS_PATH", longer, 1);
	assert_int_equal(hotplug_main(2, add), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_params),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_add_without_path),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_arguments),
	};

	alarm(60); /* a reply too few is a hang otherwise */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
