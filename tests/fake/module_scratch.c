/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scratch-fake.so: what the program finds in it by name. */
#include "tests/fake/store_fake.h"

extern qvm_public const struct scratch_ops *const qvm_module;

const struct scratch_ops *const qvm_module = &scratch_fake;
