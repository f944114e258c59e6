/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of device-mapper's failures, and how its devices are named. */
#include "storage/dm.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int dmap_fail(const struct dmap *d, int r, struct qvm_err *err, const char *fmt, ...)
{
	char what[QVM_ERR_TEXT / 2];
	int kind = QVM_E_STORAGE;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (r == -EPERM || r == -EACCES)
		kind = QVM_E_PERMISSION;
	else if (r == -EBUSY)
		kind = QVM_E_BUSY;
	else if (r == -ENOSPC)
		kind = QVM_E_NO_SPACE;
	if (d->text[0])
		return err_set(err, kind, "%s: %s", what, d->text);
	if (r == -ENODEV)
		return err_set(err, kind, "%s: no such device-mapper device", what);
	return err_set(err, kind, "%s: %s", what, strerror(-r));
}

void dmap_number(uint32_t major, uint32_t minor, char ret[static 24])
{
	snprintf(ret, 24, "%u:%u", major, minor);
}

void dmap_kernel_name(const char *name, char ret[static DMAP_NAME_MAX])
{
	snprintf(ret, DMAP_NAME_MAX, DMAP_PREFIX "%s", name);
}
