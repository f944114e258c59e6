/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two parts of qvm-firewall: what is asked for, and what is printed. */
#ifndef QVM_TOOLS_FIREWALL_H
#define QVM_TOOLS_FIREWALL_H

#include "qvm-tools/cmd.h"

enum firewall_action { F_LIST, F_ADD, F_DEL, F_RESET, F_FORWARD };

struct firewall {
	enum firewall_action action;
	bool raw, reload, counters;
	const char *before, *rule_no;
	struct op_rule req;
	char *text;
};

int firewall_list_rules(struct inv *inv, struct qvm_err *err) must_check;
void firewall_list_forwards(const struct inv *inv);
/* What would come of it, as text for nft. */
int firewall_show_nft(struct inv *inv, struct qvm_err *err) must_check;

#endif
