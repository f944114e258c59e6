/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "qvm-tools/backup_common.h"
#include "qvm-tools/opt.h"

enum {
	O_ENCRYPT = 1,
	O_COMPRESS,
	O_NO_COMPRESS,
	O_FILTER,
	O_FORCE,
	O_COST,
	O_PART,
};

static const struct opt backup_opts[] = {
	BACKUP_OPTS_CHOICE(""),
	BACKUP_OPTS_SAVE(""),
	{"force", 'f', O_FORCE, NULL, "replace a file that is there"},
	{"encrypt", 'e', O_ENCRYPT, NULL, "nothing: backups are always encrypted"},
	{"compress", 'z', O_COMPRESS, NULL, "compress by gzip (default)"},
	{"no-compress", 0, O_NO_COMPRESS, NULL, "do not compress"},
	{"compress-filter", 'Z', O_FILTER, "NAME", "compress by gzip, zstd or none"},
	{"cost", 0, O_COST, "N", "a key takes 2^N steps, and 2^N KiB (default: 16)"},
	{"part-size", 0, O_PART, "SIZE", "of the parts in it (default: 100MiB)"},
	{0},
};

static const struct cmd_example backup_examples[] = {
	{"qvm-backup /mnt/disk", "save all that are meant to be, into a new file there"},
	{"qvm-backup /mnt/disk/work.backup work vault", "save two into that file"},
	{"qvm-backup -y -p /root/pass -x untrusted /mnt/disk",
	 "by a script, but for one"},
	{"qvm-backup -y -p /root/pass - | ssh host 'cat >backup'", "into a pipe"},
	{"qvm-backup --dry-run /mnt/disk", "show what would be saved"},
	{0},
};

struct backup_cmd {
	struct backup_opts all;
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

static int backup_verify(struct inv *inv, struct qvm_err *err)
{
	static const char *const filters[] = {"none", "gzip", "pigz", "zstd", "zstdmt"};
	const struct op_backup *req = &((struct backup_cmd *)inv->opts)->all.save;
	bool known = !req->filter;

	for (size_t i = 0; !known && i < array_len(filters); i++)
		known = strcmp(filters[i], req->filter) == 0;
	if (!known)
		return usage_error(err,
				   "compression is by gzip, zstd or none, not by '%s'",
				   req->filter);
	if (req->part && (req->part < MIB || req->part > GIB))
		return usage_error(err, "--part-size is from 1MiB to 1GiB");
	if (inv->json && strcmp(inv->args.v[0], "-") == 0)
		return usage_error(err, "a backup goes to standard output, or JSON does");
	return 0;
}

/* ---- where it goes ---- */

struct target {
	char *path; /* NULL: standard output */
	char *tmp;  /* until it is whole */
	int fd;
};

/* What is not whole does not get its name, and goes. */
static void target_dispose(struct target *t)
{
	if (t->fd >= 0 && t->tmp) {
		close(t->fd);
		unlink(t->tmp);
	}
	free(t->path);
	free(t->tmp);
}

static char *path_in(const char *folder)
{
	time_t now = time(NULL);
	char stamp[32];
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H%M%S", &tm);
	return xasprintf("%s/qvm-backup-%s", folder, stamp);
}

static int target_open(const char *to, bool force, struct target *ret,
		       struct qvm_err *err)
{
	struct stat st;
	bool there = stat(to, &st) == 0;

	if (strcmp(to, "-") == 0 ||
	    (there && !S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))) {
		ret->fd = strcmp(to, "-") == 0 ? STDOUT_FILENO
					       : open(to, O_WRONLY | O_CLOEXEC);
		return ret->fd < 0 ? err_errno(err, -errno, "cannot write '%s'", to) : 0;
	}
	if (there && S_ISREG(st.st_mode) && !force)
		return err_set(err, QVM_E_EXISTS, "the file '%s' exists (--force)", to);
	ret->path = there && S_ISDIR(st.st_mode) ? path_in(to) : xstrdup(to);
	ret->tmp = xasprintf("%s.part%d", ret->path, (int)getpid());
	ret->fd = open(ret->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (ret->fd < 0) {
		free(steal(ret->tmp));
		return err_errno(err, -errno, "cannot write '%s'", ret->path);
	}
	return 0;
}

static int target_keep(struct target *t, struct qvm_err *err)
{
	if (!t->tmp)
		return 0;
	if (fsync(t->fd) < 0 || rename(t->tmp, t->path) < 0)
		return err_errno(err, -errno, "cannot write '%s'", t->path);
	close(t->fd);
	t->fd = -1;
	return 0;
}

/* ---- the run ---- */

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
	cleanup(target_dispose) struct target to = {.fd = -1};
	struct qvm_err late;
	int r = passphrase_read(o->all.pass, true, &pass, err);

	if (r == 0)
		r = target_open(inv->args.v[0], o->force, &to, err);
	if (r < 0)
		return r;
	o->all.save.pass = (struct op_secret){pass.text, pass.len};
	o->all.save.out = to.fd;
	r = op_backup(inv->ctx, &o->all.save, l, err);
	if (r < 0 && r != -QVM_E_PARTIAL)
		return r;
	if (target_keep(&to, &late) < 0) {
		*err = late;
		return -err->kind;
	}
	return r;
}

static int backup_run(struct inv *inv, struct qvm_err *err)
{
	struct backup_cmd *o = inv->opts;
	cleanup_backup_list struct backup_list seen = {0}, l = {0};
	int r = inv_world(inv, err);

	backup_choose(&o->all, inv->args.v + 1, inv->args.n - 1);
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
	.args = "DESTINATION [VMNAME...]",
	.opts = backup_opts,
	.examples = backup_examples,
	.flags = CMD_ROOT | CMD_JSON | CMD_DRY_RUN,
	.exits = EXIT(PARTIAL) | EXIT(NO_VM) | EXIT(NOT_FOUND) | EXIT(EXISTS) |
		 EXIT(VALUE) | EXIT(PERMISSION) | EXIT(STORAGE) | EXIT(DATABASE) |
		 EXIT(CANCELLED),
	.min_args = 1,
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct backup_cmd),
	.option = own_option,
	.verify = backup_verify,
	.run = backup_run,
	.dispose = backup_dispose,
};
