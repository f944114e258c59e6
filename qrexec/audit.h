/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record of calls: one line each to syslog (docs/ask.md has its form). */
#ifndef QVM_QREXEC_AUDIT_H
#define QVM_QREXEC_AUDIT_H

#include <stdbool.h>

#include "lib/buf.h"

enum { AUDIT_TEXT_MAX = 256 }; /* bytes of one value */

/* Text may come from a guest, and is made harmless here. NULL and "": nothing. */
struct audit {
	const char *source;
	const char *service; /* with its argument */
	const char *requested;
	bool allow;
	bool asked;	    /* of a person, or tried to */
	const char *target; /* where it goes */
	const char *user;
	const char *rule; /* FILE:LINE */
	const char *reason;
};

/* Adds the line, without a newline. */
void audit_format(const struct audit *a, struct buf *ret);

void audit_write(const struct audit *a);

/* The same as a line of JSON (docs/events.md) to all that listen in DIR (tell.h). */
void audit_tell(const struct audit *a, const char *dir);

#endif
