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
	bool has_run; /* the disposables' registry is attached, as "run" (store_run.c) */
};

/* Where a row is: in the registry, or in that of the unnamed disposables. */
enum db_place { DB_MAIN, DB_RUN, DB_PLACE_COUNT };

enum db_place db_place_of_vm(int64_t vm_id) must_check;
enum db_place db_place_of_row(int64_t row_id) must_check; /* of a volume, an intent */

/* Attaches the second one where it is there by now; outside transactions. */
int db_run_look(struct store *s, struct qvm_err *err) must_check;
/* The same, and makes it where it is not. */
int db_run_make(struct store *s, struct qvm_err *err) must_check;

/* The one number that a pragma answers. */
int db_pragma(struct store *s, const char *sql, int64_t *ret, struct qvm_err *err)
	must_check;

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

/* Both with each "@" in SQL standing for the schema of PLACE. */
int db_prepare_at(struct store *s, enum db_place place, struct qvm_err *err,
		  sqlite3_stmt **ret, const char *sql, const char *types, ...) must_check;
int db_run_at(struct store *s, enum db_place place, struct qvm_err *err, const char *sql,
	      const char *types, ...) must_check;

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
