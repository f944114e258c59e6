/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening a file or an address in another domain: what both sides of the agent use. */
#ifndef QVM_AGENT_OPEN_H
#define QVM_AGENT_OPEN_H

#include "qrexec/open.h"

/* IN to OUT up to its end, by the kernel where it can. 0 or a negative errno. */
int open_pump(int in, int out) must_check;

#endif
