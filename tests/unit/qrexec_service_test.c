/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/service.h"

#include <errno.h>

#include "qrexec/decide.h"
#include "tests/unit/test.h"

static void test_command(void **state)
{
	static const struct {
		const char *text;
		int want;
		const char *user, *shell, *service, *argument, *source;
		bool words_ok;
	} cases[] = {
		{"u:ls -l", 0, "u", "ls -l", NULL, NULL, NULL, false},
		{"u:", 0, "u", "", NULL, NULL, NULL, false},
		{"u:nogui:ls", 0, "u", "ls", NULL, NULL, NULL, false},
		{"u:QUBESRPCx a b", 125, NULL, NULL, NULL, NULL, NULL, false},
		{"u:QUBESRPC s.V dom0", 0, "u", NULL, "s.V", NULL, "dom0", true},
		{"u:QUBESRPC s.V+ dom0", 0, "u", NULL, "s.V", "", "dom0", true},
		{"u:nogui:QUBESRPC s+a+b d", 0, "u", NULL, "s", "a+b", "d", true},
		{"u:QUBESRPC s d name t", 0, "u", NULL, "s", NULL, "d", true},
		{"u:QUBESRPC s d name", 0, "u", NULL, "s", NULL, "d", false},
		{"u:QUBESRPC s d name t x", 0, "u", NULL, "s", NULL, "d", false},
		{"u:QUBESRPC", 125, NULL, NULL, NULL, NULL, NULL, false},
		{"u:QUBESRPC ", 125, NULL, NULL, NULL, NULL, NULL, false},
		{"u:QUBESRPC s", 125, NULL, NULL, NULL, NULL, NULL, false},
		{"u:QUBESRPC s ", 125, NULL, NULL, NULL, NULL, NULL, false},
		{"u:QUBESRPC  d", 125, NULL, NULL, NULL, NULL, NULL, false},
		{"u:QUBESRPC +a d", 125, NULL, NULL, NULL, NULL, NULL, false},
		{"no user", 125, NULL, NULL, NULL, NULL, NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		cleanup_command struct command c = {0};

		assert_int_equal(command_parse(cases[i].text, true, &c), cases[i].want);
		if (cases[i].want)
			continue;
		assert_string_equal(c.user, cases[i].user);
		if (cases[i].shell) {
			assert_string_equal(c.shell, cases[i].shell);
			continue;
		}
		assert_null(c.shell);
		assert_string_equal(c.service, cases[i].service);
		assert_string_equal(c.source, cases[i].source);
		assert_int_equal(c.argument != NULL, cases[i].argument != NULL);
		if (c.argument)
			assert_string_equal(c.argument, cases[i].argument);
		assert_int_equal(c.words_ok, cases[i].words_ok);
	}
}

static void test_config(void **state)
{
	static const struct {
		const char *text;
		int want;
		bool wait, skip, client, service;
		const char *user;
	} cases[] = {
		{"", 0, false, false, false, false, NULL},
		{"# a\n\n  # b\n", 0, false, false, false, false, NULL},
		{"wait-for-session=1\n", 0, true, false, false, false, NULL},
		{"wait-for-session = true # x", 0, true, false, false, false, NULL},
		{"wait-for-session = 0\n", 0, false, false, false, false, NULL},
		{"force-user = 'root'\n", 0, false, false, false, false, "root"},
		{"skip-service-descriptor = true\nexit-on-client-eof = true\n"
		 "exit-on-service-eof=false\n",
		 0, false, true, true, false, NULL},
		{"of-the-future = 'x'\n", 0, false, false, false, false, NULL},
		{"wait-for-session = 2\n", 125, false, false, false, false, NULL},
		{"wait-for-session = 01\n", 125, false, false, false, false, NULL},
		{"wait-for-session = 'x'\n", 125, false, false, false, false, NULL},
		{"skip-service-descriptor = 1\n", 125, false, false, false, false, NULL},
		{"force-user = \"root\"\n", 125, false, false, false, false, NULL},
		{"force-user = 'root\n", 125, false, false, false, false, NULL},
		{"force-user = true\n", 125, false, false, false, false, NULL},
		{"force-user = 'a'\nforce-user = 'a'\n", 125, false, false, false, false,
		 NULL},
		{"force-user = 'a'\nexit-on-client-eof = true\n", 125, false, false,
		 false, false, NULL},
		{" wait-for-session = 1\n", 125, false, false, false, false, NULL},
		{"[section]\n", 125, false, false, false, false, NULL},
		{"wait-for-session\n", 125, false, false, false, false, NULL},
		{"wait-for-session = 1 2\n", 125, false, false, false, false, NULL},
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		cleanup_service_config struct service_config c = {0};

		assert_int_equal(
			service_config_parse(cases[i].text, strlen(cases[i].text), &c),
			cases[i].want);
		assert_int_equal(c.wait_for_session, cases[i].wait);
		assert_int_equal(c.skip_descriptor, cases[i].skip);
		assert_int_equal(c.end_on_client, cases[i].client);
		assert_int_equal(c.end_on_service, cases[i].service);
		assert_int_equal(c.force_user != NULL, cases[i].user != NULL);
		if (c.force_user)
			assert_string_equal(c.force_user, cases[i].user);
	}
}

static void test_tcp(void **state)
{
	static const struct {
		const char *link, *argument;
		int want;
		const char *host, *port;
	} cases[] = {
		{"/127.0.0.1/80", NULL, 0, "127.0.0.1", "80"},
		{"/127.0.0.1/80", "", 0, "127.0.0.1", "80"},
		{"/127.0.0.1/80", "1", 125, NULL, NULL},
		{"/127.0.0.1", "22", 0, "127.0.0.1", "22"},
		{"/127.0.0.1", "", 125, NULL, NULL},
		{"/127.0.0.1", "022", 125, NULL, NULL},
		{"/127.0.0.1", "0", 125, NULL, NULL},
		{"/127.0.0.1", "65535", 0, "127.0.0.1", "65535"},
		{"/127.0.0.1", "65536", 125, NULL, NULL},
		{"/127.0.0.1", "22x", 125, NULL, NULL},
		{"", "127.0.0.1+22", 0, "127.0.0.1", "22"},
		{"", "++1+22", 0, "::1", "22"},
		{"", "a_b+22", 125, NULL, NULL},
		{"", NULL, 125, NULL, NULL},
		{"/", "127.0.0.1+22", 125, NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		cleanup_service struct service s = {0};

		assert_int_equal(service_tcp(cases[i].link, cases[i].argument, &s),
				 cases[i].want);
		if (cases[i].want)
			continue;
		assert_string_equal(s.host, cases[i].host);
		assert_string_equal(s.port, cases[i].port);
	}
}

static void put(const char *dir, const char *name, mode_t mode)
{
	cleanup_free char *path = xasprintf("%s/%s", dir, name);

	assert_int_equal(file_replace(path, "#!/bin/sh\n", 10, mode, 0), 0);
}

static int find(const char *text, const char *paths, char *ret_name, size_t size)
{
	cleanup_command struct command c = {0};
	cleanup_service struct service s = {0};
	int r = command_parse(text, false, &c);

	if (r == 0)
		r = service_find(&c, paths, &s);
	snprintf(ret_name, size, "%s", r || !s.path ? "" : strrchr(s.path, '/') + 1);
	return r;
}

static void test_find(void **state)
{
	const char *top = *state;
	cleanup_free char *first = xasprintf("%s/a", top);
	cleanup_free char *second = xasprintf("%s/b", top);
	cleanup_free char *paths = xasprintf("%s/a:%s/b:%s/none", top, top, top);
	cleanup_free char *dangling = xasprintf("%s/a/s.Link", top);
	char name[64];

	assert_int_equal(dir_make(first, 0755), 0);
	assert_int_equal(dir_make(second, 0755), 0);
	put(first, "s.One", 0755);
	put(second, "s.One+x", 0755);
	put(second, "s.Two", 0644);
	assert_int_equal(symlink("nowhere", dangling), 0);

	assert_int_equal(find("QUBESRPC s.One+x d", paths, name, sizeof(name)), 0);
	assert_string_equal(name, "s.One+x"); /* the longer name, in whatever folder */
	assert_int_equal(find("QUBESRPC s.One+y d", paths, name, sizeof(name)), 0);
	assert_string_equal(name, "s.One");
	assert_int_equal(find("QUBESRPC s.One d name", paths, name, sizeof(name)), 125);
	assert_int_equal(find("QUBESRPC s.Two d", paths, name, sizeof(name)), 125);
	assert_int_equal(find("QUBESRPC s.Link d", paths, name, sizeof(name)), 127);
	assert_int_equal(find("QUBESRPC s.None d", paths, name, sizeof(name)), 127);
	assert_int_equal(find("QUBESRPC ../a/s.One d", paths, name, sizeof(name)), 127);
	assert_int_equal(find("QUBESRPC . d", paths, name, sizeof(name)), 127);
}

static void test_answer(void **state)
{
	static const char allow[] = "result=allow\nuser=DEFAULT\ntarget=vault\n"
				    "autostart=True\nrequested_target=vault\n";
	static const char *const bad[] = {
		"",
		"result=allow\n",
		"result=maybe\n",
		"result=deny\nuser=x\n",
		"result=deny\nresult=deny\n",
		"result=allow\nuser=u\ntarget=v\nautostart=yes\nrequested_target=v\n",
		"result=allow\nuser=u\ntarget=\nautostart=True\nrequested_target=v\n",
		"result=allow\nuser=u\ntarget=v\nautostart=True\n",
		"result\n",
	};
	cleanup_decide_answer struct decide_answer a = {0};

	(void)state;
	assert_int_equal(decide_parse(allow, strlen(allow), &a), 0);
	assert_true(a.allow && a.autostart);
	assert_string_equal(a.target, "vault");
	assert_string_equal(a.user, "DEFAULT");
	decide_answer_dispose(&a);
	assert_int_equal(decide_parse("result=deny\n", 12, &a), 0);
	assert_false(a.allow);
	assert_int_equal(decide_parse("result=deny", 11, &a), 0);
	assert_int_equal(decide_parse("result=deny\0\n", 13, &a), -EPROTO);
	for (size_t i = 0; i < array_len(bad); i++) {
		assert_int_equal(decide_parse(bad[i], strlen(bad[i]), &a), -EPROTO);
		assert_false(a.allow);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_command), cmocka_unit_test(test_config),
		cmocka_unit_test(test_tcp),	in_folder(test_find),
		cmocka_unit_test(test_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
