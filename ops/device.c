/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <string.h>

#include "ops/internal.h"

enum { ENTRY = 7 };

static bool fits(const char *entry, char kind, const char *code)
{
	if (entry[0] != '*' && entry[0] != kind)
		return false;
	for (size_t i = 1; i < ENTRY; i++)
		if (entry[i] != '*' &&
		    (!*code || tolower((unsigned char)entry[i]) != code[i - 1]))
			return false;
	return true;
}

int device_verify_allowed(const struct world *w, const struct vm *vm, char kind,
			  const char *code, struct qvm_err *err)
{
	struct prop_value denied;

	prop_get(w, vm, PROP_DEVICES_DENIED, &denied);
	/* Entries follow each other, with or without something between. */
	for (const char *at = denied.text ? denied.text : "";
	     (at += strspn(at, " ,")), strlen(at) >= ENTRY; at += ENTRY)
		if (fits(at, kind, code))
			return err_set(err, QVM_E_POLICY,
				       "its property devices_denied ('%.7s') keeps '%s' "
				       "from having that",
				       at, vm->name);
	return 0;
}
