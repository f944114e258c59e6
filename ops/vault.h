/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The use cases of repositories of backups, beside those of backup.h. */
#ifndef QVM_OPS_VAULT_H
#define QVM_OPS_VAULT_H

#include "ops/backup.h"

#define VAULT_SNAPSHOT 32 /* of a snapshot's name, with NUL */

/* What it holds, and what became of that. */
struct vault_domain {
	char *name, *klass, *path; /* path: "vm7/" */
	uint64_t bytes;
};

struct vault_image {
	char *path; /* "vm7/private.img" */
	uint64_t size, data;
	char *why; /* it is damaged; NULL */
};

struct vault_record {
	char name[VAULT_SNAPSHOT];
	int64_t time;
	uint64_t stored; /* bytes that it added */
	bool gone;	 /* removed, or to be */
	char *why;	 /* it is damaged; NULL */
	struct vault_domain *domains;
	size_t domain_count;
	struct vault_image *images;
	size_t image_count;
};

struct vault_report {
	struct vault_record *v;
	size_t n;
	size_t damaged_packs;
	/* of a prune */
	uint64_t bytes, freed;
	size_t packs, removed, rewritten;
};

void vault_report_dispose(struct vault_report *r);
#define cleanup_report cleanup(vault_report_dispose)

struct op_vault_new {
	uint64_t memory; /* bytes for deriving the key; 0: the default */
	bool append_only;
};

int op_vault_init(struct qvm_ctx *ctx, const struct op_vault *vault,
		  const struct op_vault_new *how, struct qvm_err *err) must_check;

/* Of the folder, MEMORY for its key (0: as before); all that is in it stays as it is. */
int op_vault_passphrase(struct qvm_ctx *ctx, const struct op_vault *vault,
			const struct secret *new_pass, uint64_t memory,
			struct qvm_err *err) must_check;

/* What was written. */
struct vault_saved {
	char snapshot[VAULT_SNAPSHOT];
	uint64_t stored;
	size_t volumes, kept; /* of all, those that were not read */
};

/*
 * A new snapshot of what REQ chooses; its passphrase and destination are not asked. As
 * op_backup, -QVM_E_PARTIAL included; with any other failure there is no snapshot, but what
 * was stored shortens the next run.
 */
int op_vault_backup(struct qvm_ctx *ctx, const struct op_vault *vault,
		    const struct op_backup *req, struct backup_list *ret,
		    struct vault_saved *ret_saved, struct qvm_err *err) must_check;

/* All snapshots with their domains; of a single one the volumes, too. */
int op_vault_list(struct qvm_ctx *ctx, const struct op_vault *vault,
		  struct vault_report *ret, struct qvm_err *err) must_check;

/* Reads SAMPLE of 100 chunks. -QVM_E_VALUE when something is damaged, as RET says. */
int op_vault_verify(struct qvm_ctx *ctx, const struct op_vault *vault, unsigned sample,
		    struct vault_report *ret, struct qvm_err *err) must_check;

struct op_vault_prune {
	const char *const *forget; /* names of snapshots */
	size_t forget_count;
	bool has_keep, has_days; /* else the bound is not asked */
	int keep, days;		 /* what either of them keeps, stays */
	bool collect;		 /* remove what no snapshot needs any more */
	bool dry;
};

int op_vault_prune(struct qvm_ctx *ctx, const struct op_vault *vault,
		   const struct op_vault_prune *req, struct vault_report *ret,
		   struct qvm_err *err) must_check;

/* Writes a volume of the domain VM, whole, to OUT. */
int op_vault_export(struct qvm_ctx *ctx, const struct op_vault *vault, const char *vm,
		    enum vol_role role, int out, struct qvm_err *err) must_check;

#endif
