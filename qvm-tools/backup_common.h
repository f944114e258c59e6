/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What qvm-backup, qvm-backup-restore and qvm-vault share. */
#ifndef QVM_TOOLS_BACKUP_COMMON_H
#define QVM_TOOLS_BACKUP_COMMON_H

#include <stdio.h>

#include "ops/backup.h"
#include "qvm-tools/cmd.h"

/* A passphrase; wiped when it is disposed of. */
struct passphrase {
	char text[2048];
	size_t len;
};

void passphrase_wipe(struct passphrase *p);

/*
 * The first line of FILE ("-": the next one of standard input), or what is typed on the terminal
 * after the QUESTION, TWICE or once.
 */
int passphrase_read(const char *file, const char *question, bool twice,
		    struct passphrase *ret, struct qvm_err *err) must_check;

/* ---- options ---- */

enum backup_opt {
	BO_FIRST = 0x100, /* the commands' own are below */
	BO_EXCLUDE,
	BO_PASS,
	BO_VM,
	BO_YES,
	BO_OLDER,
	BO_PROFILE,
	BO_SNAPSHOT,
	BO_SKIP_BROKEN,
	BO_MISSING,
	BO_SKIP_CLASH,
	BO_RENAME,
	BO_POOL,
};

/* Rows of a table of options; WHEN begins their help: "restore: ", or "". */
#define BACKUP_OPTS_CHOICE(when)                                                         \
	{"exclude", 'x', BO_EXCLUDE, "VMNAME", when "leave it out (may be repeated)"},   \
	{                                                                                \
		"passphrase-file", 'p', BO_PASS, "FILE",                                 \
			"its first line; - is standard input"                            \
	}
#define BACKUP_OPTS_PLACE(what)                                                          \
	{                                                                                \
		"dest-vm", 'd', BO_VM, "VMNAME", what                                    \
	}
#define BACKUP_OPTS_SAVE(when)                                                           \
	{"yes", 'y', BO_YES, NULL, when "do not ask"},                                   \
		{"snapshot", 0, BO_SNAPSHOT, NULL,                                       \
		 when "running domains as they are now"},                                \
		{"profile", 0, BO_PROFILE, "NAME",                                       \
		 when "what /etc/qubes/backup/NAME.conf says"},                          \
	{                                                                                \
		"if-older-than", 0, BO_OLDER, "HOURS",                                   \
			when "only when one of them was not saved for so long"           \
	}
#define BACKUP_OPTS_RESTORE(when)                                                        \
	{"skip-broken", 0, BO_SKIP_BROKEN, NULL,                                         \
	 when "leave out those without a template"},                                     \
		{"ignore-missing", 0, BO_MISSING, NULL,                                  \
		 when "give those the default template"},                                \
		{"skip-conflicting", 0, BO_SKIP_CLASH, NULL,                             \
		 when "leave out those whose name is taken"},                            \
		{"rename-conflicting", 0, BO_RENAME, NULL,                               \
		 when "give those another name"},                                        \
	{                                                                                \
		"pool", 'P', BO_POOL, "POOL", when "storage pool of all volumes"         \
	}

/* What they fill. */
struct backup_opts {
	struct op_backup save;
	struct op_restore restore;
	struct strv names, exclude;
	const char *profile;
	const char *to;	       /* what the profile says, as the next two */
	const char *secret;    /* the passphrase itself */
	const char *secret_vm; /* a domain that knows it */
	struct strv texts;     /* of the profile; only kept alive */
	const char *pass;      /* the passphrase's file */
	const char *vm;	       /* where it is; NULL: here */
	bool yes;
	int older; /* hours; 0: whenever */
};

int backup_option(struct backup_opts *o, int id, const char *value, struct qvm_err *err)
	must_check;
void backup_opts_dispose(struct backup_opts *o);
/* Those that O and NAMES name. */
void backup_choose(struct backup_opts *o, char *const *names, size_t n);
/* The same for saving: by O's profile, if it has one, and with @tag: and @type:. */
int backup_choose_here(struct inv *inv, struct backup_opts *o, char *const *names,
		       size_t n, struct qvm_err *err) must_check;
/* As O says, or typed on the terminal, TWICE or once. */
int backup_passphrase(struct inv *inv, const struct backup_opts *o, bool twice,
		      struct passphrase *ret, struct qvm_err *err) must_check;

/* Restores as O says, and shows what became of it. */
int backup_restore(struct inv *inv, const struct backup_opts *o, struct qvm_err *err)
	must_check;

/* ---- showing ---- */

/* The table of a backup's domains, to OUT; as JSON with what the whole came to. */
void backup_table(const struct inv *inv, const struct backup_list *l, int r, FILE *out);

/* "y" on standard input, after QUESTION. */
bool backup_confirmed(const char *question);

#endif
