/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Warnings on rules that are right in form and yet never count. */
#include <string.h>

#include "qrexec/policy_int.h"

/* More than that are not compared with each other. */
#define COMPARED_MAX 5000

static void warn(struct policy *p, const struct rule *r, const char *text)
{
	policy_note_add(p, false, p->files.v[r->file], r->line, "%s", text);
}

static bool type_is_known(const char *type)
{
	static const char *const known[] = {"AdminVM",	    "TemplateVM", "AppVM",
					    "StandaloneVM", "DispVM",	  "RemoteVM"};

	for (size_t i = 0; i < array_len(known); i++)
		if (strcmp(type, known[i]) == 0)
			return true;
	return false;
}

static bool is_disposable(const struct token *t)
{
	return t->kind >= TOKEN_DISPVM && t->kind <= TOKEN_DISPVM_TAG;
}

static void lint_rule(struct policy *p, const struct rule *r)
{
	const struct token *to = r->redirect.kind ? &r->redirect : &r->target;

	if (is_disposable(&r->source))
		warn(p, r, "no caller goes by @dispvm: a disposable has its own name");
	if (r->source.kind == TOKEN_ADMINVM)
		warn(p, r, "calls from dom0 are subject to no line");
	if ((r->source.kind == TOKEN_TYPE && !type_is_known(r->source.value)) ||
	    (r->target.kind == TOKEN_TYPE && !type_is_known(r->target.value)))
		warn(p, r, "there is no such type of domains");
	if (r->target.kind == TOKEN_TYPE && strcmp(r->target.value, "AdminVM") == 0)
		warn(p, r, "dom0 is meant by @adminvm only, not by its type");
	if (r->action != POLICY_DENY && !r->autostart && is_disposable(to))
		warn(p, r, "without autostart no disposable can be called");
}

static bool same_token(const struct token *a, const struct token *b)
{
	if (a->kind != b->kind)
		return false;
	return !a->value || !b->value || strcmp(a->value, b->value) == 0;
}

static bool covers(const struct token *a, const struct token *b)
{
	if (a->kind == TOKEN_ANY || same_token(a, b))
		return true;
	/* a uuid may be dom0's */
	return a->kind == TOKEN_ANYVM && b->kind != TOKEN_ANY &&
	       b->kind != TOKEN_ADMINVM && b->kind != TOKEN_UUID;
}

static bool rule_covers(const struct rule *a, const struct rule *b)
{
	if (a->service && (!b->service || strcmp(a->service, b->service) != 0))
		return false;
	if (a->arg && (!b->arg || strcmp(a->arg, b->arg) != 0))
		return false;
	return covers(&a->source, &b->source) && covers(&a->target, &b->target);
}

static void lint_reach(struct policy *p, size_t at)
{
	const struct rule *r = &p->rules[at];

	/* line 0: not written by anybody */
	for (size_t i = 0; i < at && r->line; i++)
		if (rule_covers(&p->rules[i], r)) {
			policy_note_add(p, false, p->files.v[r->file], r->line,
					"never reached: %s:%u comes first",
					p->files.v[p->rules[i].file], p->rules[i].line);
			return;
		}
}

void policy_lint(struct policy *p)
{
	for (size_t i = 0; i < p->rule_count; i++) {
		lint_rule(p, &p->rules[i]);
		if (i < COMPARED_MAX)
			lint_reach(p, i);
	}
}
