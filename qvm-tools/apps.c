/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "ops/apps.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/plan.h"
#include "qvm-tools/render.h"
#include "qvm-tools/volume.h"

enum { O_HIDDEN = 1, O_NO_START };

static const struct opt apps_opts[] = {
	{"hidden", 0, O_HIDDEN, NULL, "list those too that are in no menu"},
	{"no-autostart", 'n', O_NO_START, NULL, "fail where the domain is not running"},
	{0},
};

static const struct cmd_example apps_examples[] = {
	{"qvm-apps work", "what can be started in a domain"},
	{"qvm-apps work run firefox-esr", "start one of them"},
	{"qvm-apps --json work", "for a menu"},
	{0},
};

struct apps {
	bool hidden, no_start;
};

static int apps_option(void *opts, int id, const char *value unused,
		       struct qvm_err *err unused)
{
	struct apps *o = opts;

	if (id == O_HIDDEN)
		o->hidden = true;
	else
		o->no_start = true;
	return 0;
}

static bool is_run(const struct inv *inv)
{
	return inv->args.n == 3;
}

static int apps_verify(struct inv *inv, struct qvm_err *err)
{
	const struct apps *o = inv->opts;

	if (inv->args.n > 1 && strcmp(inv->args.v[1], "run") != 0)
		return usage_error(err, "there is no action '%s'", inv->args.v[1]);
	if (inv->args.n == 2)
		return usage_error(err, "no application is named");
	if (is_run(inv) && o->hidden)
		return usage_error(err, "--hidden goes with the list only");
	/* A list prints its own JSON. */
	inv->alone = !is_run(inv);
	return 0;
}

static const struct column apps_columns[] = {
	{"app", "APP", CELL_TEXT, 0, false, "what `run` calls it"},
	{"name", "NAME", CELL_TEXT, 0, false, "what a menu calls it"},
	{"categories", "CATEGORIES", CELL_TEXT, 0, false, "where a menu has it"},
	{"comment", "COMMENT", CELL_TEXT, 0, false, "what it says of itself"},
	{"hidden", "HIDDEN", CELL_BOOL, 0, false, "is it in no menu"},
};

static int show_list(struct inv *inv, struct qvm_err *err)
{
	const struct apps *o = inv->opts;
	/* Of these a terminal has room for three. */
	size_t columns = inv->json ? array_len(apps_columns) : 3;
	cleanup_apps struct app_list apps = {0};
	cleanup_table struct table t = {0};
	int r = op_apps(inv->ctx, inv->args.v[0], o->no_start, &apps, err);

	if (r < 0)
		return r;
	table_init(&t, "qvm-apps/1", "apps", apps_columns, columns);
	for (size_t i = 0; i < apps.n; i++) {
		if (apps.v[i].hidden && !o->hidden)
			continue;
		table_row(&t, 0);
		table_text(&t, apps.v[i].id);
		table_text(&t, apps.v[i].name);
		table_text(&t, apps.v[i].categories);
		if (!inv->json)
			continue;
		table_text(&t, apps.v[i].comment);
		table_bool(&t, apps.v[i].hidden);
	}
	table_print(&t, list_mode(inv, false), stdout);
	return 0;
}

static int apps_run(struct inv *inv, struct qvm_err *err)
{
	const struct apps *o = inv->opts;

	if (!is_run(inv))
		return show_list(inv, err);
	return op_app_run(inv->ctx, inv->args.v[0], inv->args.v[2], o->no_start, err);
}

const struct cmd cmd_apps = {
	.name = "qvm-apps",
	.summary = "list the applications of a domain, and start them",
	.args = "VMNAME [run APP]",
	.opts = apps_opts,
	.examples = apps_examples,
	.flags = CMD_ROOT | CMD_JSON | CMD_RESULT,
	.exits = EXIT(NO_VM) | EXIT(NOT_FOUND) | EXIT(VALUE) | EXIT(NOT_RUNNING) |
		 EXIT(BUSY) | EXIT(NO_MEMORY) | EXIT(NO_SPACE) | EXIT(PERMISSION) |
		 EXIT(NO_XEN) | EXIT(HYPERVISOR) | EXIT(STORAGE) | EXIT(DATABASE) |
		 EXIT(UNSUPPORTED) | EXIT(TIMEOUT),
	.min_args = 1,
	.max_args = 3,
	.opts_size = sizeof(struct apps),
	.option = apps_option,
	.verify = apps_verify,
	.run = apps_run,
};
