/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a request to a decision. */
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "qrexec/policy_int.h"

void policy_decision_dispose(struct policy_decision *d)
{
	free(d->file);
	free(d->requested_target);
	free(d->target);
	free(d->target_uuid);
	free(d->dispvm);
	strv_dispose(&d->targets);
	free(d->default_target);
	free(d->user);
	*d = POLICY_DECISION_INIT;
}

static char *target_text(const struct target *t)
{
	struct buf text = BUF_INIT;

	target_format(t, &text);
	return buf_steal(&text);
}

static void deny(struct policy_decision *d, const char *reason)
{
	d->action = POLICY_DENY;
	d->reason = reason;
}

/* The line was to permit it and cannot: that is worth a word, whatever its notify= says. */
static void deny_aloud(struct policy_decision *d, const char *reason)
{
	deny(d, reason);
	d->notify = true;
}

static void set_target(struct policy_decision *d, const struct target *t)
{
	static const struct uuid none;
	char uuid[UUID_TEXT];
	bool makes = t->kind == TARGET_DISPVM_OF;

	d->target = target_text(t);
	if (makes)
		d->dispvm = xstrdup(t->domain->name);
	if (t->kind == TARGET_ADMIN || uuid_equal(&t->domain->uuid, &none))
		return;
	uuid_format(&t->domain->uuid, uuid);
	d->target_uuid = xasprintf("%suuid:%s", makes ? "@dispvm:" : "", uuid);
}

/* NULL, or why nothing can be called there. @dispvm becomes what it stands for. */
static const char *target_settle(const struct call *c, struct target *t)
{
	switch (t->kind) {
	case TARGET_DEFAULT:
		return "neither the caller nor the policy names a target";
	case TARGET_DISPVM:
		if (!t->domain)
			return "the caller has no default disposable template";
		if (!t->domain->template_for_dispvms)
			return "the caller's default disposable template is none";
		t->kind = TARGET_DISPVM_OF;
		return NULL;
	case TARGET_NAME:
		return t->domain == c->source ? "a domain cannot call itself" : NULL;
	default:
		return NULL;
	}
}

static void allow(const struct rule *r, const struct call *c, struct policy_decision *d)
{
	struct target to = c->target;
	const char *why = NULL;

	if (r->redirect.kind != TOKEN_NONE && !target_resolve(c, &r->redirect, &to))
		why = "the line sends the call to a domain that does not exist";
	if (!why)
		why = target_settle(c, &to);
	if (why) {
		deny_aloud(d, why);
		return;
	}
	if (!r->autostart && !target_is_up(&to)) {
		deny(d, "the target would have to be started, which the line forbids");
		return;
	}
	d->action = POLICY_ALLOW;
	d->reason = "the line allows it";
	set_target(d, &to);
}

/* The choice of an ask that has target=: that one, or none. */
static void ask_redirected(const struct rule *r, const struct call *c,
			   struct policy_decision *d)
{
	struct target to;

	if (!target_resolve(c, &r->redirect, &to) || target_settle(c, &to))
		return;
	if (r->autostart || target_is_up(&to))
		strv_take(&d->targets, target_text(&to));
}

static void ask(const struct policy *p, const struct rule *r, const struct call *c,
		struct policy_decision *d)
{
	cleanup_free char *fallback = NULL;
	struct target to;

	if (r->redirect.kind != TOKEN_NONE)
		ask_redirected(r, c, d);
	else
		ask_targets(p, c, r->autostart, &d->targets);
	if (!d->targets.n) {
		deny_aloud(d, "the line asks, but there is no target to choose");
		return;
	}
	d->action = POLICY_ASK;
	d->reason = "the line asks";
	if (r->fallback.kind == TOKEN_NONE || !target_resolve(c, &r->fallback, &to) ||
	    target_settle(c, &to))
		return;
	fallback = target_text(&to);
	if (strv_has(&d->targets, fallback))
		d->default_target = steal(fallback);
}

static void follow(const struct policy *p, const struct rule *r, const struct call *c,
		   struct policy_decision *d)
{
	d->file = xstrdup(p->files.v[r->file]);
	d->line = r->line;
	d->notify = r->notify;
	if (r->action == POLICY_DENY) {
		deny(d, "the line denies it");
		return;
	}
	d->autostart = r->autostart;
	d->user = r->user && strcmp(r->user, "DEFAULT") != 0 ? xstrdup(r->user) : NULL;
	if (r->action == POLICY_ALLOW)
		allow(r, c, d);
	else
		ask(p, r, c, d);
}

/* NULL, or why the request is none. */
static const char *request_check(const struct policy_request *req, struct token *ret)
{
	const char *arg = req->arg ? req->arg : "";
	size_t len = strlen(req->service);

	if (!len || len > POLICY_SERVICE_MAX || !lex_all_of(req->service, "_.-"))
		return "that is no name of a service";
	if (len + 1 + strlen(arg) > POLICY_CALL_MAX || !lex_all_of(arg, "+_.-"))
		return "the argument is too long or has a forbidden character";
	if (token_parse(*req->target ? req->target : "@default", IN_REQUEST, ret))
		return "the target asked for is neither a name nor a keyword for that";
	return NULL;
}

static const char *call_init(struct call *c, const struct policy_system *sys,
			     const struct policy_request *req)
{
	struct token asked;
	const char *why = request_check(req, &asked);

	*c = (struct call){.sys = sys, .req = req, .arg = req->arg ? req->arg : ""};
	if (why)
		return why;
	c->source = policy_domain_find(sys, req->source);
	if (!c->source)
		return "the caller is not known";
	if (target_resolve(c, &asked, &c->target))
		return NULL;
	if (asked.kind == TOKEN_DISPVM_NAME || asked.kind == TOKEN_DISPVM_UUID)
		return "the target asked for is no template of disposables";
	/* the line for @default decides where a call to nobody goes */
	c->target = (struct target){TARGET_DEFAULT, NULL};
	return NULL;
}

static const struct rule *rule_find(const struct policy *p, const struct call *c,
				    policy_trace_fn *trace, void *arg)
{
	struct rule_walk walk;
	const struct rule *r;

	rule_walk_init(&walk, p, c->req->service);
	while ((r = rule_walk_next(&walk))) {
		const char *miss = rule_miss_but_target(r, c);

		if (!miss && !token_matches(&r->target, &c->target))
			miss = "target";
		if (trace) {
			cleanup_buf struct buf text = BUF_INIT;

			rule_format(r, &text);
			trace(arg, &(struct policy_step){
					   .file = p->files.v[r->file],
					   .line = r->line,
					   .text = buf_str(&text),
					   .miss = miss,
				   });
		}
		if (!miss)
			return r;
	}
	return NULL;
}

static const struct policy_note *first_error(const struct policy *p)
{
	for (size_t i = 0; i < p->note_count; i++)
		if (p->notes[i].error)
			return &p->notes[i];
	return NULL;
}

static void from_dom0(struct call *c, struct policy_decision *d)
{
	const char *why = target_settle(c, &c->target);

	if (why) {
		deny(d, why);
		return;
	}
	d->action = POLICY_ALLOW;
	d->reason = "calls from dom0 are subject to no line";
	d->notify = false;
	d->autostart = true;
	set_target(d, &c->target);
}

void policy_explain(const struct policy *p, const struct policy_system *sys,
		    const struct policy_request *req, policy_trace_fn *trace, void *arg,
		    struct policy_decision *ret)
{
	struct call c;
	const char *why = call_init(&c, sys, req);
	const struct policy_note *error = first_error(p);
	const struct rule *r;

	policy_decision_dispose(ret);
	ret->notify = true;
	if (why) {
		deny(ret, why);
		return;
	}
	ret->requested_target = c.target.kind == TARGET_ADMIN ? xstrdup("@adminvm")
							      : target_text(&c.target);
	if (domain_is_admin(c.source)) {
		from_dom0(&c, ret);
		return;
	}
	if (policy_is_broken(p)) {
		deny(ret, "the policy has an error, so nothing is allowed");
		ret->file = error ? xstrdup(error->file) : NULL;
		ret->line = error ? error->line : 0;
		return;
	}
	r = rule_find(p, &c, trace, arg);
	if (r)
		follow(p, r, &c, ret);
	else
		deny(ret, "no line is for that call");
}

void policy_decide(const struct policy *p, const struct policy_system *sys,
		   const struct policy_request *req, struct policy_decision *ret)
{
	policy_explain(p, sys, req, NULL, NULL, ret);
}

void policy_decision_answer(struct policy_decision *d, const struct policy_system *sys,
			    const char *target)
{
	struct call c = {.sys = sys};
	struct target to;
	struct token t;

	if (d->action != POLICY_ASK)
		return;
	if (!target)
		deny(d, "the user denied it");
	else if (!strv_has(&d->targets, target) || token_parse(target, IN_REDIRECT, &t) ||
		 !target_resolve(&c, &t, &to))
		deny(d, "the answer is none of the choices");
	else {
		d->action = POLICY_ALLOW;
		d->reason = "the user allowed it";
		set_target(d, &to);
	}
}

void policy_decision_format(const struct policy_decision *d, struct buf *ret)
{
	if (d->action != POLICY_ALLOW) {
		buf_add(ret, "result=deny\n");
		return;
	}
	buf_addf(ret, "user=%s\nresult=allow\ntarget=%s\nautostart=%s\n",
		 d->user ? d->user : "DEFAULT", d->target,
		 d->autostart ? "True" : "False");
	if (d->target_uuid)
		buf_addf(ret, "target_uuid=%s\n", d->target_uuid);
	buf_addf(ret, "requested_target=%s\n", d->requested_target);
}
