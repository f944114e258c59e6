/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qvm-run: a command or a service in a domain. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "ops/disp.h"
#include "qvm-tools/call.h"
#include "qvm-tools/names.h"
#include "qvm-tools/opt.h"

enum {
	O_USER = 1,
	O_PASS_IO,
	O_LOCAL,
	O_SERVICE,
	O_NO_SHELL,
	O_NO_START,
	O_TTY,
	O_DISP,
	O_KEEP,
	O_ENV,
	O_TIMEOUT,
	O_FILTER,
	O_NO_FILTER,
	O_COLOUR,
	O_COLOUR_ERR,
	O_NO_COLOUR,
	O_NO_COLOUR_ERR,
	O_IGNORED,
};

static const struct opt run_opts[] = {
	{"user", 'u', O_USER, "USER", "as that user; else the domain's default_user"},
	{"pass-io", 'p', O_PASS_IO, NULL, "connect input, output and errors"},
	{"tty", 't', O_TTY, NULL, "with a terminal there; without COMMAND a login shell"},
	{"env", 0, O_ENV, "NAME=VALUE", "a variable there (may be repeated)"},
	{"timeout", 0, O_TIMEOUT, "SECONDS", "give up waiting for the command's end"},
	{"localcmd", 0, O_LOCAL, "COMMAND",
	 "with --pass-io: connect a shell command of dom0 instead"},
	{"service", 0, O_SERVICE, NULL, "COMMAND is SERVICE or SERVICE+ARGUMENT"},
	{"no-shell", 0, O_NO_SHELL, NULL,
	 "COMMAND is one program; implied by arguments behind it"},
	{"dispvm", 0, O_DISP, "[=TEMPLATE]",
	 "in a new disposable; no VMNAME is given then"},
	{"keep-open", 0, O_KEEP, NULL,
	 "with --dispvm: it lasts until all calls have ended"},
	{"no-autostart", 'n', O_NO_START, NULL, "fail where it is not running"},
	{"no-auto", 0, O_NO_START, NULL, NULL},
	{"filter-escape-chars", 0, O_FILTER, NULL,
	 "make output harmless; default on a terminal"},
	{"no-filter-escape-chars", 0, O_NO_FILTER, NULL, "pass output as it is"},
	{"colour-output", 0, O_COLOUR, "N",
	 "ANSI colour of output; default the label's on a terminal"},
	{"color-output", 0, O_COLOUR, "N", NULL},
	{"no-colour-output", 0, O_NO_COLOUR, NULL, "no colour"},
	{"no-color-output", 0, O_NO_COLOUR, NULL, NULL},
	{"colour-stderr", 0, O_COLOUR_ERR, "N", "the same for errors"},
	{"color-stderr", 0, O_COLOUR_ERR, "N", NULL},
	{"no-colour-stderr", 0, O_NO_COLOUR_ERR, NULL, "no colour for errors"},
	{"no-color-stderr", 0, O_NO_COLOUR_ERR, NULL, NULL},
	{"autostart", 'a', O_IGNORED, NULL, ""},
	{"auto", 0, O_IGNORED, NULL, ""},
	{"gui", 0, O_IGNORED, NULL, ""},
	{"no-gui", 0, O_IGNORED, NULL, ""},
	{"nogui", 0, O_IGNORED, NULL, ""},
	{0},
};

static const struct cmd_example run_examples[] = {
	{"qvm-run work 'xterm &'", "a command for the shell of the default user"},
	{"echo hi | qvm-run -p work 'tr a-z A-Z'", "with input and output"},
	{"qvm-run -p -u root work apt-get -y upgrade", "one program with its arguments"},
	{"qvm-run -t work", "a login shell on this terminal"},
	{"qvm-run -p --service work qubes.GetDate", "a service there"},
	{"qvm-run -p --dispvm 'wget -qO- example.org'", "in a disposable"},
	{"qvm-run -p 'app-*' uptime", "in several at once, each line with its name"},
	{0},
};

enum choice { BY_TERMINAL, YES, NO };

struct run {
	const char *user, *local;
	const char *disp; /* --dispvm: its template, "" for the default one */
	bool pass_io, tty, service, no_shell, no_start, keep;
	int timeout_s;
	enum choice filter, colour, colour_err;
	int ansi, ansi_err;
	struct strv env;
	char *built; /* the command or service, composed */
};

static int set_env(struct run *o, const char *value, struct qvm_err *err)
{
	const char *c = value;

	while (isalnum((unsigned char)*c) || *c == '_')
		c++;
	if (c == value || *c != '=' || isdigit((unsigned char)*value))
		return usage_error(err, "'%s' is not NAME=VALUE", value);
	strv_add(&o->env, value);
	return 0;
}

static int run_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct run *o = opts;

	switch (id) {
	case O_USER:
		o->user = value;
		break;
	case O_PASS_IO:
		o->pass_io = true;
		break;
	case O_LOCAL:
		o->local = value;
		break;
	case O_SERVICE:
		o->service = true;
		break;
	case O_NO_SHELL:
		o->no_shell = true;
		break;
	case O_NO_START:
		o->no_start = true;
		break;
	case O_TTY:
		o->tty = true;
		break;
	case O_DISP:
		o->disp = value;
		break;
	case O_KEEP:
		o->keep = true;
		break;
	case O_ENV:
		return set_env(o, value, err);
	case O_TIMEOUT:
		return opt_number("--timeout", value, 1, 1000000, &o->timeout_s, err);
	case O_FILTER:
	case O_NO_FILTER:
		o->filter = id == O_FILTER ? YES : NO;
		break;
	case O_COLOUR:
		o->colour = YES;
		return opt_number("--colour-output", value, 0, 107, &o->ansi, err);
	case O_NO_COLOUR:
		o->colour = NO;
		break;
	case O_COLOUR_ERR:
		o->colour_err = YES;
		return opt_number("--colour-stderr", value, 0, 107, &o->ansi_err, err);
	case O_NO_COLOUR_ERR:
		o->colour_err = NO;
		break;
	}
	return 0;
}

static int check_user(const struct run *o, struct qvm_err *err)
{
	const char *user = o->user;

	/* it stands in front of a colon in the request */
	if (user && (!*user || strlen(user) > 64 || user[strcspn(user, ": \t\n/")]))
		return usage_error(err, "'%s' is not a user's name", user);
	return 0;
}

static int run_verify(struct inv *inv, struct qvm_err *err)
{
	const struct run *o = inv->opts;
	bool named = !inv->all && !o->disp;
	size_t words = inv->args.n - named;

	if (o->disp && inv->all)
		return usage_error(err, "--dispvm and --all exclude each other");
	if (o->disp && o->no_start)
		return usage_error(err, "--dispvm always starts a domain");
	if (o->keep && !o->disp)
		return usage_error(err, "--keep-open goes with --dispvm only");
	if (inv->exclude.n && !inv->all)
		return usage_error(err, "--exclude goes with --all only");
	if (named && !inv->args.n)
		return usage_error(err, "no domain is named");
	if (!words && !o->tty)
		return usage_error(err, "no command is given");
	if (o->service && (words > 1 || o->no_shell || o->tty || o->env.n))
		return usage_error(err, "--service takes nothing but the service's name");
	if (o->local && !o->pass_io)
		return usage_error(err, "--localcmd goes with --pass-io only");
	if (o->tty && (inv->all || o->pass_io))
		return usage_error(err, "--tty is for one domain, and without --pass-io");
	return check_user(o, err);
}

/* ---- which command ---- */

static void compose(struct run *o, const struct strv *args, size_t first,
		    struct op_call *call)
{
	const char *const *words = (const char *const *)args->v + first;
	size_t n = args->n - first;

	if (o->service) {
		call->service = words[0];
	} else if (o->no_shell || n > 1) {
		o->built = call_exec(&o->env, words, n);
		call->service = o->built;
	} else if (n == 1) {
		o->built = call_shell(&o->env, words[0]);
		call->command = o->built;
	}
}

/* ---- running ---- */

/* Red where it is not known. */
static int label_colour(struct inv *inv, const char *name)
{
	struct qvm_err ignored;
	const struct vm *vm =
		inv_world(inv, &ignored) < 0 ? NULL : world_vm(inv->world, name);
	struct prop_value label;

	if (!vm || !prop_applies(PROP_LABEL, vm))
		return 31;
	prop_get(inv->world, vm, PROP_LABEL, &label);
	return label_find(label.text)->ansi;
}

/* On, or off again with ANSI 0. */
static void call_colour(int fd, int ansi)
{
	dprintf(fd, "\033[0%s%.0dm", ansi ? ";" : "", ansi);
}

/* Which colour a stream has; 0: none. */
static int stream_colour(struct inv *inv, int fd, enum choice choice, int ansi,
			 bool filtered)
{
	const struct run *o = inv->opts;
	bool terminal = o->pass_io && !o->local && filtered && isatty(fd);

	if (choice == NO || (choice == BY_TERMINAL && !terminal))
		return 0;
	return ansi ? ansi : label_colour(inv, inv->names.v[0]);
}

static int run_one(struct inv *inv, struct op_call *call, struct qvm_err *err)
{
	struct run *o = inv->opts;
	int out, errors;
	int r;

	call->domain = inv->names.v[0];
	if (o->tty)
		return call_tty(inv, call, &o->env, &inv->status, err);
	out = stream_colour(inv, STDOUT_FILENO, o->colour, o->ansi, call->filter_out);
	errors = stream_colour(inv, STDERR_FILENO, o->colour_err, o->ansi_err,
			       call->filter_err);
	if (out)
		call_colour(STDOUT_FILENO, out);
	if (errors)
		call_colour(STDERR_FILENO, errors);
	r = op_call(inv->ctx, call, &inv->status, err);
	if (out)
		call_colour(STDOUT_FILENO, 0);
	if (errors)
		call_colour(STDERR_FILENO, 0);
	return r;
}

/* The first argument is a name, a pattern, or several of them with commas between. */
static int find_names(struct inv *inv, struct qvm_err *err)
{
	cleanup_strv struct strv args = inv->args;
	int r;

	inv->args = STRV_INIT;
	if (!inv->all)
		strv_split(&inv->args, args.v[0], ",");
	r = names_resolve(inv, err);
	strv_dispose(&inv->args);
	inv->args = args;
	args = STRV_INIT;
	if (r == 0 && !inv->names.n)
		r = err_set(err, QVM_E_NO_VM, "no domain is meant by '%s'",
			    inv->all ? "--all" : inv->args.v[0]);
	return r;
}

/* --all means those that run; a command is no reason to start everything. */
static void keep_running(struct inv *inv)
{
	cleanup_strv struct strv all = inv->names;

	inv->names = STRV_INIT;
	for (size_t i = 0; i < all.n; i++) {
		const struct vm *vm = world_vm(inv->world, all.v[i]);

		if (vm->live.state == STATE_RUNNING)
			strv_add(&inv->names, all.v[i]);
	}
}

int call_disposable(struct inv *inv, const char *template, bool keep, struct qvm_err *err)
{
	const struct op_disp req = {
		.template = template, .owner = getpid(), .keep = keep};
	char *name = NULL;
	int r = op_disp_start(inv->ctx, &req, &name, err);

	if (r < 0)
		return r;
	strv_take(&inv->names, name);
	if (keep)
		dprintf(STDERR_FILENO, "%s\n", name);
	return 0;
}

static int run_run(struct inv *inv, struct qvm_err *err)
{
	struct run *o = inv->opts;
	bool quiet = !o->pass_io || o->local;
	struct op_call call = {
		.user = o->user,
		.no_start = o->no_start,
		.in = quiet ? -1 : STDIN_FILENO,
		.out = quiet ? -1 : STDOUT_FILENO,
		.errors = o->pass_io ? STDERR_FILENO : -1,
		.local = o->local,
		.timeout_ms = o->timeout_s * 1000,
		.filter_out = o->filter == YES ||
			      (o->filter == BY_TERMINAL && isatty(STDOUT_FILENO)),
		.filter_err = o->filter == YES ||
			      (o->filter == BY_TERMINAL && isatty(STDERR_FILENO)),
	};
	int r;

	compose(o, &inv->args, inv->all || o->disp ? 0 : 1, &call);
	inv->live = inv->all;
	r = o->disp ? call_disposable(inv, *o->disp ? o->disp : NULL, o->keep, err)
		    : find_names(inv, err);
	if (r < 0)
		return r;
	if (inv->all)
		keep_running(inv);
	if (inv->names.n == 1 && !inv->all)
		return run_one(inv, &call, err);
	if (o->tty)
		return usage_error(err, "--tty is for one domain");
	return call_many(inv, &call, o->pass_io && !o->local, &inv->status, err);
}

static void run_dispose(void *opts)
{
	struct run *o = opts;

	strv_dispose(&o->env);
	free(o->built);
}

const struct cmd cmd_run_in = {
	.name = "qvm-run",
	.summary = "run a command or a service in domains",
	.args = "VMNAME[,VMNAME...] [COMMAND [ARG...]]",
	.opts = run_opts,
	.examples = run_examples,
	.flags = CMD_ROOT | CMD_FOREIGN | CMD_ALL,
	.exits = EXIT(NO_VM) | EXIT(NOT_RUNNING) | EXIT(BUSY) | EXIT(NO_MEMORY) |
		 EXIT(NO_SPACE) | EXIT(PERMISSION) | EXIT(NO_XEN) | EXIT(HYPERVISOR) |
		 EXIT(STORAGE) | EXIT(DATABASE) | EXIT(TIMEOUT) | EXIT(PARTIAL),
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct run),
	.option = run_option,
	.verify = run_verify,
	.run = run_run,
	.dispose = run_dispose,
};
