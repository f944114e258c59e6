/* SPDX-License-Identifier: GPL-2.0-or-later */
/* view-fake.so: what the program finds in it by name. */
#include "tests/fake/hv_fake.h"

extern qvm_public const struct hv_view_ops *const qvm_module;

const struct hv_view_ops *const qvm_module = &hv_view_fake;
