/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A command is one constant entry; cmd_list.c has all of them, sorted. What a command needs
 * is data in its entry and is enforced once by the dispatcher (run.c), in this order:
 *
 *	options → counts of arguments → verify → root → context → domains → run
 *
 * `run` then makes one call into ops and prints what came of it.
 */
#ifndef QVM_TOOLS_CMD_H
#define QVM_TOOLS_CMD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/ctx.h"
#include "core/vm.h"
#include "lib/strv.h"
#include "ops/ops.h"

enum cmd_flag {
	CMD_ROOT = 1 << 0,     /* always needs root; others say so in inv.needs_root */
	CMD_JSON = 1 << 1,     /* takes --json */
	CMD_DRY_RUN = 1 << 2,  /* takes --dry-run */
	CMD_RESULT = 1 << 3,   /* with --json its outcome is printed for each domain */
	CMD_VM = 1 << 4,       /* the first argument is one domain: inv.vm */
	CMD_VMS = 1 << 5,      /* domains, patterns, --all, --exclude: inv.names */
	CMD_VMS_ALL = 1 << 6,  /* with CMD_VMS: no name means all, and dom0 counts */
	CMD_VMS_ANY = 1 << 7,  /* with CMD_VMS: unknown names are no error */
	CMD_FOREIGN = 1 << 8,  /* behind the first argument come no options of ours */
	CMD_HIDDEN = 1 << 9,   /* in no list, and no link: `qvm NAME` only */
	CMD_BUILTIN = 1 << 10, /* no link: `qvm NAME` only */
	CMD_ALL = 1 << 11,     /* --all and --exclude, which it follows by itself */
	CMD_VMS_OPT = 1 << 12, /* with CMD_VMS: an option may stand for names */
};

#define ARGS_ANY 1000

/* One option. A table of them ends with an empty row; it holds no pointer to a variable. */
struct opt {
	const char *name; /* long, without dashes; NULL: none */
	char letter;	  /* short; 0: none */
	int id;		  /* not 0, below OPT_COMMON; what `option` switches on */
	/*
	 * What it takes, as help shows it: "POOL"; NULL: nothing. With a bracket in front,
	 * "[=POOL]", it may be left out, and must stand behind `=`; then it comes as "".
	 */
	const char *arg;
	const char *help; /* NULL: another spelling of the row before; "": hidden */
};

struct cmd_example {
	const char *line;
	const char *text;
};

/* A set of exit codes for the manual: EXIT(NO_VM) | EXIT(RUNNING). 1 and 2 are implied. */
#define EXIT(kind) (1u << (QVM_E_##kind - QVM_E_FIRST))

struct inv;

struct cmd {
	const char *name; /* "qvm-create" */
	const char *summary;
	const char *args; /* as usage shows them; completion goes by the words */
	const char *const *actions;	    /* first words of sub-commands, or NULL */
	const struct opt *opts;		    /* or NULL */
	const struct cmd_example *examples; /* ends with an empty row */
	unsigned flags;
	unsigned exits;
	size_t min_args, max_args;
	size_t opts_size; /* of the struct that `option` fills; it is zeroed before */
	int kind;	  /* tells entries apart that share their functions */
	/* VALUE lives as long as the invocation; NULL for an option without one. */
	int (*option)(void *opts, int id, const char *value, struct qvm_err *err);
	/* Looks at combinations before anything is touched. */
	int (*verify)(struct inv *inv, struct qvm_err *err);
	int (*run)(struct inv *inv, struct qvm_err *err);
	void (*dispose)(void *opts); /* when the options own something */
};

/* What became of one domain, kept for --json. */
struct result {
	char *vm;
	int kind; /* 0: done */
	char *text;
};

/* One run of one command. */
struct inv {
	const struct cmd *cmd;
	struct qvm_ctx *ctx;
	void *opts;	    /* the command's own */
	struct strv args;   /* what is not an option */
	struct strv values; /* of options; only kept alive */

	/* common options */
	bool help, version, json, dry_run, all;
	int verbose; /* times -v less times -q */
	const char *root;
	struct strv exclude;

	/* set by verify */
	bool needs_root;
	bool live;  /* the world must know which domains run */
	bool alone; /* the registry is not needed after all: --help-... */

	/* found by the dispatcher */
	struct world *world; /* NULL until inv_world */
	struct vm *vm;
	struct strv names;

	/* left by run */
	int status; /* exit code although nothing failed: qvm-check */
	struct result *results;
	size_t result_count;
	size_t failures; /* errors already shown, by report */
};

extern const struct cmd *const cmd_list[];
extern const size_t cmd_count;

/* "create", "qvm-create", "qubes-prefs", "help"; NULL: there is none. */
const struct cmd *cmd_find(const char *name);

/* Runs CMD with its arguments (argv[0] is ignored); returns the exit code. */
int cmd_run(const struct cmd *cmd, int argc, char **argv);

/* The snapshot, read once; without Xen a live one has a warning and states unknown. */
int inv_world(struct inv *inv, struct qvm_err *err) must_check;

/* For ops: shows errors at once, and keeps all outcomes for --json. */
struct op_report inv_report(struct inv *inv);

/* inv.names as ops wants them. */
const char *const *inv_names(const struct inv *inv);

/* -QVM_E_USAGE with the sentence; the dispatcher adds the usage line. */
#define usage_error(err, ...) err_set(err, QVM_E_USAGE, __VA_ARGS__)

extern const struct cmd cmd_apps;
extern const struct cmd cmd_ask;
extern const struct cmd cmd_backup;
extern const struct cmd cmd_backup_restore;
extern const struct cmd cmd_block;
extern const struct cmd cmd_check;
extern const struct cmd cmd_clip;
extern const struct cmd cmd_clip_expire;
extern const struct cmd cmd_clone;
extern const struct cmd cmd_commands;
extern const struct cmd cmd_complete;
extern const struct cmd cmd_console;
extern const struct cmd cmd_copy_to_vm;
extern const struct cmd cmd_create;
extern const struct cmd cmd_disp;
extern const struct cmd cmd_events;
extern const struct cmd cmd_features;
extern const struct cmd cmd_firewall;
extern const struct cmd cmd_help;
extern const struct cmd cmd_init;
extern const struct cmd cmd_kernel;
extern const struct cmd cmd_kill;
extern const struct cmd cmd_ls;
extern const struct cmd cmd_net;
extern const struct cmd cmd_man;
extern const struct cmd cmd_move_to_vm;
extern const struct cmd cmd_pause;
extern const struct cmd cmd_pci;
extern const struct cmd cmd_pool;
extern const struct cmd cmd_policy;
extern const struct cmd cmd_prefs;
extern const struct cmd cmd_qubes_policy;
extern const struct cmd cmd_qubes_prefs;
extern const struct cmd cmd_recover;
extern const struct cmd cmd_remove;
extern const struct cmd cmd_rename;
extern const struct cmd cmd_restart;
extern const struct cmd cmd_run_in;
extern const struct cmd cmd_selfcheck;
extern const struct cmd cmd_service;
extern const struct cmd cmd_shutdown;
extern const struct cmd cmd_start;
extern const struct cmd cmd_stats;
extern const struct cmd cmd_tags;
extern const struct cmd cmd_template;
extern const struct cmd cmd_top;
extern const struct cmd cmd_trash;
extern const struct cmd cmd_unpause;
extern const struct cmd cmd_vault;
extern const struct cmd cmd_volume;
extern const struct cmd cmd_fill;
extern const struct cmd cmd_watch;

#endif
