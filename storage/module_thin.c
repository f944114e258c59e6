/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pool-thin.so: what the program finds in it by name. */
#include "storage/storage.h"

extern qvm_public const struct pool_ops *const qvm_module;

const struct pool_ops *const qvm_module = &pool_thin;
