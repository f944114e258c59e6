/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every driver asks of ids and steps before it touches anything. */
#ifndef QVM_STORAGE_STEPS_H
#define QVM_STORAGE_STEPS_H

#include "core/pool.h"
#include "lib/macro.h"

/* QVM_E_VALUE for anything that is no id. */
int id_check(const char *id, struct qvm_err *err) must_check;
/* QVM_E_VALUE for a bad id, or a size that is 0 or no multiple of 512. */
int steps_check(const struct pool_step *steps, size_t n, struct qvm_err *err) must_check;

/* Does any of them take space? Only then a full pool matters. */
bool steps_fill(const struct pool_step *steps, size_t n);

/* Puts what was being done to which volume in front of *err. */
int step_wrap(const struct pool_step *step, struct qvm_err *err);

#endif
