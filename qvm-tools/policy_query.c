/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qvm-policy: what the call policy says of a call, and what is wrong with it. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "qrexec/ask.h"
#include "qrexec/policy_load.h"
#include "qrexec/policy_world.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/render.h"

enum { O_INCLUDE_SERVICE = 1, O_ASK, O_TIMEOUT };

#define STDIN_NAME "-"

static const char *const query_actions[] = {"explain", "lint", NULL};

static const struct opt query_opts[] = {
	{"include-service", 'i', O_INCLUDE_SERVICE, NULL,
	 "lint: FILE is in the form that !include-service reads"},
	{"ask", 0, O_ASK, NULL, "explain: have a person answer where the policy asks"},
	{"timeout", 0, O_TIMEOUT, "SECONDS", "with --ask: how long it waits (60)"},
	{0},
};

static const struct cmd_example query_examples[] = {
	{"qvm-policy explain qubes.Filecopy work vault",
	 "may it, by which line, and why not by others"},
	{"qvm-policy explain qubes.VMShell+x work @dispvm", "with argument and keyword"},
	{"qvm-policy explain --ask qubes.Filecopy work @default",
	 "try what qvm-ask shows; nothing is called"},
	{"qvm-policy lint", "errors, and lines that never count"},
	{"qvm-policy lint new.policy", "of one file, wherever it is"},
	{0},
};

struct query {
	bool legacy;
	bool ask;
	int seconds; /* 0: as ever */
};

static int query_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct query *o = opts;

	switch (id) {
	case O_INCLUDE_SERVICE:
		o->legacy = true;
		break;
	case O_ASK:
		o->ask = true;
		break;
	case O_TIMEOUT:
		return opt_number("--timeout", value, 1, ASK_SECONDS_MAX, &o->seconds,
				  err);
	}
	return 0;
}

static bool explains(const struct inv *inv)
{
	return strcmp(inv->args.v[0], "explain") == 0;
}

static int query_verify(struct inv *inv, struct qvm_err *err)
{
	const struct query *o = inv->opts;

	if (o->seconds && !o->ask)
		return usage_error(err, "--timeout goes with --ask only");
	if (explains(inv)) {
		if (inv->args.n != 4 || o->legacy)
			return usage_error(err, "explain needs a service, a source and a "
						"target");
		inv->live = true;
		inv->needs_root = o->ask;
		return 0;
	}
	if (o->ask)
		return usage_error(err, "--ask goes with explain only");
	if (strcmp(inv->args.v[0], "lint") != 0)
		return usage_error(err, "'%s' is not explain or lint", inv->args.v[0]);
	if (o->legacy && inv->args.n == 1)
		return usage_error(err, "--include-service goes with a file only");
	return 0;
}

/* ---- explain ---- */

static const struct column step_columns[] = {
	{"file", "FILE", CELL_TEXT, 0, false, "file of the line"},
	{"line", "LINE", CELL_INT, 0, false, "its number"},
	{"rule", "RULE", CELL_TEXT, 0, false, "the rule in its normal form"},
	{"miss", "DIFFERS", CELL_TEXT, 0, false, "column that does not fit, or null"},
};

static void add_step(void *arg, const struct policy_step *step)
{
	struct table *t = arg;

	table_row(t, 0);
	table_text(t, step->file);
	table_int(t, step->line);
	table_text(t, step->text);
	table_text(t, step->miss);
}

static const struct column fact_columns[] = {
	{"name", "NAME", CELL_TEXT, 0, false, "what is said"},
	{"value", "VALUE", CELL_TEXT, 0, false, "of it"},
};

/* One statement on the decision, for people and for programs. */
static void fact(struct table *facts, struct table *steps, const char *name,
		 const char *value)
{
	table_extra(steps, name, value);
	if (!value)
		return;
	table_row(facts, 0);
	table_text(facts, name);
	table_text(facts, value);
}

static void add_targets(struct table *facts, struct table *steps,
			const struct strv *targets)
{
	cleanup_buf struct buf json = BUF_INIT;
	cleanup_buf struct buf text = BUF_INIT;

	/* names and keywords: nothing in them needs to be quoted */
	for (size_t i = 0; i < targets->n; i++) {
		buf_addf(&json, "%s\"%s\"", i ? "," : "[", targets->v[i]);
		buf_addf(&text, "%s%s", i ? " " : "", targets->v[i]);
	}
	buf_add(&json, targets->n ? "]" : "[]");
	table_extra_json(steps, "targets", buf_str(&json));
	if (!targets->n)
		return;
	table_row(facts, 0);
	table_text(facts, "targets");
	table_text(facts, buf_str(&text));
}

static void flag(struct table *facts, struct table *steps, const char *name, bool value)
{
	table_extra_json(steps, name, value ? "true" : "false");
	table_row(facts, 0);
	table_text(facts, name);
	table_text(facts, value ? "yes" : "no");
}

static void add_facts(struct table *facts, struct table *steps,
		      const struct policy_decision *d)
{
	cleanup_free char *where = NULL;

	if (d->file)
		where = d->line ? xasprintf("%s:%u", d->file, d->line) : xstrdup(d->file);
	fact(facts, steps, "decision", policy_action_names[d->action]);
	fact(facts, steps, "reason", d->reason);
	fact(facts, steps, "decided_by", where);
	fact(facts, steps, "requested_target", d->requested_target);
	fact(facts, steps, "target", d->target);
	fact(facts, steps, "dispvm_template", d->dispvm);
	add_targets(facts, steps, &d->targets);
	fact(facts, steps, "default_target", d->default_target);
	fact(facts, steps, "user", d->user);
	flag(facts, steps, "notify", d->notify);
	if (d->action != POLICY_DENY)
		flag(facts, steps, "autostart", d->autostart);
}

static void explain_print(const struct inv *inv, const struct table *facts,
			  const struct table *steps)
{
	if (inv->json) {
		table_print(steps, RENDER_JSON, stdout);
		return;
	}
	table_print(facts, RENDER_PLAIN, stdout);
	if (!steps->row_count || inv->verbose < 0)
		return;
	putchar('\n');
	table_print(steps, RENDER_TABLE, stdout);
}

/* As for a call, but nothing comes of it. */
static void explain_ask(const struct inv *inv, const struct policy_system *sys,
			const struct policy_request *req, struct policy_decision *d)
{
	cleanup_free char *dir = xasprintf("%s/" ASK_DIR, inv->ctx->run_dir);
	const struct query *o = inv->opts;
	const struct ask_conf conf = {
		.dir = dir,
		.seconds = o->seconds,
		.label = policy_world_label,
		.arg = inv->world,
	};

	if (d->action != POLICY_ASK)
		ask_tell(&conf, req, d);
	else if (ask_user(&conf, sys, req, d) < 0)
		ctx_log(inv->ctx, QVM_LEVEL_INFO, "the question was not answered");
}

static int query_explain(struct inv *inv, struct qvm_err *err)
{
	const struct query *o = inv->opts;
	cleanup_free char *root = policy_root(inv->ctx);
	cleanup_policy_cache struct policy_cache *cache = policy_cache_new(root);
	cleanup_policy_system struct policy_system *sys = NULL;
	cleanup_decision struct policy_decision d = POLICY_DECISION_INIT;
	cleanup_table struct table facts = {0};
	cleanup_table struct table steps = {0};
	char service[POLICY_SERVICE_MAX + 1];
	struct policy_request req = {
		.service = service,
		.source = inv->args.v[2],
		.target = inv->args.v[3],
	};
	int r;

	if (policy_call_split(inv->args.v[1], service, &req.arg) < 0)
		return err_set(err, QVM_E_VALUE, "the service's name is too long");
	r = inv_world(inv, err);
	if (r < 0)
		return r;
	sys = policy_system_new(inv->world);
	if (!policy_domain_find(sys, req.source))
		return err_set(err, QVM_E_NO_VM, "no such domain: '%s'", req.source);
	table_init(&facts, "", "", fact_columns, array_len(fact_columns));
	table_init(&steps, "qvm-policy-explain/1", "lines", step_columns,
		   array_len(step_columns));
	policy_explain(policy_cache_get(cache, NULL), sys, &req, add_step, &steps, &d);
	if (o->ask)
		explain_ask(inv, sys, &req, &d);
	add_facts(&facts, &steps, &d);
	explain_print(inv, &facts, &steps);
	if (d.action == POLICY_DENY)
		inv->status = err_exit_code(QVM_E_POLICY);
	return 0;
}

/* ---- lint ---- */

static const struct column note_columns[] = {
	{"file", "FILE", CELL_TEXT, 0, false, "file that it is about"},
	{"line", "LINE", CELL_INT, 0, false, "number of the line; 0: the whole file"},
	{"severity", "SEVERITY", CELL_TEXT, 0, false, "error or warning"},
	{"text", "TEXT", CELL_TEXT, 0, false, "what is wrong"},
};

static void add_notes(struct table *t, const struct inv *inv, const struct policy *p)
{
	size_t n;
	const struct policy_note *notes = policy_notes(p, &n);

	for (size_t i = 0; i < n; i++) {
		const struct policy_note *note = &notes[i];
		const char *severity = note->error ? "error" : "warning";
		cleanup_free char *line = xasprintf("%s:%u: %s: %s", note->file,
						    note->line, severity, note->text);

		table_row(t, 0);
		table_text(t, inv->json ? note->file : line);
		if (!inv->json)
			continue;
		table_int(t, note->line);
		table_text(t, severity);
		table_text(t, note->text);
	}
}

static int lint_file(const struct inv *inv, const char *name, struct policy **ret,
		     struct qvm_err *err)
{
	const struct query *o = inv->opts;
	bool is_stdin = strcmp(name, STDIN_NAME) == 0;
	cleanup_buf struct buf text = BUF_INIT;
	int r;

	r = is_stdin ? fd_read_all(STDIN_FILENO, POLICY_FILE_MAX, &text)
		     : file_read(name, POLICY_FILE_MAX, &text);
	if (r < 0)
		return err_errno(err, r, "cannot read '%s'", name);
	*ret = policy_new();
	policy_parse_text(*ret, NULL,
			  &(struct policy_text){
				  .name = name,
				  .base = ".",
				  .text = buf_str(&text),
				  .len = text.len,
				  .legacy = o->legacy,
			  });
	policy_lint(*ret);
	return 0;
}

static int lint_one(struct inv *inv, struct table *t, const char *name,
		    struct qvm_err *err)
{
	cleanup_policy struct policy *p = NULL;
	cleanup_free char *root = policy_root(inv->ctx);
	int r = 0;

	if (name)
		r = lint_file(inv, name, &p, err);
	else
		p = policy_load_linted(root);
	if (r < 0)
		return r;
	add_notes(t, inv, p);
	if (policy_is_broken(p))
		inv->status = err_exit_code(QVM_E_FAILED);
	return 0;
}

static int query_lint(struct inv *inv, struct qvm_err *err)
{
	cleanup_table struct table t = {0};
	int r = 0;

	table_init(&t, "qvm-policy-lint/1", "findings", note_columns,
		   inv->json ? array_len(note_columns) : 1);
	if (inv->args.n == 1)
		r = lint_one(inv, &t, NULL, err);
	for (size_t i = 1; r == 0 && i < inv->args.n; i++)
		r = lint_one(inv, &t, inv->args.v[i], err);
	table_print(&t, inv->json ? RENDER_JSON : RENDER_BARE, stdout);
	return r;
}

static int query_run(struct inv *inv, struct qvm_err *err)
{
	return explains(inv) ? query_explain(inv, err) : query_lint(inv, err);
}

const struct cmd cmd_policy = {
	.name = "qvm-policy",
	.summary = "explain what the call policy decides, and check it",
	.args = "ACTION [SERVICE SOURCE TARGET] [FILE...]",
	.actions = query_actions,
	.opts = query_opts,
	.examples = query_examples,
	.flags = CMD_JSON,
	.exits = EXIT(NO_VM) | EXIT(VALUE) | EXIT(DATABASE) | EXIT(POLICY),
	.min_args = 1,
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct query),
	.option = query_option,
	.verify = query_verify,
	.run = query_run,
};
