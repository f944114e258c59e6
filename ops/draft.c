/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record of a domain that is to be, checked before anything is made. */
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "ops/internal.h"

/* Of a template of disposables; they have their own of these. */
static bool is_kept_back(enum prop_id id)
{
	static const enum prop_id kept[] = {
		PROP_TEMPLATE,	       PROP_PROVIDES_NETWORK, PROP_AUTOSTART,
		PROP_DEFAULT_DISPVM,   PROP_BACKUP_TIMESTAMP, PROP_INCLUDE_IN_BACKUPS,
		PROP_INSTALLED_BY_RPM,
	};
	bool is = false;

	for (size_t i = 0; i < array_len(kept); i++)
		is |= kept[i] == id;
	return is;
}

void vm_copy_settings(const struct vm *from, struct vm *to)
{
	for (int i = 0; i < PROP_G_FIRST; i++) {
		/* What tells the copy apart stays its own. */
		if (!from->props[i].set || (prop_defs[i].flags & PROP_READONLY) ||
		    i == PROP_IP || i == PROP_IP6 || i == PROP_MAC ||
		    !prop_applies((enum prop_id)i, to) ||
		    (to->klass == CLASS_DISP && is_kept_back((enum prop_id)i)))
			continue;
		free(to->props[i].text);
		to->props[i] = from->props[i];
		to->props[i].text = xstrdup(from->props[i].text);
	}
	for (size_t i = 0; i < from->feature_count; i++) {
		struct vm_feature *feature = &array_grow(to->features, to->feature_count);

		to->feature_count++;
		feature->name = xstrdup(from->features[i].name);
		feature->value = xstrdup(from->features[i].value);
	}
	to->firewall = xstrdup(from->firewall);
	for (size_t i = 0; i < from->tags.n; i++)
		if (strncmp(from->tags.v[i], "created-by-", 11) != 0)
			strv_add(&to->tags, from->tags.v[i]);
}

/* A domain in the making, and what it is checked against. */
static int draft_prop(struct qvm_ctx *ctx, const struct world *w, struct vm *draft,
		      enum prop_id id, const char *text, struct qvm_err *err)
{
	cleanup_prop_change struct prop_change change = {0};
	int r = prop_check(w, draft, id, text, &change, err);

	if (r == 0)
		r = change_check_kernel(ctx, &change, err);
	if (r < 0)
		return r;
	free(draft->props[id].text);
	draft->props[id] = (struct vm_prop){
		.set = true, .text = steal(change.text), .ref = change.ref};
	return 0;
}

/* "memory=300", as typed. */
static int draft_setting(struct qvm_ctx *ctx, const struct world *w, struct vm *draft,
			 const char *text, struct qvm_err *err)
{
	const char *equals = strchr(text, '=');
	cleanup_free char *name = NULL;
	enum prop_id id;
	int r;

	if (!equals)
		return err_set(err, QVM_E_USAGE, "property '%.64s' is not NAME=VALUE",
			       text);
	name = xstrndup(text, (size_t)(equals - text));
	r = prop_find(name, false, &id, err);
	return r < 0 ? r : draft_prop(ctx, w, draft, id, equals + 1, err);
}

static int draft_template(struct qvm_ctx *ctx, const struct world *w, struct vm *draft,
			  const char *name, struct qvm_err *err)
{
	struct prop_value fallback = {0};

	if (!vm_classes[draft->klass].has_template)
		return 0;
	if (!name) {
		prop_get(w, NULL,
			 draft->klass == CLASS_DISP ? PROP_G_DEFAULT_DISPVM
						    : PROP_G_DEFAULT_TEMPLATE,
			 &fallback);
		name = fallback.text;
	}
	if (!name)
		return err_set(
			err, QVM_E_NOT_FOUND,
			"cannot create '%s': no template was named and there is no "
			"default one",
			draft->name);
	return draft_prop(ctx, w, draft, PROP_TEMPLATE, name, err);
}

int vm_draft_base(const struct world *w, const char *name, enum vm_class klass,
		  struct vm *draft, struct qvm_err *err)
{
	int r = vm_name_check(name, err);

	if (r < 0)
		return r;
	if (world_vm(w, name))
		return err_set(err, QVM_E_EXISTS, "cannot create '%s': the name is taken",
			       name);
	if (klass == CLASS_ADMIN)
		return err_set(err, QVM_E_VALUE,
			       "cannot create '%s': there is one AdminVM", name);
	memcpy(draft->name, name, strlen(name));
	draft->klass = klass;
	r = uuid_random(&draft->uuid);
	return r < 0 ? err_errno(err, r, "cannot make a uuid") : 0;
}

/* A StandaloneVM made with a template is its clone without the private volume. */
static int draft_from_template(const struct world *w, const struct op_create *req,
			       struct vm *draft, struct qvm_err *err)
{
	struct vm *tpl;
	int r;

	if (!req->template || req->klass != CLASS_STANDALONE)
		return 0;
	r = vm_find(w, req->template, &tpl, err);
	if (r == 0)
		vm_copy_settings(tpl, draft);
	return r;
}

/* Its number makes its id and its address, and neither is another domain's for long. */
static void draft_unnamed(unsigned number, struct vm *draft)
{
	draft->id = DISP_ID_FIRST + (int64_t)number - 1;
	draft->props[PROP_DISPID] =
		(struct vm_prop){.set = true, .text = xasprintf("%u", number)};
}

/* A disposable is as its template is, as far as it is not said otherwise. */
static void draft_disposable(const struct world *w, struct vm *draft)
{
	const struct vm *tpl =
		draft->klass == CLASS_DISP ? prop_vm(w, draft, PROP_TEMPLATE) : NULL;

	if (tpl)
		vm_copy_settings(tpl, draft);
}

int vm_draft(struct qvm_ctx *ctx, const struct world *w, const struct op_create *req,
	     struct vm *draft, struct qvm_err *err)
{
	int r = vm_draft_base(w, req->name, req->klass, draft, err);

	if (r == 0 && !req->label && req->klass != CLASS_DISP)
		return err_set(err, QVM_E_USAGE, "cannot create '%s': it needs a label",
			       req->name);
	if (r == 0)
		r = draft_from_template(w, req, draft, err);
	if (r == 0)
		r = draft_template(ctx, w, draft, req->template, err);
	if (r == 0)
		draft_disposable(w, draft);
	if (r == 0 && (req->label || !draft->props[PROP_LABEL].set))
		r = draft_prop(ctx, w, draft, PROP_LABEL, req->label ? req->label : "red",
			       err);
	if (r == 0 && req->number)
		draft_unnamed(req->number, draft);
	for (size_t i = 0; r == 0 && i < req->prop_count; i++)
		r = draft_setting(ctx, w, draft, req->prop_texts[i], err);
	if (r == 0)
		r = vm_plan_volumes(w, draft, req->pool, req->pools, req->sizes, err);
	return r;
}
