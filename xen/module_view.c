/* SPDX-License-Identifier: GPL-2.0-or-later */
/* view-xen.so: what the program finds in it by name. */
#include "xen/xen.h"

extern qvm_public const struct hv_view_ops *const qvm_module;

const struct hv_view_ops *const qvm_module = &hv_view_xen;
