/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/decide.h"

#include <errno.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/proc.h"
#include "lib/socket.h"

void decide_answer_dispose(struct decide_answer *a)
{
	free(a->user);
	free(a->target);
	free(a->target_uuid);
	free(a->requested_target);
	free(a->service);
	free(a->source);
	free(a->rule);
	*a = (struct decide_answer){0};
}

enum field {
	RESULT,
	USER,
	TARGET,
	AUTOSTART,
	REQUESTED,
	UUID,
	SERVICE,
	SOURCE,
	FIELDS,
};

static const char *const field_names[FIELDS] = {
	[RESULT] = "result",
	[USER] = "user",
	[TARGET] = "target",
	[AUTOSTART] = "autostart",
	[REQUESTED] = "requested_target",
	[UUID] = "target_uuid",
	[SERVICE] = "service",
	[SOURCE] = "policy_source",
};

/* Cuts TEXT into values; false for a line without `=` and for a repeated key. */
static bool split(char *text, char *values[FIELDS])
{
	char *end;

	for (; *text; text = end + 1) {
		char *equals;

		end = strchr(text, '\n');
		if (!end)
			return false;
		*end = '\0';
		equals = strchr(text, '=');
		if (!equals)
			return false;
		*equals = '\0';
		for (int i = 0; i < FIELDS; i++) {
			if (strcmp(text, field_names[i]) != 0)
				continue;
			if (values[i])
				return false;
			values[i] = equals + 1;
		}
	}
	return true;
}

static int fill(char *values[FIELDS], struct decide_answer *ret)
{
	bool deny = values[RESULT] && strcmp(values[RESULT], "deny") == 0;

	if (deny)
		return values[USER] || values[TARGET] || values[AUTOSTART] ||
				       values[REQUESTED]
			       ? -EPROTO
			       : 0;
	if (!values[RESULT] || strcmp(values[RESULT], "allow") != 0)
		return -EPROTO;
	if (!values[USER] || !*values[USER] || !values[TARGET] || !*values[TARGET] ||
	    !values[REQUESTED] || !values[AUTOSTART])
		return -EPROTO;
	ret->autostart = strcmp(values[AUTOSTART], "True") == 0;
	if (!ret->autostart && strcmp(values[AUTOSTART], "False") != 0)
		return -EPROTO;
	ret->allow = true;
	ret->user = xstrdup(values[USER]);
	ret->target = xstrdup(values[TARGET]);
	ret->requested_target = xstrdup(values[REQUESTED]);
	ret->target_uuid = xstrdup(values[UUID]);
	ret->service = xstrdup(values[SERVICE]);
	ret->source = xstrdup(values[SOURCE]);
	return 0;
}

int decide_parse(const char *text, size_t len, struct decide_answer *ret)
{
	cleanup_free char *copy = NULL;
	char *values[FIELDS] = {0};

	*ret = (struct decide_answer){0};
	if (len > DECIDE_ANSWER_MAX || memchr(text, '\0', len))
		return -EPROTO;
	copy = xcalloc(1, len + 2);
	memcpy(copy, text, len);
	if (len && copy[len - 1] != '\n')
		copy[len] = '\n';
	if (!split(copy, values))
		return -EPROTO;
	return fill(values, ret);
}

static int ask_socket(const char *path, const struct decide_request *q,
		      struct decide_answer *ret)
{
	cleanup_buf struct buf text = BUF_INIT;
	cleanup_buf struct buf answer = BUF_INIT;
	cleanup_close int fd = unix_connect(path);
	int r;

	if (fd < 0)
		return fd;
	buf_addf(&text, "source=%s\nintended_target=%s\nservice_and_arg=%s\n", q->source,
		 q->target, q->service);
	if (q->requested_source)
		buf_addf(&text, "requested_source=%s\n", q->requested_source);
	buf_add(&text, "\n");
	r = fd_write_all(fd, text.data, text.len);
	if (r == 0)
		r = fd_read_all(fd, DECIDE_ANSWER_MAX, &answer);
	return r < 0 ? r : decide_parse(buf_str(&answer), answer.len, ret);
}

static int ask_program(const char *path, const struct decide_request *q,
		       struct decide_answer *ret)
{
	const char *argv[] = {path, "--", q->source, q->target, q->service, NULL};
	cleanup_buf struct buf out = BUF_INIT;
	int status = 0;
	const struct proc_request run = {
		.argv = argv, .out = &out, .limit = DECIDE_ANSWER_MAX + 1};
	int r = proc_run(&run, &status);

	if (r < 0)
		return r;
	if (status != 0)
		return -EACCES;
	return decide_parse(buf_str(&out), out.len, ret);
}

int decide(const struct decide *d, const struct decide_request *q,
	   struct decide_answer *ret)
{
	int r = -ENOENT;

	if (d->policy)
		return d->policy(q, ret, d->data);
	if (d->socket)
		r = ask_socket(d->socket, q, ret);
	if (r < 0 && d->program)
		r = ask_program(d->program, q, ret);
	return r;
}
