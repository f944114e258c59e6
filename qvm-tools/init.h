/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What qvm-init is to do, from its options, a file, or answers on a terminal. */
#ifndef QVM_TOOLS_INIT_H
#define QVM_TOOLS_INIT_H

#include "qvm-tools/cmd.h"

struct init_cmd {
	struct op_init init;
	struct op_init_preset preset;
	const char *file;
	struct strv start;

	/* what a file or a person has said; all pointers are into these */
	struct strv strings, template_props;
	struct op_init_vm *vms;
	struct strv *props; /* of each of them */
	size_t vm_count;
};

/* Is there anything to do beside op_init? */
bool init_has_preset(const struct init_cmd *o);

/* Reads the file of --file; what options have said already stays. */
int init_file_read(struct init_cmd *o, struct qvm_err *err) must_check;

/* Asks on the terminal. -QVM_E_CANCELLED when it ends. */
int init_ask(struct init_cmd *o, struct qvm_err *err) must_check;
/* "... [y/N]" */
bool init_confirm(const char *question);

const char *init_keep(struct init_cmd *o, const char *text);

#endif
