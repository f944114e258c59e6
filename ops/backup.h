/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The use cases of backups, beside those of ops.h and with its rules. */
#ifndef QVM_OPS_BACKUP_H
#define QVM_OPS_BACKUP_H

#include "lib/secret.h"
#include "ops/ops.h"

/* One domain of a backup, before and after. */
struct backup_row {
	char *name; /* in the backup */
	char *klass;
	char *as;	/* restored under this name; NULL: not at all */
	uint64_t bytes; /* data of its volumes, before compression */
	bool running;	/* saved as of before its start ... */
	bool now;	/* ... or as it is, like after a power cut */
	bool chosen, done;
	char *why; /* it was left out, or failed; NULL */
};

struct backup_list {
	struct backup_row *v;
	size_t n;
	uint64_t bytes;	  /* of those chosen */
	uint64_t written; /* the backup's own size, or how much of it was read */
	char *snapshot;	  /* that was made in a repository; NULL */
};

void backup_list_dispose(struct backup_list *l);
#define cleanup_backup_list cleanup(backup_list_dispose)

struct op_backup {
	const char *const *names; /* NAMES 0: all that have include_in_backups */
	size_t name_count;
	const char *const *exclude;
	size_t exclude_count;
	struct secret pass;
	bool snapshot;	    /* of running domains the present state */
	const char *filter; /* "none", "gzip", "zstd"; NULL: gzip */
	int log_n;	    /* cost of a key: 2^N steps; 0: the default */
	uint64_t part;	    /* bytes of a part; 0: the default */
	int out;
};

/* What a backup would hold. What cannot be saved has WHY. */
int op_backup_list(struct qvm_ctx *ctx, const struct op_backup *req,
		   struct backup_list *ret, struct qvm_err *err) must_check;

/*
 * Writes it to REQ->out in Qubes's format 4. -QVM_E_PARTIAL: it is whole, but some that
 * were asked for are not in it, as their rows say. Any other failure: it is worth nothing.
 */
int op_backup(struct qvm_ctx *ctx, const struct op_backup *req, struct backup_list *ret,
	      struct qvm_err *err) must_check;

/* A repository of backups (qvm-vault). */
struct op_vault {
	const char *path;
	const char *vm;		      /* the domain in which PATH is; NULL: here */
	struct secret pass, new_pass; /* new_pass: what it becomes */
	const char *snapshot; /* a name or its beginning; NULL: the newest, or all */
};

enum restore_clash { CLASH_REFUSE, CLASH_SKIP, CLASH_RENAME };

struct op_restore {
	int in;
	const struct op_vault *vault; /* not NULL: from there, in place of IN and PASS */
	struct secret pass;
	const char *const *names; /* as in the backup; NAMES 0: all that it holds */
	size_t name_count;
	const char *const *exclude;
	size_t exclude_count;
	bool list_only;	  /* only what it holds */
	bool verify_only; /* all is read and checked, nothing is made */
	enum restore_clash clash;
	bool ignore_missing; /* a template that is nowhere: the default one */
	bool skip_broken;    /* those without it are left out */
	const char *pool;    /* for all volumes; NULL: the defaults */
	const char *filter;  /* NULL: as the header says */
	uint64_t key_memory; /* bytes that deriving a key may take; 0: the default */
};

/*
 * Each domain comes whole or not at all. -QVM_E_PARTIAL: some of those chosen did not.
 */
int op_restore(struct qvm_ctx *ctx, const struct op_restore *req, struct backup_list *ret,
	       struct qvm_err *err) must_check;

#endif
