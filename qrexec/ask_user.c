/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a decision of the policy to a question, and back. */
#include <errno.h>
#include <string.h>

#include "lib/alloc.h"
#include "qrexec/ask.h"

#define DISPVM_OF "@dispvm:"

/* A disposable has the label of what it is made from. */
static const char *label_of(const struct ask_conf *c, const char *target)
{
	if (strncmp(target, DISPVM_OF, strlen(DISPVM_OF)) == 0)
		target += strlen(DISPVM_OF);
	if (strcmp(target, "@adminvm") == 0)
		target = "dom0";
	return c->label ? c->label(c->arg, target) : NULL;
}

static void question_fill(const struct ask_conf *c, const struct policy_request *req,
			  const struct policy_decision *d, struct ask_question *ret)
{
	ask_call_fill(req, label_of(c, req->source), d->requested_target, &ret->call);
	ret->targets = xcalloc(d->targets.n, sizeof(*ret->targets));
	ret->target_count = d->targets.n;
	for (size_t i = 0; i < d->targets.n; i++)
		ret->targets[i] = (struct ask_name){
			xstrdup(d->targets.v[i]),
			xstrdup(label_of(c, d->targets.v[i])),
		};
	ret->default_target = xstrdup(d->default_target);
}

static const char *reason(int r)
{
	switch (r) {
	case -ENOENT:
		return "nobody is there to be asked";
	case -ETIMEDOUT:
		return "nobody answered in time";
	default:
		return "nobody could be asked";
	}
}

int ask_user(const struct ask_conf *c, const struct policy_system *sys,
	     const struct policy_request *req, struct policy_decision *d)
{
	cleanup_question struct ask_question q = {0};
	cleanup_free char *target = NULL;
	int r;

	if (d->action != POLICY_ASK)
		return -EINVAL;
	question_fill(c, req, d, &q);
	r = ask_prompters(c, &q, &target);
	policy_decision_answer(d, sys, r < 0 ? NULL : target);
	if (r < 0)
		d->reason = reason(r);
	return r;
}

void ask_tell(const struct ask_conf *c, const struct policy_request *req,
	      const struct policy_decision *d)
{
	cleanup_notice struct ask_notice n = {0};

	if (!d->notify || d->action == POLICY_ASK)
		return;
	ask_call_fill(req, label_of(c, req->source), d->requested_target, &n.call);
	n.allowed = d->action == POLICY_ALLOW;
	n.target = n.allowed ? xstrdup(d->target) : NULL;
	ask_notify(c, &n);
}
