/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/size.h"
#include "qvm-tools/backup_common.h"
#include "qvm-tools/opt.h"

enum {
	O_EXCLUDE = 1,
	O_PASS,
	O_LIST,
	O_VERIFY,
	O_SKIP_BROKEN,
	O_MISSING,
	O_SKIP_CLASH,
	O_RENAME,
	O_POOL,
	O_FILTER,
	O_KEY_MEMORY,
};

static const struct opt restore_opts[] = {
	{"exclude", 'x', O_EXCLUDE, "VMNAME", "leave it out (may be repeated)"},
	{"passphrase-file", 'p', O_PASS, "FILE", "its first line; - is standard input"},
	{"list", 0, O_LIST, NULL, "only show what it holds"},
	{"verify-only", 0, O_VERIFY, NULL, "read and check all of it, make nothing"},
	{"skip-broken", 0, O_SKIP_BROKEN, NULL, "leave out those without a template"},
	{"ignore-missing", 0, O_MISSING, NULL, "give those the default template"},
	{"skip-conflicting", 0, O_SKIP_CLASH, NULL,
	 "leave out those whose name is taken"},
	{"rename-conflicting", 0, O_RENAME, NULL, "give those another name"},
	{"pool", 'P', O_POOL, "POOL", "storage pool of all volumes"},
	{"compression-filter", 'Z', O_FILTER, "NAME", "whatever its header says"},
	{"key-memory", 0, O_KEY_MEMORY, "SIZE",
	 "what deriving a key may take (default: 1GiB)"},
	{0},
};

static const struct cmd_example restore_examples[] = {
	{"qvm-backup-restore /mnt/disk/backup", "restore all that it holds"},
	{"qvm-backup-restore --list backup", "show what it holds"},
	{"qvm-backup-restore --verify-only backup", "check it"},
	{"qvm-backup-restore --rename-conflicting backup work",
	 "one, beside the present"},
	{0},
};

struct restore_cmd {
	struct op_restore req;
	struct strv exclude;
	const char *pass;
};

static int restore_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct restore_cmd *o = opts;

	switch (id) {
	case O_EXCLUDE:
		strv_add(&o->exclude, value);
		return 0;
	case O_PASS:
		o->pass = value;
		return 0;
	case O_POOL:
		o->req.pool = value;
		return 0;
	case O_FILTER:
		o->req.filter = value;
		return 0;
	case O_KEY_MEMORY:
		return opt_size(value, &o->req.key_memory, err);
	case O_SKIP_CLASH:
		o->req.clash = CLASH_SKIP;
		return 0;
	case O_RENAME:
		o->req.clash = CLASH_RENAME;
		return 0;
	default:
		o->req.list_only |= id == O_LIST;
		o->req.verify_only |= id == O_VERIFY;
		o->req.skip_broken |= id == O_SKIP_BROKEN;
		o->req.ignore_missing |= id == O_MISSING;
		return 0;
	}
}

static void restore_dispose(void *opts)
{
	strv_dispose(&((struct restore_cmd *)opts)->exclude);
}

static int restore_verify(struct inv *inv, struct qvm_err *err)
{
	const struct restore_cmd *o = inv->opts;

	if (o->pass && strcmp(o->pass, "-") == 0 && strcmp(inv->args.v[0], "-") == 0)
		return usage_error(err, "backup and passphrase cannot both come from "
					"standard input");
	if (o->req.list_only && o->req.verify_only)
		return usage_error(err, "--list and --verify-only exclude each other");
	return 0;
}

static int restore_run(struct inv *inv, struct qvm_err *err)
{
	struct restore_cmd *o = inv->opts;
	cleanup(passphrase_wipe) struct passphrase pass = {.len = 0};
	cleanup_backup_list struct backup_list l = {0};
	cleanup_close int opened = -1;
	int r;

	o->req.in = STDIN_FILENO;
	if (strcmp(inv->args.v[0], "-") != 0)
		o->req.in = opened = open(inv->args.v[0], O_RDONLY | O_CLOEXEC);
	if (o->req.in < 0)
		return err_errno(err, -errno, "cannot open '%s'", inv->args.v[0]);
	r = passphrase_read(o->pass, false, &pass, err);
	if (r < 0)
		return r;
	o->req.pass = (struct op_secret){pass.text, pass.len};
	o->req.names = (const char *const *)inv->args.v + 1;
	o->req.name_count = inv->args.n - 1;
	o->req.exclude = (const char *const *)o->exclude.v;
	o->req.exclude_count = o->exclude.n;
	o->req.list_only |= inv->dry_run;
	r = op_restore(inv->ctx, &o->req, &l, err);
	if (l.n && (r == 0 || r == -QVM_E_PARTIAL || inv->json))
		backup_table(inv, &l, r, stdout);
	return r;
}

const struct cmd cmd_backup_restore = {
	.name = "qvm-backup-restore",
	.summary = "restore domains from a backup, or check it",
	.args = "FILE [VMNAME...]",
	.opts = restore_opts,
	.examples = restore_examples,
	.flags = CMD_ROOT | CMD_JSON | CMD_DRY_RUN,
	.exits = EXIT(PARTIAL) | EXIT(NO_VM) | EXIT(NOT_FOUND) | EXIT(EXISTS) |
		 EXIT(VALUE) | EXIT(NO_SPACE) | EXIT(PERMISSION) | EXIT(STORAGE) |
		 EXIT(DATABASE) | EXIT(UNSUPPORTED),
	.min_args = 1,
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct restore_cmd),
	.option = restore_option,
	.verify = restore_verify,
	.run = restore_run,
	.dispose = restore_dispose,
};
