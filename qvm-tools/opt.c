/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/opt.h"

#include <errno.h>
#include <popt.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"

static const struct opt json_opts[] = {
	{"json", 0, OPT_JSON, NULL, "print JSON (qvm(1) describes the schemas)"},
	{0},
};

static const struct opt dry_run_opts[] = {
	{"dry-run", 0, OPT_DRY_RUN, NULL, "print what would be done, and stop"},
	{0},
};

static const struct opt list_opts[] = {
	{"all", 0, OPT_ALL, NULL, "all domains but dom0"},
	{"exclude", 0, OPT_EXCLUDE, "VMNAME",
	 "with --all: not this one (may be repeated)"},
	{0},
};

static const struct opt common_opts[] = {
	{"verbose", 'v', OPT_VERBOSE, NULL, "say more (may be repeated)"},
	{"quiet", 'q', OPT_QUIET, NULL, "say less"},
	{"help", 'h', OPT_HELP, NULL, "show this help"},
	{"version", 0, OPT_VERSION, NULL, "show the version"},
	{"root", 0, OPT_ROOT, "DIR", ""},
	{"force-root", 0, OPT_FORCE_ROOT, NULL, ""},
	{0},
};

static void add_opts(const struct opt ***list, size_t *n, const struct opt *table)
{
	for (; table && table->id; table++) {
		array_grow(*list, *n) = table;
		(*n)++;
	}
}

size_t opt_list(const struct cmd *cmd, const struct opt *const **ret)
{
	const struct opt **list = NULL;
	size_t n = 0;

	add_opts(&list, &n, cmd->opts);
	if (cmd->flags & (CMD_VMS | CMD_ALL))
		add_opts(&list, &n, list_opts);
	if (cmd->flags & CMD_DRY_RUN)
		add_opts(&list, &n, dry_run_opts);
	if (cmd->flags & CMD_JSON)
		add_opts(&list, &n, json_opts);
	add_opts(&list, &n, common_opts);
	*ret = list;
	return n;
}

/* No row has a pointer: popt only tells which option came, and keeps no value for us. */
static struct poptOption *popt_table(const struct cmd *cmd)
{
	cleanup_free const struct opt *const *list = NULL;
	size_t n = opt_list(cmd, &list);
	struct poptOption *table = xcalloc(n + 1, sizeof(*table));

	for (size_t i = 0; i < n; i++)
		table[i] = (struct poptOption){
			.longName = list[i]->name,
			.shortName = list[i]->letter,
			.argInfo = list[i]->arg ? POPT_ARG_STRING : POPT_ARG_NONE,
			.val = list[i]->id,
		};
	return table;
}

static poptContext popt_open(const struct cmd *cmd, int argc, const char **argv,
			     const struct poptOption *table)
{
	unsigned flags = cmd->flags & CMD_FOREIGN ? POPT_CONTEXT_POSIXMEHARDER : 0;

	return poptGetContext(cmd->name, argc, argv, table, flags);
}

static void popt_close_at(poptContext *con)
{
	if (*con)
		poptFreeContext(*con);
}

static int common_option(struct inv *inv, int id, const char *value)
{
	switch (id) {
	case OPT_JSON:
		inv->json = true;
		break;
	case OPT_DRY_RUN:
		inv->dry_run = true;
		break;
	case OPT_ALL:
		inv->all = true;
		break;
	case OPT_EXCLUDE:
		strv_add(&inv->exclude, value);
		break;
	case OPT_VERBOSE:
		inv->verbose++;
		break;
	case OPT_QUIET:
		inv->verbose--;
		break;
	case OPT_HELP:
		inv->help = true;
		break;
	case OPT_VERSION:
		inv->version = true;
		break;
	case OPT_ROOT:
		inv->root = value;
		break;
	}
	return 0;
}

static int one_option(struct inv *inv, int id, char *value, struct qvm_err *err)
{
	if (value)
		strv_take(&inv->values, value);
	if (id >= OPT_COMMON)
		return common_option(inv, id, value);
	return inv->cmd->option(inv->opts, id, value, err);
}

static int popt_failed(poptContext con, int rc, struct qvm_err *err)
{
	const char *option = poptBadOption(con, POPT_BADOPTION_NOALIAS);

	switch (rc) {
	case POPT_ERROR_BADOPT:
		return usage_error(err, "unknown option '%s'", option);
	case POPT_ERROR_NOARG:
		return usage_error(err, "option '%s' needs a value", option);
	case POPT_ERROR_UNWANTEDARG:
		return usage_error(err, "option '%s' takes no value", option);
	default:
		return usage_error(err, "option '%s': %s", option, poptStrerror(rc));
	}
}

/* popt would take the next word for an option's value: "--name" becomes "--name=". */
static const char *with_value(const struct cmd *cmd, const char *word, struct strv *made)
{
	for (const struct opt *o = cmd->opts; o && o->id; o++) {
		if (!o->arg || opt_needs_value(o) || strncmp(word, "--", 2) != 0 ||
		    strcmp(word + 2, o->name) != 0)
			continue;
		strv_addf(made, "%s=", word);
		return made->v[made->n - 1];
	}
	return word;
}

static const char **prepare_words(struct inv *inv, int argc, char **argv)
{
	const char **words = xcalloc((size_t)argc + 1, sizeof(*words));
	bool ours = true;

	for (int i = 0; i < argc; i++) {
		ours &= strcmp(argv[i], "--") != 0;
		words[i] = ours ? with_value(inv->cmd, argv[i], &inv->values) : argv[i];
	}
	return words;
}

int opt_parse(struct inv *inv, int argc, char **argv, struct qvm_err *err)
{
	cleanup_free const char **words = prepare_words(inv, argc, argv);
	cleanup_free struct poptOption *table = popt_table(inv->cmd);
	cleanup(popt_close_at) poptContext con = popt_open(inv->cmd, argc, words, table);
	const char **rest;
	int rc, r;

	while ((rc = poptGetNextOpt(con)) > 0) {
		/* ours from here on: popt would leak the first of two */
		r = one_option(inv, rc, poptGetOptArg(con), err);
		if (r < 0)
			return r;
	}
	if (rc < -1)
		return popt_failed(con, rc, err);
	/* copied, as they point into the context */
	for (rest = poptGetArgs(con); rest && *rest; rest++)
		strv_add(&inv->args, *rest);
	return 0;
}

int opt_probe(const struct cmd *cmd, int argc, const char **argv)
{
	cleanup_free struct poptOption *table = popt_table(cmd);
	cleanup(popt_close_at) poptContext con = popt_open(cmd, argc, argv, table);
	int rc = poptGetNextOpt(con);

	if (rc > 0)
		free(poptGetOptArg(con));
	return rc == -1 ? 0 : rc;
}

void opt_setup(void)
{
	unsetenv("POSIXLY_CORRECT");
	unsetenv("POSIX_ME_HARDER");
}

int opt_volume(const char *value, enum vol_role *ret_role, const char **ret_rest,
	       struct qvm_err *err)
{
	const char *sign = strchr(value, '=');

	if (!sign || !sign[1])
		return usage_error(err, "'%s' is not VOLUME=VALUE", value);
	for (int role = 0; role < VOL_ROLE_COUNT; role++) {
		const char *name = vol_role_names[role];

		if (strlen(name) != (size_t)(sign - value) ||
		    strncmp(name, value, strlen(name)) != 0)
			continue;
		*ret_role = role;
		*ret_rest = sign + 1;
		return 0;
	}
	return usage_error(err, "'%s': volumes are root, private and volatile", value);
}

int opt_size(const char *value, uint64_t *ret, struct qvm_err *err)
{
	int r = size_parse(value, ret);

	if (r == -ERANGE)
		return usage_error(err, "'%s' is too large a size", value);
	if (r < 0 || *ret == 0)
		return usage_error(err, "'%s' is not a size (as in 10GiB)", value);
	return 0;
}

int opt_number(const char *what, const char *value, long long min, long long max,
	       int *ret, struct qvm_err *err)
{
	long long number;

	if (num_parse(value, min, max, &number) < 0)
		return usage_error(err, "%s takes a number from %lld to %lld, not '%s'",
				   what, min, max, value);
	*ret = (int)number;
	return 0;
}
