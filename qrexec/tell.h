/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telling whoever wants to hear of calls (qvm-events, the dashboard). As with questions
 * there is no daemon between: each listener has a datagram socket of its own in a folder of
 * root's beside the prompters', and who decides a call sends one line to each of them. A
 * listener that is full misses it, and nobody waits for anybody.
 */
#ifndef QVM_QREXEC_TELL_H
#define QVM_QREXEC_TELL_H

#include "lib/buf.h"
#include "lib/macro.h"

enum { TELL_LINE_MAX = 4096 };

/* The listeners' folder, beside that of the prompters; free it. */
char *tell_dir(const char *prompters) must_check;

/* Sends LINE, without a newline, to all that listen in DIR. */
void tell_all(const char *dir, const struct buf *line);

/*
 * Listens in DIR, which is made if need be. Returns a non-blocking descriptor, from which
 * each read takes a line, and the socket's path in RET_PATH, to be unlinked and freed at
 * the end; or a negative errno: -EPERM where others can enter DIR.
 */
int tell_listen(const char *dir, char **ret_path) must_check;

#endif
