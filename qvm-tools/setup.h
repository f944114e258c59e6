/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes the context of a program: roots, messages, and which module serves the hypervisor
 * and each pool driver. Only here count variables of the environment that are ours:
 *
 *	QVM_ROOT     put in front of every folder, as --root does
 *	QVM_MODULES  the libexec folder: driver modules and helper programs
 *	QVM_BACKEND  "fake": the modules hv-fake, view-fake, pool-fake, scratch-fake
 *
 * None of them counts in a program that runs with somebody else's rights.
 */
#ifndef QVM_TOOLS_SETUP_H
#define QVM_TOOLS_SETUP_H

#include "core/ctx.h"
#include "qvm-tools/msg.h"

struct setup {
	struct qvm_ctx ctx; /* first: the loaders find the rest from it */
	bool fake;
};

/* ROOT NULL: by the environment. MSG must outlive it. */
int setup_open(struct setup *s, struct msg *msg, const char *root, int verbose,
	       struct qvm_err *err) must_check;
void setup_dispose(struct setup *s);

/*
 * How backends are found, and which program becomes a watcher (ctx.self): load_modules.c in
 * qvm, main_quick.c in qvm-quick. 0 or a negative errno.
 */
int loaders_set(struct setup *s) must_check;

/* The path of the program that runs: 0 or a negative errno. */
int program_path(char **ret) must_check;

/* PATH less its last LEVELS parts. */
char *path_above(const char *path, int levels);

/* Is the state below another root than the system's? Then no privileges are needed. */
bool setup_has_root(const char *root);

#endif
