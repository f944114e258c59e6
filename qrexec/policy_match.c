/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a token, and does a rule, fit a call? */
#include <stdlib.h>
#include <string.h>

#include "qrexec/policy_int.h"

static int compare_name(const void *name, const void *domain)
{
	return strcmp(name, ((const struct policy_domain *)domain)->name);
}

const struct policy_domain *domain_by_name(const struct policy_system *sys,
					   const char *name)
{
	if (!sys->count)
		return NULL;
	return bsearch(name, sys->domains, sys->count, sizeof(*sys->domains),
		       compare_name);
}

static const struct policy_domain *by_uuid(const struct policy_system *sys,
					   const struct uuid *uuid)
{
	for (size_t i = 0; i < sys->count; i++)
		if (uuid_equal(&sys->domains[i].uuid, uuid))
			return &sys->domains[i];
	return NULL;
}

const struct policy_domain *policy_domain_find(const struct policy_system *sys,
					       const char *name)
{
	struct token t;

	if (token_parse(name, IN_REDIRECT, &t))
		return NULL;
	switch (t.kind) {
	case TOKEN_NAME:
		return domain_by_name(sys, t.value);
	case TOKEN_UUID:
		return by_uuid(sys, &t.uuid);
	case TOKEN_ADMINVM:
		return domain_by_name(sys, "dom0");
	default:
		return NULL;
	}
}

bool domain_is_admin(const struct policy_domain *d)
{
	return strcmp(d->type, "AdminVM") == 0;
}

static bool has_tag(const struct policy_domain *d, const char *tag)
{
	for (size_t i = 0; i < d->tag_count; i++)
		if (strcmp(d->tags[i], tag) == 0)
			return true;
	return false;
}

const struct policy_domain *call_dispvm(const struct call *c)
{
	if (!c->source->default_dispvm)
		return NULL;
	return domain_by_name(c->sys, c->source->default_dispvm);
}

static bool resolve_domain(const struct policy_domain *d, struct target *ret)
{
	if (!d)
		return false;
	*ret = (struct target){domain_is_admin(d) ? TARGET_ADMIN : TARGET_NAME, d};
	return true;
}

static bool resolve_template(const struct policy_domain *d, struct target *ret)
{
	*ret = (struct target){TARGET_DISPVM_OF, d};
	return d && d->template_for_dispvms;
}

bool target_resolve(const struct call *c, const struct token *t, struct target *ret)
{
	switch (t->kind) {
	case TOKEN_DEFAULT:
		*ret = (struct target){TARGET_DEFAULT, NULL};
		return true;
	case TOKEN_ADMINVM:
		*ret = (struct target){TARGET_ADMIN, domain_by_name(c->sys, "dom0")};
		return true;
	case TOKEN_DISPVM:
		*ret = (struct target){TARGET_DISPVM, call_dispvm(c)};
		return true;
	case TOKEN_NAME:
		return resolve_domain(domain_by_name(c->sys, t->value), ret);
	case TOKEN_UUID:
		return resolve_domain(by_uuid(c->sys, &t->uuid), ret);
	case TOKEN_DISPVM_NAME:
		return resolve_template(domain_by_name(c->sys, t->value), ret);
	case TOKEN_DISPVM_UUID:
		return resolve_template(by_uuid(c->sys, &t->uuid), ret);
	default:
		return false;
	}
}

/* By the name, uuid, type or tag of a domain that may be dom0. */
static bool domain_matches(const struct token *t, const struct policy_domain *d)
{
	switch (t->kind) {
	case TOKEN_NAME:
		return strcmp(d->name, t->value) == 0;
	case TOKEN_UUID:
		return uuid_equal(&d->uuid, &t->uuid);
	case TOKEN_TYPE:
		return strcmp(d->type, t->value) == 0;
	case TOKEN_TAG:
		return has_tag(d, t->value);
	default:
		return false;
	}
}

/* What a caller that asks for @dispvm would get counts as asked for. */
static bool disposable_matches(const struct token *t, const struct policy_domain *d)
{
	if (!d)
		return false;
	switch (t->kind) {
	case TOKEN_DISPVM_NAME:
		return strcmp(d->name, t->value) == 0;
	case TOKEN_DISPVM_UUID:
		return uuid_equal(&d->uuid, &t->uuid);
	case TOKEN_DISPVM_TAG:
		return d->template_for_dispvms && has_tag(d, t->value);
	default:
		return false;
	}
}

bool token_matches(const struct token *t, const struct target *target)
{
	if (t->kind == TOKEN_ANY)
		return true;
	if (t->kind == TOKEN_ANYVM)
		return target->kind != TARGET_ADMIN;
	switch (target->kind) {
	case TARGET_DEFAULT:
		return t->kind == TOKEN_DEFAULT;
	case TARGET_ADMIN:
		/* only by name: no tag and no type ever opens dom0 */
		return t->kind == TOKEN_ADMINVM ||
		       (t->kind == TOKEN_UUID && target->domain &&
			domain_matches(t, target->domain));
	case TARGET_NAME:
		return domain_matches(t, target->domain);
	case TARGET_DISPVM:
		return t->kind == TOKEN_DISPVM || disposable_matches(t, target->domain);
	default:
		return disposable_matches(t, target->domain);
	}
}

static bool source_matches(const struct token *t, const struct policy_domain *d)
{
	switch (t->kind) {
	case TOKEN_ANY:
		return true;
	case TOKEN_ANYVM:
		return !domain_is_admin(d);
	case TOKEN_ADMINVM:
		return domain_is_admin(d);
	default:
		return domain_matches(t, d);
	}
}

const char *rule_miss_but_target(const struct rule *r, const struct call *c)
{
	if (r->arg && strcmp(r->arg + 1, c->arg) != 0)
		return "argument";
	return source_matches(&r->source, c->source) ? NULL : "source";
}

void target_format(const struct target *t, struct buf *ret)
{
	switch (t->kind) {
	case TARGET_DEFAULT:
		buf_add(ret, "@default");
		return;
	case TARGET_ADMIN:
		buf_add(ret, "dom0");
		return;
	case TARGET_DISPVM:
		buf_add(ret, "@dispvm");
		return;
	case TARGET_DISPVM_OF:
		buf_add(ret, "@dispvm:");
		break;
	case TARGET_NAME:
		break;
	}
	buf_add(ret, t->domain->name);
}

bool target_is_up(const struct target *t)
{
	return t->kind == TARGET_ADMIN || (t->kind == TARGET_NAME && t->domain->running);
}
