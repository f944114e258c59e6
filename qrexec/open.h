/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qubes.OpenInVM and qubes.OpenURL: what both sides of such a call know.
 *
 * OpenInVM: the caller sends the file's name in OPEN_NAME bytes, NULs behind it, then its
 * content up to the end of input; the answer is the changed content, or nothing.
 */
#ifndef QVM_QREXEC_OPEN_H
#define QVM_QREXEC_OPEN_H

#include <stdbool.h>

#include "lib/macro.h"

enum { OPEN_NAME = 256, OPEN_URL_MAX = 8192 };
#define OPEN_VIEW_ONLY "view-only-" /* in front of the name: nothing is to come back */

/* http, https or ftp, and only characters that an address may have. */
bool open_is_url(const char *text) must_check;

/* The last part of PATH, as it is sent; of one that is too long the end stays. */
void open_name_put(const char *path, bool view_only, char ret[static OPEN_NAME]);

/*
 * In place: the name of a file that any program can be given. False: there is nothing left
 * of it. *RET_VIEW_ONLY: it had the prefix, which is taken off.
 */
bool open_name_check(char untrusted_name[static OPEN_NAME], bool *ret_view_only);

#endif
