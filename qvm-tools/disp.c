/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qvm-disp: disposables, seen from dom0. */
#include <stdio.h>
#include <string.h>

#include "core/prop.h"
#include "lib/alloc.h"
#include "ops/audit.h"
#include "ops/disp.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/disp.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/render.h"
#include "qvm-tools/volume.h"

enum { D_LIST, D_RUN, D_SHELL, D_OPEN, D_START, D_WARM, D_IMAGE, D_AUDIT };
enum { O_OWNER = 1, O_FOR, O_TEMPLATE, O_VIEW, O_KEEP };

static const char *const disp_words[] = {"list", "run",	  "shell", "open", "start",
					 "warm", "image", "audit", NULL};

static const struct action disp_actions[] = {
	{"list ls l", D_LIST, 0, 0, false, ""},
	{"run", D_RUN, 1, ARGS_ANY, true, "COMMAND [ARG...]"},
	{"shell sh", D_SHELL, 0, 1, true, "[TEMPLATE]"},
	{"open", D_OPEN, 1, 1, true, "FILE-OR-URL"},
	{"start", D_START, 0, 1, true, "[TEMPLATE]"},
	{"warm", D_WARM, 0, 0, true, ""},
	{"image", D_IMAGE, 0, 2, true, "[make TEMPLATE|drop TEMPLATE]"},
	{"audit", D_AUDIT, 1, 1, true, "VMNAME"},
	{0},
};

static const struct opt disp_opts[] = {
	{"template", 't', O_TEMPLATE, "TEMPLATE",
	 "run, shell, open: of that disposable template"},
	{"keep-open", 0, O_KEEP, NULL,
	 "it outlives this, or its owner, until all calls have ended"},
	{"view-only", 0, O_VIEW, NULL, "open: nothing comes back"},
	{"owner", 0, O_OWNER, "PID", "start: it ends when that process does"},
	{"for", 0, O_FOR, "DOMAIN",
	 "start: what it would get; no more network than it has"},
	{0},
};

static const struct cmd_example disp_examples[] = {
	{"qvm-disp", "list the disposables, and what each was made from"},
	{"qvm-disp start", "start one of the default template, and print its name"},
	{"qvm-disp start --owner $$ browse", "one that ends with this shell"},
	{"qvm-prefs base disp_spares 2", "from now on keep two ready"},
	{"qvm-disp warm", "and wait until they are"},
	{"qvm-disp image make base", "further ones of base go on from a saved one"},
	{"qvm-disp audit disp1234", "all places that know of it; what lasts says so"},
	{"qvm-disp run 'wget -qO- example.org'", "a command in one, which ends with it"},
	{"qvm-disp shell", "a shell in one, on this terminal"},
	{"qvm-disp open letter.odt", "what is changed there comes back into the file"},
	{0},
};

static int disp_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct disp_cmd *o = opts;

	if (id == O_FOR)
		o->caller = value;
	else if (id == O_TEMPLATE)
		o->template = value;
	else if (id == O_VIEW)
		o->view_only = true;
	else if (id == O_KEEP)
		o->keep = true;
	else
		return opt_number("--owner", value, 1, 1 << 22, &o->owner, err);
	return 0;
}

/* Which options go with which action. */
static int check_options(const struct disp_cmd *o, struct qvm_err *err)
{
	int id = o->action->id;

	if ((o->owner || o->caller) && id != D_START)
		return usage_error(err, "--%s goes with start only",
				   o->owner ? "owner" : "for");
	if (o->view_only && id != D_OPEN)
		return usage_error(err, "--view-only goes with open only");
	if (o->keep && id != D_RUN && id != D_SHELL && id != D_OPEN && !o->owner)
		return usage_error(err, "--keep-open goes with run, shell and open, and "
					"with --owner");
	if (o->template && id != D_RUN && id != D_SHELL && id != D_OPEN)
		return usage_error(err, "--template goes with run, shell and open only");
	return 0;
}

static int disp_verify(struct inv *inv, struct qvm_err *err)
{
	struct disp_cmd *o = inv->opts;
	int r = action_verify(inv, disp_actions, &o->action, err);

	if (r == 0)
		r = check_options(o, err);
	inv->live = r == 0 && o->action->id == D_LIST;
	return r;
}

static const struct column list_columns[] = {
	{"name", "NAME", CELL_TEXT, 0, true, "name of the disposable"},
	{"state", "STATE", CELL_TEXT, 0, false, "Running, Halted, ..."},
	{"template", "TEMPLATE", CELL_TEXT, 0, false, "what it was made from"},
	{"use", "USE", CELL_TEXT, 0, false,
	 "spare: it waits for its first use; image: it was saved"},
	{"auto_cleanup", "UNNAMED", CELL_BOOL, 0, false, "is removed when it has ended"},
	{"memory", "MEMORY", CELL_INT, 0, false, "bytes that it has now; 0: halted"},
};

static const char *disp_use(struct qvm_ctx *ctx, int64_t vm_id)
{
	return op_disp_is_spare(ctx, vm_id)   ? "spare"
	       : op_disp_is_image(ctx, vm_id) ? "image"
					      : "";
}

static int disp_list(struct inv *inv, struct qvm_err *err)
{
	cleanup_table struct table t = {0};
	int r = inv_world(inv, err);

	if (r < 0)
		return r;
	table_init(&t, "qvm-disp/1", "disposables", list_columns,
		   array_len(list_columns));
	for (size_t i = 0; i < inv->world->vm_count; i++) {
		const struct vm *vm = &inv->world->vms[i];
		struct prop_value label;

		if (vm->klass != CLASS_DISP)
			continue;
		prop_get(inv->world, vm, PROP_LABEL, &label);
		table_row(&t, label_find(label.text)->ansi);
		table_text(&t, vm->name);
		table_text(&t, vm_state_name(vm->live.state));
		table_text(&t, prop_vm(inv->world, vm, PROP_TEMPLATE)->name);
		table_text(&t, disp_use(inv->ctx, vm->id));
		table_bool(&t, prop_bool(inv->world, vm, PROP_AUTO_CLEANUP));
		table_int(&t, vm_is_there(vm) ? (long long)vm->live.memory : 0);
	}
	table_print(&t, inv->json ? RENDER_JSON : RENDER_TABLE, stdout);
	return 0;
}

static int disp_start(struct inv *inv, struct qvm_err *err)
{
	const struct disp_cmd *o = inv->opts;
	const struct op_disp req = {
		.template = inv->args.n > 1 ? inv->args.v[1] : NULL,
		.caller = o->caller,
		.owner = o->owner,
		.keep = o->keep,
	};
	char *name = NULL;
	int r = op_disp_start(inv->ctx, &req, &name, err);

	if (r < 0)
		return r;
	strv_take(&inv->values, name);
	puts(name);
	return 0;
}

static const struct column audit_columns[] = {
	{"what", "WHAT", CELL_TEXT, 0, false,
	 "registry, domain, node, volume, file, ..."},
	{"where", "WHERE", CELL_TEXT, 0, false, "where the host holds it"},
	{"lasts", "LASTS", CELL_BOOL, 0, false, "readable after power was lost"},
};

static int disp_audit(struct inv *inv, struct qvm_err *err)
{
	cleanup_audit struct audit a = {0};
	cleanup_table struct table t = {0};
	int r = op_audit(inv->ctx, inv->args.v[1], &a, err);

	if (r < 0)
		return r;
	table_init(&t, "qvm-disp-audit/1", "places", audit_columns,
		   array_len(audit_columns));
	for (size_t i = 0; i < a.n; i++) {
		table_row(&t, 0);
		table_text(&t, a.v[i].what);
		table_text(&t, a.v[i].where);
		table_bool(&t, a.v[i].lasts);
	}
	table_print(&t, inv->json ? RENDER_JSON : RENDER_TABLE, stdout);
	return 0;
}

static const struct column image_columns[] = {
	{"template", "TEMPLATE", CELL_TEXT, 0, true, "of which it was made"},
	{"name", "NAME", CELL_TEXT, 0, false, "the disposable that was saved"},
	{"current", "CURRENT", CELL_BOOL, 0, false, "as one would be made now"},
	{"size", "SIZE", CELL_INT, 0, false, "bytes in the ephemeral store"},
};

static int image_show(struct inv *inv, struct qvm_err *err)
{
	cleanup_free struct op_image *all = NULL;
	cleanup_table struct table t = {0};
	int r = inv_world(inv, err);
	size_t n;

	if (r < 0)
		return r;
	n = op_images(inv->ctx, inv->world, &all);
	table_init(&t, "qvm-disp-image/1", "images", image_columns,
		   array_len(image_columns));
	for (size_t i = 0; i < n; i++) {
		table_row(&t, 0);
		table_text(&t, all[i].template);
		table_text(&t, all[i].name);
		table_bool(&t, all[i].current);
		table_int(&t, (long long)all[i].size);
	}
	table_print(&t, inv->json ? RENDER_JSON : RENDER_TABLE, stdout);
	return 0;
}

static int disp_image(struct inv *inv, struct qvm_err *err)
{
	const char *what = inv->args.n > 1 ? inv->args.v[1] : "list";
	const char *template = inv->args.n > 2 ? inv->args.v[2] : NULL;
	int r;

	if (strcmp(what, "list") == 0 && !template)
		return image_show(inv, err);
	if (strcmp(what, "make") == 0 && template)
		return op_image_make(inv->ctx, template, err);
	if (strcmp(what, "drop") != 0 || !template)
		return usage_error(err,
				   "image takes list, make TEMPLATE or drop TEMPLATE");
	r = op_image_drop(inv->ctx, template, err);
	if (r == 0)
		return err_set(err, QVM_E_NOT_FOUND, "there is no image of '%s'",
			       template);
	return r < 0 ? r : 0;
}

/* In this process, so that what goes wrong is said. */
static int disp_warm(struct inv *inv, struct qvm_err *err)
{
	const struct op_fill req = {.now = true};

	return op_disp_fill(inv->ctx, &req, err);
}

static int disp_run(struct inv *inv, struct qvm_err *err)
{
	static int (*const run[])(struct inv *, struct qvm_err *) = {
		[D_LIST] = disp_list,	[D_RUN] = disp_command, [D_SHELL] = disp_shell,
		[D_OPEN] = disp_open,	[D_START] = disp_start, [D_WARM] = disp_warm,
		[D_IMAGE] = disp_image, [D_AUDIT] = disp_audit,
	};
	const struct disp_cmd *o = inv->opts;

	return run[o->action->id](inv, err);
}

const struct cmd cmd_disp = {
	.name = "qvm-disp",
	.summary = "use, list and start disposables, and keep some ready",
	.args = "[ACTION [ARG...]]",
	.actions = disp_words,
	.opts = disp_opts,
	.examples = disp_examples,
	.flags = CMD_JSON,
	.exits = EXIT(NO_VM) | EXIT(NOT_FOUND) | EXIT(VALUE) | EXIT(BUSY) |
		 EXIT(NO_MEMORY) | EXIT(NO_SPACE) | EXIT(PERMISSION) | EXIT(NO_XEN) |
		 EXIT(HYPERVISOR) | EXIT(STORAGE) | EXIT(DATABASE) | EXIT(TIMEOUT),
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct disp_cmd),
	.option = disp_option,
	.verify = disp_verify,
	.run = disp_run,
};
