/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/prop.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/plan.h"
#include "qvm-tools/tty.h"

enum { O_SKIP = 1, O_CONSOLE, O_PAUSED, O_CDROM, O_AUTOSTART };

static const struct opt start_opts[] = {
	{"skip-if-running", 0, O_SKIP, NULL, "a domain that runs already is no error"},
	{"console", 'c', O_CONSOLE, NULL,
	 "attach to the console of the one domain named"},
	{"paused", 0, O_PAUSED, NULL, "build it and leave it paused"},
	{"cdrom", 0, O_CDROM, "FILE",
	 "boot the one domain named (virt_mode hvm) from an image"},
	{"autostart", 0, O_AUTOSTART, NULL,
	 "all domains whose property autostart is on, as at boot"},
	{0},
};

static const struct cmd_example start_examples[] = {
	{"qvm-start work", "start a domain, its network domains before it"},
	{"qvm-start -c work", "and attach to its console; ^] leaves it"},
	{"qvm-start --cdrom /srv/installer.iso windows",
	 "install a system in a StandaloneVM"},
	{"qvm-start --autostart", "what the machine does when it has booted"},
	{"qvm-start --dry-run --json work", "show the steps and Xen's configuration"},
	{0},
};

struct start {
	struct op_start req;
	bool console, autostart;
	char cdrom[PATH_MAX]; /* its real path */
};

/* As qvm-start of Qubes OS has it, "DOMAIN:FILE", but for other domains' files. */
static int set_cdrom(struct start *o, const char *value, struct qvm_err *err)
{
	static const char here[] = "dom0:";
	const char *file =
		strncmp(value, here, strlen(here)) == 0 ? value + strlen(here) : value;
	struct stat st;

	if (!realpath(file, o->cdrom) || stat(o->cdrom, &st) < 0)
		return err_set(err, QVM_E_NOT_FOUND, "cannot use '%s' as a CD: %s", file,
			       strerror(errno));
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return err_set(
			err, QVM_E_VALUE,
			"cannot use '%s' as a CD: it is neither a file nor a drive",
			file);
	/* The device model's own syntax for options. */
	if (strchr(o->cdrom, ',') || strchr(o->cdrom, '\n'))
		return err_set(
			err, QVM_E_VALUE,
			"cannot use '%s' as a CD: there is a comma or a line's end in "
			"its path",
			file);
	o->req.cdrom = o->cdrom;
	return 0;
}

static int start_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct start *o = opts;

	if (id == O_CDROM)
		return set_cdrom(o, value, err);

	if (id == O_SKIP)
		o->req.skip_if_running = true;
	else if (id == O_CONSOLE)
		o->console = true;
	else if (id == O_AUTOSTART)
		o->autostart = o->req.skip_if_running = true;
	else
		o->req.paused = true;
	return 0;
}

static int start_verify(struct inv *inv, struct qvm_err *err)
{
	const struct start *o = inv->opts;
	bool one = !inv->all && inv->args.n == 1;

	if (o->autostart && (inv->all || inv->args.n))
		return usage_error(err, "--autostart and names exclude each other");
	if (!o->autostart && !inv->all && !inv->args.n)
		return usage_error(err, "no domain is named");
	if (o->req.cdrom && !one)
		return usage_error(err, "--cdrom needs exactly one domain");
	if (!o->console)
		return 0;
	if (!one)
		return usage_error(err, "--console needs exactly one domain");
	if (o->req.paused)
		return usage_error(err, "--console and --paused exclude each other");
	return 0;
}

static int find_autostart(struct inv *inv, struct qvm_err *err)
{
	int r = inv_world(inv, err);

	for (size_t i = 0; r == 0 && i < inv->world->vm_count; i++) {
		const struct vm *vm = &inv->world->vms[i];

		if (prop_applies(PROP_AUTOSTART, vm) &&
		    prop_bool(inv->world, vm, PROP_AUTOSTART))
			strv_add(&inv->names, vm->name);
	}
	return r;
}

static int start_run(struct inv *inv, struct qvm_err *err)
{
	struct start *o = inv->opts;
	const struct op_report report = inv_report(inv);
	cleanup_plan struct plan plan = {0};
	int r;

	o->req.dry_run = inv->dry_run;
	r = o->autostart ? find_autostart(inv, err) : 0;
	if (r < 0)
		return r;
	r = op_start(inv->ctx, inv_names(inv), inv->names.n, &o->req, &plan, &report,
		     err);
	if (r == 0 && o->console && !inv->dry_run && inv->names.n == 1)
		return tty_console(inv, inv->names.v[0], err);
	return plan_done(inv, &plan, r);
}

const struct cmd cmd_start = {
	.name = "qvm-start",
	.summary = "start domains",
	.args = "VMNAME...",
	.opts = start_opts,
	.examples = start_examples,
	.flags = CMD_ROOT | CMD_JSON | CMD_DRY_RUN | CMD_RESULT | CMD_VMS | CMD_VMS_OPT,
	.exits = EXIT(PARTIAL) | EXIT(NO_VM) | EXIT(NOT_FOUND) | EXIT(VALUE) |
		 EXIT(RUNNING) | EXIT(BUSY) | EXIT(NO_MEMORY) | EXIT(NO_SPACE) |
		 EXIT(PERMISSION) | EXIT(NO_XEN) | EXIT(HYPERVISOR) | EXIT(STORAGE) |
		 EXIT(DATABASE) | EXIT(TIMEOUT),
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct start),
	.option = start_option,
	.verify = start_verify,
	.run = start_run,
};
