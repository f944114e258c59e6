/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The domains that a new machine begins with. What is there already is left as it is. */
#include <string.h>

#include "lib/alloc.h"
#include "ops/internal.h"

#define PROPS(...)                                                                       \
	.props = (const char *const[]){__VA_ARGS__},                                     \
	.prop_count = array_len(((const char *const[]){__VA_ARGS__}))

static const struct op_init_vm preset[] = {
	{.name = "sys-net", .label = "red", PROPS("provides_network=True", "netvm=none")},
	{.name = "sys-firewall",
	 .label = "green",
	 PROPS("provides_network=True", "netvm=sys-net"),
	 .global = "default_netvm"},
	{.name = "default-dvm",
	 .label = "red",
	 PROPS("template_for_dispvms=True"),
	 .global = "default_dispvm"},
	{.name = "work", .label = "blue"},
	{.name = "personal", .label = "yellow"},
	{.name = "untrusted", .label = "red"},
	{.name = "vault", .label = "black", PROPS("netvm=none")},
};

static int read_world(struct qvm_ctx *ctx, bool dry_run, struct world **ret,
		      struct qvm_err *err)
{
	int r = op_world(ctx, false, ret, err);

	/* A dry run on a machine that has no registry yet looks at an empty one. */
	if (r < 0 && dry_run && err->kind == QVM_E_DATABASE) {
		*ret = xcalloc(1, sizeof(**ret));
		return 0;
	}
	return r;
}

static int set_prop(struct qvm_ctx *ctx, const char *vm, const char *text,
		    struct qvm_err *err)
{
	const char *equals = strchr(text, '=');
	cleanup_free char *name = NULL;

	if (!equals)
		return err_set(err, QVM_E_USAGE, "'%.64s' is not NAME=VALUE", text);
	name = xstrndup(text, (size_t)(equals - text));
	return op_prop_set(ctx, vm, name, equals + 1, false, err);
}

static int make_template(struct qvm_ctx *ctx, const struct world *w,
			 const struct op_init_preset *req, struct plan *plan,
			 struct qvm_err *err)
{
	const struct op_template_install install = {.name = req->template_name,
						    .source = req->template};
	int r;

	if (!req->template) {
		struct prop_value known = {0};

		prop_get(w, NULL, PROP_G_DEFAULT_TEMPLATE, &known);
		return known.text ? 0
				  : err_set(err, QVM_E_USAGE,
					    "there is no template yet: name an image, a "
					    "disk or an archive with --template FILE");
	}
	if (world_vm(w, req->template_name))
		return 0;
	if (req->dry_run) {
		plan_add(plan, req->template_name, "install-template", "%s",
			 req->template);
		return 0;
	}
	r = op_template_install(ctx, &install, plan, err);
	for (size_t i = 0; r == 0 && i < req->template_prop_count; i++)
		r = set_prop(ctx, req->template_name, req->template_props[i], err);
	return r;
}

static int make_vm(struct qvm_ctx *ctx, const struct world *w,
		   const struct op_init_vm *vm, bool dry_run, struct plan *plan,
		   struct qvm_err *err)
{
	const struct op_create create = {.name = vm->name,
					 .klass = vm->klass ? vm->klass : CLASS_APP,
					 .label = vm->label ? vm->label : "red",
					 .template = vm->template,
					 .prop_texts = vm->props,
					 .prop_count = vm->prop_count};

	if (world_vm(w, vm->name))
		return 0;
	if (dry_run) {
		plan_add(plan, vm->name, "create", "%s, %s",
			 vm_classes[create.klass].name, create.label);
		return 0;
	}
	return op_create(ctx, &create, plan, err);
}

static int name_it(struct qvm_ctx *ctx, const struct world *w, const char *global,
		   const char *vm, bool dry_run, struct plan *plan, struct qvm_err *err)
{
	enum prop_id id;
	int r;

	if (!global)
		return 0;
	r = prop_find(global, true, &id, err);
	if (r < 0 || w->globals[id].set)
		return r;
	if (dry_run) {
		plan_add(plan, "dom0", "set-property", "%s: %s", global, vm);
		return 0;
	}
	return op_prop_set(ctx, NULL, global, vm, false, err);
}

static const struct op_init_vm *find(const struct op_init_vm *vms, size_t n,
				     const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(vms[i].name, name) == 0)
			return &vms[i];
	return NULL;
}

static int make_vms(struct qvm_ctx *ctx, const struct world *w,
		    const struct op_init_preset *req, struct plan *plan,
		    struct qvm_err *err)
{
	size_t standard = req->standard ? array_len(preset) : 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < standard; i++) {
		const struct op_init_vm *other =
			find(req->vms, req->vm_count, preset[i].name);

		r = make_vm(ctx, w, other ? other : &preset[i], req->dry_run, plan, err);
		if (r == 0)
			r = name_it(ctx, w, preset[i].global, preset[i].name,
				    req->dry_run, plan, err);
	}
	for (size_t i = 0; r == 0 && i < req->vm_count; i++)
		if (!find(preset, standard, req->vms[i].name))
			r = make_vm(ctx, w, &req->vms[i], req->dry_run, plan, err);
	return r;
}

static int start_vms(struct qvm_ctx *ctx, const struct op_init_preset *req,
		     struct plan *plan, struct qvm_err *err)
{
	const struct op_start how = {.skip_if_running = true};
	const struct op_report nobody = {0};

	for (size_t i = 0; req->dry_run && i < req->start_count; i++)
		plan_add(plan, req->start[i], "start", "with what it needs");
	if (req->dry_run || !req->start_count)
		return 0;
	return op_start(ctx, req->start, req->start_count, &how, NULL, &nobody, err);
}

int op_init_preset(struct qvm_ctx *ctx, const struct op_init_preset *req,
		   struct plan *ret_plan, struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	int r = read_world(ctx, req->dry_run, &w, err);

	if (r == 0)
		r = make_template(ctx, w, req, ret_plan, err);
	if (r == 0)
		r = make_vms(ctx, w, req, ret_plan, err);
	return r < 0 ? r : start_vms(ctx, req, ret_plan, err);
}
