/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a backup comes back, and under which names. All of it is decided before anything
 * is made. */
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "ops/restore_internal.h"

static bool is_named(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

const struct meta_volume *restore_volume(const struct meta_domain *d, enum vol_role role)
{
	for (size_t i = 0; i < d->volume_count; i++)
		if (strcmp(d->volumes[i].role, vol_role_names[role]) == 0 &&
		    d->volumes[i].save)
			return &d->volumes[i];
	return NULL;
}

/* "vm7/" */
static bool is_folder(const char *path)
{
	size_t digits =
		path && strncmp(path, "vm", 2) == 0 ? strspn(path + 2, "0123456789") : 0;

	return digits && digits < 10 && strcmp(path + 2 + digits, "/") == 0;
}

static int check_domain(const struct restoring *rs, const struct meta_domain *d,
			struct qvm_err *err)
{
	int r = vm_name_check(d->name ? d->name : "", err);

	if (r < 0)
		return r;
	if (!is_folder(d->path))
		return err_set(err, QVM_E_VALUE, "'%s' has no place for its data",
			       d->name);
	for (const struct meta_domain *o = rs->meta.domains; o != d; o++) {
		if (o->name && strcmp(o->name, d->name) == 0)
			return err_set(err, QVM_E_VALUE, "'%s' is there twice", d->name);
		if (o->included && o->path && strcmp(o->path, d->path) == 0)
			return err_set(err, QVM_E_VALUE, "'%s' and '%s' have one place",
				       o->name ? o->name : "", d->name);
	}
	return 0;
}

/* Whatever else it lists, dom0's home among it, cannot come back here. */
static bool is_domain(const struct meta_domain *d)
{
	return d->included && strcmp(d->klass, vm_classes[CLASS_ADMIN].name) != 0;
}

static int check_all(const struct restoring *rs, struct qvm_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < rs->meta.count; i++)
		if (is_domain(&rs->meta.domains[i]))
			r = check_domain(rs, &rs->meta.domains[i], err);
	for (size_t i = 0; r == 0 && i < rs->req->name_count; i++) {
		const struct meta_domain *d = meta_find(&rs->meta, rs->req->names[i]);

		if (!d || !is_domain(d))
			r = err_set(err, QVM_E_NO_VM,
				    "no such domain in the backup: '%.64s'",
				    rs->req->names[i]);
	}
	return r < 0 ? err_wrap(err, "cannot restore from this backup") : 0;
}

/* ---- names ---- */

static bool is_taken(const struct restoring *rs, const char *name)
{
	if (world_vm(rs->w, name))
		return true;
	for (size_t i = 0; i < rs->n; i++)
		if (rs->v[i].row->as && strcmp(rs->v[i].row->as, name) == 0)
			return true;
	return false;
}

static char *free_name(const struct restoring *rs, const char *name)
{
	for (int i = 1; i < 100; i++) {
		char *as = xasprintf("%.28s-%d", name, i);

		if (!is_taken(rs, as))
			return as;
		free(as);
	}
	return NULL;
}

static int name_it(struct restoring *rs, struct returning *t, struct qvm_err *err)
{
	if (rs->req->verify_only || rs->req->list_only || !is_taken(rs, t->meta->name)) {
		t->row->as = xstrdup(t->meta->name);
		return 0;
	}
	if (rs->req->clash == CLASH_RENAME)
		t->row->as = free_name(rs, t->meta->name);
	if (t->row->as)
		return 0;
	err_set(err, QVM_E_EXISTS, "there is a domain of that name");
	if (rs->req->clash == CLASH_REFUSE)
		return err_wrap(err, "cannot restore '%s'", t->meta->name);
	t->row->chosen = false;
	backup_row_failed(t->row, err);
	t->r = -QVM_E_EXISTS;
	return 0;
}

/* ---- templates ---- */

static struct returning *of_name(struct restoring *rs, const char *name)
{
	for (size_t i = 0; i < rs->n; i++)
		if (strcmp(rs->v[i].meta->name, name) == 0 && rs->v[i].r == 0)
			return &rs->v[i];
	return NULL;
}

static int find_template(struct restoring *rs, struct returning *t, struct qvm_err *err)
{
	const char *name = meta_pair(&t->meta->props, "template");
	struct prop_value fallback = {0};
	struct returning *other = name ? of_name(rs, name) : NULL;

	if (!vm_classes[t->draft.klass].has_template)
		return 0;
	if (other && other < t) {
		t->template = (size_t)(other - rs->v) + 1;
		return 0;
	}
	prop_get(rs->w, NULL, PROP_G_DEFAULT_TEMPLATE, &fallback);
	if (name && world_vm(rs->w, name))
		t->template_name = name;
	else if (rs->req->ignore_missing)
		t->template_name = fallback.text;
	if (t->template_name || rs->req->verify_only || rs->req->list_only)
		return 0;
	err_set(err, QVM_E_NOT_FOUND,
		"its template '%.40s' is neither here nor in the backup",
		name ? name : "");
	if (!rs->req->skip_broken)
		return err_wrap(err, "cannot restore '%s'", t->meta->name);
	t->row->chosen = false;
	backup_row_failed(t->row, err);
	t->r = -QVM_E_NOT_FOUND;
	return 0;
}

/* Who comes before whom: templates, then those that disposables are made of. */
static int order_of(const struct meta_domain *d)
{
	const char *dvm = meta_pair(&d->props, "template_for_dispvms");

	if (strcmp(d->klass, vm_classes[CLASS_TEMPLATE].name) == 0)
		return 0;
	if (strcmp(d->klass, vm_classes[CLASS_DISP].name) == 0)
		return 3;
	return dvm && (strcmp(dvm, "True") == 0 || strcmp(dvm, "1") == 0) ? 1 : 2;
}

static bool is_chosen(const struct restoring *rs, const struct meta_domain *d)
{
	if (!is_domain(d) || is_named(rs->req->exclude, rs->req->exclude_count, d->name))
		return false;
	return !rs->req->name_count ||
	       is_named(rs->req->names, rs->req->name_count, d->name);
}

static int take(struct restoring *rs, const struct meta_domain *d, struct qvm_err *err)
{
	struct returning *t = &rs->v[rs->n];
	int r;

	*t = (struct returning){.meta = d, .row = &rs->list->v[rs->n]};
	for (int i = 0; i < VOL_ROLE_COUNT; i++) {
		t->fds[i] = -1;
		t->files += restore_volume(d, (enum vol_role)i) != NULL;
	}
	t->row->bytes = d->bytes;
	t->row->chosen = true;
	r = vm_class_parse(d->klass, &t->draft.klass, err);
	if (r < 0)
		return err_wrap(err, "cannot restore '%s'", d->name);
	r = name_it(rs, t, err);
	rs->n++;
	return r;
}

static int add_row(struct restoring *rs, const struct meta_domain *d, struct qvm_err *err)
{
	(void)err;
	backup_row_add(rs->list, d->name, d->klass);
	return 0;
}

static int in_order(struct restoring *rs,
		    int (*fn)(struct restoring *rs, const struct meta_domain *d,
			      struct qvm_err *err),
		    struct qvm_err *err)
{
	int r = 0;

	for (int order = 0; r == 0 && order <= 3; order++)
		for (size_t i = 0; r == 0 && i < rs->meta.count; i++) {
			const struct meta_domain *d = &rs->meta.domains[i];

			if (order_of(d) == order && is_chosen(rs, d))
				r = fn(rs, d, err);
		}
	return r;
}

int restore_choose(struct restoring *rs, struct qvm_err *err)
{
	int r = check_all(rs, err);

	rs->v = xcalloc(rs->meta.count + 1, sizeof(*rs->v));
	/* The rows first: pointers to them stay good from then on. */
	if (r == 0)
		r = in_order(rs, add_row, err);
	if (r == 0)
		r = in_order(rs, take, err);
	for (size_t i = 0; r == 0 && i < rs->n; i++)
		r = rs->v[i].r == 0 ? find_template(rs, &rs->v[i], err) : 0;
	for (size_t i = 0; i < rs->n; i++)
		rs->list->bytes += rs->v[i].r == 0 ? rs->v[i].row->bytes : 0;
	if (r == 0 && !rs->n)
		r = err_set(err, QVM_E_NOT_FOUND, "there is no domain to restore");
	return r;
}

struct returning *restore_find(struct restoring *rs, const char *path, int *ret_role)
{
	for (size_t i = 0; i < rs->n; i++) {
		size_t len = strlen(rs->v[i].meta->path);

		if (strncmp(path, rs->v[i].meta->path, len) != 0)
			continue;
		*ret_role = -1;
		for (int k = 0; k < VOL_ROLE_COUNT; k++) {
			size_t n = strlen(vol_role_names[k]);

			if (strncmp(path + len, vol_role_names[k], n) == 0 &&
			    strcmp(path + len + n, ".img") == 0)
				*ret_role = k;
		}
		return &rs->v[i];
	}
	return NULL;
}
