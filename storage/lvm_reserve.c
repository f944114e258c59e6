/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lies beside the pool: the scratch store's device, and room to grow into. */
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "storage/lvm.h"
#include "storage/store_place.h"

static int free_space(struct lvm *l, uint64_t *ret, struct qvm_err *err)
{
	const char *argv[] = {"lvm",	      "vgs",	 "-qq", "--config",   LVM_BLIND,
			      "--noheadings", "--units", "b",	"--nosuffix", "-o",
			      "vg_free",      l->at.vg,	 NULL};
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
	const char *argv[] = {"lvm",	  "lvcreate", "-qq",	"--config",
			      LVM_BLIND,  "-y",	      "-Wn",	"-Zn",
			      "-L",	  bytes,      "-n",	SCRATCH_LV,
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

static int make_of_size(struct lvm *l, uint64_t size, struct qvm_err *err)
{
	cleanup_free char *where = xasprintf("the group '%s'", l->at.vg);
	uint64_t space = 0;
	int r = free_space(l, &space, err);

	if (r == 0)
		r = store_size(size, space, where, &size, err);
	return r < 0 ? r : make(l, size, err);
}

int lvm_reserve(struct lvm *l, uint64_t size, char **ret, struct qvm_err *err)
{
	bool there;
	int r = is_there(l, &there, err);

	if (r == 0 && !there)
		r = make_of_size(l, size, err);
	if (r == 0)
		*ret = xasprintf("%s/" SCRATCH_LV, l->at.vg);
	return r;
}

/* ---- growing ---- */

static int lvextend(struct lvm *l, const char *option, uint64_t bytes,
		    struct qvm_err *err)
{
	cleanup_free char *size = xasprintf("+%llub", (unsigned long long)bytes);
	cleanup_free char *lv = xasprintf("%s/%s", l->at.vg, l->at.lv);
	const char *argv[] = {"lvm", "lvextend", "-qq", "-y", option, size, lv, NULL};
	cleanup_buf struct buf out = BUF_INIT;
	int r = lvm_run(l, argv, NULL, &out, err);

	return r < 0 ? err_wrap(err, "cannot enlarge '%s'", lv) : 0;
}

/* The share of the metadata stays, and is doubled where half of them are used. */
static uint64_t metadata_for(const struct pool_usage *u, uint64_t bytes)
{
	uint64_t share = (uint64_t)((double)u->meta_size * (double)bytes /
				    (double)(u->size ? u->size : 1));

	if (u->meta_used > u->meta_size / 2 && share < u->meta_size)
		share = u->meta_size;
	return (share + 4 * MIB - 1) / (4 * MIB) * (4 * MIB);
}

/* Metadata first: more data with too few of them would help nobody. */
int lvm_extend(struct lvm *l, const struct pool_usage *u, uint64_t bytes,
	       struct qvm_err *err)
{
	uint64_t meta = metadata_for(u, bytes);
	uint64_t space = 0;
	char free_text[32];
	int r = free_space(l, &space, err);

	if (r < 0)
		return r;
	if (space < bytes || space - bytes < meta) {
		size_format(space, free_text);
		return err_set(err, QVM_E_NO_SPACE,
			       "the group '%s' has %s free, and %llu MiB are wanted",
			       l->at.vg, free_text,
			       (unsigned long long)((bytes + meta) / MIB));
	}
	r = meta ? lvextend(l, "--poolmetadatasize", meta, err) : 0;
	return r < 0 ? r : lvextend(l, "-L", bytes, err);
}
