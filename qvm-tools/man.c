/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fills a manual page's source: each line that is one of the words of `fillers` is replaced
 * by what the tables say. Which command the page is about follows from the file's name.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/help.h"
#include "qvm-tools/ls.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/prefs.h"

#define PAGE_LIMIT (1u << 20)
#define LINE_WIDTH 70

static const struct cmd_example man_examples[] = {
	{"qvm __man man/qvm-create.1.in", "print the page, ready for man(1)"},
	{0},
};

struct page {
	const struct cmd *cmd; /* NULL: the page is about no one command */
	char *name;	       /* "qvm-create" */
	char section;
};

/* Text as roff shows it literally. */
static void roff(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text; text++) {
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else
			putchar(*text);
	}
}

static bool ends_sentence(const char *word)
{
	return word[strlen(word) - 1] == '.';
}

/* A paragraph: lines are short, and each sentence begins on one, as roff likes it. */
static void paragraph(const char *text)
{
	cleanup_strv struct strv words = STRV_INIT;
	size_t column = 0;

	strv_split(&words, text, " ");
	for (size_t i = 0; i < words.n; i++) {
		const char *word = words.v[i];
		size_t len = strlen(word);

		if (column &&
		    (column + len > LINE_WIDTH || ends_sentence(words.v[i - 1]))) {
			putchar('\n');
			column = 0;
		}
		if (column)
			putchar(' ');
		roff(word);
		column += len + 1;
	}
	putchar('\n');
}

/* A term and what it means, as a tagged paragraph. */
static void tagged(const char *term, const char *text)
{
	bool ended = *text && text[strlen(text) - 1] == '.';
	cleanup_free char *sentence = xasprintf("%s%s", text, ended ? "" : ".");

	/* help texts are no sentences, here they become some */
	if (text[0] && islower((unsigned char)text[1]))
		*sentence = (char)toupper((unsigned char)*sentence);
	fputs(".TP\n.B ", stdout);
	roff(term);
	putchar('\n');
	paragraph(sentence);
}

static void fill_head(const struct page *page)
{
	cleanup_free char *upper = xstrdup(page->name);

	for (char *c = upper; *c; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	fputs(".TH ", stdout);
	roff(upper);
	printf(" %c \"%s\" \"qvm %s\" \"qvm\"\n", page->section, QVM_DATE, QVM_VERSION);
	if (!page->cmd)
		return;
	fputs(".SH NAME\n", stdout);
	roff(page->name);
	fputs(" \\- ", stdout);
	roff(page->cmd->summary);
	putchar('\n');
}

static void fill_synopsis(const struct page *page)
{
	fputs(".SH SYNOPSIS\n.B ", stdout);
	roff(page->name);
	fputs("\n[OPTION...]", stdout);
	if (*page->cmd->args)
		putchar(' ');
	roff(page->cmd->args);
	putchar('\n');
}

static void fill_options(const struct page *page)
{
	cleanup_free const struct opt *const *list = NULL;
	size_t n = opt_list(page->cmd, &list);

	fputs(".SH OPTIONS\n", stdout);
	for (size_t i = 0; i < n; i++) {
		cleanup_free char *option = NULL;

		if (!help_shows(list[i]))
			continue;
		option = help_option(list, n, i);
		tagged(option, list[i]->help);
	}
}

static bool may_exit(const struct cmd *cmd, const struct err_exit *e)
{
	if (!cmd || e->kind == QVM_E_FAILED || e->kind == QVM_E_USAGE)
		return true;
	return cmd->exits & (1u << (e->kind - QVM_E_FIRST));
}

static void fill_exits(const struct page *page)
{
	fputs(".SH EXIT STATUS\n", stdout);
	tagged("0", "everything was done");
	for (size_t i = 0; i < err_exit_count; i++) {
		cleanup_free char *term = NULL;

		if (!may_exit(page->cmd, &err_exits[i]))
			continue;
		term = xasprintf("%d (%s)", err_exits[i].code, err_exits[i].name);
		tagged(term, err_exits[i].meaning);
	}
	if (page->cmd)
		fputs(".PP\nThe numbers are the same in all commands; see\n.BR qvm "
		      "(1).\n",
		      stdout);
}

static void fill_examples(const struct page *page)
{
	fputs(".SH EXAMPLES\n", stdout);
	for (const struct cmd_example *e = page->cmd->examples; e && e->line; e++)
		tagged(e->line, e->text);
}

static void fill_commands(const struct page *page unused)
{
	for (size_t i = 0; i < cmd_count; i++) {
		const struct cmd *cmd = cmd_list[i];
		cleanup_free char *name = NULL;

		if (cmd->flags & CMD_HIDDEN)
			continue;
		name = xasprintf("%s%s", cmd->flags & CMD_BUILTIN ? "qvm " : "",
				 cmd->name);
		tagged(name, cmd->summary);
	}
}

static void fill_property(enum prop_id id)
{
	cleanup_buf struct buf b = BUF_INIT;

	buf_addf(&b, "%s. Takes: ", prop_defs[id].help);
	prefs_describe_values(id, &b);
	buf_add(&b, ". Default: ");
	prefs_describe_default(id, &b);
	if (id < PROP_G_FIRST) {
		buf_add(&b, ". Classes: ");
		prefs_describe_classes(id, &b);
	}
	if (prop_defs[id].flags & PROP_HALTED)
		buf_add(&b, ". Can be changed only while the domain is halted");
	if (prop_defs[id].flags & PROP_NEXT_START)
		buf_add(&b, ". A change acts at the next start");
	tagged(prop_defs[id].name, buf_str(&b));
}

static void fill_properties(const struct page *page unused)
{
	for (size_t i = 0; i < PROP_G_FIRST; i++)
		fill_property(prefs_sorted(i));
}

static void fill_globals(const struct page *page unused)
{
	for (size_t i = PROP_G_FIRST; i < PROP_COUNT; i++)
		fill_property(prefs_sorted(i));
}

static void fill_classes(const struct page *page unused)
{
	for (int i = 0; i < CLASS_COUNT; i++)
		tagged(vm_classes[i].name, vm_classes[i].help);
}

static void fill_columns(const struct page *page unused)
{
	for (size_t i = 0; i < ls_column_count; i++)
		tagged(ls_columns[i].col.heading, ls_columns[i].col.help);
}

static void fill_formats(const struct page *page unused)
{
	for (size_t i = 0; i < ls_format_count; i++)
		tagged(ls_formats[i].name, ls_formats[i].fields);
}

static const struct filler {
	const char *word;
	void (*fill)(const struct page *page);
	bool needs_cmd;
} fillers[] = {
	{"@CLASSES@", fill_classes, false},   {"@COLUMNS@", fill_columns, false},
	{"@COMMANDS@", fill_commands, false}, {"@EXAMPLES@", fill_examples, true},
	{"@EXITS@", fill_exits, false},	      {"@FORMATS@", fill_formats, false},
	{"@GLOBALS@", fill_globals, false},   {"@HEAD@", fill_head, false},
	{"@OPTIONS@", fill_options, true},    {"@PROPERTIES@", fill_properties, false},
	{"@SYNOPSIS@", fill_synopsis, true},
};

static int fill_line(const struct page *page, const char *line, struct qvm_err *err)
{
	for (size_t i = 0; i < array_len(fillers); i++) {
		if (strcmp(fillers[i].word, line) != 0)
			continue;
		if (fillers[i].needs_cmd && !page->cmd)
			return err_set(err, QVM_E_FAILED, "'%s' is no command for %s",
				       page->name, line);
		fillers[i].fill(page);
		return 0;
	}
	if (*line == '@')
		return err_set(err, QVM_E_FAILED, "unknown line '%s'", line);
	puts(line);
	return 0;
}

static void page_dispose(struct page *page)
{
	free(page->name);
}

/* "man/qvm-create.1.in" is about qvm-create, in section 1. */
static int page_init(struct page *page, const char *path, struct qvm_err *err)
{
	const char *base = basename(path);
	const char *dot = strchr(base, '.');

	if (!dot || !dot[1] || strcmp(dot + 2, ".in") != 0)
		return usage_error(err, "'%s' is not NAME.SECTION.in", path);
	page->name = xstrndup(base, (size_t)(dot - base));
	page->section = dot[1];
	page->cmd = cmd_find(page->name);
	return 0;
}

static int man_run(struct inv *inv, struct qvm_err *err)
{
	cleanup(page_dispose) struct page page = {0};
	cleanup_buf struct buf text = BUF_INIT;
	char *rest, *line;
	int r;

	r = page_init(&page, inv->args.v[0], err);
	if (r < 0)
		return r;
	r = file_read(inv->args.v[0], PAGE_LIMIT, &text);
	if (r < 0)
		return err_errno(err, r, "cannot read '%s'", inv->args.v[0]);
	rest = text.data;
	while (r == 0 && (line = strsep(&rest, "\n")) && (*line || rest))
		r = fill_line(&page, line, err);
	return r;
}

const struct cmd cmd_man = {
	.name = "__man",
	.summary = "fill the source of a manual page from the tables",
	.args = "FILE",
	.examples = man_examples,
	.flags = CMD_HIDDEN,
	.min_args = 1,
	.max_args = 1,
	.run = man_run,
};
