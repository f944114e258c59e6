/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The domains that a new machine begins with. What is there already is left as it is. */
#include <string.h>

#include "lib/alloc.h"
#include "ops/internal.h"

#define PROPS_MAX 2

static const struct preset_vm {
	const char *name, *label;
	const char *props[PROPS_MAX];
	const char *global; /* that names it, unless another is set; or NULL */
} preset[] = {
	{"sys-net", "red", {"provides_network=True", "netvm=none"}, NULL},
	{"sys-firewall",
	 "green",
	 {"provides_network=True", "netvm=sys-net"},
	 "default_netvm"},
	{"default-dvm", "red", {"template_for_dispvms=True"}, "default_dispvm"},
	{"work", "blue", {NULL}, NULL},
	{"personal", "yellow", {NULL}, NULL},
	{"untrusted", "red", {NULL}, NULL},
	{"vault", "black", {"netvm=none"}, NULL},
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

static int make_template(struct qvm_ctx *ctx, const struct world *w,
			 const struct op_init_preset *req, struct plan *plan,
			 struct qvm_err *err)
{
	const struct op_template_install install = {.name = req->template_name,
						    .source = req->template};

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
	return op_template_install(ctx, &install, plan, err);
}

static int make_vm(struct qvm_ctx *ctx, const struct world *w, const struct preset_vm *p,
		   bool dry_run, struct plan *plan, struct qvm_err *err)
{
	struct op_create create = {.name = p->name,
				   .klass = CLASS_APP,
				   .label = p->label,
				   .prop_texts = p->props};

	if (world_vm(w, p->name))
		return 0;
	if (dry_run) {
		plan_add(plan, p->name, "create", "AppVM, %s", p->label);
		return 0;
	}
	while (create.prop_count < PROPS_MAX && p->props[create.prop_count])
		create.prop_count++;
	return op_create(ctx, &create, plan, err);
}

static int name_it(struct qvm_ctx *ctx, const struct world *w, const struct preset_vm *p,
		   bool dry_run, struct plan *plan, struct qvm_err *err)
{
	enum prop_id id;
	int r;

	if (!p->global)
		return 0;
	r = prop_find(p->global, true, &id, err);
	if (r < 0 || w->globals[id].set)
		return r;
	if (dry_run) {
		plan_add(plan, "dom0", "set-property", "%s: %s", p->global, p->name);
		return 0;
	}
	return op_prop_set(ctx, NULL, p->global, p->name, false, err);
}

int op_init_preset(struct qvm_ctx *ctx, const struct op_init_preset *req,
		   struct plan *ret_plan, struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	int r = read_world(ctx, req->dry_run, &w, err);

	if (r == 0)
		r = make_template(ctx, w, req, ret_plan, err);
	for (size_t i = 0; r == 0 && i < array_len(preset); i++) {
		r = make_vm(ctx, w, &preset[i], req->dry_run, ret_plan, err);
		if (r == 0)
			r = name_it(ctx, w, &preset[i], req->dry_run, ret_plan, err);
	}
	return r;
}
