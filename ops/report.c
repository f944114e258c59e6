/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/internal.h"

void tally_add(struct tally *t, const char *vm, int r, const struct qvm_err *err)
{
	t->total++;
	if (r < 0) {
		t->failed++;
		t->last = *err;
	}
	if (t->report && t->report->fn)
		t->report->fn(t->report->arg, vm, r, err);
}

int tally_result(const struct tally *t, struct qvm_err *err)
{
	if (!t->failed)
		return 0;
	if (t->failed == t->total) {
		*err = t->last;
		return -err->kind;
	}
	return err_set(err, QVM_E_PARTIAL, "%zu of %zu domains failed", t->failed,
		       t->total);
}
