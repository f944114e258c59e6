/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Giving up what a process that reads foreign bytes does not need. For qvm-fill only. */
#ifndef QVM_TEMPLATES_CONFINE_H
#define QVM_TEMPLATES_CONFINE_H

#include <stdint.h>

#include "core/err.h"

/*
 * Bounds memory, and what a file may grow to (0: no bound); forbids core files and new
 * privileges. Needs no privileges itself.
 */
int confine_limits(uint64_t memory, uint64_t file, struct qvm_err *err) must_check;

/*
 * Shuts the process into FOLDER for good, with no more than what writing a root file
 * system there takes: owners, modes, device nodes, file capabilities. Needs root.
 */
int confine_to(const char *folder, struct qvm_err *err) must_check;

#endif
