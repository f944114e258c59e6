/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/invoke.h"

#include <errno.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "qrexec/audit.h"
#include "qrexec/call.h"
#include "qrexec/frame.h"
#include "qrexec/proto.h"
#include "qrexec/start.h"

/* A call that has been asked for. */
struct asked {
	const struct invoke *c;
	struct vchan *v;
	struct vchan_at at; /* as far as it is known */
	bool told;	    /* V is not published: the domain knows its address */
	int fd;		    /* to the daemon; -1 once that has closed */
	uint64_t lost_by;   /* when the call is given up then */
};

static void asked_dispose(struct asked *a)
{
	cleanup_close_at(&a->fd);
	vchan_close(a->v);
}

/*
 * The rings are shared before anything is asked, so that the request can say where they are.
 * Only the daemon knows that its agent takes that: else they are published where the answer
 * says; that it names another domain than its socket does is possible.
 */
static int share(struct asked *a)
{
	const struct invoke *c = a->c;

	a->at.ring = QREXEC_DATA_RING;
	if (!call_number(c->socket_dir, c->domain, &a->at.domid))
		return 0;
	return vchan_share(c->site, &a->at, &a->v);
}

static int publish(struct asked *a)
{
	a->told = false;
	return a->v ? vchan_publish(a->v, a->c->site, &a->at)
		    : vchan_server(a->c->site, &a->at, &a->v);
}

static uint32_t type_of(const struct invoke *c)
{
	return c->detached ? QREXEC_JUST_EXEC : QREXEC_EXEC_CMDLINE;
}

/* Sends the request, with the address of the rings where they have one. */
static int send_request(const struct asked *a, bool tell, uint32_t *ret_type)
{
	const size_t len = strlen(a->c->command) + 1;
	cleanup_buf struct buf rest = BUF_INIT;
	struct vchan_address at;
	uint8_t told[QREXEC_TOLD];

	*ret_type = type_of(a->c);
	if (tell && a->v && len <= QREXEC_COMMAND_MAX - QREXEC_EXEC - QREXEC_TOLD &&
	    vchan_told(a->v, &at)) {
		qrexec_told_put(told, &(struct qrexec_exec){.type = *ret_type,
							    .shared = a->at.domid,
							    .ring_ref = at.ring_ref,
							    .event = at.port,
							    .mark = at.mark});
		buf_add_mem(&rest, told, sizeof(told));
		*ret_type = QREXEC_EXEC_TOLD;
	}
	buf_add_mem(&rest, a->c->command, len);
	return call_request(a->fd, *ret_type, 0, 0, rest.data, rest.len);
}

/* What was shared with another domain than the daemon's is of no use. */
static void take_back(struct asked *a, uint32_t shared)
{
	if (shared == a->at.domid)
		return;
	vchan_close(a->v);
	a->v = NULL;
}

/* Another daemon closes when it is asked what it does not know, and has done nothing then. */
static int ask(struct asked *a, bool tell)
{
	uint32_t type = 0, answer = 0, shared = 0;
	int r;

	cleanup_close_at(&a->fd);
	a->fd = call_connect(a->c->socket_dir, a->c->domain);
	r = a->fd < 0 ? a->fd : 0;
	if (r == 0 && tell)
		r = share(a);
	shared = a->at.domid;
	if (r == 0)
		r = send_request(a, tell, &type);
	if (r == 0)
		r = call_answer_told(a->fd, &answer, &a->at.domid, &a->at.port);
	if ((r == -EPIPE || r == -ECONNRESET) && type == QREXEC_EXEC_TOLD)
		return ask(a, false);
	if (r == 0 && answer != type && answer != type_of(a->c))
		r = -EPROTO;
	if (r < 0)
		return r;
	a->told = answer == QREXEC_EXEC_TOLD;
	take_back(a, shared);
	return a->told ? 0 : publish(a);
}

/* Who is in when the daemon closes is seen at once, but it may be another that closes early. */
enum { LOST_MS = 5000 };

/*
 * Behind its answer the daemon says one thing: that the domain has to find the rings. It closes
 * when the domain's process has ended, or the domain, or it was restarted itself.
 */
static int hear_daemon(struct asked *a)
{
	struct frame f = {0};
	bool wanted = frame_read(&f, frame_fd_read, &a->fd, 0) > 0 &&
		      f.head.type == QREXEC_PUBLISH;

	frame_reset(&f);
	if (wanted)
		return a->told ? publish(a) : 0;
	cleanup_close_at(&a->fd);
	a->lost_by = clock_in(LOST_MS);
	return 0;
}

/* An agent that runs and has no other work connects within a fraction of that. */
enum { SLOW_MS = 700 };

/* Before DEADLINE comes what has to be done by then; 0: nothing has. */
static uint64_t earlier(uint64_t deadline, uint64_t other)
{
	return other && (!deadline || other < deadline) ? other : deadline;
}

static int wait_connected(struct asked *a)
{
	const struct invoke *c = a->c;
	uint64_t slow = c->slow ? clock_in(SLOW_MS) : 0;
	int r = 0;

	while (r == 0 && a->v->ops->state(a->v) == VCHAN_WAITING) {
		r = vchan_wait_beside(a->v, true, false, a->fd,
				      earlier(earlier(c->deadline, a->lost_by), slow));
		if (r > 0)
			r = hear_daemon(a);
		if (r != -ETIMEDOUT)
			continue;
		if (a->lost_by && clock_ms() >= a->lost_by)
			return -ECONNABORTED;
		if (slow && clock_ms() >= slow) {
			slow = 0;
			r = c->slow(c->arg);
		}
	}
	return r < 0 ? r : relay_hear_hello(a->v, c->deadline);
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
	cleanup(asked_dispose) struct asked a = {.c = c, .fd = -1};
	int r = ask(&a, true);

	if (r == 0)
		r = relay_say_hello(a.v, c->deadline);
	if (r == 0)
		record(c); /* while the domain is at work */
	if (r == 0)
		r = wait_connected(&a);
	if (r < 0)
		return r;
	*ret = (struct relay){
		.v = steal(a.v),
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
