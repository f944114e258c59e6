/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SQLite behind the few calls that store*.c and intent.c need; nothing else includes it. */
#ifndef QVM_CORE_STORE_DB_H
#define QVM_CORE_STORE_DB_H

#include <sqlite3.h>
#include <stdarg.h>

#include "core/store.h"

struct store {
	struct qvm_ctx *ctx;
	sqlite3 *db;
	bool in_transaction;
};

/* The error that SQLite has just reported, as a sentence about WHAT. */
int db_fail(struct store *s, struct qvm_err *err, const char *what);

/*
 * Prepares SQL with its parameters bound from the arguments by TYPES: 'i' int64_t,
 * 's' const char * (NULL becomes NULL), 'b' const void * and size_t. Finalize *ret.
 */
int db_prepare(struct store *s, struct qvm_err *err, sqlite3_stmt **ret, const char *sql,
	       const char *types, ...) must_check;

/* The same, run to its end; results are thrown away. */
int db_run(struct store *s, struct qvm_err *err, const char *sql, const char *types, ...)
	must_check;

/* 1: a row is there, 0: no more, negative: failed. */
int db_step(struct store *s, struct qvm_err *err, sqlite3_stmt *stmt) must_check;

/* Copy of a text column, NULL for NULL. */
char *db_text(sqlite3_stmt *stmt, int column) must_check;

/*
 * Opens a transaction unless one is open; *ret_own tells whether this call did, and so
 * whether db_leave has to end it.
 */
int db_enter(struct store *s, bool *ret_own, struct qvm_err *err) must_check;
int db_leave(struct store *s, bool own, int r, struct qvm_err *err) must_check;

static inline void db_finalize(sqlite3_stmt **stmt)
{
	sqlite3_finalize(*stmt);
}

#define cleanup_stmt cleanup(db_finalize)

#endif
