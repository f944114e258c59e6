/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a running guest hears of changes to its disks. Its disk driver sees a new size with
 * its next request; growing the file system needs a service in the guest.
 */
#include "ops/volume.h"

int guest_volume_grown(struct qvm_ctx *ctx unused, const struct vm *vm,
		       enum vol_role role, struct qvm_err *err)
{
	return err_set(err, QVM_E_UNSUPPORTED,
		       "'%s' is not told: the file system of its %s volume grows at the "
		       "next start, or by hand",
		       vm->name, vol_role_names[role]);
}
