/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One call into this guest: connect to the caller, run what it names, end with its status. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/agent.h"
#include "qrexec/proto.h"
#include "qrexec/relay.h"
#include "qrexec/start.h"

static int begin(const struct agent_call *c, const struct command *command,
		 struct started *ret)
{
	const struct start s = {
		.command = command,
		.service_path = getenv("QREXEC_SERVICE_PATH"),
		.config_path = getenv("QUBES_RPC_CONFIG_PATH"),
		.become =
			geteuid() == 0 && !getenv("QREXEC_NO_ROOT") ? user_become : NULL,
		.detached = c->just_exec,
		.with_stderr = true,
		.built_in = agent_built_in,
	};

	if (!s.become && !user_is_own(command->user)) {
		dprintf(STDERR_FILENO, "qrexec-agent: not root, cannot become '%s'\n",
			command->user);
		return QREXEC_EXIT_TROUBLE;
	}
	return start_command(&s, ret);
}

static bool is_socket(int fd)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

/*
 * PARSED: of the command line, an exit status when it is malformed. RET_AGAIN: as agent_serve;
 * who has had a socket may tell us things by a signal, and that would reach the next call.
 */
static int serve(const struct agent_call *c, const struct command *command, int parsed,
		 struct vchan *v, uint32_t version, bool *ret_again)
{
	cleanup_service_log struct service_log log = {.fd = -1};
	struct started begun;
	struct relay relay = {.v = v, .role = RELAY_SERVICE, .version = version};
	int status;
	int r = parsed ? parsed : begin(c, command, &begun);

	if (r || c->just_exec)
		return relay_fail(v, r, c->just_exec ? RELAY_STATUS : RELAY_OUT_ERR,
				  clock_in(AGENT_DATA_MS));
	service_log_open(&log, command);
	relay.errors_seen = service_log_add;
	relay.arg = &log;
	relay.sink = begun.sink;
	relay.source = begun.source;
	relay.errors = begun.errors;
	relay.pid = begun.pid;
	relay.end_on_remote = begun.end_on_remote;
	relay.end_on_local = begun.end_on_local;
	*ret_again = begun.pid && !is_socket(begun.sink);
	r = relay_run(&relay, &status);
	*ret_again &= r == 0 && relay.local_status >= 0;
	return r;
}

bool agent_serve(const struct agent_call *c)
{
	cleanup_command struct command command = {0};
	cleanup_vchan struct vchan *v = NULL;
	const struct vchan_at at = {.domid = c->domain, .port = c->port, .told = c->told};
	uint64_t deadline = clock_in(AGENT_DATA_MS);
	int parsed = command_parse(c->command, true, &command);
	bool again = false;
	int r;

	/* Told is who has no such server: see agent.c. */
	if (parsed == 0 && !c->told.port && session_serve(c, &command))
		return false;
	r = vchan_client(&c->site, &at, deadline, -1, &v);
	if (r == 0)
		r = relay_hello(v, true, deadline);
	if (r > 0)
		r = serve(c, &command, parsed, v, (uint32_t)r, &again);
	/* Who has gone before we were in has nothing to be told of. */
	if (r < 0 && r != -EPIPE && r != -ESTALE)
		dprintf(STDERR_FILENO, "qrexec-agent: call on port %u: %s\n", c->port,
			strerror(-r));
	return again;
}
