/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qvm-events: what happens to domains, as it happens. */
#include <errno.h>
#include <json-c/json.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/alloc.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "lib/signals.h"
#include "ops/monitor.h"
#include "qrexec/ask.h"
#include "qrexec/tell.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/names.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/text.h"

enum { O_COUNT = 1, O_TIMEOUT, O_TYPE };

enum {
	LOOK_MS = 1000, /* between two looks at what only the hypervisor knows */
	SETTLE_MS = 50, /* a command writes several times: one look does for all of it */
};

static const struct opt events_opts[] = {
	{"count", 'n', O_COUNT, "N", "end after so many"},
	{"timeout", 0, O_TIMEOUT, "SECONDS", "end after that time"},
	{"type", 0, O_TYPE, "TYPE,...", "only those; the manual lists the types"},
	{0},
};

static const struct cmd_example events_examples[] = {
	{"qvm-events", "all that happens, until ^C"},
	{"qvm-events --type state 'work*'", "when domains start and end"},
	{"qvm-events --type state -n 1 --timeout 60 work", "wait for the next change"},
	{"qvm-events --json", "a line of JSON each, for a program"},
	{0},
};

struct events_opts {
	int count, timeout;
	struct strv types;
	struct inv *inv;
	int seen;
};

static bool is_type(const char *word)
{
	for (int i = 0; i < CHANGE_KIND_COUNT; i++)
		if (strcmp(change_names[i], word) == 0)
			return true;
	return strcmp(word, "call") == 0 || strcmp(word, "question") == 0;
}

static int events_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct events_opts *o = opts;

	if (id == O_COUNT)
		return opt_number("--count", value, 1, 1 << 30, &o->count, err);
	if (id == O_TIMEOUT)
		return opt_number("--timeout", value, 1, 1 << 20, &o->timeout, err);
	strv_split(&o->types, value, ",");
	for (size_t i = 0; i < o->types.n; i++)
		if (!is_type(o->types.v[i]))
			return usage_error(err, "there are no events of type '%s'",
					   o->types.v[i]);
	return 0;
}

/* Names may be of domains that are yet to come: they count as patterns, unlooked at. */
static bool is_wanted(const struct events_opts *o, const char *type, const char *vm)
{
	const struct strv *names = &o->inv->args;

	if (o->types.n && !strv_has(&o->types, type))
		return false;
	for (size_t i = 0; i < names->n; i++)
		if (vm && name_matches(names->v[i], vm))
			return true;
	return names->n == 0;
}

static void time_now(char ret[static 16], double *ret_seconds)
{
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	*ret_seconds = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
	localtime_r(&now.tv_sec, &tm);
	strftime(ret, 16, "%H:%M:%S", &tm);
}

/* ---- changes ---- */

static void print_change(const struct change *c)
{
	cleanup_buf struct buf line = BUF_INIT, clean = BUF_INIT;
	double seconds;
	char when[16];

	time_now(when, &seconds);
	buf_addf(&line, "%s  %-16s  %-9s ", when, c->vm ? c->vm : "-",
		 change_names[c->kind]);
	if (c->what)
		buf_addf(&line, " %s:", c->what);
	if (c->before || c->what)
		buf_addf(&line, " %s", c->before ? c->before : "-");
	if (c->before || c->what)
		buf_add(&line, " ->");
	if (c->after || c->before || c->what)
		buf_addf(&line, " %s", c->after ? c->after : "-");
	text_clean(buf_str(&line), &clean);
	puts(buf_str(&clean));
}

static void print_change_json(const struct change *c)
{
	cleanup_buf struct buf line = BUF_INIT;
	double seconds;
	char when[16];

	time_now(when, &seconds);
	json_put_open(&line, NULL, '{');
	json_put_text(&line, "schema", "qvm-events/1");
	json_put_raw(&line, "time", "%.3f", seconds);
	json_put_text(&line, "event", change_names[c->kind]);
	json_put_text(&line, "vm", c->vm);
	json_put_text(&line, "label", c->label);
	json_put_text(&line, "what", c->what);
	json_put_text(&line, "before", c->before);
	json_put_text(&line, "after", c->after);
	buf_add(&line, "}");
	puts(buf_str(&line));
}

static bool is_over(const struct events_opts *o)
{
	return o->count && o->seen >= o->count;
}

static void on_change(void *arg, const struct change *c)
{
	struct events_opts *o = arg;

	if (is_over(o) || !is_wanted(o, change_names[c->kind], c->vm))
		return;
	o->seen++;
	if (o->inv->json)
		print_change_json(c);
	else
		print_change(c);
}

/* ---- calls and questions ---- */

static const char *member(struct json_object *o, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(o, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	return json_object_get_string(value);
}

static void print_call(struct json_object *o, const char *vm)
{
	const char *decision = member(o, "decision"), *target = member(o, "target"),
		   *service = member(o, "service"), *requested = member(o, "requested");
	cleanup_buf struct buf line = BUF_INIT, clean = BUF_INIT;
	double seconds;
	char when[16];

	time_now(when, &seconds);
	buf_addf(&line, "%s  %-16s  %-9s  %s to %s", when, vm, member(o, "event"),
		 service ? service : "-", requested ? requested : "-");
	if (decision)
		buf_addf(&line, ": %s%s%s", decision, target ? ", " : "",
			 target ? target : "");
	text_clean(buf_str(&line), &clean);
	puts(buf_str(&clean));
}

/* One line of who decides calls; only root can send it. */
static void take_line(struct events_opts *o, const char *text)
{
	struct json_object *line = json_tokener_parse(text);
	const char *type = line ? member(line, "event") : NULL;
	const char *vm = line ? member(line, "vm") : NULL;
	double seconds;
	char when[16];

	if (type && vm && is_type(type) && is_wanted(o, type, vm) && !is_over(o)) {
		o->seen++;
		time_now(when, &seconds);
		if (o->inv->json)
			printf("{\"schema\":\"qvm-events/1\",\"time\":%.3f,%s\n", seconds,
			       text + 1);
		else
			print_call(line, vm);
	}
	json_object_put(line);
}

static void take_lines(struct events_opts *o, int fd)
{
	char text[TELL_LINE_MAX + 1];
	ssize_t n;

	while ((n = recv(fd, text, TELL_LINE_MAX, 0)) > 0) {
		text[n] = '\0';
		if (text[0] == '{' && !memchr(text, '\n', (size_t)n))
			take_line(o, text);
	}
}

/* ---- the loop ---- */

static int look(struct events_opts *o, struct monitor *m, struct qvm_err *err)
{
	int r = monitor_look(m, err);

	if (r == 0 && monitor_before(m))
		world_changes(monitor_before(m), monitor_world(m), on_change, o);
	return r;
}

/* 1: the end. */
static int one_round(struct events_opts *o, struct monitor *m, int calls, int signals,
		     uint64_t deadline, struct qvm_err *err)
{
	struct pollfd p[] = {
		{monitor_fd(m), POLLIN, 0},
		{calls, POLLIN, 0},
		{signals, POLLIN, 0},
	};
	int r = 0;

	if (fflush(stdout) != 0 || is_over(o) || (deadline && !clock_left(deadline, 1)))
		return 1;
	if (poll(p, array_len(p), clock_left(deadline, LOOK_MS)) < 0 && errno != EINTR)
		return err_errno(err, -errno, "cannot wait for events");
	if (p[2].revents && signals_end(signals))
		return 1;
	if (p[1].revents)
		take_lines(o, calls);
	if (p[0].revents) {
		(void)poll(NULL, 0, SETTLE_MS);
		r = look(o, m, err);
	} else if (monitor_is_stale(m)) {
		r = look(o, m, err);
	}
	return r;
}

static int listen_to_calls(struct inv *inv, char **ret_path, struct qvm_err *err)
{
	cleanup_free char *prompters = xasprintf("%s/" ASK_DIR, inv->ctx->run_dir);
	cleanup_free char *dir = tell_dir(prompters);
	int fd = tell_listen(dir, ret_path);

	if (fd == -EPERM)
		return err_set(
			err, QVM_E_PERMISSION,
			"cannot listen in '%s': others than its owner can enter it", dir);
	return fd < 0 ? err_errno(err, fd, "cannot listen in '%s'", dir) : fd;
}

static int events_run(struct inv *inv, struct qvm_err *err)
{
	static const int ending[] = {SIGINT, SIGTERM, SIGHUP, 0};
	struct events_opts *o = inv->opts;
	cleanup_monitor struct monitor *m = NULL;
	cleanup_close int signals = signals_open(ending);
	cleanup_close int calls = -1;
	cleanup_free char *path = NULL;
	uint64_t deadline = o->timeout ? clock_in((uint64_t)o->timeout * 1000) : 0;
	int r = monitor_open(inv->ctx, MONITOR_BEFORE, &m, err);

	o->inv = inv;
	if (r == 0)
		r = look(o, m, err);
	if (r == 0)
		r = calls = listen_to_calls(inv, &path, err);
	if (r >= 0 && inv->json)
		puts("{\"schema\":\"qvm-events/1\",\"event\":\"ready\"}");
	while (r >= 0 && r != 1)
		r = one_round(o, m, calls, signals, deadline, err);
	if (path)
		(void)unlink(path);
	if (r >= 0 && o->count && !is_over(o) && deadline && !clock_left(deadline, 1))
		inv->status = err_exit_code(QVM_E_TIMEOUT);
	return r < 0 ? r : 0;
}

static void events_dispose(void *opts)
{
	struct events_opts *o = opts;

	strv_dispose(&o->types);
}

const struct cmd cmd_events = {
	.name = "qvm-events",
	.summary = "tell what happens to domains, as it happens",
	.args = "[VMNAME...]",
	.opts = events_opts,
	.examples = events_examples,
	.flags = CMD_ROOT | CMD_JSON,
	.exits = EXIT(PERMISSION) | EXIT(NO_XEN) | EXIT(DATABASE) | EXIT(TIMEOUT),
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct events_opts),
	.option = events_option,
	.run = events_run,
	.dispose = events_dispose,
};
