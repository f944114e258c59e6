/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which domains a command line means. */
#ifndef QVM_TOOLS_NAMES_H
#define QVM_TOOLS_NAMES_H

#include "qvm-tools/cmd.h"

/* Are --all, --exclude and the names a sensible combination? */
int names_verify(const struct inv *inv, struct qvm_err *err) must_check;

/*
 * Fills inv->names from the arguments: literal names, which must be known, and patterns
 * with * ? [..] [!..], which may match nothing. dom0 is meant only by its literal name,
 * or where the entry says CMD_VMS_ALL. No name comes twice.
 */
int names_resolve(struct inv *inv, struct qvm_err *err) must_check;

bool name_is_pattern(const char *name);
bool name_matches(const char *pattern, const char *name);

#endif
