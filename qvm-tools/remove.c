/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "ops/volumes.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/plan.h"
#include "qvm-tools/text.h"

#define ALL_WORD "IKNOWWHATIAMDOING"

#define DAYS_MAX 3650

enum { O_FORCE = 1, O_PURGE, O_EXPIRE };

static const struct opt remove_opts[] = {
	{"force", 'f', O_FORCE, NULL, "do not ask"},
	{"purge", 0, O_PURGE, NULL, "remove them for good, without the trash"},
	{"expire", 0, O_EXPIRE, "DAYS", "how long they stay in the trash (default: 7)"},
	{0},
};

static const struct cmd_example remove_examples[] = {
	{"qvm-remove work", "move a domain and its disks to the trash, after a question"},
	{"qvm-remove --purge work", "remove it for good"},
	{"qvm-remove -f 'test-*'", "remove all whose names begin with test-"},
	{"qvm-remove --dry-run work", "show what would be done"},
	{0},
};

struct remove {
	bool force, purge;
	int days; /* 0: not given */
};

static int remove_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct remove *o = opts;

	if (id == O_EXPIRE)
		return opt_number("--expire", value, 1, DAYS_MAX, &o->days, err);
	o->force |= id == O_FORCE;
	o->purge |= id == O_PURGE;
	return 0;
}

static int remove_verify(struct inv *inv, struct qvm_err *err)
{
	const struct remove *o = inv->opts;

	if (o->purge && o->days)
		return usage_error(err, "--purge and --expire exclude each other");
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

static void list_names(const struct strv *names, bool purge)
{
	fputs(purge ? "These domains will be removed, with everything on their disks:\n"
		    : "These domains will be moved to the trash:\n",
	      stderr);
	for (size_t i = 0; i < names->n; i++) {
		cleanup_buf struct buf clean = BUF_INIT;

		text_clean(names->v[i], &clean);
		fprintf(stderr, "  %s\n", buf_str(&clean));
	}
}

static bool confirmed(const struct inv *inv)
{
	char answer[64];

	list_names(&inv->names, ((const struct remove *)inv->opts)->purge);
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
	if (o->purge)
		r = op_remove(inv->ctx, inv_names(inv), inv->names.n, inv->dry_run, &plan,
			      &report, err);
	else
		r = op_trash(inv->ctx, inv_names(inv), inv->names.n,
			     o->days ? o->days : TRASH_DAYS, inv->dry_run ? &plan : NULL,
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
	.verify = remove_verify,
	.run = remove_run,
};
