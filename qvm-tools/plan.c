/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/plan.h"

#include "qvm-tools/render.h"

static const struct column plan_columns[] = {
	{"vm", "VM", CELL_TEXT, 8, false, "domain that the step is for"},
	{"action", "ACTION", CELL_TEXT, 12, false, "what is done"},
	{"object", "OBJECT", CELL_TEXT, 0, false, "what it is done with"},
};

void plan_print(const struct inv *inv, const struct plan *plan)
{
	cleanup_table struct table t = {0};

	table_init(&t, "qvm-plan/1", "steps", plan_columns, array_len(plan_columns));
	table_extra(&t, "command", inv->cmd->name);
	if (plan->config)
		table_extra_json(&t, "config", plan->config);
	for (size_t i = 0; i < plan->count; i++) {
		table_row(&t, 0);
		table_text(&t, plan->steps[i].vm);
		table_text(&t, plan->steps[i].action);
		table_text(&t, plan->steps[i].object);
	}
	table_print(&t, inv->json ? RENDER_JSON : RENDER_TABLE, stdout);
}

int plan_done(const struct inv *inv, const struct plan *plan, int r)
{
	/* of several domains, the steps for those that can be served are worth seeing */
	if (inv->dry_run && (r == 0 || plan->count))
		plan_print(inv, plan);
	return r;
}

int plan_done_one(const struct inv *inv, const char *vm, const char *action,
		  const char *object, int r)
{
	struct plan_step step = {
		.vm = (char *)vm,
		.action = (char *)action,
		.object = (char *)object,
	};
	struct plan plan = {.steps = &step, .count = 1};

	return r < 0 ? r : plan_done(inv, &plan, 0);
}

static const struct column result_columns[] = {
	{"vm", "VM", CELL_TEXT, 0, false, "domain, or null"},
	{"result", "RESULT", CELL_TEXT, 0, false, "\"done\", or the name of the error"},
	{"code", "CODE", CELL_INT, 0, false, "exit code that stands for it"},
	{"message", "MESSAGE", CELL_TEXT, 0, false, "the sentence, or null"},
};

void results_print(FILE *out, const struct result *results, size_t n)
{
	cleanup_table struct table t = {0};

	table_init(&t, "qvm-result/1", "results", result_columns,
		   array_len(result_columns));
	for (size_t i = 0; i < n; i++) {
		int kind = results[i].kind;

		table_row(&t, 0);
		table_text(&t, results[i].vm);
		table_text(&t, kind ? err_kind_name(kind) : "done");
		table_int(&t, err_exit_code(kind));
		table_text(&t, results[i].text);
	}
	table_print(&t, RENDER_JSON, out);
}
