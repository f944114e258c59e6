/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is xenstored there? Xen's libraries fall back from its socket to the kernel's own ring,
 * which suits a xenstore in a domain of its own; but with a daemon that died, a request
 * on that ring waits for ever. Whoever connects asks here first.
 */
#ifndef QVM_XEN_STORE_H
#define QVM_XEN_STORE_H

#include <stdbool.h>

/* There is a socket, and nobody behind it. */
bool store_is_dead(void);

/* The same for one socket, for tests. */
bool store_socket_is_dead(const char *path);

#endif
