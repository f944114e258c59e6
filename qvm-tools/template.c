/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/template.h"

#include <string.h>
#include <unistd.h>

#include "ops/volumes.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/plan.h"
#include "qvm-tools/volume.h"

enum { O_LABEL = 1, O_POOL, O_SIZE, O_FROM, O_SUITE, O_MIRROR, O_PACKAGE, O_APART };

enum template_action {
	T_LIST,
	T_INFO,
	T_INSTALL,
	T_REINSTALL,
	T_BUILD,
	T_CLONE,
	T_EXPORT,
	T_REMOVE,
	T_UPDATE,
};

static const char *const template_words[] = {"list",   "info",	"install", "reinstall",
					     "build",  "clone", "export",  "remove",
					     "update", NULL};

static const struct action template_actions[] = {
	{"list ls", T_LIST, 0, 0, false, ""},
	{"info", T_INFO, 1, 1, false, "NAME"},
	{"install", T_INSTALL, 1, 2, true, "NEWNAME --from SOURCE"},
	{"reinstall", T_REINSTALL, 1, 2, true, "NAME --from SOURCE"},
	{"build", T_BUILD, 1, 1, true, "NEWNAME --suite SUITE"},
	{"clone", T_CLONE, 2, 2, true, "NAME NEWNAME"},
	{"export", T_EXPORT, 2, 2, true, "NAME FILE"},
	{"remove rm", T_REMOVE, 1, ARGS_ANY, true, "NAME..."},
	{"update", T_UPDATE, 1, 1, true, "NAME"},
	{0},
};

static const struct opt template_opts[] = {
	{"from", 'f', O_FROM, "SOURCE",
	 "install, reinstall: archive, image, disk, folder"},
	{"in-disposable", 0, O_APART, NULL,
	 "install: unpack the archive in a disposable, not in dom0"},
	{"label", 'l', O_LABEL, "LABEL", "colour of the template (default: black)"},
	{"pool", 'P', O_POOL, "POOL", "storage pool of its volumes"},
	{"size", 0, O_SIZE, "SIZE", "size of its root volume (default: 10GiB)"},
	{"suite", 0, O_SUITE, "SUITE", "build: release of Debian, as in bookworm"},
	{"mirror", 0, O_MIRROR, "URL", "build: where its packages come from"},
	{"package", 0, O_PACKAGE, "NAME", "build: a further package (may be repeated)"},
	{0},
};

static const struct cmd_example template_examples[] = {
	{"qvm-template install debian-12 --from debian-12-rootfs.tar.xz",
	 "make a template of a root file system"},
	{"qvm-template install alpine --from alpine.oci.tar",
	 "of an image of containers"},
	{"qvm-template install --in-disposable odd --from odd.tar.xz",
	 "of an archive that nobody in dom0 shall read"},
	{"qvm-template install cloud --from cloud.qcow2", "of a disk"},
	{"qvm-template build debian-12 --suite bookworm", "of Debian's packages"},
	{"qvm-template list", "list the templates and how many use them"},
	{"qvm-template info debian-12", "what it came from, who uses it"},
	{"qvm-template export debian-12 debian-12.tar.zst", "for another machine"},
	{"qvm-template update debian-12", "by its own distribution's updater"},
	{"qvm-template remove debian-12", "move one to the trash"},
	{0},
};

struct template_cmd {
	const struct action *action;
	struct op_template_install install;
	struct op_template_build build;
	struct strv packages;
};

static int template_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct template_cmd *o = opts;

	switch (id) {
	case O_FROM:
		o->install.source = value;
		return 0;
	case O_LABEL:
		o->install.label = value;
		return 0;
	case O_POOL:
		o->install.pool = value;
		return 0;
	case O_SUITE:
		o->build.suite = value;
		return 0;
	case O_MIRROR:
		o->build.mirror = value;
		return 0;
	case O_APART:
		o->install.apart = true;
		return 0;
	case O_PACKAGE:
		strv_add(&o->packages, value);
		return 0;
	default:
		return opt_size(value, &o->install.root_size, err);
	}
}

static void template_dispose(void *opts)
{
	strv_dispose(&((struct template_cmd *)opts)->packages);
}

/* Which options an action takes; a SOURCE may be its second argument, too. */
static int template_verify(struct inv *inv, struct qvm_err *err)
{
	struct template_cmd *o = inv->opts;
	struct op_template_install *i = &o->install;
	int r = action_verify(inv, template_actions, &o->action, err);
	int id;

	if (r < 0)
		return r;
	id = o->action->id;
	if (id == T_INSTALL || id == T_REINSTALL) {
		if ((i->source != NULL) == (inv->args.n == 3))
			return usage_error(err, "%s needs one source, by --from",
					   inv->args.v[0]);
		if (!i->source)
			i->source = inv->args.v[2];
	} else if (i->source) {
		return usage_error(err, "--from goes with install and reinstall only");
	}
	if (id != T_INSTALL && i->apart)
		return usage_error(err, "--in-disposable goes with install only");
	if (id != T_BUILD && (o->build.suite || o->build.mirror || o->packages.n))
		return usage_error(err,
				   "--suite, --mirror and --package go with build only");
	if (id == T_BUILD && !o->build.suite)
		return usage_error(err, "build needs --suite");
	if (id != T_INSTALL && id != T_BUILD && (i->label || i->pool || i->root_size))
		return usage_error(
			err, "--label, --pool and --size go with install and build only");
	return 0;
}

static int template_clone(struct inv *inv, struct plan *plan, struct qvm_err *err)
{
	const struct op_clone req = {
		.source = inv->args.v[1],
		.name = inv->args.v[2],
		.dry_run = inv->dry_run,
	};
	struct vm *vm;
	int r = inv_world(inv, err);

	if (r == 0)
		r = vm_find(inv->world, req.source, &vm, err);
	if (r == 0 && vm->klass != CLASS_TEMPLATE)
		r = err_set(err, QVM_E_VALUE, "'%s' is no template but of class %s",
			    req.source, vm_classes[vm->klass].name);
	return r < 0 ? r : op_clone(inv->ctx, &req, plan, err);
}

/* Refused naming each user as long as there are any. */
static int template_remove(struct inv *inv, struct plan *plan, struct qvm_err *err)
{
	const struct op_report report = inv_report(inv);
	struct vm *vm;
	int r = inv_world(inv, err);

	for (size_t i = 1; r == 0 && i < inv->args.n; i++) {
		r = vm_find(inv->world, inv->args.v[i], &vm, err);
		if (r == 0 && vm->klass != CLASS_TEMPLATE)
			r = err_set(err, QVM_E_VALUE,
				    "'%s' is no template but of class %s", vm->name,
				    vm_classes[vm->klass].name);
	}
	if (r < 0)
		return r;
	return op_trash(inv->ctx, (const char *const *)inv->args.v + 1, inv->args.n - 1,
			TRASH_DAYS, inv->dry_run ? plan : NULL, &report, err);
}

static int template_update(struct inv *inv, struct plan *plan, struct qvm_err *err)
{
	const struct op_template_update req = {
		.name = inv->args.v[1],
		.out = inv->json ? STDERR_FILENO : STDOUT_FILENO,
		.errors = STDERR_FILENO,
		.filter = true,
		.dry_run = inv->dry_run,
	};

	return op_template_update(inv->ctx, &req, plan, err);
}

static int template_change(struct inv *inv, struct plan *plan, struct qvm_err *err)
{
	struct template_cmd *o = inv->opts;
	struct op_template_install *req = &o->install;
	const char *name = inv->args.v[1];

	req->name = name;
	req->dry_run = inv->dry_run;
	switch (o->action->id) {
	case T_INSTALL:
		return op_template_install(inv->ctx, req, plan, err);
	case T_REINSTALL:
		return op_template_reinstall(inv->ctx, req, plan, err);
	case T_BUILD:
		o->build.packages = (const char *const *)o->packages.v;
		o->build.package_count = o->packages.n;
		return op_template_build(inv->ctx, req, &o->build, plan, err);
	case T_CLONE:
		return template_clone(inv, plan, err);
	case T_UPDATE:
		return template_update(inv, plan, err);
	case T_EXPORT:
		return op_template_export(inv->ctx, name, inv->args.v[2], inv->dry_run,
					  plan, err);
	default:
		return template_remove(inv, plan, err);
	}
}

static int template_run(struct inv *inv, struct qvm_err *err)
{
	const struct template_cmd *o = inv->opts;
	cleanup_plan struct plan plan = {0};
	int r;

	if (o->action->id == T_LIST)
		return template_list(inv, err);
	if (o->action->id == T_INFO)
		return template_info(inv, inv->args.v[1], err);
	r = template_change(inv, &plan, err);
	return plan_done(inv, &plan, r);
}

const struct cmd cmd_template = {
	.name = "qvm-template",
	.summary = "templates: make them of images, list, export, remove them",
	.args = "[ACTION [NEWNAME [FILE]]]",
	.actions = template_words,
	.opts = template_opts,
	.examples = template_examples,
	.flags = CMD_JSON | CMD_DRY_RUN,
	.exits = EXIT(PARTIAL) | EXIT(NO_VM) | EXIT(NOT_FOUND) | EXIT(EXISTS) |
		 EXIT(VALUE) | EXIT(RUNNING) | EXIT(IN_USE) | EXIT(BUSY) |
		 EXIT(NO_SPACE) | EXIT(PERMISSION) | EXIT(STORAGE) | EXIT(DATABASE) |
		 EXIT(UNSUPPORTED) | EXIT(TIMEOUT),
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct template_cmd),
	.option = template_option,
	.verify = template_verify,
	.run = template_run,
	.dispose = template_dispose,
};
