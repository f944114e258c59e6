/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Domains of a backup in the making: hidden until all of their data have come. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "netvm/rule.h"
#include "ops/restore_internal.h"

/* ---- drafts ---- */

/* What a new domain gets of its own, and what is set when all are there. */
static bool is_late(enum prop_id id)
{
	return prop_defs[id].type == PT_VM;
}

static bool is_own(enum prop_id id)
{
	return (prop_defs[id].flags & PROP_READONLY) || id == PROP_NAME ||
	       id == PROP_INSTALLED_BY_RPM || id == PROP_BACKUP_TIMESTAMP;
}

/* One that is not understood, or not valid here, is left at its default with a warning. */
static void draft_prop(const struct restoring *rs, struct returning *t,
		       const struct meta_pair *pair)
{
	cleanup_prop_change struct prop_change change = {0};
	struct vm_prop *p;
	struct qvm_err why;
	enum prop_id id;
	int r = prop_find(pair->name, false, &id, &why);

	if (r == 0 && (is_late(id) || is_own(id) || !prop_applies(id, &t->draft)))
		return;
	if (r == 0)
		r = prop_check(rs->w, &t->draft, id, pair->value, &change, &why);
	if (r == 0)
		r = change_check_kernel(rs->ctx, &change, &why);
	if (r < 0) {
		ctx_log(rs->ctx, QVM_LEVEL_WARN, "'%s': %s", t->row->as, why.text);
		return;
	}
	p = &t->draft.props[id];
	free(p->text);
	*p = (struct vm_prop){.set = true, .text = steal(change.text), .ref = change.ref};
}

static void draft_label(struct returning *t)
{
	struct vm_prop *p = &t->draft.props[PROP_LABEL];

	if (!p->set)
		*p = (struct vm_prop){.set = true, .text = xstrdup("red")};
}

static void draft_features(const struct restoring *rs, struct returning *t)
{
	const struct meta_pairs *f = &t->meta->features;
	struct qvm_err why;

	for (size_t i = 0; i < f->n; i++) {
		struct vm_feature *feature;

		if (feature_check(f->v[i].name, f->v[i].value, &why) < 0) {
			ctx_log(rs->ctx, QVM_LEVEL_WARN, "'%s': %s", t->row->as,
				why.text);
			continue;
		}
		feature = &array_grow(t->draft.features, t->draft.feature_count);
		t->draft.feature_count++;
		feature->name = xstrdup(f->v[i].name);
		feature->value = xstrdup(f->v[i].value);
	}
	for (size_t i = 0; i < t->meta->tags.n; i++) {
		if (tag_check(t->meta->tags.v[i], &why) < 0)
			ctx_log(rs->ctx, QVM_LEVEL_WARN, "'%s': %s", t->row->as,
				why.text);
		else if (!strv_has(&t->draft.tags, t->meta->tags.v[i]))
			strv_add(&t->draft.tags, t->meta->tags.v[i]);
	}
}

static int draft_template(const struct restoring *rs, struct returning *t,
			  struct qvm_err *err)
{
	cleanup_prop_change struct prop_change change = {0};
	struct vm_prop *p = &t->draft.props[PROP_TEMPLATE];
	int r;

	if (t->template) {
		const struct returning *other = &rs->v[t->template - 1];

		if (other->r < 0)
			return err_set(err, QVM_E_NOT_FOUND,
				       "its template '%s' could not be restored",
				       other->row->as);
		*p = (struct vm_prop){.set = true, .ref = other->draft.id};
		return 0;
	}
	if (!t->template_name)
		return 0;
	r = prop_check(rs->w, &t->draft, PROP_TEMPLATE, t->template_name, &change, err);
	if (r == 0)
		*p = (struct vm_prop){
			.set = true, .text = steal(change.text), .ref = change.ref};
	return r;
}

/* Sizes are exact, those of volumes made over a template's are the template's. */
static int draft_volumes(const struct restoring *rs, struct returning *t,
			 struct qvm_err *err)
{
	static const char *const no_pools[VOL_ROLE_COUNT];
	static const uint64_t no_sizes[VOL_ROLE_COUNT];
	int r = vm_plan_volumes(rs->w, &t->draft, rs->req->pool, no_pools, no_sizes, err);

	for (int i = 0; r == 0 && i < VOL_ROLE_COUNT; i++) {
		const struct meta_volume *from =
			restore_volume(t->meta, (enum vol_role)i);
		struct vm_volume *vol = &t->draft.volumes[i];

		if (from && !(t->draft.has_volume[i] && vol->persistent))
			return err_set(err, QVM_E_UNSUPPORTED,
				       "a %s has no %s volume that lasts", t->meta->klass,
				       vol_role_names[i]);
		if (!from && t->draft.has_volume[i] && vol->persistent)
			return err_set(err, QVM_E_VALUE,
				       "the backup has nothing for its %s volume",
				       vol_role_names[i]);
		if (from) {
			vol->size = from->size;
			vol->rw = from->rw;
			vol->revisions_to_keep = from->revisions_to_keep;
		} else if (vol->snapshot && t->template) {
			vol->size = rs->v[t->template - 1].draft.volumes[i].size;
		}
	}
	return r;
}

static int make_draft(struct restoring *rs, struct returning *t, struct qvm_err *err)
{
	int r = uuid_random(&t->draft.uuid);

	memcpy(t->draft.name, t->row->as, strlen(t->row->as) + 1);
	if (r < 0)
		return err_errno(err, r, "cannot make a uuid");
	r = draft_template(rs, t, err);
	if (r == 0)
		r = draft_volumes(rs, t, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < t->meta->props.n; i++)
		draft_prop(rs, t, &t->meta->props.v[i]);
	draft_label(t);
	draft_features(rs, t);
	return 0;
}

/* ---- volumes ---- */

static int open_volumes(struct restoring *rs, struct returning *t, struct qvm_err *err)
{
	int r = 0;

	for (int i = 0; r == 0 && i < VOL_ROLE_COUNT; i++) {
		const struct vm_volume *vol = &t->draft.volumes[i];
		struct block_dev dev;
		char id[POOL_ID_MAX];

		if (!restore_volume(t->meta, (enum vol_role)i))
			continue;
		r = pool_open(rs->ctx, rs->w, vol->pool, &t->pools[i], err);
		vol_live_id(vol, id);
		if (r == 0)
			r = t->pools[i].ops->device(t->pools[i].pool, id, &dev, err);
		if (r < 0)
			break;
		t->fds[i] = open(dev.path, O_RDWR | O_CLOEXEC);
		if (t->fds[i] < 0)
			r = err_errno(err, -errno, "cannot open the volume '%s'",
				      dev.path);
	}
	return r;
}

int restore_begin(struct restoring *rs, struct qvm_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < rs->n; i++) {
		struct returning *t = &rs->v[i];

		if (t->r < 0)
			continue;
		r = make_draft(rs, t, err);
		if (r == 0)
			r = vm_make_begin(rs->ctx, rs->s, rs->w, &t->draft, NULL,
					  &t->making, err);
		if (r == 0)
			r = open_volumes(rs, t, err);
		if (r < 0)
			err_wrap(err, "cannot restore '%s'", t->meta->name);
	}
	return r;
}

/* ---- the end ---- */

/* Each rule as it would be written here; one that is not understood closes everything. */
static int set_firewall(struct restoring *rs, struct returning *t, struct qvm_err *err)
{
	cleanup_strv struct strv lines = STRV_INIT;
	cleanup_buf struct buf rules = BUF_INIT;
	struct fw_rule rule;
	const char *why;

	if (!t->rules)
		return 0;
	strv_split(&lines, t->rules, "\n");
	for (size_t i = 0; i < lines.n; i++) {
		if (fw_rule_parse(lines.v[i], &rule, &why) < 0)
			return err_set(err, QVM_E_VALUE, "firewall rule %zu: %s", i + 1,
				       why);
		if (rules.len)
			buf_add_ch(&rules, '\n');
		fw_rule_format(&rule, false, &rules);
	}
	return store_firewall_set(rs->s, t->draft.id, buf_str(&rules), NULL, err);
}

static int publish(struct restoring *rs, struct returning *t, struct qvm_err *err)
{
	int r = 0;

	if (t->files_done != t->files)
		r = err_set(err, QVM_E_VALUE, "not all of it has come");
	if (r == 0 && t->template && rs->v[t->template - 1].r < 0)
		r = err_set(err, QVM_E_NOT_FOUND, "its template '%s' has failed",
			    rs->v[t->template - 1].row->as);
	if (r == 0)
		r = set_firewall(rs, t, err);
	return r == 0 ? vm_make_end(rs->ctx, rs->s, rs->w, &t->draft, &t->making, err)
		      : r;
}

/* References to others: to those that came under another name, or were here before. */
static void late_props(struct restoring *rs, struct returning *t)
{
	for (size_t i = 0; i < t->meta->props.n; i++) {
		const struct meta_pair *pair = &t->meta->props.v[i];
		const char *value = pair->value;
		struct qvm_err why;
		enum prop_id id;

		if (prop_find(pair->name, false, &id, &why) < 0 || !is_late(id) ||
		    id == PROP_TEMPLATE || is_own(id) || !prop_applies(id, &t->draft))
			continue;
		for (size_t k = 0; k < rs->n; k++)
			if (rs->v[k].r == 0 && strcmp(rs->v[k].meta->name, value) == 0)
				value = rs->v[k].row->as;
		if (op_prop_set(rs->ctx, t->row->as, pair->name, value, false, &why) < 0)
			ctx_log(rs->ctx, QVM_LEVEL_WARN, "'%s': %s", t->row->as,
				why.text);
	}
}

void restore_let_go(struct restoring *rs)
{
	helper_end(&rs->helper);
	for (size_t i = 0; i < rs->n; i++)
		for (int k = 0; k < VOL_ROLE_COUNT; k++)
			cleanup_close_at(&rs->v[i].fds[k]);
}

void restore_end(struct restoring *rs, int r, const struct qvm_err *err)
{
	restore_let_go(rs);
	for (size_t i = 0; i < rs->n; i++) {
		struct returning *t = &rs->v[i];
		struct qvm_err why = QVM_ERR_INIT;

		if (t->r < 0)
			continue;
		/* Rules of a firewall may be among what is missing: then nothing comes. */
		t->r = r < 0 ? r : publish(rs, t, &why);
		if (t->r < 0)
			backup_row_failed(t->row, r < 0 ? err : &why);
		t->row->done = t->r == 0;
	}
	/* Children go before their templates. */
	for (size_t i = rs->n; i-- > 0;) {
		for (int k = 0; k < VOL_ROLE_COUNT; k++)
			pool_close(&rs->v[i].pools[k]);
		vm_make_over(rs->ctx, rs->s, rs->w, rs->v[i].r, &rs->v[i].making);
	}
	for (size_t i = 0; i < rs->n; i++)
		if (rs->v[i].r == 0)
			late_props(rs, &rs->v[i]);
}
