/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qubes-policy: the files of the call policy. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "qrexec/policy_load.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/plan.h"
#include "qvm-tools/render.h"

enum { O_LIST = 1, O_GET, O_REPLACE, O_REMOVE };

static const struct opt files_opts[] = {
	{"list", 'l', O_LIST, NULL, "list the policy files (as without an option)"},
	{"get", 'g', O_GET, NULL, "print the file"},
	{"replace", 'r', O_REPLACE, NULL, "replace it by what standard input holds"},
	{"remove", 'd', O_REMOVE, NULL, "remove the file"},
	{0},
};

static const struct cmd_example files_examples[] = {
	{"qubes-policy", "list the policy files"},
	{"qubes-policy -l include/", "list those that others include"},
	{"qubes-policy -g 30-user", "print 30-user.policy"},
	{"qubes-policy -r 30-user <new.policy", "check the new text and put it in force"},
	{"qubes-policy -d include/old", "remove a file that no other includes"},
	{0},
};

struct files {
	int action;
	bool twice;
};

static int files_option(void *opts, int id, const char *value unused,
			struct qvm_err *err unused)
{
	struct files *o = opts;

	o->twice = o->action && o->action != id;
	o->action = id;
	return 0;
}

static bool is_folder(const char *name)
{
	return strcmp(name, "include") == 0 || strcmp(name, "include/") == 0;
}

static int files_verify(struct inv *inv, struct qvm_err *err)
{
	struct files *o = inv->opts;
	bool changes = o->action == O_REPLACE || o->action == O_REMOVE;

	if (o->twice)
		return usage_error(err, "only one thing can be done at a time");
	if (!o->action)
		o->action = O_LIST;
	if (o->action == O_LIST && inv->args.n && !is_folder(inv->args.v[0]))
		return usage_error(err, "--list takes no name but include/");
	if (o->action != O_LIST && !inv->args.n)
		return usage_error(err, "the name of the file is missing");
	if (inv->dry_run && !changes)
		return usage_error(err, "--dry-run goes with a change only");
	inv->needs_root = changes;
	return 0;
}

static const struct column name_columns[] = {
	{"name", "NAME", CELL_TEXT, 0, false, "name of the file, without .policy"},
	{"text", "TEXT", CELL_TEXT, 0, false, "what it holds"},
};

static int files_list(struct inv *inv, const char *root, struct qvm_err *err)
{
	cleanup_table struct table t = {0};
	cleanup_strv struct strv names = STRV_INIT;
	int r;

	r = policy_file_list(root, inv->args.n != 0, &names, err);
	if (r < 0)
		return r;
	table_init(&t, "qubes-policy/1", "files", name_columns, 1);
	for (size_t i = 0; i < names.n; i++) {
		table_row(&t, 0);
		table_text(&t, names.v[i]);
	}
	table_print(&t, inv->json ? RENDER_JSON : RENDER_BARE, stdout);
	return 0;
}

static int files_get(struct inv *inv, const char *root, struct qvm_err *err)
{
	cleanup_table struct table t = {0};
	cleanup_buf struct buf text = BUF_INIT;
	int r;

	r = policy_file_get(root, inv->args.v[0], &text, err);
	if (r < 0)
		return r;
	if (!inv->json) {
		/* as it is, so that it can be put back */
		fwrite(buf_str(&text), 1, text.len, stdout);
		return 0;
	}
	table_init(&t, "qubes-policy/1", "files", name_columns, array_len(name_columns));
	table_row(&t, 0);
	table_text(&t, inv->args.v[0]);
	table_text(&t, buf_str(&text));
	table_print(&t, RENDER_JSON, stdout);
	return 0;
}

static int files_change(struct inv *inv, const char *root, struct qvm_err *err)
{
	const struct files *o = inv->opts;
	bool replaces = o->action == O_REPLACE;
	struct policy_change change = {
		.name = inv->args.v[0],
		.dry_run = inv->dry_run,
	};
	cleanup_buf struct buf text = BUF_INIT;
	int r;

	if (replaces) {
		r = fd_read_all(STDIN_FILENO, POLICY_FILE_MAX, &text);
		if (r < 0)
			return err_errno(err, r, "cannot read the new policy");
		change.text = buf_str(&text);
		change.len = text.len;
	}
	r = policy_file_change(root, &change, err);
	return plan_done_one(inv, NULL, replaces ? "replace-policy" : "remove-policy",
			     change.name, r);
}

static int files_run(struct inv *inv, struct qvm_err *err)
{
	const struct files *o = inv->opts;
	cleanup_free char *root = policy_root(inv->ctx);

	if (o->action == O_LIST)
		return files_list(inv, root, err);
	if (o->action == O_GET)
		return files_get(inv, root, err);
	return files_change(inv, root, err);
}

const struct cmd cmd_qubes_policy = {
	.name = "qubes-policy",
	.summary = "list, print, replace and remove files of the call policy",
	.args = "[NAME]",
	.opts = files_opts,
	.examples = files_examples,
	.flags = CMD_JSON | CMD_DRY_RUN,
	.exits = EXIT(NOT_FOUND) | EXIT(VALUE) | EXIT(BUSY) | EXIT(PERMISSION),
	.max_args = 1,
	.opts_size = sizeof(struct files),
	.option = files_option,
	.verify = files_verify,
	.run = files_run,
};
