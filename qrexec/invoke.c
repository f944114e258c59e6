/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/invoke.h"

#include <errno.h>
#include <string.h>

#include "lib/alloc.h"
#include "qrexec/audit.h"
#include "qrexec/call.h"
#include "qrexec/proto.h"
#include "qrexec/start.h"

/*
 * The rings are shared before anything is asked: from then on the domain looks for them, and
 * each look in vain costs it a turn to xenstored and back. The daemon's answer decides where
 * they are published; that it names another domain than its socket does is possible.
 */
static int share(const struct invoke *c, struct vchan_at *at, struct vchan **ret)
{
	at->ring = QREXEC_DATA_RING;
	if (!call_number(c->socket_dir, c->domain, &at->domid))
		return 0;
	return vchan_share(c->site, at, ret);
}

static int publish(const struct invoke *c, const struct vchan_at *at, uint32_t shared,
		   struct vchan **v)
{
	if (*v && shared != at->domid) {
		vchan_close(*v);
		*v = NULL;
	}
	return *v ? vchan_publish(*v, c->site, at) : vchan_server(c->site, at, v);
}

/* On failure, too, RET_V is to be closed when it is set. */
static int request(const struct invoke *c, struct vchan **ret_v)
{
	uint32_t type = c->detached ? QREXEC_JUST_EXEC : QREXEC_EXEC_CMDLINE;
	cleanup_close int fd = call_connect(c->socket_dir, c->domain);
	struct vchan_at at = {0};
	uint32_t shared;
	int r = fd < 0 ? fd : share(c, &at, ret_v);

	shared = at.domid;
	if (r == 0)
		r = call_request(fd, type, 0, 0, c->command, strlen(c->command) + 1);
	if (r == 0)
		r = call_answer(fd, type, &at.domid, &at.port);
	return r < 0 ? r : publish(c, &at, shared, ret_v);
}

/* An agent that runs and has no other work connects within a fraction of that. */
enum { SLOW_MS = 700 };

static int wait_connected(const struct invoke *c, struct vchan *v)
{
	uint64_t slow = clock_in(SLOW_MS);
	int r = 0;

	while (r == 0 && v->ops->state(v) == VCHAN_WAITING)
		r = vchan_wait(v, true, false, slow);
	if (r == -ETIMEDOUT)
		r = c->slow ? c->slow(c->arg) : 0;
	return r < 0 ? r : relay_hear_hello(v, c->deadline);
}

/*
 * dom0 may call everything; that it did is on record. What a shell is given is not: a
 * password may be among it.
 */
static void record(const struct invoke *c)
{
	cleanup_command struct command command = {0};

	if (command_parse(c->command, true, &command))
		return;
	audit_write(&(struct audit){
		.source = "dom0",
		.service = command.shell ? "qubes.VMShell" : command.full,
		.requested = c->domain,
		.allow = true,
		.target = c->domain,
		.user = command.user,
		.reason = "a call from dom0",
	});
}

int invoke(const struct invoke *c, struct relay *ret)
{
	cleanup_vchan struct vchan *v = NULL;
	int r = request(c, &v);

	if (r == 0)
		r = relay_say_hello(v, c->deadline);
	if (r == 0)
		record(c); /* while the domain is at work */
	if (r == 0)
		r = wait_connected(c, v);
	if (r < 0)
		return r;
	*ret = (struct relay){
		.v = steal(v),
		.role = RELAY_CALLER,
		.version = (uint32_t)r,
		.sink = -1,
		.source = -1,
		.errors = -1,
	};
	return 0;
}

int invoke_local(struct relay *r, const char *local, const char *service_path,
		 const char *config_path)
{
	cleanup_command struct command command = {0};
	const struct start start = {
		.command = &command,
		.service_path = service_path,
		.config_path = config_path,
		.dom0 = true,
	};
	struct started begun;
	int status = command_parse(local, false, &command);

	if (status == 0)
		status = start_command(&start, &begun);
	if (status)
		return status;
	r->sink = begun.sink;
	r->source = begun.source;
	r->pid = begun.pid;
	return 0;
}
