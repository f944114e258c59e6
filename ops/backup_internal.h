/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the use cases of backups share among themselves. */
#ifndef QVM_OPS_BACKUP_INTERNAL_H
#define QVM_OPS_BACKUP_INTERNAL_H

#include "backup/helper.h"
#include "backup/meta.h"
#include "ops/backup.h"
#include "ops/volume.h"

struct backup_row *backup_row_add(struct backup_list *l, const char *name,
				  const char *klass);
/* R below 0: its row says why, and it is not done. */
void backup_row_failed(struct backup_row *row, const struct qvm_err *err);

/* ---- settings, to and from texts of qubes.xml (backup_meta.c) ---- */

void backup_meta_add(const struct world *w, const struct vm *vm, uint64_t bytes,
		     struct meta *ret);
/* The label table's rows; how many. */
#define BACKUP_LABELS 16
size_t backup_labels(struct meta_label ret[static BACKUP_LABELS]);

/* ---- with the helper (backup_meta.c) ---- */

/* "saving: 1.2 GiB of 5 GiB, 80 MiB/s, 45 s left" */
struct backup_rate {
	struct qvm_ctx *ctx;
	const char *what;
	uint64_t total; /* 0: unknown */
	uint64_t done;
	uint64_t begun; /* clock_ms */
};

/* From now on RATE, which outlives H, is shown whenever it gets on. */
void backup_rate_follow(struct backup_rate *rate, struct helper *h);

/* The passphrase, and one setting after the other; TEXT NULL: left as it is. */
int backup_send_pass(struct helper *h, const struct secret *pass, struct qvm_err *err)
	must_check;
int backup_send_setting(struct helper *h, const char *key, const char *text,
			struct qvm_err *err) must_check;

#endif
