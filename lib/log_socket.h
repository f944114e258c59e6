/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines to the machine's log, as syslog(3) sends them but without a time: who keeps the log has
 * a clock as well, and the zone of this process costs more to find than all else of a line.
 */
#ifndef QVM_LIB_LOG_SOCKET_H
#define QVM_LIB_LOG_SOCKET_H

#include <stddef.h>

#include "lib/macro.h"

#define LOG_SOCKET "/dev/log"

/*
 * A connection with whoever reads at PATH. WAIT_MS: so long a line waits for a reader who is
 * slow; 0: it is lost instead. A descriptor or a negative errno.
 */
int log_socket_open(const char *path, int wait_ms) must_check;

/* PRIORITY: of <syslog.h>, facility and level. A line that cannot be sent is lost. */
void log_socket_line(int fd, int priority, const char *tag, const char *text, size_t len);

#endif
