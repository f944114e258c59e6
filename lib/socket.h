/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unix stream sockets by path; all of them are closed on exec. */
#ifndef QVM_LIB_SOCKET_H
#define QVM_LIB_SOCKET_H

#include <sys/types.h>
#include <sys/un.h>

#include "lib/macro.h"

/* The address of PATH: 0, or -ENAMETOOLONG. */
int unix_address(const char *path, struct sockaddr_un *ret) must_check;

/* A blocking connection with whoever listens at PATH, or a negative errno. */
int unix_connect(const char *path) must_check;

/*
 * Listens at PATH, in the place of whatever file is there. MODE is what the socket has from
 * its first moment. Returns a non-blocking descriptor, or a negative errno. Not for programs
 * with threads: the umask is another for that moment.
 */
int unix_listen(const char *path, mode_t mode, int backlog) must_check;

#endif
