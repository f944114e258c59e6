/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/decide_own.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/store.h"
#include "lib/alloc.h"
#include "qrexec/policy_load.h"
#include "qrexec/policy_world.h"

struct decide_own {
	struct qvm_ctx ctx;
	const char *socket_dir;
	struct policy_cache *policy;
};

struct decide_own *decide_own_new(const char *state_dir, const char *socket_dir,
				  const char *root)
{
	struct decide_own *own = xcalloc(1, sizeof(*own));

	own->ctx.state_dir = xstrdup(state_dir);
	own->socket_dir = socket_dir;
	own->policy = policy_cache_new(root);
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
static void mark_running(const struct decide_own *own, struct world *w)
{
	for (size_t i = 0; i < w->vm_count; i++) {
		cleanup_free char *path =
			xasprintf("%s/qrexec.%s", own->socket_dir, w->vms[i].name);

		if (access(path, F_OK) == 0)
			w->vms[i].live.state = STATE_RUNNING;
	}
}

static void answer_fill(const struct policy_decision *d, struct decide_answer *ret)
{
	*ret = (struct decide_answer){
		.allow = d->action == POLICY_ALLOW,
		.why = d->file ? xasprintf("%s:%u", d->file, d->line)
			       : xstrdup(d->reason),
	};
	if (!ret->allow)
		return;
	ret->autostart = d->autostart;
	ret->user = xstrdup(d->user ? d->user : "DEFAULT");
	ret->target = xstrdup(d->target);
	ret->target_uuid = xstrdup(d->target_uuid);
	ret->requested_target = xstrdup(d->requested_target);
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
	int r = policy_call_split(q->service, service, &req.arg);

	if (r == 0)
		r = load(own, &w);
	if (r < 0)
		return r;
	mark_running(own, w);
	sys = policy_system_new(w);
	policy_decide(policy_cache_get(own->policy, NULL), sys, &req, &d);
	answer_fill(&d, ret);
	return 0;
}
