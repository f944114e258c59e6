/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/vault.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "qvm-tools/backup_common.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/volume.h"

enum {
	O_ALL = 1,
	O_SAMPLE,
	O_KEEP,
	O_DAYS,
	O_APPEND,
	O_KEY_MEMORY,
	O_NEW_PASS,
};

enum vault_action {
	V_INIT,
	V_BACKUP,
	V_LIST,
	V_SHOW,
	V_RESTORE,
	V_EXPORT,
	V_VERIFY,
	V_PRUNE,
	V_FORGET,
	V_PASSPHRASE
};

static const char *const vault_words[] = {"init",    "backup",	   "list",   "show",
					  "restore", "export",	   "verify", "prune",
					  "forget",  "passphrase", NULL};

static const struct action vault_actions[] = {
	{"list ls l", V_LIST, 1, 1, false, "FOLDER"},
	{"init", V_INIT, 1, 1, true, "FOLDER"},
	{"backup b", V_BACKUP, 1, ARGS_ANY, true, "FOLDER [VMNAME...]"},
	{"show s", V_SHOW, 1, 2, false, "FOLDER [SNAPSHOT]"},
	{"restore r", V_RESTORE, 1, ARGS_ANY, true, "FOLDER [SNAPSHOT] [VMNAME...]"},
	{"export", V_EXPORT, 2, 3, false, "FOLDER [SNAPSHOT] VMNAME:VOLUME"},
	{"verify v", V_VERIFY, 1, 2, false, "FOLDER [SNAPSHOT]"},
	{"prune", V_PRUNE, 1, 1, true, "FOLDER"},
	{"passphrase", V_PASSPHRASE, 1, 1, true, "FOLDER"},
	{"forget", V_FORGET, 2, ARGS_ANY, true, "FOLDER SNAPSHOT..."},
	{0},
};

static const struct opt vault_opts[] = {
	BACKUP_OPTS_PLACE("FOLDER is in that domain"),
	BACKUP_OPTS_CHOICE("backup, restore: "),
	{"all", 0, O_ALL, NULL, "backup: all domains, whatever include_in_backups says"},
	BACKUP_OPTS_SAVE("backup: "),
	BACKUP_OPTS_RESTORE("restore: "),
	{"sample", 0, O_SAMPLE, "PERCENT", "verify: read so many of 100 chunks"},
	{"keep", 0, O_KEEP, "N", "prune: keep the newest N snapshots"},
	{"keep-days", 0, O_DAYS, "N", "prune: keep those of the last N days"},
	{"append-only", 0, O_APPEND, NULL, "init: nothing is ever removed from it"},
	{"key-memory", 0, O_KEY_MEMORY, "SIZE",
	 "init, passphrase: what deriving its key takes (128MiB)"},
	{"new-passphrase-file", 0, O_NEW_PASS, "FILE",
	 "passphrase: the new one; - is the next line of input"},
	{0},
};

static const struct cmd_example vault_examples[] = {
	{"qvm-vault init /mnt/disk/vault", "make a repository"},
	{"qvm-vault backup /mnt/disk/vault", "save all that are meant to be"},
	{"qvm-vault backup -y -p /root/pass /mnt/disk/vault work", "one, by a script"},
	{"qvm-vault backup -d sys-usb /media/disk/vault", "in a folder of a domain"},
	{"qvm-vault list /mnt/disk/vault", "its snapshots"},
	{"qvm-vault restore --rename-conflicting /mnt/disk/vault work",
	 "one of the newest, beside the present"},
	{"qvm-vault export /mnt/disk/vault latest work:private >image", "one volume"},
	{"qvm-vault verify --sample 5 /mnt/disk/vault", "read a twentieth of it"},
	{"qvm-vault passphrase /mnt/disk/vault", "another passphrase, the same data"},
	{"qvm-vault prune --keep 3 --keep-days 30 /mnt/disk/vault",
	 "remove old snapshots"},
	{0},
};

struct vault_cmd {
	const struct action *action;
	struct backup_opts with;
	struct op_vault vault;
	struct op_vault_prune prune;
	struct op_vault_new new;
	struct strv names;
	const char *new_pass; /* its file */
	bool all;
	int sample;
};

static int vault_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct vault_cmd *o = opts;

	if (id > BO_FIRST)
		return backup_option(&o->with, id, value, err);
	switch (id) {
	case O_SAMPLE:
		return opt_number("--sample", value, 1, 100, &o->sample, err);
	case O_KEEP:
		o->prune.has_keep = true;
		return opt_number("--keep", value, 1, 1000000, &o->prune.keep, err);
	case O_DAYS:
		o->prune.has_days = true;
		return opt_number("--keep-days", value, 1, 1000000, &o->prune.days, err);
	case O_NEW_PASS:
		o->new_pass = value;
		return 0;
	case O_KEY_MEMORY:
		return opt_size(value, &o->new.memory, err);
	default:
		o->all |= id == O_ALL;
		o->new.append_only |= id == O_APPEND;
		return 0;
	}
}

static void vault_dispose(void *opts)
{
	struct vault_cmd *o = opts;

	backup_opts_dispose(&o->with);
	strv_dispose(&o->names);
}

/* Names of domains begin with a letter, and of snapshots with a digit. */
static bool is_snapshot(const char *word)
{
	return strcmp(word, "latest") == 0 || (*word >= '0' && *word <= '9');
}

static int vault_verify(struct inv *inv, struct qvm_err *err)
{
	struct vault_cmd *o = inv->opts;
	int r = action_verify(inv, vault_actions, &o->action, err);
	enum vault_action a;

	if (r < 0)
		return r;
	a = (enum vault_action)o->action->id;
	if (inv->dry_run && (a == V_INIT || a == V_PASSPHRASE))
		return usage_error(err, "--dry-run goes with backup, restore, prune and "
					"forget only");
	if (o->all + (o->with.profile != NULL) + (inv->args.n > 2 && a == V_BACKUP) > 1)
		return usage_error(err, "--all, --profile and names exclude each other");
	if (o->new.memory && (o->new.memory < MIB || o->new.memory > GIB))
		return usage_error(err, "--key-memory is from 1MiB to 1GiB");
	if ((o->prune.has_keep || o->prune.has_days) && a != V_PRUNE)
		return usage_error(err, "--keep and --keep-days go with prune only");
	if (o->new_pass && a != V_PASSPHRASE)
		return usage_error(err,
				   "--new-passphrase-file goes with passphrase only");
	if (inv->json && a == V_EXPORT)
		return usage_error(err, "a volume goes to standard output, or JSON does");
	if (!o->sample)
		o->sample = 100;
	return 0;
}

/* What follows the folder: a snapshot, then names. */
static void split_args(struct inv *inv, struct vault_cmd *o)
{
	size_t first = 2;

	o->vault.path = inv->args.v[1];
	o->vault.vm = o->with.vm;
	if (o->action->id != V_BACKUP && o->action->id != V_FORGET && inv->args.n > 2 &&
	    (is_snapshot(inv->args.v[2]) || o->action->id == V_SHOW ||
	     o->action->id == V_VERIFY))
		o->vault.snapshot = inv->args.v[first++];
	for (size_t i = first; i < inv->args.n; i++)
		strv_add(&o->names, inv->args.v[i]);
}

/* ---- backup ---- */

static int all_names(struct inv *inv, struct vault_cmd *o, struct qvm_err *err)
{
	int r = inv_world(inv, err);

	for (size_t i = 0; r == 0 && i < inv->world->vm_count; i++) {
		const struct vm *vm = &inv->world->vms[i];

		if (vm->klass != CLASS_ADMIN && vm->klass != CLASS_DISP)
			strv_add(&o->names, vm->name);
	}
	return r;
}

static int choose(struct inv *inv, struct vault_cmd *o, struct qvm_err *err)
{
	int r = o->all ? all_names(inv, o, err) : 0;

	return r < 0 ? r : backup_choose_here(inv, &o->with, o->names.v, o->names.n, err);
}

static bool has_all(const struct vault_record *s, const struct backup_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		bool found = false;

		for (size_t k = 0; !found && k < s->domain_count; k++)
			found = strcmp(s->domains[k].name, l->v[i].name) == 0;
		if (!found)
			return false;
	}
	return true;
}

static int is_fresh(struct inv *inv, const struct vault_cmd *o,
		    const struct backup_list *l, bool *ret, struct qvm_err *err)
{
	cleanup_report struct vault_report report = {0};
	long long since = (long long)time(NULL) - o->with.older * 3600LL;
	int r = op_vault_list(inv->ctx, &o->vault, &report, err);

	*ret = false;
	for (size_t i = 0; r == 0 && i < report.n; i++)
		*ret |= !report.v[i].why && report.v[i].time >= since &&
			has_all(&report.v[i], l);
	return r;
}

static void show_saved(const struct inv *inv, const struct vault_saved *s, uint64_t bytes)
{
	char all[32], new[32];

	size_format(bytes, all);
	size_format(s->stored, new);
	if (!inv->json)
		printf("%s: %s, %s of it new; %zu of %zu volumes unchanged\n",
		       s->snapshot, all, new, s->kept, s->volumes);
}

static int confirm(struct inv *inv, struct vault_cmd *o, bool *ret_done,
		   struct qvm_err *err)
{
	cleanup_backup_list struct backup_list seen = {0};
	int r;

	*ret_done = false;
	if (o->with.yes && !o->with.older && !inv->dry_run)
		return 0;
	r = op_backup_list(inv->ctx, &o->with.save, &seen, err);
	if (r == 0 && o->with.older)
		r = is_fresh(inv, o, &seen, ret_done, err);
	if (r < 0 || *ret_done)
		return r;
	*ret_done = inv->dry_run;
	if (inv->dry_run || (!o->with.yes && !inv->json))
		backup_table(inv, &seen, 0, inv->dry_run ? stdout : stderr);
	if (!o->with.yes && !inv->dry_run && !backup_confirmed("Save these? [y/N] "))
		return err_set(err, QVM_E_CANCELLED, "cancelled, nothing is saved");
	return 0;
}

static int run_backup(struct inv *inv, struct vault_cmd *o, struct qvm_err *err)
{
	cleanup_backup_list struct backup_list l = {0};
	struct vault_saved saved;
	bool done = false;
	int r = confirm(inv, o, &done, err);

	if (r < 0 || done)
		return r;
	r = op_vault_backup(inv->ctx, &o->vault, &o->with.save, &l, &saved, err);
	if (inv->json)
		backup_table(inv, &l, r, stdout);
	if (r == 0 || r == -QVM_E_PARTIAL)
		show_saved(inv, &saved, l.bytes);
	return r;
}

/* ---- the others ---- */

static int run_restore(struct inv *inv, struct vault_cmd *o, struct qvm_err *err)
{
	o->with.restore.vault = &o->vault;
	o->with.restore.in = -1;
	o->with.restore.list_only = inv->dry_run;
	backup_choose(&o->with, o->names.v, o->names.n);
	return backup_restore(inv, &o->with, err);
}

static int run_passphrase(struct inv *inv, struct vault_cmd *o, struct qvm_err *err)
{
	cleanup(passphrase_wipe) struct passphrase pass = {.len = 0};
	struct secret new_pass;
	int r = passphrase_read(o->new_pass, "New passphrase: ", true, &pass, err);

	if (r < 0)
		return r;
	new_pass = (struct secret){pass.text, pass.len};
	return op_vault_passphrase(inv->ctx, &o->vault, &new_pass, o->new.memory, err);
}

static int run_export(struct inv *inv, struct vault_cmd *o, struct qvm_err *err)
{
	cleanup_free char *vm = NULL;
	enum vol_role role;
	int r = o->names.n == 1 ? volume_name_parse(o->names.v[0], &vm, &role, err)
				: usage_error(err, "which volume? VMNAME:VOLUME");

	return r == 0 ? op_vault_export(inv->ctx, &o->vault, vm, role, STDOUT_FILENO, err)
		      : r;
}

static int run_report(struct inv *inv, struct vault_cmd *o, struct qvm_err *err)
{
	cleanup_report struct vault_report l = {0};
	int r;

	switch ((enum vault_action)o->action->id) {
	case V_VERIFY:
		r = op_vault_verify(inv->ctx, &o->vault, (unsigned)o->sample, &l, err);
		if (l.n)
			vault_show_volumes(inv, &l);
		return r;
	case V_SHOW:
		if (!o->vault.snapshot)
			o->vault.snapshot = "latest";
		r = op_vault_list(inv->ctx, &o->vault, &l, err);
		if (r == 0)
			vault_show_volumes(inv, &l);
		return r;
	case V_LIST:
		r = op_vault_list(inv->ctx, &o->vault, &l, err);
		break;
	default:
		o->prune.forget = (const char *const *)o->names.v;
		o->prune.forget_count = o->names.n;
		o->prune.collect = o->action->id == V_PRUNE;
		o->prune.dry = inv->dry_run;
		r = op_vault_prune(inv->ctx, &o->vault, &o->prune, &l, err);
	}
	if (r == 0)
		vault_show_snapshots(inv, &l);
	return r;
}

static int vault_run(struct inv *inv, struct qvm_err *err)
{
	struct vault_cmd *o = inv->opts;
	cleanup(passphrase_wipe) struct passphrase pass = {.len = 0};
	int r = 0;

	split_args(inv, o);
	if (o->action->id == V_BACKUP)
		r = choose(inv, o, err);
	if (r == 0)
		r = backup_passphrase(inv, &o->with, o->action->id == V_INIT, &pass, err);
	if (r < 0)
		return r;
	o->vault.pass = (struct secret){pass.text, pass.len};
	switch ((enum vault_action)o->action->id) {
	case V_INIT:
		return op_vault_init(inv->ctx, &o->vault, &o->new, err);
	case V_BACKUP:
		return run_backup(inv, o, err);
	case V_RESTORE:
		return run_restore(inv, o, err);
	case V_EXPORT:
		return run_export(inv, o, err);
	case V_PASSPHRASE:
		return run_passphrase(inv, o, err);
	default:
		return run_report(inv, o, err);
	}
}

const struct cmd cmd_vault = {
	.name = "qvm-vault",
	.summary = "save domains in a repository, only what has changed",
	.args = "ACTION FOLDER [SNAPSHOT] [VMNAME...]",
	.actions = vault_words,
	.opts = vault_opts,
	.examples = vault_examples,
	.flags = CMD_JSON | CMD_DRY_RUN,
	.exits = EXIT(PARTIAL) | EXIT(NO_VM) | EXIT(NOT_FOUND) | EXIT(EXISTS) |
		 EXIT(VALUE) | EXIT(BUSY) | EXIT(NO_MEMORY) | EXIT(NO_SPACE) |
		 EXIT(PERMISSION) | EXIT(STORAGE) | EXIT(DATABASE) | EXIT(CANCELLED) |
		 EXIT(UNSUPPORTED),
	.min_args = 2,
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct vault_cmd),
	.option = vault_option,
	.verify = vault_verify,
	.run = vault_run,
	.dispose = vault_dispose,
};
