/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <strings.h>

#include "lib/alloc.h"
#include "qvm-tools/ls.h"

int ls_filter_verify(const struct ls_filter *f, struct qvm_err *err)
{
	enum vm_class klass;
	enum prop_id id;
	int r = 0;

	for (size_t i = 0; i < f->classes.n && r == 0; i++)
		r = vm_class_parse(f->classes.v[i], &klass, err);
	for (size_t i = 0; i < f->labels.n && r == 0; i++)
		if (!label_find(f->labels.v[i]))
			r = err_set(err, QVM_E_NOT_FOUND, "there is no label '%s'",
				    f->labels.v[i]);
	for (size_t i = 0; i < f->features.n && r == 0; i++)
		if (!strchr(f->features.v[i], '='))
			r = usage_error(err, "--features takes FEATURE=VALUE, not '%s'",
					f->features.v[i]);
	for (size_t i = 0; i < f->prefs.n && r == 0; i++) {
		const char *sign = strchr(f->prefs.v[i], '=');
		cleanup_free char *name = NULL;

		if (!sign)
			return usage_error(err, "--prefs takes PROPERTY=VALUE, not '%s'",
					   f->prefs.v[i]);
		name = xstrndup(f->prefs.v[i], (size_t)(sign - f->prefs.v[i]));
		r = prop_find(name, false, &id, err);
	}
	return r;
}

static bool match_prop_vm(const struct world *w, const struct vm *vm, enum prop_id id,
			  const struct strv *names)
{
	const struct vm *target = prop_applies(id, vm) ? prop_vm(w, vm, id) : NULL;

	if (!names->n)
		return true;
	return strv_has(names, target ? target->name : "none");
}

static bool match_label(const struct world *w, const struct vm *vm,
			const struct strv *labels)
{
	struct prop_value value = {0};

	if (!labels->n)
		return true;
	prop_get(w, vm, PROP_LABEL, &value);
	for (size_t i = 0; value.text && i < labels->n; i++)
		if (label_find(labels->v[i]) == label_find(value.text))
			return true;
	return false;
}

static bool match_class(const struct vm *vm, const struct strv *classes)
{
	return !classes->n || strv_has(classes, vm_classes[vm->klass].name);
}

static bool has_any(const struct vm *vm, const struct strv *tags)
{
	for (size_t i = 0; i < tags->n; i++)
		if (strv_has(&vm->tags, tags->v[i]))
			return true;
	return false;
}

static bool match_state(const struct ls_filter *f, const struct vm *vm)
{
	bool dom0 = vm->klass == CLASS_ADMIN;

	if (!f->running && !f->paused && !f->halted)
		return true;
	return (f->running && (dom0 || vm->live.state == STATE_RUNNING)) ||
	       (f->paused && vm->live.state == STATE_PAUSED) ||
	       (f->halted && !dom0 && vm->live.state == STATE_HALTED);
}

/* "KEY=VALUE": an empty VALUE wants none at all, '' wants an empty one. */
static bool match_value(const char *wanted, const char *value)
{
	if (!*wanted)
		return value == NULL;
	if (!value)
		return false;
	return strcmp(value, strcmp(wanted, "''") == 0 ? "" : wanted) == 0;
}

static bool match_features(const struct vm *vm, const struct strv *wanted)
{
	for (size_t i = 0; i < wanted->n; i++) {
		const char *sign = strchr(wanted->v[i], '=');
		cleanup_free char *name =
			xstrndup(wanted->v[i], (size_t)(sign - wanted->v[i]));

		if (!match_value(sign + 1, vm_feature(vm, name)))
			return false;
	}
	return true;
}

static bool match_pref(const struct world *w, const struct vm *vm, const char *wanted)
{
	const char *sign = strchr(wanted, '=');
	cleanup_free char *name = xstrndup(wanted, (size_t)(sign - wanted));
	struct prop_value value = {0};
	struct qvm_err ignored;
	enum prop_id id;

	if (prop_find(name, false, &id, &ignored) < 0)
		return false;
	if (prop_applies(id, vm))
		prop_get(w, vm, id, &value);
	if (prop_defs[id].type == PT_BOOL && value.text)
		return strcasecmp(sign + 1, value.text) == 0;
	return match_value(sign + 1, value.text);
}

static bool match_prefs(const struct world *w, const struct vm *vm,
			const struct strv *wanted)
{
	for (size_t i = 0; i < wanted->n; i++)
		if (!match_pref(w, vm, wanted->v[i]))
			return false;
	return true;
}

static bool match_answer(const struct vm *vm, const char *feature, enum ls_answer answer)
{
	const char *value = vm_feature(vm, feature);
	bool yes = value && *value && strcmp(value, "0") != 0;

	return answer == LS_ANY || yes == (answer == LS_YES);
}

bool ls_filter_match(const struct ls_filter *f, const struct world *w,
		     const struct vm *vm)
{
	return match_class(vm, &f->classes) && match_label(w, vm, &f->labels) &&
	       (!f->tags.n || has_any(vm, &f->tags)) && !has_any(vm, &f->exclude_tags) &&
	       match_prop_vm(w, vm, PROP_TEMPLATE, &f->templates) &&
	       match_prop_vm(w, vm, PROP_NETVM, &f->netvms) && match_state(f, vm) &&
	       match_features(vm, &f->features) && match_prefs(w, vm, &f->prefs) &&
	       match_answer(vm, "internal", f->internal) &&
	       match_answer(vm, "servicevm", f->servicevm) &&
	       (!f->pending_update || match_answer(vm, "updates-available", LS_YES));
}

void ls_filter_dispose(struct ls_filter *f)
{
	strv_dispose(&f->classes);
	strv_dispose(&f->labels);
	strv_dispose(&f->tags);
	strv_dispose(&f->exclude_tags);
	strv_dispose(&f->templates);
	strv_dispose(&f->netvms);
	strv_dispose(&f->features);
	strv_dispose(&f->prefs);
}
