/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Desktop entries: files that say what of a guest's programs a user starts, and how. */
#ifndef QVM_AGENT_DESKTOP_H
#define QVM_AGENT_DESKTOP_H

#include <stdbool.h>

#include "lib/strv.h"

/* ID as others name it ("org.gnome.Nautilus", a folder's name in front with a dash). */
typedef bool desktop_fn(void *arg, const char *id, const char *path);

/*
 * Calls FN for each entry, of the user's own folder first, until it returns false. An entry
 * whose ID was seen before is not seen again: the first one counts.
 */
void desktop_each(desktop_fn *fn, void *arg);

/*
 * KEY's value in the main group of the text of an entry, its escapes as they stand; NULL
 * where it is not there. Free it.
 */
char *desktop_value(const char *text, const char *key) must_check;

/*
 * The words of an Exec line: quotes and escapes resolved, codes for files and links left
 * out, those for the entry itself filled in. 0, or -EINVAL for a line that makes no sense.
 */
int desktop_exec(const char *exec, const char *name, const char *path, struct strv *ret)
	must_check;

#endif
