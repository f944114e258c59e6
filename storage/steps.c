/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/steps.h"

#include <inttypes.h>

#include "storage/lvname.h"

#define SECTOR 512

int id_check(const char *id, struct qvm_err *err)
{
	if (vol_id_ok(id))
		return 0;
	return err_set(err, QVM_E_VALUE, "'%.*s' is no id of a volume", POOL_ID_MAX - 1,
		       id);
}

int steps_check(const struct pool_step *steps, size_t n, struct qvm_err *err)
{
	for (size_t i = 0; i < n; i++) {
		int r = id_check(steps[i].to, err);

		if (r == 0 && steps[i].kind == POOL_SNAPSHOT)
			r = id_check(steps[i].from, err);
		if (r < 0)
			return r;
		if ((steps[i].kind == POOL_CREATE || steps[i].kind == POOL_RESIZE) &&
		    (steps[i].size == 0 || steps[i].size % SECTOR))
			return err_set(err, QVM_E_VALUE,
				       "a volume cannot have %" PRIu64
				       " bytes: a size is a multiple of 512",
				       steps[i].size);
	}
	return 0;
}

bool steps_fill(const struct pool_step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (steps[i].kind == POOL_CREATE || steps[i].kind == POOL_SNAPSHOT)
			return true;
	return false;
}

int step_wrap(const struct pool_step *step, struct qvm_err *err)
{
	switch (step->kind) {
	case POOL_CREATE:
		return err_wrap(err, "cannot create the volume '%s'", step->to);
	case POOL_SNAPSHOT:
		return err_wrap(err, "cannot make the volume '%s' from '%s'", step->to,
				step->from);
	case POOL_RESIZE:
		return err_wrap(err, "cannot resize the volume '%s'", step->to);
	case POOL_REMOVE:
		break;
	}
	return err_wrap(err, "cannot remove the volume '%s'", step->to);
}
