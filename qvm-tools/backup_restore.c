/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "lib/size.h"
#include "qvm-tools/backup_common.h"
#include "qvm-tools/backup_place.h"
#include "qvm-tools/opt.h"

enum {
	O_LIST = 1,
	O_VERIFY,
	O_FILTER,
	O_KEY_MEMORY,
};

static const struct opt restore_opts[] = {
	BACKUP_OPTS_CHOICE(""),
	BACKUP_OPTS_PLACE("it is in that domain: an absolute path, or a command"),
	{"list", 0, O_LIST, NULL, "only show what it holds"},
	{"verify-only", 0, O_VERIFY, NULL, "read and check all of it, make nothing"},
	BACKUP_OPTS_RESTORE(""),
	{"compression-filter", 'Z', O_FILTER, "NAME", "whatever its header says"},
	{"key-memory", 0, O_KEY_MEMORY, "SIZE",
	 "what deriving a key may take (default: 1GiB)"},
	{0},
};

static const struct cmd_example restore_examples[] = {
	{"qvm-backup-restore /mnt/disk/backup", "restore all that it holds"},
	{"qvm-backup-restore --list backup", "show what it holds"},
	{"qvm-backup-restore --verify-only backup", "check it"},
	{"qvm-backup-restore -d sys-usb /media/disk/backup", "from a file in a domain"},
	{"qvm-backup-restore --rename-conflicting backup work",
	 "one, beside the present"},
	{0},
};

static int restore_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct backup_opts *o = opts;

	if (id > BO_FIRST)
		return backup_option(o, id, value, err);
	switch (id) {
	case O_FILTER:
		o->restore.filter = value;
		return 0;
	case O_KEY_MEMORY:
		return opt_size(value, &o->restore.key_memory, err);
	default:
		o->restore.list_only |= id == O_LIST;
		o->restore.verify_only |= id == O_VERIFY;
		return 0;
	}
}

static void restore_dispose(void *opts)
{
	backup_opts_dispose(opts);
}

static int restore_verify(struct inv *inv, struct qvm_err *err)
{
	const struct backup_opts *o = inv->opts;

	if (!o->vm && o->pass && strcmp(o->pass, "-") == 0 &&
	    strcmp(inv->args.v[0], "-") == 0)
		return usage_error(err, "backup and passphrase cannot both come from "
					"standard input");
	if (o->restore.list_only && o->restore.verify_only)
		return usage_error(err, "--list and --verify-only exclude each other");
	return 0;
}

static int restore_run(struct inv *inv, struct qvm_err *err)
{
	struct backup_opts *o = inv->opts;
	cleanup(passphrase_wipe) struct passphrase pass = {.len = 0};
	cleanup_place struct place from = PLACE_INIT;
	int r = backup_passphrase(inv, o, false, &pass, err);

	if (r == 0)
		r = place_read(inv->ctx, o->vm, inv->args.v[0], &from, err);
	if (r < 0)
		return r;
	o->restore.in = from.fd;
	o->restore.pass = (struct secret){pass.text, pass.len};
	backup_choose(o, inv->args.v + 1, inv->args.n - 1);
	o->restore.list_only |= inv->dry_run;
	return backup_restore(inv, o, err);
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
	.opts_size = sizeof(struct backup_opts),
	.option = restore_option,
	.verify = restore_verify,
	.run = restore_run,
	.dispose = restore_dispose,
};
