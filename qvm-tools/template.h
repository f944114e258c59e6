/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of qvm-template. */
#ifndef QVM_TOOLS_TEMPLATE_H
#define QVM_TOOLS_TEMPLATE_H

#include "qvm-tools/cmd.h"

/* template_show.c */
int template_list(struct inv *inv, struct qvm_err *err) must_check;
int template_info(struct inv *inv, const char *name, struct qvm_err *err) must_check;

#endif
