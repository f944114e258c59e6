/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/plan.h"

enum {
	O_POOL = 1,
	O_FULL,
	O_ALL,
	O_EXCLUDE,
	O_RAW_LIST,
	O_FORCE,
	O_SIZE,
	O_NO_RESIZE,
	O_REVISION,
};

enum volume_action {
	V_LIST,
	V_INFO,
	V_CONFIG,
	V_RESIZE,
	V_REVERT,
	V_SNAPSHOT,
	V_PIN,
	V_UNPIN,
	V_DROP,
	V_EXPORT,
	V_IMPORT,
	V_CLEAR,
	V_CLONE,
	V_MOVE,
};

/* As the actions are completed. */
static const char *const volume_words[] = {
	"list", "info",	  "config", "resize", "revert", "snapshot", "pin", "unpin",
	"drop", "export", "import", "clear",  "clone",	"move",	    NULL};

static const struct action volume_actions[] = {
	{"list ls l", V_LIST, 0, ARGS_ANY, false, "[VMNAME...]"},
	{"info i", V_INFO, 1, 2, false, "VMNAME:VOLUME [PROPERTY]"},
	{"config c set s", V_CONFIG, 3, 3, true, "VMNAME:VOLUME PROPERTY VALUE"},
	{"resize extend", V_RESIZE, 2, 2, true, "VMNAME:VOLUME SIZE"},
	{"revert rv r", V_REVERT, 1, 2, true, "VMNAME:VOLUME [REVISION]"},
	{"snapshot", V_SNAPSHOT, 2, 2, true, "VMNAME:VOLUME NAME"},
	{"pin", V_PIN, 2, 2, true, "VMNAME:VOLUME REVISION"},
	{"unpin", V_UNPIN, 2, 2, true, "VMNAME:VOLUME REVISION"},
	{"drop", V_DROP, 2, 2, true, "VMNAME:VOLUME REVISION"},
	{"export", V_EXPORT, 1, 2, true, "VMNAME:VOLUME [FILE|-]"},
	{"import", V_IMPORT, 2, 2, true, "VMNAME:VOLUME FILE|-"},
	{"clear", V_CLEAR, 1, 1, true, "VMNAME:VOLUME"},
	{"clone", V_CLONE, 2, 2, true, "VMNAME:VOLUME VMNAME:VOLUME"},
	{"move", V_MOVE, 2, 2, true, "VMNAME:VOLUME POOL"},
	{0},
};

static const struct opt volume_opts[] = {
	{"pool", 'p', O_POOL, "POOL", "list: only those in this pool (may be repeated)"},
	{"all", 0, O_ALL, NULL, "list: those of all domains (the default)"},
	{"exclude", 0, O_EXCLUDE, "VMNAME", "list: not those of it (may be repeated)"},
	{"raw-list", 0, O_RAW_LIST, NULL, "list: VMNAME:VOLUME only, one a line"},
	{"force", 'f', O_FORCE, NULL, "resize: shrink; clear: empty; export: overwrite"},
	{"size", 0, O_SIZE, "SIZE", "import: exactly so much, and the volume's new size"},
	{"no-resize", 0, O_NO_RESIZE, NULL, "import: the volume keeps its size"},
	{"revision", 'r', O_REVISION, "REVISION", "export: this one, not the newest"},
	{"full", 0, O_FULL, NULL, ""},
	{0},
};

static const struct cmd_example volume_examples[] = {
	{"qvm-volume list work", "the volumes of a domain"},
	{"qvm-volume info work:private", "one volume, and its revisions"},
	{"qvm-volume snapshot work:private before-update", "keep its state under a name"},
	{"qvm-volume revert work:private before-update", "go back to it"},
	{"qvm-volume resize work:private 20GiB", "make it larger"},
	{"qvm-volume export work:private | gzip >private.gz", "a copy elsewhere"},
	{"qvm-volume config debian-12:root revisions_to_keep 5", "keep more old states"},
	{0},
};

struct volume_cmd {
	struct volume_filter filter;
	bool force, no_resize;
	uint64_t size;
	const char *revision;
	const struct action *action;
	char *vm, *vm2;
	enum vol_role role, role2;
	uint64_t new_size;
};

static int volume_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct volume_cmd *o = opts;

	switch (id) {
	case O_POOL:
		strv_add(&o->filter.pools, value);
		break;
	case O_ALL:
		o->filter.all = true;
		break;
	case O_EXCLUDE:
		strv_add(&o->filter.exclude, value);
		break;
	case O_RAW_LIST:
		o->filter.raw = true;
		break;
	case O_FORCE:
		o->force = true;
		break;
	case O_SIZE:
		return opt_size(value, &o->size, err);
	case O_NO_RESIZE:
		o->no_resize = true;
		break;
	case O_REVISION:
		o->revision = value;
		break;
	}
	return 0;
}

static int verify_options(const struct inv *inv, const struct volume_cmd *o,
			  struct qvm_err *err)
{
	int id = o->action->id;

	if (id != V_LIST &&
	    (o->filter.pools.n || o->filter.exclude.n || o->filter.all || o->filter.raw))
		return usage_error(err, "--pool, --all, --exclude and --raw-list go with "
					"list only");
	if (id == V_LIST && o->filter.all && inv->args.n > 1)
		return usage_error(err, "--all and names exclude each other");
	if (id != V_IMPORT && (o->size || o->no_resize))
		return usage_error(err, "--size and --no-resize go with import only");
	if (id != V_EXPORT && o->revision)
		return usage_error(err, "--revision goes with export only");
	if (o->force && id != V_RESIZE && id != V_CLEAR && id != V_EXPORT &&
	    id != V_CLONE)
		return usage_error(err, "--force goes with resize, clear, export and "
					"clone only");
	if (id == V_CLEAR && !o->force && !inv->dry_run)
		return usage_error(err, "clear empties the volume: it wants --force");
	return 0;
}

static int volume_verify(struct inv *inv, struct qvm_err *err)
{
	struct volume_cmd *o = inv->opts;
	bool to_stdout;
	int r = action_verify(inv, volume_actions, &o->action, err);

	if (r == 0)
		r = verify_options(inv, o, err);
	if (r < 0 || o->action->id == V_LIST)
		return r;
	r = volume_name_parse(inv->args.v[1], &o->vm, &o->role, err);
	if (r == 0 && o->action->id == V_CLONE)
		r = volume_name_parse(inv->args.v[2], &o->vm2, &o->role2, err);
	if (r == 0 && o->action->id == V_RESIZE)
		r = opt_size(inv->args.v[2], &o->new_size, err);
	to_stdout = o->action->id == V_EXPORT &&
		    (inv->args.n < 3 || strcmp(inv->args.v[2], "-") == 0);
	if (r == 0 && to_stdout && !inv->dry_run && (inv->json || isatty(STDOUT_FILENO)))
		return usage_error(err, "a volume goes to a file or a pipe%s",
				   inv->json ? ", not together with JSON" : "");
	return r;
}

/* ---- streams ---- */

static int export_to(struct inv *inv, const struct op_volume *req, const char *file,
		     struct qvm_err *err)
{
	const struct volume_cmd *o = inv->opts;
	cleanup_close int fd = -1;
	int r;

	if (req->plan || !file || strcmp(file, "-") == 0)
		return op_volume_export(inv->ctx, req, o->revision, STDOUT_FILENO, err);
	fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC | (o->force ? O_TRUNC : O_EXCL),
		  0600);
	if (fd < 0 && errno == EEXIST)
		return err_set(err, QVM_E_EXISTS,
			       "cannot export '%s:%s': the file '%s' exists (--force)",
			       req->vm, vol_role_names[req->role], file);
	if (fd < 0)
		return err_errno(err, -errno, "cannot write '%s'", file);
	r = op_volume_export(inv->ctx, req, o->revision, fd, err);
	/* Half a volume is of no use to anybody. */
	if (r < 0)
		unlink(file);
	return r;
}

static int import_from(struct inv *inv, const struct op_volume *req, const char *file,
		       struct qvm_err *err)
{
	const struct volume_cmd *o = inv->opts;
	bool in = strcmp(file, "-") == 0;
	cleanup_close int fd = in ? -1 : open(file, O_RDONLY | O_CLOEXEC);
	struct volume_import from = {
		.fd = in ? STDIN_FILENO : fd, .size = o->size, .no_resize = o->no_resize};
	struct stat st;

	if (from.fd < 0 || fstat(from.fd, &st) < 0)
		return err_errno(err, -errno, "cannot open '%s'", file);
	if (S_ISDIR(st.st_mode))
		return err_errno(err, -EISDIR, "cannot import '%s'", file);
	if (S_ISREG(st.st_mode) && st.st_size > 0 && !in)
		from.known = (uint64_t)st.st_size;
	if (S_ISREG(st.st_mode) && o->size && from.known > o->size)
		return err_set(err, QVM_E_VALUE, "'%s' is larger than --size says", file);
	return op_volume_import(inv->ctx, req, &from, err);
}

/* ---- all together ---- */

static int change(struct inv *inv, const struct op_volume *req, struct qvm_err *err)
{
	const struct volume_cmd *o = inv->opts;
	const struct op_volume second = {
		.vm = o->vm2, .role = o->role2, .plan = req->plan};
	const char *a = inv->args.n > 2 ? inv->args.v[2] : NULL;

	switch ((enum volume_action)o->action->id) {
	case V_CONFIG:
		return op_volume_config(inv->ctx, req, a, inv->args.v[3], err);
	case V_RESIZE:
		return op_volume_resize(inv->ctx, req, o->new_size, o->force, err);
	case V_REVERT:
		return op_volume_revert(inv->ctx, req, a, err);
	case V_SNAPSHOT:
		return op_volume_snapshot(inv->ctx, req, a, err);
	case V_PIN:
	case V_UNPIN:
		return op_volume_pin(inv->ctx, req, a, o->action->id == V_PIN, err);
	case V_DROP:
		return op_volume_drop(inv->ctx, req, a, err);
	case V_EXPORT:
		return export_to(inv, req, a, err);
	case V_IMPORT:
		return import_from(inv, req, a, err);
	case V_CLEAR:
		return op_volume_clear(inv->ctx, req, err);
	case V_CLONE:
		return op_volume_clone(inv->ctx, req, &second, err);
	case V_MOVE:
		return op_volume_move(inv->ctx, req, a, err);
	case V_LIST:
	case V_INFO:
		break;
	}
	return 0;
}

static int volume_run(struct inv *inv, struct qvm_err *err)
{
	const struct volume_cmd *o = inv->opts;
	cleanup_plan struct plan plan = {0};
	struct op_volume req = {.vm = o->vm, .role = o->role};

	if (o->action->id == V_LIST)
		return volume_list(inv, &o->filter, 1, err);
	if (o->action->id == V_INFO) {
		/* Looking changes nothing, as a dry run. */
		req.plan = &plan;
		return volume_info_show(inv, &req,
					inv->args.n > 2 ? inv->args.v[2] : NULL, err);
	}
	req.plan = inv->dry_run ? &plan : NULL;
	return action_done(inv, &plan, o->action->id == V_CLONE ? o->vm2 : o->vm,
			   change(inv, &req, err), err);
}

static void volume_dispose(void *opts)
{
	struct volume_cmd *o = opts;

	strv_dispose(&o->filter.pools);
	strv_dispose(&o->filter.exclude);
	free(o->vm);
	free(o->vm2);
}

const struct cmd cmd_volume = {
	.name = "qvm-volume",
	.summary = "show, keep, revert, resize and copy the volumes of domains",
	.args = "[ACTION [VMNAME:VOLUME...]]",
	.actions = volume_words,
	.opts = volume_opts,
	.examples = volume_examples,
	.flags = CMD_JSON | CMD_DRY_RUN | CMD_RESULT,
	.exits = EXIT(NO_VM) | EXIT(NOT_FOUND) | EXIT(EXISTS) | EXIT(VALUE) |
		 EXIT(RUNNING) | EXIT(IN_USE) | EXIT(BUSY) | EXIT(NO_SPACE) |
		 EXIT(PERMISSION) | EXIT(STORAGE) | EXIT(DATABASE),
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct volume_cmd),
	.option = volume_option,
	.verify = volume_verify,
	.run = volume_run,
	.dispose = volume_dispose,
};
