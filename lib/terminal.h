/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every program says to a terminal that it gives back. */
#ifndef QVM_LIB_TERMINAL_H
#define QVM_LIB_TERMINAL_H

/* Ends what may have been switched on: colours, hidden cursor, mouse, alternate screen. */
#define TERMINAL_CALM "\033[0m\033[?25h\033[?1000l\033[?1002l\033[?1003l\033[?1049l"

#endif
