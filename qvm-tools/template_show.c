/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/prop.h"
#include "lib/alloc.h"
#include "lib/size.h"
#include "qvm-tools/render.h"
#include "qvm-tools/template.h"
#include "qvm-tools/volume.h"

static bool is_child(const struct world *w, const struct vm *vm,
		     const struct vm *template)
{
	return prop_applies(PROP_TEMPLATE, vm) &&
	       prop_vm(w, vm, PROP_TEMPLATE) == template;
}

/* ---- list ---- */

static const struct column list_columns[] = {
	{"name", "NAME", CELL_TEXT, 0, true, "name of the template"},
	{"label", "LABEL", CELL_TEXT, 0, true, "its colour"},
	{"root_size", "ROOT-MAX", CELL_INT, 0, false, "size of its root volume, MiB"},
	{"revisions", "REVISIONS", CELL_INT, 0, false,
	 "kept revisions of its root volume"},
	{"children", "CHILDREN", CELL_INT, 0, false, "domains that use it"},
};

static size_t count_children(const struct world *w, const struct vm *template)
{
	size_t n = 0;

	for (size_t i = 0; i < w->vm_count; i++)
		n += is_child(w, &w->vms[i], template);
	return n;
}

static void add_template(struct table *t, const struct world *w, const struct vm *vm)
{
	const struct vm_volume *root = &vm->volumes[VOL_ROOT];
	struct prop_value label = {0};
	const struct vm_label *known;

	prop_get(w, vm, PROP_LABEL, &label);
	known = label.text ? label_find(label.text) : NULL;
	table_row(t, known ? known->ansi : 0);
	table_text(t, vm->name);
	table_text(t, label.text);
	table_int(t, (long long)(root->size >> 20));
	table_int(t, (long long)root->revision_count);
	table_int(t, (long long)count_children(w, vm));
}

int template_list(struct inv *inv, struct qvm_err *err)
{
	cleanup_table struct table t = {0};
	int r;

	r = inv_world(inv, err);
	if (r < 0)
		return r;
	table_init(&t, "qvm-template/1", "templates", list_columns,
		   array_len(list_columns));
	for (size_t i = 0; i < inv->world->vm_count; i++)
		if (inv->world->vms[i].klass == CLASS_TEMPLATE)
			add_template(&t, inv->world, &inv->world->vms[i]);
	table_print(&t, list_mode(inv, false), stdout);
	return 0;
}

/* ---- info ---- */

static const struct column child_columns[] = {
	{"vm", "VM", CELL_TEXT, 0, false, "domain over this template"},
	{"outdated", "OUTDATED", CELL_BOOL, 0, false,
	 "whether it runs over an older root"},
};

/* What installation has left, under which names it is shown. */
static const struct {
	const char *shown, *feature;
	bool number;
} facts[] = {
	{"origin", "template-origin", false}, {"kind", "template-kind", false},
	{"digest", "template-digest", false}, {"init", "template-init", false},
	{"files", "template-files", true},    {"bytes", "template-bytes", true},
};

static void add_facts(struct table *t, bool json, const struct vm *vm)
{
	const char *installed = vm_feature(vm, "template-installed");
	long long seconds;
	char when[TIME_TEXT];

	for (size_t i = 0; i < array_len(facts); i++) {
		const char *value = vm_feature(vm, facts[i].feature);

		/* Features are anybody's to set: a number has to be one. */
		if (value &&
		    (!facts[i].number || num_parse(value, 0, INT64_MAX, &seconds) == 0))
			table_fact(t, json, facts[i].shown, facts[i].number, value);
	}
	if (!installed || num_parse(installed, 0, INT64_MAX, &seconds) < 0)
		return;
	time_text(seconds, when);
	table_fact(t, json, "installed", false, when);
}

/* Running over an older root than the template has now. */
static bool is_outdated(struct inv *inv, const struct vm *vm)
{
	const struct op_volume volume = {.vm = vm->name, .role = VOL_ROOT};
	struct volume_info info = {0};
	struct qvm_err ignored;
	bool outdated = vm_is_running(vm) &&
			op_volume_info(inv->ctx, &volume, &info, &ignored) == 0 &&
			info.outdated;

	volume_info_dispose(&info);
	return outdated;
}

static void add_children(struct inv *inv, struct table *t, const struct vm *template)
{
	cleanup_buf struct buf all = BUF_INIT, old = BUF_INIT;

	for (size_t i = 0; i < inv->world->vm_count; i++) {
		const struct vm *vm = &inv->world->vms[i];
		bool outdated;

		if (!is_child(inv->world, vm, template))
			continue;
		outdated = is_outdated(inv, vm);
		if (inv->json) {
			table_row(t, 0);
			table_text(t, vm->name);
			table_bool(t, outdated);
			continue;
		}
		buf_addf(&all, "%s%s", all.len ? ", " : "", vm->name);
		if (outdated)
			buf_addf(&old, "%s%s", old.len ? ", " : "", vm->name);
	}
	if (inv->json)
		return;
	table_fact(t, false, "children", false, all.len ? all.data : "none");
	table_fact(t, false, "outdated", false, old.len ? old.data : "none");
}

int template_info(struct inv *inv, const char *name, struct qvm_err *err)
{
	cleanup_table struct table t = {0};
	const struct vm_volume *root;
	bool json = inv->json;
	struct vm *vm;
	int r;

	inv->live = true;
	r = inv_world(inv, err);
	if (r == 0)
		r = vm_find(inv->world, name, &vm, err);
	if (r == 0 && vm->klass != CLASS_TEMPLATE)
		r = err_set(err, QVM_E_VALUE, "'%s' is no template but of class %s", name,
			    vm_classes[vm->klass].name);
	if (r < 0)
		return r;
	root = &vm->volumes[VOL_ROOT];
	table_init(&t, "qvm-template-info/1", "children",
		   json ? child_columns : info_columns, array_len(info_columns));
	table_fact(&t, json, "name", false, vm->name);
	add_facts(&t, json, vm);
	table_fact(&t, json, "pool", false, root->pool);
	table_fact_number(&t, json, "root_size", (int64_t)root->size);
	table_fact_number(&t, json, "revisions", (int64_t)root->revision_count);
	add_children(inv, &t, vm);
	table_print(&t, json ? RENDER_JSON : RENDER_PLAIN, stdout);
	return 0;
}
