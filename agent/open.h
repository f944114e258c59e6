/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening a file or an address in another domain: what both sides of the call know. */
#ifndef QVM_AGENT_OPEN_H
#define QVM_AGENT_OPEN_H

#include <stdbool.h>

#include "lib/macro.h"

/*
 * qubes.OpenInVM: the caller sends the file's name in OPEN_NAME bytes, NULs behind it, then
 * its content up to the end of input; the answer is the changed content, or nothing.
 */
enum { OPEN_NAME = 256, OPEN_URL_MAX = 8192 };
#define OPEN_VIEW_ONLY "view-only-" /* in front of the name: nothing is to come back */

/* http, https or ftp, and only characters that an address may have. */
bool open_is_url(const char *text) must_check;

/*
 * In place: the name of a file that any program can be given. False: there is nothing left
 * of it. *RET_VIEW_ONLY: it had the prefix, which is taken off.
 */
bool open_name_check(char untrusted_name[static OPEN_NAME], bool *ret_view_only);

/* IN to OUT up to its end, by the kernel where it can. 0 or a negative errno. */
int open_pump(int in, int out) must_check;

#endif
