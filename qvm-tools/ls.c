/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/ls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "ops/volumes.h"

enum {
	O_FORMAT = 1,
	O_FIELDS,
	O_DISK,
	O_NETWORK,
	O_KERNEL,
	O_TREE,
	O_RAW_DATA,
	O_RAW_LIST,
	O_CLASS,
	O_LABEL,
	O_TAGS,
	O_EXCLUDE_TAGS,
	O_RUNNING,
	O_PAUSED,
	O_HALTED,
	O_TEMPLATE_SOURCE,
	O_NETVM_IS,
	O_INTERNAL,
	O_SERVICEVM,
	O_PENDING_UPDATE,
	O_FEATURES,
	O_PREFS,
	O_SORT,
	O_REVERSE,
	O_IGNORE_CASE,
	O_HELP_COLUMNS,
	O_HELP_FORMATS,
	O_IGNORED,
};

static const struct opt ls_opts[] = {
	{"format", 'o', O_FORMAT, "FORMAT", "columns by the name of a format"},
	{"fields", 'O', O_FIELDS, "COLUMN,...", "columns or properties, one by one"},
	{"disk", 'd', O_DISK, NULL, "same as --format disk"},
	{"network", 'n', O_NETWORK, NULL, "same as --format network"},
	{"kernel", 'k', O_KERNEL, NULL, "same as --format kernel"},
	{"tree", 't', O_TREE, NULL, "each below the domain it has its network from"},
	{"raw-data", 0, O_RAW_DATA, NULL, "no heading, fields joined by '|'"},
	{"raw-list", 0, O_RAW_LIST, NULL, "names only, one a line"},
	{"class", 0, O_CLASS, "CLASS,...", "only those of these classes"},
	{"label", 0, O_LABEL, "LABEL,...", "only those with one of these labels"},
	{"tags", 0, O_TAGS, "TAG,...", "only those with one of these tags"},
	{"exclude-tags", 0, O_EXCLUDE_TAGS, "TAG,...",
	 "only those with none of these tags"},
	{"running", 0, O_RUNNING, NULL, "only running ones"},
	{"paused", 0, O_PAUSED, NULL, "only paused ones (also beside --running)"},
	{"halted", 0, O_HALTED, NULL, "only halted ones (also beside the others)"},
	{"template-source", 0, O_TEMPLATE_SOURCE, "TEMPLATE,...",
	 "only those with one of these templates"},
	{"netvm-is", 0, O_NETVM_IS, "VMNAME,...",
	 "only those with one of these, or 'none'"},
	{"internal", 0, O_INTERNAL, "y|n", "only those (not) marked as internal"},
	{"servicevm", 0, O_SERVICEVM, "y|n", "only those (not) marked as service domain"},
	{"pending-update", 0, O_PENDING_UPDATE, NULL,
	 "only those with updates to install"},
	{"features", 0, O_FEATURES, "FEATURE=VALUE",
	 "all must match; no VALUE: is not set"},
	{"prefs", 0, O_PREFS, "PROPERTY=VALUE", "all must match; no VALUE: is none"},
	{"sort", 0, O_SORT, "COLUMN", "order by a column that is shown"},
	{"reverse", 0, O_REVERSE, NULL, "in descending order"},
	{"ignore-case", 0, O_IGNORE_CASE, NULL,
	 "capital letters do not count for --sort"},
	{"help-columns", 0, O_HELP_COLUMNS, NULL, "list the columns"},
	{"help-formats", 0, O_HELP_FORMATS, NULL, "list the formats"},
	{"spinner", 0, O_IGNORED, NULL, ""},
	{"no-spinner", 0, O_IGNORED, NULL, ""},
	{0},
};

static const struct cmd_example ls_examples[] = {
	{"qvm-ls", "all domains and their state"},
	{"qvm-ls --tree --running", "who gets its network from whom, now"},
	{"qvm-ls -O name,memory,xid --sort memory --reverse", "the largest first"},
	{"qvm-ls --class AppVM --prefs netvm=", "those without network"},
	{"qvm-ls --json --fields name,state", "for a program"},
	{0},
};

struct ls_opts {
	const char *fields; /* of a format or as given */
	bool tree, raw, raw_list, help_columns, help_formats;
	bool reverse, ignore_case;
	const char *sort;
	size_t sort_col;
	struct ls_filter filter;
	struct strv headings;
	struct ls_column *columns;
	struct column *cols; /* the same, as the renderer wants them */
	size_t n;
};

static int set_format(struct ls_opts *o, const char *name, struct qvm_err *err)
{
	for (size_t i = 0; i < ls_format_count; i++)
		if (strcasecmp(ls_formats[i].name, name) == 0) {
			o->fields = ls_formats[i].fields;
			return 0;
		}
	return usage_error(err, "there is no format '%s'; --help-formats lists them",
			   name);
}

static int set_answer(enum ls_answer *ret, const char *value, struct qvm_err *err)
{
	if (strcasecmp(value, "y") == 0 || strcasecmp(value, "yes") == 0)
		*ret = LS_YES;
	else if (strcasecmp(value, "n") == 0 || strcasecmp(value, "no") == 0)
		*ret = LS_NO;
	else
		return usage_error(err, "the answer is y or n, not '%s'", value);
	return 0;
}

static int filter_option(struct ls_filter *f, int id, const char *value,
			 struct qvm_err *err)
{
	switch (id) {
	case O_CLASS:
		strv_split(&f->classes, value, ",");
		break;
	case O_LABEL:
		strv_split(&f->labels, value, ",");
		break;
	case O_TAGS:
		strv_split(&f->tags, value, ",");
		break;
	case O_EXCLUDE_TAGS:
		strv_split(&f->exclude_tags, value, ",");
		break;
	case O_TEMPLATE_SOURCE:
		strv_split(&f->templates, value, ",");
		break;
	case O_NETVM_IS:
		strv_split(&f->netvms, value, ",");
		break;
	case O_FEATURES:
		strv_add(&f->features, value);
		break;
	case O_PREFS:
		strv_add(&f->prefs, value);
		break;
	case O_INTERNAL:
		return set_answer(&f->internal, value, err);
	case O_SERVICEVM:
		return set_answer(&f->servicevm, value, err);
	}
	return 0;
}

static int ls_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct ls_opts *o = opts;

	switch (id) {
	case O_FORMAT:
		return set_format(o, value, err);
	case O_DISK:
		return set_format(o, "disk", err);
	case O_NETWORK:
		return set_format(o, "network", err);
	case O_KERNEL:
		return set_format(o, "kernel", err);
	case O_FIELDS:
		o->fields = value;
		return 0;
	case O_SORT:
		o->sort = value;
		return 0;
	}
	o->tree |= id == O_TREE;
	o->raw |= id == O_RAW_DATA;
	o->raw_list |= id == O_RAW_LIST;
	o->reverse |= id == O_REVERSE;
	o->ignore_case |= id == O_IGNORE_CASE;
	o->help_columns |= id == O_HELP_COLUMNS;
	o->help_formats |= id == O_HELP_FORMATS;
	o->filter.running |= id == O_RUNNING;
	o->filter.paused |= id == O_PAUSED;
	o->filter.halted |= id == O_HALTED;
	o->filter.pending_update |= id == O_PENDING_UPDATE;
	return filter_option(&o->filter, id, value, err);
}

static int find_columns(struct inv *inv, struct qvm_err *err)
{
	struct ls_opts *o = inv->opts;
	cleanup_strv struct strv names = STRV_INIT;
	int r;

	if (o->raw_list)
		o->fields = "NAME";
	strv_split(&names, o->fields ? o->fields : ls_formats[0].fields, ",");
	if (!names.n)
		return usage_error(err, "no column is named");
	o->columns = xcalloc(names.n, sizeof(*o->columns));
	o->cols = xcalloc(names.n, sizeof(*o->cols));
	for (size_t i = 0; i < names.n; i++) {
		r = ls_column_find(names.v[i], &o->headings, &o->columns[i], err);
		if (r < 0)
			return r;
		o->cols[i] = o->columns[i].col;
		inv->live |= o->columns[i].live;
	}
	o->n = names.n;
	return 0;
}

static int find_sort(struct ls_opts *o, struct qvm_err *err)
{
	cleanup_strv struct strv text = STRV_INIT;
	struct ls_column column;
	int r;

	if (!o->sort)
		return 0;
	if (o->tree)
		return usage_error(err, "--tree and --sort exclude each other");
	r = ls_column_find(o->sort, &text, &column, err);
	if (r < 0)
		return r;
	while (o->sort_col < o->n &&
	       strcmp(o->cols[o->sort_col].name, column.col.name) != 0)
		o->sort_col++;
	if (o->sort_col == o->n)
		return usage_error(err, "--sort %s: that column is not shown", o->sort);
	return 0;
}

static int ls_verify(struct inv *inv, struct qvm_err *err)
{
	struct ls_opts *o = inv->opts;
	int r;

	r = find_columns(inv, err);
	if (r == 0)
		r = find_sort(o, err);
	if (r == 0)
		r = ls_filter_verify(&o->filter, err);
	inv->live |= o->filter.running || o->filter.paused || o->filter.halted;
	inv->alone = o->help_columns || o->help_formats;
	return r;
}

static const struct column help_columns[] = {
	{"name", "NAME", CELL_TEXT, 0, false, "name of the column or format"},
	{"help", "DESCRIPTION", CELL_TEXT, 0, false, "what it shows"},
};

static int print_help(const struct inv *inv)
{
	const struct ls_opts *o = inv->opts;
	cleanup_table struct table t = {0};

	table_init(&t, "qvm-ls-help/1", o->help_columns ? "columns" : "formats",
		   help_columns, array_len(help_columns));
	for (size_t i = 0; o->help_columns && i < ls_column_count; i++) {
		table_row(&t, 0);
		table_text(&t, ls_columns[i].col.heading);
		table_text(&t, ls_columns[i].col.help);
	}
	for (size_t i = 0; !o->help_columns && i < ls_format_count; i++) {
		table_row(&t, 0);
		table_text(&t, ls_formats[i].name);
		table_text(&t, ls_formats[i].fields);
	}
	table_print(&t, inv->json ? RENDER_JSON : RENDER_PLAIN, stdout);
	if (o->help_columns && !inv->json)
		puts("Any property is a column too; qvm-prefs --help-properties lists "
		     "them.");
	return 0;
}

static size_t select_vms(const struct inv *inv, struct ls_node *ret)
{
	const struct ls_opts *o = inv->opts;
	size_t n = 0;

	for (size_t i = 0; i < inv->world->vm_count; i++) {
		const struct vm *vm = &inv->world->vms[i];

		if (strv_has(&inv->names, vm->name) &&
		    ls_filter_match(&o->filter, inv->world, vm))
			ret[n++] = (struct ls_node){.vm = vm};
	}
	return n;
}

static enum render_mode mode_of(const struct inv *inv)
{
	const struct ls_opts *o = inv->opts;

	if (inv->json)
		return RENDER_JSON;
	return o->raw || o->raw_list ? RENDER_RAW : RENDER_TABLE;
}

static void add_rows(struct inv *inv, struct table *t, const struct ls_node *nodes,
		     size_t n)
{
	const struct ls_opts *o = inv->opts;
	struct ls ls = {.ctx = inv->ctx, .world = inv->world};

	for (size_t i = 0; i < n; i++) {
		cleanup_free char *indent = NULL;

		if (mode_of(inv) == RENDER_TABLE)
			indent = ls_indent(nodes[i].depth);
		ls.indent = indent;
		table_row(t, ls_paint(inv->world, nodes[i].vm));
		for (size_t c = 0; c < o->n; c++)
			ls_value(&ls, &o->columns[c], nodes[i].vm, t);
	}
	ls_disks_dispose(&ls.disks);
}

static int ls_run(struct inv *inv, struct qvm_err *err)
{
	const struct ls_opts *o = inv->opts;
	const struct table_order order = {o->sort_col, o->reverse, o->ignore_case};
	cleanup_free struct ls_node *nodes = NULL;
	cleanup_table struct table t = {0};
	size_t n;
	int r;

	if (o->help_columns || o->help_formats)
		return print_help(inv);
	r = inv_world(inv, err);
	if (r < 0)
		return r;
	nodes = xcalloc(inv->world->vm_count + 1, sizeof(*nodes));
	/* for people: what reads the list by program should not wait for the pools */
	if (isatty(STDOUT_FILENO) && geteuid() == 0)
		op_pools_warn(inv->ctx, inv->world);
	n = select_vms(inv, nodes);
	if (o->tree)
		ls_tree(inv->world, nodes, n);
	table_init(&t, "qvm-ls/1", "domains", o->cols, o->n);
	add_rows(inv, &t, nodes, n);
	if (o->sort || o->reverse)
		table_sort(&t, &order);
	table_print(&t, mode_of(inv), stdout);
	return 0;
}

static void ls_dispose(void *opts)
{
	struct ls_opts *o = opts;

	ls_filter_dispose(&o->filter);
	strv_dispose(&o->headings);
	free(o->columns);
	free(o->cols);
}

const struct cmd cmd_ls = {
	.name = "qvm-ls",
	.summary = "list domains",
	.args = "[VMNAME...]",
	.opts = ls_opts,
	.examples = ls_examples,
	.flags = CMD_JSON | CMD_VMS | CMD_VMS_ALL,
	.exits = EXIT(NO_VM) | EXIT(NOT_FOUND) | EXIT(DATABASE),
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct ls_opts),
	.option = ls_option,
	.verify = ls_verify,
	.run = ls_run,
	.dispose = ls_dispose,
};
