/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/call.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/clock.h"
#include "qrexec/invoke.h"

enum { CONNECT_MS = 60000 };

char *op_call_encode(const char *const *words, size_t n)
{
	cleanup_buf struct buf out = BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_add_ch(&out, '+');
		for (const char *c = words[i]; *c; c++) {
			if (isalnum((unsigned char)*c) || *c == '_' || *c == '.')
				buf_add_ch(&out, *c);
			else if (*c == '-')
				buf_add(&out, "--");
			else
				buf_addf(&out, "-%02X", (unsigned char)*c);
		}
	}
	return buf_steal(&out);
}

static char *command_line(const struct op_call *c)
{
	const char *user = c->user ? c->user : "DEFAULT";

	if (c->command)
		return xasprintf("%s:%s", user, c->command);
	return xasprintf("%s:QUBESRPC %s%s dom0", user, c->service,
			 strchr(c->service, '+') ? "" : "+");
}

struct slow {
	struct qvm_ctx *ctx;
	const struct op_call *c;
	struct qvm_err *err;
	bool failed;
};

static int unpause(void *arg)
{
	struct slow *slow = arg;
	int r = op_call_unpause(slow->ctx, slow->c->domain, slow->c->no_start, slow->err);

	slow->failed = r < 0;
	return r;
}

/* The fast way first: a domain that runs is asked without a look at the registry. */
static int connect(struct qvm_ctx *ctx, const struct op_call *c, struct invoke *call,
		   struct relay *ret, struct qvm_err *err)
{
	struct slow slow = {.ctx = ctx, .c = c, .err = err};
	int r;

	call->slow = unpause;
	call->arg = &slow;
	r = invoke(call, ret);
	if (slow.failed)
		return r;
	if (r == -ENOENT || r == -ECONNREFUSED) {
		r = op_reach(ctx, c->domain, c->no_start, err);
		if (r < 0)
			return r;
		/* What its start took is not the connection's time. */
		call->deadline = clock_in(CONNECT_MS);
		r = invoke(call, ret);
	}
	if (r == -ETIMEDOUT)
		return err_set(err, QVM_E_TIMEOUT, "'%s' has not answered the call",
			       c->domain);
	if (r == -ECONNABORTED)
		return err_set(err, QVM_E_FAILED,
			       "'%s' could not begin the call: its console may tell why",
			       c->domain);
	return r < 0 ? err_errno(err, r, "cannot call '%s'", c->domain) : 0;
}

/* A command that reads finds the end at once where there is no input. */
static int set_streams(const struct op_call *c, struct relay *relay, struct qvm_err *err)
{
	relay->errors = c->errors;
	relay->stop_on_sink_end = !c->local;
	if (c->local) {
		if (invoke_local(relay, c->local, NULL, NULL))
			return err_set(err, QVM_E_FAILED, "cannot start '%s'", c->local);
		return 0;
	}
	relay->sink = c->out;
	relay->source = c->in;
	if (c->in < 0)
		relay->source = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return relay->source < 0 ? err_errno(err, -errno, "cannot open '/dev/null'") : 0;
}

static int finish(const struct op_call *c, struct relay *relay, int *ret_status,
		  struct qvm_err *err)
{
	int r = relay_run(relay, ret_status);

	if (r == -ETIMEDOUT)
		return err_set(err, QVM_E_TIMEOUT,
			       "the call of '%s' has not ended within %d ms", c->domain,
			       c->timeout_ms);
	return r < 0 ? err_errno(err, r, "the call of '%s' broke off", c->domain) : 0;
}

int op_call(struct qvm_ctx *ctx, const struct op_call *c, int *ret_status,
	    struct qvm_err *err)
{
	cleanup_free char *command = command_line(c);
	cleanup_vchan struct vchan *v = NULL;
	struct vchan_site site;
	struct invoke call = {
		.site = &site,
		.socket_dir = ctx->call_dir,
		.domain = c->domain,
		.command = command,
		.detached = c->detached,
		.deadline = clock_in(CONNECT_MS),
	};
	struct relay relay;
	int r = op_call_check(c->domain, err);

	if (r < 0)
		return r;
	r = vchan_site_init(&site, ctx->vchan_dir, ctx->vchan_domid);
	if (r < 0)
		return err_set(err, QVM_E_VALUE, "VCHAN_DOMAIN is no domain number");
	r = connect(ctx, c, &call, &relay, err);
	if (r < 0)
		return r;
	v = relay.v;
	r = set_streams(c, &relay, err);
	if (r < 0)
		return r;
	relay.prefix = c->prefix;
	relay.prefix_len = c->prefix_len;
	relay.filter_out = c->filter_out;
	relay.filter_err = c->filter_err;
	relay.deadline = c->timeout_ms ? clock_in((uint64_t)c->timeout_ms) : 0;
	return finish(c, &relay, ret_status, err);
}
