/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What qvm-volume, qvm-pool and qvm-trash have in common. */
#ifndef QVM_TOOLS_VOLUME_H
#define QVM_TOOLS_VOLUME_H

#include "ops/volumes.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/render.h"

/* A sub-command. The table ends with an empty row; its first row is the default. */
struct action {
	const char *words; /* "list ls l" */
	int id;
	size_t min_args, max_args; /* behind the word */
	bool changes;		   /* needs root, and may be dry-run */
	const char *usage;	   /* "VMNAME:VOLUME SIZE" */
};

/* Finds the one that the first argument names, and counts the others. */
int action_verify(struct inv *inv, const struct action *table, const struct action **ret,
		  struct qvm_err *err) must_check;

/* The outcome for one object of a change: its error is shown, or its plan. */
int action_done(struct inv *inv, const struct plan *plan, const char *object, int r,
		const struct qvm_err *err) must_check;

/* "work:private" split at the colon; *ret_vm is the caller's. */
int volume_name_parse(const char *text, char **ret_vm, enum vol_role *ret_role,
		      struct qvm_err *err) must_check;

/* How a list is printed; RAW: names only. */
enum render_mode list_mode(const struct inv *inv, bool raw);

/* "2026-11-22T05:20:11Z" */
#define TIME_TEXT 24
void time_text(int64_t seconds, char ret[static TIME_TEXT]);

/* ---- volume_show.c ---- */

struct volume_filter {
	struct strv pools, exclude;
	bool all, raw;
};

int volume_list(struct inv *inv, const struct volume_filter *filter, size_t first,
		struct qvm_err *err) must_check;
int volume_info_show(struct inv *inv, const struct op_volume *req, const char *property,
		     struct qvm_err *err) must_check;

#endif
