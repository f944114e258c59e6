/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What commands that change something print: plans (--dry-run) and outcomes (--json). */
#ifndef QVM_TOOLS_PLAN_H
#define QVM_TOOLS_PLAN_H

#include <stdio.h>

#include "qvm-tools/cmd.h"

/*
 * The end of every such command: R and ERR are what the operation returned. Prints the
 * plan when it was a dry run that succeeded. Returns R.
 */
int plan_done(const struct inv *inv, const struct plan *plan, int r);

void plan_print(const struct inv *inv, const struct plan *plan);

/* The same for operations with one obvious step. OBJECT NULL: none. */
int plan_done_one(const struct inv *inv, const char *vm, const char *action,
		  const char *object, int r);

void results_print(FILE *out, const struct result *results, size_t n);

#endif
