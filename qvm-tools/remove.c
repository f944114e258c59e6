/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/plan.h"
#include "qvm-tools/text.h"

#define ALL_WORD "IKNOWWHATIAMDOING"

enum { O_FORCE = 1 };

static const struct opt remove_opts[] = {
	{"force", 'f', O_FORCE, NULL, "do not ask"},
	{0},
};

static const struct cmd_example remove_examples[] = {
	{"qvm-remove work", "remove a domain and its disks, after a question"},
	{"qvm-remove -f 'test-*'", "remove all whose names begin with test-"},
	{"qvm-remove --dry-run work", "show which volumes would go"},
	{0},
};

struct remove {
	bool force;
};

static int remove_option(void *opts, int id unused, const char *value unused,
			 struct qvm_err *err unused)
{
	struct remove *o = opts;

	o->force = true;
	return 0;
}

/* The line without its end, "" at the end of the input. */
static void read_answer(char *ret, size_t size)
{
	fflush(stderr);
	if (!fgets(ret, (int)size, stdin))
		*ret = '\0';
	ret[strcspn(ret, "\r\n")] = '\0';
}

static void list_names(const struct strv *names)
{
	fputs("These domains will be removed, with everything on their disks:\n", stderr);
	for (size_t i = 0; i < names->n; i++) {
		cleanup_buf struct buf clean = BUF_INIT;

		text_clean(names->v[i], &clean);
		fprintf(stderr, "  %s\n", buf_str(&clean));
	}
}

static bool confirmed(const struct inv *inv)
{
	char answer[64];

	list_names(&inv->names);
	if (inv->all && !inv->exclude.n) {
		fputs("Type " ALL_WORD " to go on: ", stderr);
		read_answer(answer, sizeof(answer));
		return strcmp(answer, ALL_WORD) == 0;
	}
	fputs("Are you sure? [y/N] ", stderr);
	read_answer(answer, sizeof(answer));
	return strcmp(answer, "y") == 0 || strcmp(answer, "Y") == 0;
}

static int remove_run(struct inv *inv, struct qvm_err *err)
{
	const struct remove *o = inv->opts;
	const struct op_report report = inv_report(inv);
	cleanup_plan struct plan plan = {0};
	int r;

	if (inv->names.n && !o->force && !inv->dry_run && !confirmed(inv))
		return err_set(err, QVM_E_CANCELLED, "cancelled, nothing is removed");
	r = op_remove(inv->ctx, inv_names(inv), inv->names.n, inv->dry_run, &plan,
		      &report, err);
	return plan_done(inv, &plan, r);
}

const struct cmd cmd_remove = {
	.name = "qvm-remove",
	.summary = "remove domains with their disks",
	.args = "VMNAME...",
	.opts = remove_opts,
	.examples = remove_examples,
	.flags = CMD_ROOT | CMD_JSON | CMD_DRY_RUN | CMD_RESULT | CMD_VMS,
	.exits = EXIT(PARTIAL) | EXIT(NO_VM) | EXIT(RUNNING) | EXIT(IN_USE) | EXIT(BUSY) |
		 EXIT(PERMISSION) | EXIT(STORAGE) | EXIT(DATABASE) | EXIT(CANCELLED),
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct remove),
	.option = remove_option,
	.run = remove_run,
};
