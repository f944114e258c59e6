/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/alloc.h"
#include "qvm-tools/plan.h"
#include "qvm-tools/volume.h"

static const struct action *find(const struct action *table, const char *word)
{
	for (; table->words; table++) {
		cleanup_strv struct strv words = STRV_INIT;

		strv_split(&words, table->words, " ");
		if (strv_has(&words, word))
			return table;
	}
	return NULL;
}

static int wrong_count(const struct action *a, struct qvm_err *err)
{
	return usage_error(err, "%.*s takes %s", (int)strcspn(a->words, " "), a->words,
			   *a->usage ? a->usage : "no arguments");
}

int action_verify(struct inv *inv, const struct action *table, const struct action **ret,
		  struct qvm_err *err)
{
	size_t n = inv->args.n ? inv->args.n - 1 : 0;
	const struct action *a = inv->args.n ? find(table, inv->args.v[0]) : table;

	if (!a)
		return usage_error(err, "there is no action '%s'", inv->args.v[0]);
	if (n < a->min_args || n > a->max_args)
		return wrong_count(a, err);
	if (inv->dry_run && !a->changes)
		return usage_error(err, "--dry-run goes with a change only");
	inv->needs_root = a->changes;
	/* What only shows something prints its own JSON. */
	inv->alone = !a->changes;
	*ret = a;
	return 0;
}

int action_done(struct inv *inv, const struct plan *plan, const char *object, int r,
		const struct qvm_err *err)
{
	const struct op_report report = inv_report(inv);

	if (r == -QVM_E_USAGE)
		return r;
	if (!inv->dry_run || r < 0)
		report.fn(report.arg, object, r, err);
	return plan_done(inv, plan, r);
}

int volume_name_parse(const char *text, char **ret_vm, enum vol_role *ret_role,
		      struct qvm_err *err)
{
	const char *colon = strrchr(text, ':');

	for (int i = 0; colon && i < VOL_ROLE_COUNT; i++) {
		if (strcmp(vol_role_names[i], colon + 1) != 0)
			continue;
		free(*ret_vm);
		*ret_vm = xstrndup(text, (size_t)(colon - text));
		*ret_role = (enum vol_role)i;
		return 0;
	}
	if (!colon)
		return usage_error(err, "'%s' is not VMNAME:VOLUME", text);
	return usage_error(err, "'%s': volumes are root, private and volatile", text);
}

void time_text(int64_t seconds, char ret[static TIME_TEXT])
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(ret, TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm))
		snprintf(ret, TIME_TEXT, "-");
}

enum render_mode list_mode(const struct inv *inv, bool raw)
{
	if (inv->json)
		return RENDER_JSON;
	return raw ? RENDER_BARE : RENDER_TABLE;
}
