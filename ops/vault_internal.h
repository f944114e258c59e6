/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the use cases of repositories share. */
#ifndef QVM_OPS_VAULT_INTERNAL_H
#define QVM_OPS_VAULT_INTERNAL_H

#include "backup/vault_dir.h"
#include "backup/vault_remote.h"
#include "ops/backup_internal.h"
#include "ops/vault.h"

/* Where a repository is: a folder here, or one in a domain, by a call. */
struct vault_place {
	struct vault_dir dir;
	struct vault_remote remote;
	pid_t pid; /* the call; 0: it is here */
};

#define VAULT_PLACE_INIT                                                                 \
	((struct vault_place){.dir = VAULT_DIR_INIT, .remote.channel = -1})

int vault_place_open(struct qvm_ctx *ctx, const struct op_vault *vault,
		     enum vault_use use, struct vault_place *ret, struct qvm_err *err)
	must_check;
/* An empty or absent folder becomes one, without its config. */
int vault_place_make(struct qvm_ctx *ctx, const struct op_vault *vault,
		     struct vault_place *ret, struct qvm_err *err) must_check;
/* PLACE has to outlive it. */
struct vault_store vault_place_store(struct vault_place *place);
void vault_place_close(struct vault_place *place);
#define cleanup_vault_place cleanup(vault_place_close)

/* A key's name and text; TEXT NULL: left out. */
struct vault_setting {
	const char *key;
	const char *text;
};

/*
 * Opens the folder, starts the helper for JOB, and sends passphrase, snapshot, SETTINGS (up to
 * a key NULL; or NULL) and `begin`. The folder has to outlive the helper.
 */
int vault_begin_with(struct qvm_ctx *ctx, const struct op_vault *vault, const char *job,
		     enum vault_use use, const struct vault_setting *settings,
		     struct vault_place *folder, struct helper *ret, struct qvm_err *err)
	must_check;
int vault_begin(struct qvm_ctx *ctx, const struct op_vault *vault, const char *job,
		enum vault_use use, struct vault_place *folder, struct helper *ret,
		struct qvm_err *err) must_check;
/* The same with a folder that is open. */
int vault_start(struct qvm_ctx *ctx, const struct op_vault *vault, const char *job,
		const struct vault_setting *settings, struct vault_place *folder,
		struct helper *ret, struct qvm_err *err) must_check;

#endif
