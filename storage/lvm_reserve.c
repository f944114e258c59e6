/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device for the scratch store: a plain volume beside the pool, made once. */
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "storage/lvm.h"

#define DEFAULT_LIMIT (8 * GIB)

static int free_space(struct lvm *l, uint64_t *ret, struct qvm_err *err)
{
	const char *argv[] = {"lvm",	 "vgs",	   "-qq",	 "--noheadings",
			      "--units", "b",	   "--nosuffix", "-o",
			      "vg_free", l->at.vg, NULL};
	cleanup_buf struct buf out = BUF_INIT;
	char *number;
	long long n;
	int r = lvm_run(l, argv, NULL, &out, err);

	if (r < 0)
		return err_wrap(err, "cannot look at the group '%s'", l->at.vg);
	number = out.data ? strtok(out.data, " \t\n") : NULL;
	if (!number || num_parse(number, 0, INT64_MAX, &n) < 0)
		return err_set(err, QVM_E_STORAGE, "LVM's report is not understood");
	*ret = (uint64_t)n;
	return 0;
}

static int make(struct lvm *l, uint64_t size, struct qvm_err *err)
{
	cleanup_free char *bytes = xasprintf("%llub", (unsigned long long)size);
	const char *argv[] = {"lvm",	  "lvcreate", "-qq",	"-y", "-Wn",
			      "-Zn",	  "-L",	      bytes,	"-n", SCRATCH_LV,
			      "--addtag", LVM_TAG,    l->at.vg, NULL};
	cleanup_buf struct buf out = BUF_INIT;
	int r = lvm_run(l, argv, NULL, &out, err);

	return r < 0 ? err_wrap(err, "cannot make the scratch store in '%s'", l->at.vg)
		     : 0;
}

static int is_there(struct lvm *l, bool *ret, struct qvm_err *err)
{
	cleanup_report struct lvm_report report = {0};
	int r = lvm_lvs(l, l->at.vg, &report, err);

	*ret = false;
	for (size_t i = 0; r == 0 && i < report.n; i++)
		*ret |= strcmp(report.v[i].name, SCRATCH_LV) == 0;
	return r;
}

int lvm_reserve(struct lvm *l, uint64_t size, char **ret, struct qvm_err *err)
{
	uint64_t space = 0;
	bool there;
	int r = is_there(l, &there, err);

	if (r == 0 && !there && !size) {
		r = free_space(l, &space, err);
		size = space / 2 < DEFAULT_LIMIT ? space / 2 : DEFAULT_LIMIT;
	}
	if (r == 0 && !there && size < 64 * MIB)
		r = err_set(
			err, QVM_E_NO_SPACE,
			"no room for the scratch store: the group '%s' has %llu MiB free",
			l->at.vg, (unsigned long long)(space / MIB));
	if (r == 0 && !there)
		r = make(l, size, err);
	if (r == 0)
		*ret = xasprintf("%s/" SCRATCH_LV, l->at.vg);
	return r;
}
