/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two halves of qvm-vault: what is done (vault.c), and how it is shown (vault_show.c). */
#ifndef QVM_TOOLS_VAULT_H
#define QVM_TOOLS_VAULT_H

#include "ops/vault.h"
#include "qvm-tools/cmd.h"

/* Snapshots, one a row; of a prune with what became of them. */
void vault_show_snapshots(const struct inv *inv, const struct vault_report *l);
/* The volumes of each. */
void vault_show_volumes(const struct inv *inv, const struct vault_report *l);

#endif
