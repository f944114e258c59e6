/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a decision of the policy to a question, and back. */
#include <errno.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/json.h"
#include "qrexec/ask.h"
#include "qrexec/tell.h"

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

/* Who listens hears that there is a question, and later how the call was decided. */
static void tell_question(const struct ask_conf *c, const struct ask_question *q)
{
	cleanup_free char *dir = tell_dir(c->dir);
	cleanup_buf struct buf line = BUF_INIT;

	json_put_open(&line, NULL, '{');
	json_put_text(&line, "event", "question");
	json_put_text(&line, "vm", q->call.source.name);
	json_put_text(&line, "label", q->call.source.label);
	json_put_text(&line, "service", q->call.service);
	json_put_text(&line, "argument", q->call.argument);
	json_put_text(&line, "requested", q->call.requested);
	buf_add_ch(&line, '}');
	tell_all(dir, &line);
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
	tell_question(c, &q);
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
