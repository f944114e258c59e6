/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/decide_own.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/store.h"
#include "lib/alloc.h"
#include "qrexec/ask.h"
#include "qrexec/policy_load.h"
#include "qrexec/policy_world.h"

struct decide_own {
	struct qvm_ctx ctx;
	struct decide_own_conf c;
	struct policy_cache *policy;
};

struct decide_own *decide_own_new(const struct decide_own_conf *c)
{
	struct decide_own *own = xcalloc(1, sizeof(*own));

	own->c = *c;
	own->ctx.state_dir = xstrdup(c->state_dir);
	own->ctx.run_dir = xstrdup(c->run_dir);
	own->policy = policy_cache_new(c->root);
	return own;
}

void decide_own_free(struct decide_own *own)
{
	if (!own)
		return;
	policy_cache_free(own->policy);
	ctx_dispose(&own->ctx);
	free(own);
}

void decide_own_prepare(void *data)
{
	struct decide_own *own = data;

	(void)policy_cache_get(own->policy, NULL);
}

/* Opened for each decision: the registry may change at any time, and forks don't mix. */
static int load(struct decide_own *own, struct world **ret)
{
	cleanup_store struct store *s = NULL;
	struct qvm_err err = QVM_ERR_INIT;
	int r = store_open(&own->ctx, STORE_READ, &s, &err);

	if (r == 0)
		r = store_load(s, ret, &err);
	if (r < 0)
		dprintf(STDERR_FILENO, "qrexec-daemon: cannot decide: %s\n", err.text);
	return r < 0 ? -EACCES : 0;
}

/* What has a socket can be called; that is all that a decision asks of a live state. */
/* A spare can be called by nobody before its first use: to a caller it is not there. */
static void leave_out_spares(const struct decide_own *own, struct world *w)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->vm_count; i++) {
		cleanup_free char *path = xasprintf(
			"%s/spares/%lld", own->ctx.run_dir ? own->ctx.run_dir : "",
			(long long)w->vms[i].id);

		if (w->vms[i].id >= DISP_ID_FIRST && access(path, F_OK) == 0)
			vm_dispose(&w->vms[i]);
		else
			w->vms[kept++] = w->vms[i];
	}
	w->vm_count = kept;
}

static void mark_running(const struct decide_own *own, struct world *w)
{
	for (size_t i = 0; i < w->vm_count; i++) {
		cleanup_free char *path =
			xasprintf("%s/qrexec.%s", own->c.socket_dir, w->vms[i].name);

		if (access(path, F_OK) == 0)
			w->vms[i].live.state = STATE_RUNNING;
	}
}

static void answer_fill(const struct policy_decision *d, struct decide_answer *ret)
{
	*ret = (struct decide_answer){
		.allow = d->action == POLICY_ALLOW,
		.rule = d->file ? xasprintf("%s:%u", d->file, d->line) : NULL,
		.reason = d->reason,
	};
	ret->requested_target = xstrdup(d->requested_target);
	if (!ret->allow)
		return;
	ret->autostart = d->autostart;
	ret->user = xstrdup(d->user ? d->user : "DEFAULT");
	ret->target = xstrdup(d->target);
	ret->target_uuid = xstrdup(d->target_uuid);
}

/* Has a person answer, or know; true: was asked. */
static bool ask(const struct decide_own *own, struct world *w,
		const struct policy_system *sys, const struct policy_request *req,
		struct policy_decision *d)
{
	const struct ask_conf conf = {
		.dir = own->c.prompters,
		.seconds = own->c.ask_seconds,
		.label = policy_world_label,
		.arg = w,
	};

	if (d->action != POLICY_ASK) {
		ask_tell(&conf, req, d);
		return false;
	}
	/* the caller's domain goes, and with it its daemon: then nobody waits any more */
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	(void)!ask_user(&conf, sys, req, d); /* D says why not */
	(void)prctl(PR_SET_PDEATHSIG, 0);
	return true;
}

int decide_own(const struct decide_request *q, struct decide_answer *ret, void *data)
{
	struct decide_own *own = data;
	cleanup_decision struct policy_decision d = POLICY_DECISION_INIT;
	cleanup_policy_system struct policy_system *sys = NULL;
	cleanup_world struct world *w = NULL;
	char service[POLICY_SERVICE_MAX + 1];
	struct policy_request req = {
		.service = service, .source = q->source, .target = q->target};
	bool asked;
	int r = policy_call_split(q->service, service, &req.arg);

	if (r == 0)
		r = load(own, &w);
	if (r < 0)
		return r;
	leave_out_spares(own, w);
	mark_running(own, w);
	sys = policy_system_new(w);
	policy_decide(policy_cache_get(own->policy, NULL), sys, &req, &d);
	asked = ask(own, w, sys, &req, &d);
	answer_fill(&d, ret);
	ret->asked = asked;
	return 0;
}
