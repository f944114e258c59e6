/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the use cases of repositories share. */
#ifndef QVM_OPS_VAULT_INTERNAL_H
#define QVM_OPS_VAULT_INTERNAL_H

#include "ops/backup_internal.h"
#include "ops/vault.h"

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
		     struct vault_dir *folder, struct helper *ret, struct qvm_err *err)
	must_check;
int vault_begin(struct qvm_ctx *ctx, const struct op_vault *vault, const char *job,
		enum vault_use use, struct vault_dir *folder, struct helper *ret,
		struct qvm_err *err) must_check;
/* The same with a folder that is open. */
int vault_start(struct qvm_ctx *ctx, const struct op_vault *vault, const char *job,
		const struct vault_setting *settings, struct vault_dir *folder,
		struct helper *ret, struct qvm_err *err) must_check;

#endif
