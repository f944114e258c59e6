/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Usage lines and help texts, all from the entries and their tables. */
#ifndef QVM_TOOLS_HELP_H
#define QVM_TOOLS_HELP_H

#include <stdio.h>

#include "qvm-tools/cmd.h"

#ifndef QVM_VERSION
#define QVM_VERSION "0.1"
#endif

/* Of the manual pages; it goes with the version. */
#define QVM_DATE "2026-11-22"

void help_usage(FILE *out, const struct cmd *cmd);
void help_print(FILE *out, const struct cmd *cmd);
void help_commands(FILE *out);
void help_version(FILE *out);

/* "-C, --class CLASS" of LIST[at] with its other spellings; the caller frees it. */
char *help_option(const struct opt *const *list, size_t n, size_t at) must_check;

/* Does the row stand for itself in a list of options? */
bool help_shows(const struct opt *opt);

#endif
