/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What qvm-backup and qvm-backup-restore share. */
#ifndef QVM_TOOLS_BACKUP_COMMON_H
#define QVM_TOOLS_BACKUP_COMMON_H

#include <stdio.h>

#include "ops/backup.h"
#include "qvm-tools/cmd.h"

/* A passphrase; wiped when it is disposed of. */
struct passphrase {
	char text[2048];
	size_t len;
};

void passphrase_wipe(struct passphrase *p);

/* The first line of FILE ("-": of standard input), or typed on the terminal, TWICE or once. */
int passphrase_read(const char *file, bool twice, struct passphrase *ret,
		    struct qvm_err *err) must_check;

/* The table of a backup's domains, to OUT; as JSON with what the whole came to. */
void backup_table(const struct inv *inv, const struct backup_list *l, int r, FILE *out);

/* "y" on standard input, after QUESTION. */
bool backup_confirmed(const char *question);

#endif
