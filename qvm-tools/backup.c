/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "qvm-tools/backup_common.h"
#include "qvm-tools/backup_place.h"
#include "qvm-tools/backup_profile.h"
#include "qvm-tools/opt.h"

enum {
	O_ENCRYPT = 1,
	O_COMPRESS,
	O_NO_COMPRESS,
	O_FILTER,
	O_FORCE,
	O_COST,
	O_PART,
	O_SAVE_PROFILE,
};

static const struct opt backup_opts[] = {
	BACKUP_OPTS_CHOICE(""),
	BACKUP_OPTS_PLACE("it is in that domain: an absolute path, or a command"),
	BACKUP_OPTS_SAVE(""),
	{"force", 'f', O_FORCE, NULL, "replace a file that is there"},
	{"encrypt", 'e', O_ENCRYPT, NULL, "nothing: backups are always encrypted"},
	{"compress", 'z', O_COMPRESS, NULL, "compress by gzip (default)"},
	{"no-compress", 0, O_NO_COMPRESS, NULL, "do not compress"},
	{"compress-filter", 'Z', O_FILTER, "NAME", "compress by gzip, zstd or none"},
	{"cost", 0, O_COST, "N", "a key takes 2^N steps, and 2^N KiB (default: 16)"},
	{"save-profile", 0, O_SAVE_PROFILE, "NAME",
	 "keep this command's words as a profile"},
	{"part-size", 0, O_PART, "SIZE", "of the parts in it (default: 100MiB)"},
	{0},
};

static const struct cmd_example backup_examples[] = {
	{"qvm-backup /mnt/disk", "save all that are meant to be, into a new file there"},
	{"qvm-backup /mnt/disk/work.backup work vault", "save two into that file"},
	{"qvm-backup -y -p /root/pass -x untrusted /mnt/disk",
	 "by a script, but for one"},
	{"qvm-backup -y -p /root/pass - | ssh host 'cat >backup'", "into a pipe"},
	{"qvm-backup -d sys-usb /media/disk", "into a folder of a domain"},
	{"qvm-backup -d net 'ssh host \"cat >backup\"' work", "into a command there"},
	{"qvm-backup --save-profile nightly -p /root/pass /mnt/disk @tag:mine",
	 "as --profile nightly does from then on"},
	{"qvm-backup -y --profile nightly", "by a script"},
	{"qvm-backup --dry-run /mnt/disk", "show what would be saved"},
	{0},
};

struct backup_cmd {
	struct backup_opts all;
	const char *save_profile;
	bool force;
};

static int own_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct backup_cmd *o = opts;
	struct op_backup *req = &o->all.save;

	if (id > BO_FIRST)
		return backup_option(&o->all, id, value, err);
	switch (id) {
	case O_FILTER:
		req->filter = value;
		return 0;
	case O_COMPRESS:
		req->filter = "gzip";
		return 0;
	case O_NO_COMPRESS:
		req->filter = "none";
		return 0;
	case O_COST:
		return opt_number("--cost", value, 10, 24, &req->log_n, err);
	case O_SAVE_PROFILE:
		o->save_profile = value;
		return 0;
	case O_PART:
		return opt_size(value, &req->part, err);
	default:
		o->force |= id == O_FORCE;
		return 0;
	}
}

static void backup_dispose(void *opts)
{
	backup_opts_dispose(&((struct backup_cmd *)opts)->all);
}

static int check_filter(const char *name, struct qvm_err *err)
{
	static const char *const filters[] = {"none", "gzip", "pigz", "zstd", "zstdmt"};

	for (size_t i = 0; name && i < array_len(filters); i++)
		if (strcmp(filters[i], name) == 0)
			return 0;
	return name ? usage_error(err,
				  "compression is by gzip, zstd or none, not by '%s'",
				  name)
		    : 0;
}

static int backup_verify(struct inv *inv, struct qvm_err *err)
{
	const struct backup_cmd *o = inv->opts;
	const struct op_backup *req = &o->all.save;
	int r = check_filter(req->filter, err);

	if (r < 0)
		return r;
	if (req->part && (req->part < MIB || req->part > GIB))
		return usage_error(err, "--part-size is from 1MiB to 1GiB");
	if (o->all.profile ? inv->args.n != 0 : inv->args.n == 0)
		return usage_error(err, inv->args.n ? "a profile says what is saved where"
						    : "too few arguments");
	if (o->all.profile && o->save_profile)
		return usage_error(err,
				   "--profile and --save-profile exclude each other");
	if (!o->all.vm && inv->args.n && inv->json && strcmp(inv->args.v[0], "-") == 0)
		return usage_error(err, "a backup goes to standard output, or JSON does");
	return 0;
}

/* Was each of them saved within so many hours? */
static bool is_fresh(struct inv *inv, const struct backup_list *l, int hours)
{
	long long since = (long long)time(NULL) - hours * 3600LL;

	for (size_t i = 0; i < l->n; i++) {
		const struct vm *vm = world_vm(inv->world, l->v[i].name);
		const struct vm_prop *p = vm ? &vm->props[PROP_BACKUP_TIMESTAMP] : NULL;
		long long when;

		if (!p || !p->set || !p->text ||
		    num_parse(p->text, 0, INT64_MAX, &when) < 0 || when < since)
			return false;
	}
	return true;
}

static int save(struct inv *inv, struct backup_cmd *o, struct backup_list *l,
		struct qvm_err *err)
{
	cleanup(passphrase_wipe) struct passphrase pass = {.len = 0};
	cleanup_place struct place to = PLACE_INIT;
	struct qvm_err late;
	int r = backup_passphrase(inv, &o->all, true, &pass, err);

	if (r == 0)
		r = place_write(inv->ctx, o->all.vm, o->all.to, o->force, &to, err);
	if (r < 0)
		return r;
	o->all.save.pass = (struct secret){pass.text, pass.len};
	o->all.save.out = to.fd;
	r = op_backup(inv->ctx, &o->all.save, l, err);
	if (r < 0 && r != -QVM_E_PARTIAL)
		return r;
	if (place_keep(&to, &late) < 0) {
		*err = late;
		return -err->kind;
	}
	return r;
}

/* The words as they are: what they stand for is found each time. */
static int save_profile(struct inv *inv, const struct backup_cmd *o, struct qvm_err *err)
{
	struct backup_opts words = o->all;
	int r;

	words.names = STRV_INIT;
	for (size_t i = 1; i < inv->args.n; i++)
		strv_add(&words.names, inv->args.v[i]);
	r = profile_save(inv->ctx, o->save_profile, &words, err);
	strv_dispose(&words.names);
	return r;
}

/* What is saved, and where: as the command line says, or the profile. */
static int choose(struct inv *inv, struct backup_cmd *o, struct qvm_err *err)
{
	size_t n = inv->args.n;
	int r;

	o->all.to = n ? inv->args.v[0] : NULL;
	if (o->save_profile && !inv->dry_run) {
		r = save_profile(inv, o, err);
		if (r < 0)
			return r;
	}
	r = backup_choose_here(inv, &o->all, inv->args.v + (n != 0), n ? n - 1 : 0, err);
	if (r == 0)
		r = check_filter(o->all.save.filter, err);
	if (r == 0 && !o->all.to)
		return err_set(
			err, QVM_E_VALUE,
			"the profile '%s' does not say where to (destination_path)",
			o->all.profile);
	return r;
}

static int backup_run(struct inv *inv, struct qvm_err *err)
{
	struct backup_cmd *o = inv->opts;
	cleanup_backup_list struct backup_list seen = {0}, l = {0};
	int r = choose(inv, o, err);

	if (r == 0)
		r = op_backup_list(inv->ctx, &o->all.save, &seen, err);
	if (r < 0)
		return r;
	if (o->all.older && is_fresh(inv, &seen, o->all.older))
		return 0;
	if (inv->dry_run) {
		backup_table(inv, &seen, 0, stdout);
		return 0;
	}
	if (!o->all.yes) {
		if (!inv->json)
			backup_table(inv, &seen, 0, stderr);
		if (!backup_confirmed("Save these? [y/N] "))
			return err_set(err, QVM_E_CANCELLED,
				       "cancelled, nothing is saved");
	}
	r = save(inv, o, &l, err);
	if (inv->json)
		backup_table(inv, &l, r, stdout);
	return r;
}

const struct cmd cmd_backup = {
	.name = "qvm-backup",
	.summary = "save domains in an encrypted file that Qubes reads, too",
	.args = "[DESTINATION [VMNAME...]]",
	.opts = backup_opts,
	.examples = backup_examples,
	.flags = CMD_ROOT | CMD_JSON | CMD_DRY_RUN,
	.exits = EXIT(PARTIAL) | EXIT(NO_VM) | EXIT(NOT_FOUND) | EXIT(EXISTS) |
		 EXIT(VALUE) | EXIT(PERMISSION) | EXIT(STORAGE) | EXIT(DATABASE) |
		 EXIT(CANCELLED),
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct backup_cmd),
	.option = own_option,
	.verify = backup_verify,
	.run = backup_run,
	.dispose = backup_dispose,
};
