/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A restore at work: choosing (restore_choose.c), making (restore_make.c), ops/restore.c. */
#ifndef QVM_OPS_RESTORE_INTERNAL_H
#define QVM_OPS_RESTORE_INTERNAL_H

#include "ops/backup_internal.h"
#include "ops/vault_internal.h"

/* A domain that comes back. */
struct returning {
	const struct meta_domain *meta;
	struct backup_row *row;
	struct vm draft;
	struct vm_making making;
	size_t template; /* index + 1 of the one it is made over, when that comes, too */
	const char *template_name; /* else its name here; NULL: none */
	int fds[VOL_ROLE_COUNT];   /* its blank volumes; -1 */
	struct pool_handle pools[VOL_ROLE_COUNT];
	size_t files, files_done; /* volumes that have to come, and have */
	char *rules;		  /* of its firewall */
	int r;			  /* below 0: it does not come */
};

struct restoring {
	struct qvm_ctx *ctx;
	const struct op_restore *req;
	struct store *s;
	struct world *w;
	struct helper helper;
	struct vault_place folder;
	struct meta meta;
	struct backup_list *list;
	struct returning *v; /* templates first */
	size_t n;
	struct backup_rate rate;
};

/* ---- restore_choose.c ---- */

/* Fills rs->v, checks every name, and refuses what could not come to a good end. */
int restore_choose(struct restoring *rs, struct qvm_err *err) must_check;
/* "vm7/private.img": which of rs->v, or NULL; its role, or -1 for another file. */
struct returning *restore_find(struct restoring *rs, const char *path, int *ret_role);
/* Its saved volume of that role, or NULL. */
const struct meta_volume *restore_volume(const struct meta_domain *d, enum vol_role role);

/* ---- restore_make.c ---- */

/* Hidden domains with blank volumes, opened to be written to. */
int restore_begin(struct restoring *rs, struct qvm_err *err) must_check;
/* Ends the helper and closes the volumes: what is open cannot be removed. Idempotent. */
void restore_let_go(struct restoring *rs);
/* Publishes those that are complete, undoes the others. */
void restore_end(struct restoring *rs, int r, const struct qvm_err *err);

#endif
