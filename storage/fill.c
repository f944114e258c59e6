/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/fill.h"

#include "lib/size.h"

bool fill_past(uint64_t used, uint64_t total, unsigned limit)
{
	return total && used >= total / 100 * limit + total % 100 * limit / 100;
}

int fill_refuse(const struct fill *fill, const char *what, const char *remedy,
		struct qvm_err *err)
{
	char used[32], size[32];

	size_format(fill->used, used);
	size_format(fill->size, size);
	return err_set(
		err, QVM_E_NO_SPACE,
		"%s is nearly full: %s of %s for %s are in use, and nothing is added "
		"past %u %%; %s",
		what, used, size, fill->part, fill->limit, remedy);
}
