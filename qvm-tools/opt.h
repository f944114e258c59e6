/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a command line; opt.c is the only user of popt. */
#ifndef QVM_TOOLS_OPT_H
#define QVM_TOOLS_OPT_H

#include "qvm-tools/cmd.h"

/* Identifiers of the options that the dispatcher owns begin here. */
enum opt_common {
	OPT_COMMON = 0x1000,
	OPT_JSON,
	OPT_DRY_RUN,
	OPT_ALL,
	OPT_EXCLUDE,
	OPT_VERBOSE,
	OPT_QUIET,
	OPT_HELP,
	OPT_VERSION,
	OPT_ROOT,
	OPT_FORCE_ROOT,
};

/* Is the next word its value? */
static inline bool opt_needs_value(const struct opt *opt)
{
	return opt->arg && opt->arg[0] != '[';
}

/* All options of CMD, its own first, then those that its flags give it, then the common
 * ones. The array is the caller's, the rows are constant; returns how many. */
size_t opt_list(const struct cmd *cmd, const struct opt *const **ret);

/* Fills INV from the command line: options, args. */
int opt_parse(struct inv *inv, int argc, char **argv, struct qvm_err *err) must_check;

/* How popt understands ARGV with CMD's table: the identifier of the first option, 0 for
 * none, negative for an error. For the self check. */
int opt_probe(const struct cmd *cmd, int argc, const char **argv);

/* Removes the variables of the environment that change what popt does. */
void opt_setup(void);

/* "VOLUME=POOL": splits VALUE and finds the role. */
int opt_volume(const char *value, enum vol_role *ret_role, const char **ret_rest,
	       struct qvm_err *err) must_check;
int opt_size(const char *value, uint64_t *ret, struct qvm_err *err) must_check;
int opt_number(const char *what, const char *value, long long min, long long max,
	       int *ret, struct qvm_err *err) must_check;

#endif
