/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals as something to poll for: blocked, and read from a descriptor. A list of signals
 * ends with 0.
 */
#ifndef QVM_LIB_SIGNALS_H
#define QVM_LIB_SIGNALS_H

#include <stdbool.h>

#include "lib/macro.h"

/* From here on LIST waits, for whoever reads it; children inherit that. */
int signals_block(const int *list) must_check;

/* Blocks LIST; returns a non-blocking descriptor that tells of it, or a negative errno. */
int signals_open(const int *list) must_check;

/* Takes what came; true once one was no SIGCHLD: the others ask for the end. */
bool signals_end(int fd) must_check;

/* No signal is blocked any more: for a fresh child, which inherits the parent's mask. */
void signals_unblock(void);

#endif
