/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a backup saves: domains that were chosen, with their volumes open. */
#ifndef QVM_OPS_BACKUP_SOURCES_H
#define QVM_OPS_BACKUP_SOURCES_H

#include "ops/backup_internal.h"

/* A volume that is saved. */
struct source {
	const struct vm_volume *vol;
	const struct vm_revision *rev; /* what is saved of it */
	char id[POOL_ID_MAX];
	struct pool_handle pool;
	int fd;
	uint64_t size, data; /* data: what will be read of it */
	struct pool_range *ranges;
	size_t range_count;
	/* for a repository: which data it has of this volume, and what is new in it */
	char *before;
	bool has_changed;
	struct pool_range *changed;
	size_t changed_count;
};

/* A domain that is saved. */
struct saved {
	const struct vm *vm;
	struct backup_row *row;
	struct source sources[VOL_ROLE_COUNT];
	size_t count;
	struct intent in;
	bool recorded;
	bool now; /* revisions were taken for this backup, and go after it */
};

struct saving {
	struct qvm_ctx *ctx;
	const struct op_backup *req;
	struct store *s;
	struct world *w;
	struct saved *v; /* those chosen */
	size_t n;
	bool look; /* it is only looked at: no revisions are taken */
	bool lazy; /* volumes are opened by saving_open alone */
	struct helper helper;
	struct backup_rate rate;
	struct backup_list *list;
};

/*
 * Chooses by the request, and opens the newest revision of each volume, kept by an intent a
 * domain. Has a row in the list for each one chosen; those that cannot be opened are left out
 * of V and their row says why. Fails where none is left. Takes STORE_WRITE.
 */
int saving_prepare(struct saving *sv, struct qvm_err *err) must_check;
/* One that LAZY left closed, and where it has data. */
int saving_open(struct saving *sv, struct source *src, struct qvm_err *err) must_check;
void saving_ranges(struct saving *sv, struct source *src);
/* All of V are saved: their rows and domains say so. -QVM_E_PARTIAL for the others. */
int saving_done(struct saving *sv, struct qvm_err *err) must_check;
void saving_dispose(struct saving *sv);

#endif
