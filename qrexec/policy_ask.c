/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may be chosen when the policy says ask. */
#include <string.h>

#include "lib/alloc.h"
#include "qrexec/policy_int.h"

/* Everything a call could go to; the default disposable is one of its own. */
struct choice {
	struct target target;
	bool open;
};

/* The domains in their order, the disposable, then disposables of given templates. */
static struct choice *choices_new(const struct call *c, size_t *ret_n)
{
	const struct policy_system *sys = c->sys;
	struct choice *v = xcalloc(2 * sys->count + 1, sizeof(*v));
	size_t n = 0;

	for (size_t i = 0; i < sys->count; i++) {
		const struct policy_domain *d = &sys->domains[i];

		v[n++].target = (struct target){
			domain_is_admin(d) ? TARGET_ADMIN : TARGET_NAME, d};
	}
	v[n++].target = (struct target){TARGET_DISPVM, call_dispvm(c)};
	for (size_t i = 0; i < sys->count; i++)
		if (sys->domains[i].template_for_dispvms)
			v[n++].target =
				(struct target){TARGET_DISPVM_OF, &sys->domains[i]};
	*ret_n = n;
	return v;
}

/* Most lines name one domain: it is looked up instead of compared with each. */
static void mark_named(const struct rule *r, const struct call *c, struct choice *v)
{
	const struct policy_domain *d = domain_by_name(c->sys, r->target.value);

	if (d && !domain_is_admin(d))
		v[d - c->sys->domains].open = r->action != POLICY_DENY;
}

static void mark(const struct rule *r, const struct call *c, struct choice *v, size_t n)
{
	struct target to;
	bool redirects = r->redirect.kind != TOKEN_NONE;

	if (!redirects && r->target.kind == TOKEN_NAME) {
		mark_named(r, c, v);
		return;
	}
	if (redirects && !target_resolve(c, &r->redirect, &to))
		return;
	for (size_t i = 0; i < n; i++) {
		bool meant = redirects ? v[i].target.kind == to.kind &&
						 v[i].target.domain == to.domain
				       : token_matches(&r->target, &v[i].target);

		if (meant)
			v[i].open = r->action != POLICY_DENY;
	}
}

static void offer(const struct call *c, const struct target *t, bool autostart,
		  struct strv *ret)
{
	struct target shown = *t;
	cleanup_buf struct buf text = BUF_INIT;

	if (t->kind == TARGET_DISPVM) {
		if (!t->domain || !t->domain->template_for_dispvms)
			return;
		shown.kind = TARGET_DISPVM_OF;
	}
	if (shown.kind == TARGET_NAME && shown.domain == c->source)
		return;
	if (!autostart && !target_is_up(&shown))
		return;
	target_format(&shown, &text);
	if (!strv_has(ret, buf_str(&text)))
		strv_take(ret, buf_steal(&text));
}

/*
 * From the last rule to the first, so that what an earlier one says of a target overrides
 * what later ones said.
 */
void ask_targets(const struct policy *p, const struct call *c, bool autostart,
		 struct strv *ret)
{
	size_t n;
	cleanup_free struct choice *v = choices_new(c, &n);
	struct rule_walk walk;
	const struct rule *r;

	rule_walk_init(&walk, p, c->req->service);
	rule_walk_end(&walk);
	while ((r = rule_walk_prev(&walk)))
		if (!rule_miss_but_target(r, c))
			mark(r, c, v, n);
	for (size_t i = 0; i < n; i++)
		if (v[i].open)
			offer(c, &v[i].target, autostart, ret);
	strv_sort(ret);
}
