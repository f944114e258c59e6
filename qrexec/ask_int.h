/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What both sides of asking share. */
#ifndef QVM_QREXEC_ASK_INT_H
#define QVM_QREXEC_ASK_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "lib/buf.h"
#include "lib/macro.h"

#define ASK_SUFFIX ".sock"

/* A socket of ours that never blocks, or a negative errno. */
int ask_socket(void) must_check;

/* DIR/NAME as an address; 0 or -ENAMETOOLONG. */
int ask_address(const char *dir, const char *name, struct sockaddr_un *ret) must_check;

/* Is the folder FD one that nobody else can write to? 0 or -EPERM. */
int ask_dir_check(int fd) must_check;

/* Makes it where it is missing, and looks at it. 0 or a negative errno. */
int ask_dir_ready(const char *dir) must_check;

/* Is the other end a process of this user, or of root? */
bool ask_peer_ok(int fd) must_check;

/*
 * Takes what has come. 1 and its length in RET_LEN when IN begins with a line, without its
 * newline; 0 when there is none yet; -EPIPE at the end; -EPROTO for a line beyond LIMIT.
 */
int ask_line_read(int fd, size_t limit, struct buf *in, size_t *ret_len) must_check;
/* Takes that line and its newline away. */
void ask_line_drop(struct buf *in, size_t len);

/* Sends from *SENT on what goes. 1 when that was all, 0 not yet, or a negative errno. */
int ask_send(int fd, const struct buf *out, size_t *sent) must_check;

#endif
