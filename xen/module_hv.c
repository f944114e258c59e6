/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hv-xen.so: what the program finds in it by name. */
#include "xen/xen.h"

extern qvm_public const struct hv_ops *const qvm_module;

const struct hv_ops *const qvm_module = &hv_libxl;
