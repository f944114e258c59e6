/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/store.h"
#include "core/reserve.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/store_db.h"
#include "lib/alloc.h"
#include "lib/buf.h"
#include "lib/file.h"

/* Another command's transaction lasts milliseconds; longer means that something is wrong. */
#define BUSY_TIMEOUT_MS 10000

/* Less room than this, and an error of writing is a lack of it. */
#define DISK_FULL (256 * 1024)

/* What version 1 was made with. */
static const char schema_1[] =
	"CREATE TABLE domain (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
	" class INTEGER NOT NULL, uuid BLOB NOT NULL UNIQUE,"
	" visible INTEGER NOT NULL DEFAULT 0);"
	/* Global properties have domain -1. */
	"CREATE TABLE property (domain INTEGER NOT NULL, name TEXT NOT NULL, value TEXT,"
	" ref INTEGER REFERENCES domain(id), PRIMARY KEY (domain, name)) WITHOUT ROWID;"
	"CREATE TABLE feature (domain INTEGER NOT NULL REFERENCES domain(id)"
	" ON DELETE CASCADE, name TEXT NOT NULL, value TEXT NOT NULL,"
	" PRIMARY KEY (domain, name)) WITHOUT ROWID;"
	"CREATE TABLE tag (domain INTEGER NOT NULL REFERENCES domain(id)"
	" ON DELETE CASCADE, name TEXT NOT NULL, PRIMARY KEY (domain, name)) WITHOUT "
	"ROWID;"
	"CREATE TABLE pool (name TEXT PRIMARY KEY, driver TEXT NOT NULL,"
	" location TEXT NOT NULL, revisions_to_keep INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE volume (id INTEGER PRIMARY KEY AUTOINCREMENT, domain INTEGER NOT "
	"NULL"
	" REFERENCES domain(id) ON DELETE CASCADE, role INTEGER NOT NULL, pool TEXT NOT "
	"NULL,"
	" size INTEGER NOT NULL, generation INTEGER NOT NULL, persistent INTEGER NOT "
	"NULL,"
	" snapshot INTEGER NOT NULL, rw INTEGER NOT NULL, keep INTEGER NOT NULL,"
	" dirty INTEGER NOT NULL, UNIQUE (domain, role));"
	"CREATE TABLE revision (id INTEGER PRIMARY KEY, volume INTEGER NOT NULL"
	" REFERENCES volume(id) ON DELETE CASCADE, serial INTEGER NOT NULL,"
	" created INTEGER NOT NULL, label TEXT, pinned INTEGER NOT NULL,"
	" UNIQUE (volume, serial));"
	"CREATE TABLE intent (id INTEGER PRIMARY KEY, domain INTEGER NOT NULL,"
	" op INTEGER NOT NULL, pid INTEGER NOT NULL, start INTEGER NOT NULL);"
	"CREATE TABLE intent_item (intent INTEGER NOT NULL REFERENCES intent(id)"
	" ON DELETE CASCADE, seq INTEGER NOT NULL, kind TEXT NOT NULL, pool TEXT,"
	" name TEXT NOT NULL, PRIMARY KEY (intent, seq)) WITHOUT ROWID;"
	"CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;"
	"INSERT INTO domain (id, name, class, uuid, visible)"
	" VALUES (0, 'dom0', 0, zeroblob(16), 1);";

/* The trash, and revisions taken of running domains. */
static const char schema_2[] =
	"ALTER TABLE revision ADD COLUMN live INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE trash (domain INTEGER PRIMARY KEY REFERENCES domain(id)"
	" ON DELETE CASCADE, name TEXT NOT NULL, removed INTEGER NOT NULL,"
	" expires INTEGER NOT NULL);";

/* Firewall rules, and ports led in: a line each. */
static const char schema_3[] =
	"CREATE TABLE firewall (domain INTEGER PRIMARY KEY REFERENCES domain(id)"
	" ON DELETE CASCADE, rules TEXT, forwards TEXT);";

/* Row N leads from version N to version N + 1. What is there is never changed. */
static const char *const schema_steps[] = {schema_1, schema_2, schema_3};

_Static_assert(array_len(schema_steps) == STORE_SCHEMA, "one step a version");

/* SQLite calls it an I/O error when there is no room for its shared index. */
static bool disk_is_full(struct store *s)
{
	struct statvfs fs;

	return statvfs(s->ctx->state_dir, &fs) == 0 &&
	       (uint64_t)fs.f_bavail * fs.f_frsize < DISK_FULL;
}

int db_fail(struct store *s, struct qvm_err *err, const char *what)
{
	int code = sqlite3_errcode(s->db) & 0xff;

	if (code == SQLITE_IOERR && disk_is_full(s))
		code = SQLITE_FULL;
	switch (code) {
	case SQLITE_FULL:
		return err_set(err, QVM_E_NO_SPACE,
			       "%s: the file system of the database is full", what);
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_CANTOPEN:
		return err_set(err, QVM_E_PERMISSION, "%s: the database in '%s': %s",
			       what, s->ctx->state_dir, sqlite3_errmsg(s->db));
	case SQLITE_BUSY:
		return err_set(err, QVM_E_BUSY, "%s: another command holds the database",
			       what);
	default:
		return err_set(err, QVM_E_DATABASE, "%s: the database in '%s': %s", what,
			       s->ctx->state_dir, sqlite3_errmsg(s->db));
	}
}

static int bind_all(sqlite3_stmt *stmt, const char *types, va_list ap)
{
	const void *blob;
	int code = SQLITE_OK;

	for (int i = 0; types[i] && code == SQLITE_OK; i++) {
		switch (types[i]) {
		case 'i':
			code = sqlite3_bind_int64(stmt, i + 1, va_arg(ap, int64_t));
			break;
		case 's':
			code = sqlite3_bind_text(stmt, i + 1, va_arg(ap, const char *),
						 -1, SQLITE_TRANSIENT);
			break;
		case 'b':
			blob = va_arg(ap, const void *);
			code = sqlite3_bind_blob(stmt, i + 1, blob,
						 (int)va_arg(ap, size_t),
						 SQLITE_TRANSIENT);
			break;
		default:
			code = SQLITE_MISUSE;
		}
	}
	return code;
}

static int prepare_va(struct store *s, struct qvm_err *err, sqlite3_stmt **ret,
		      const char *sql, const char *types, va_list ap)
{
	if (sqlite3_prepare_v2(s->db, sql, -1, ret, NULL) != SQLITE_OK ||
	    bind_all(*ret, types, ap) != SQLITE_OK)
		return db_fail(s, err, "cannot ask the registry");
	return 0;
}

int db_prepare(struct store *s, struct qvm_err *err, sqlite3_stmt **ret, const char *sql,
	       const char *types, ...)
{
	va_list ap;
	int r;

	va_start(ap, types);
	r = prepare_va(s, err, ret, sql, types, ap);
	va_end(ap);
	return r;
}

int db_step(struct store *s, struct qvm_err *err, sqlite3_stmt *stmt)
{
	int code = sqlite3_step(stmt);

	if (code == SQLITE_ROW)
		return 1;
	return code == SQLITE_DONE ? 0 : db_fail(s, err, "cannot use the registry");
}

static int run_va(struct store *s, struct qvm_err *err, const char *sql,
		  const char *types, va_list ap)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = prepare_va(s, err, &stmt, sql, types, ap);

	while (r == 0 && (r = db_step(s, err, stmt)) > 0)
		r = 0;
	return r;
}

int db_run(struct store *s, struct qvm_err *err, const char *sql, const char *types, ...)
{
	va_list ap;
	int r;

	va_start(ap, types);
	r = run_va(s, err, sql, types, ap);
	va_end(ap);
	return r;
}

static char *place_sql(enum db_place place, const char *sql)
{
	cleanup_buf struct buf out = BUF_INIT;

	for (; *sql; sql++) {
		if (*sql == '@')
			buf_add(&out, place == DB_RUN ? "run." : "main.");
		else
			buf_add_ch(&out, *sql);
	}
	return buf_steal(&out);
}

int db_prepare_at(struct store *s, enum db_place place, struct qvm_err *err,
		  sqlite3_stmt **ret, const char *sql, const char *types, ...)
{
	cleanup_free char *placed = place_sql(place, sql);
	va_list ap;
	int r;

	va_start(ap, types);
	r = prepare_va(s, err, ret, placed, types, ap);
	va_end(ap);
	return r;
}

int db_run_at(struct store *s, enum db_place place, struct qvm_err *err, const char *sql,
	      const char *types, ...)
{
	cleanup_free char *placed = place_sql(place, sql);
	va_list ap;
	int r;

	va_start(ap, types);
	r = run_va(s, err, placed, types, ap);
	va_end(ap);
	return r;
}

char *db_text(sqlite3_stmt *stmt, int column)
{
	return xstrdup((const char *)sqlite3_column_text(stmt, column));
}

int store_begin(struct store *s, struct qvm_err *err)
{
	int r = db_run_look(s, err);

	if (r == 0)
		r = db_run(s, err, "BEGIN IMMEDIATE", "");
	s->in_transaction = r == 0;
	return r;
}

int store_commit(struct store *s, struct qvm_err *err)
{
	int r = db_run(s, err, "COMMIT", "");

	if (r < 0)
		store_rollback(s);
	s->in_transaction = false;
	return r;
}

void store_rollback(struct store *s)
{
	/* Failing means that SQLite rolled back by itself already. */
	if (s->in_transaction)
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	s->in_transaction = false;
}

int db_enter(struct store *s, bool *ret_own, struct qvm_err *err)
{
	*ret_own = !s->in_transaction;
	return *ret_own ? store_begin(s, err) : 0;
}

int db_leave(struct store *s, bool own, int r, struct qvm_err *err)
{
	if (!own)
		return r;
	if (r == 0)
		return store_commit(s, err);
	store_rollback(s);
	return r;
}

int db_pragma(struct store *s, const char *sql, int64_t *ret, struct qvm_err *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_prepare(s, err, &stmt, sql, "");

	if (r == 0)
		r = db_step(s, err, stmt);
	if (r < 0)
		return r;
	*ret = sqlite3_column_int64(stmt, 0);
	return 0;
}

int store_version(struct store *s, int64_t *ret, struct qvm_err *err)
{
	return db_pragma(s, "PRAGMA data_version", ret, err);
}

static int check_schema(struct store *s, enum store_mode mode, bool *ret_old,
			struct qvm_err *err)
{
	int64_t version;
	int r = db_pragma(s, "PRAGMA user_version", &version, err);

	*ret_old = r == 0 && version < STORE_SCHEMA;
	if (r < 0)
		return r;
	if (version > STORE_SCHEMA || version < 0)
		return err_set(err, QVM_E_DATABASE,
			       "the database in '%s' is of version %lld, newer than this "
			       "program's %d: nothing was changed",
			       s->ctx->state_dir, (long long)version, STORE_SCHEMA);
	if (version == 0 && mode != STORE_CREATE)
		return err_set(err, QVM_E_DATABASE,
			       "the database in '%s' is empty: run qvm-init",
			       s->ctx->state_dir);
	return 0;
}

/* In one transaction, so that two first commands, or a kill, leave all or nothing. */
static int make_schema(struct store *s, struct qvm_err *err)
{
	cleanup_free char *done =
		xasprintf("PRAGMA user_version = %d", (int)array_len(schema_steps));
	int64_t version = 0;
	int r = store_begin(s, err);

	if (r == 0)
		r = db_pragma(s, "PRAGMA user_version", &version, err);
	for (; r == 0 && version < STORE_SCHEMA; version++)
		if (sqlite3_exec(s->db, schema_steps[version], NULL, NULL, NULL) !=
		    SQLITE_OK)
			r = db_fail(s, err, "cannot make the registry");
	if (r == 0)
		r = db_run(s, err, done, "");
	if (r < 0) {
		store_rollback(s);
		return r;
	}
	return store_commit(s, err);
}

static int open_db(struct store *s, enum store_mode mode, struct qvm_err *err)
{
	cleanup_free char *path = ctx_state_path(s->ctx, "qvm.db");
	int flags = mode == STORE_CREATE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
					 : SQLITE_OPEN_READWRITE;

	/* A reader in WAL mode writes the index beside it: only root reads without both. */
	if (mode != STORE_CREATE && access(path, F_OK) < 0)
		return err_set(err, QVM_E_DATABASE,
			       "there is no database in '%s': run qvm-init",
			       s->ctx->state_dir);
	if (sqlite3_open_v2(path, &s->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return db_fail(s, err, "cannot open the registry");
	sqlite3_busy_timeout(s->db, BUSY_TIMEOUT_MS);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	/* Closing leaves the log as it is: short commands would else each write it back. */
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_file_control(s->db, NULL, SQLITE_FCNTL_PERSIST_WAL, &(int){1});
	/*
	 * A small cache, as the watchers hold theirs while they work; and a short log, as
	 * whoever opens the registry first reads all of it.
	 */
	if (sqlite3_exec(s->db,
			 "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;"
			 "PRAGMA cache_size = -256; PRAGMA trusted_schema = OFF;"
			 "PRAGMA wal_autocheckpoint = 48",
			 NULL, NULL, NULL) != SQLITE_OK)
		return db_fail(s, err, "cannot open the registry");
	return 0;
}

int store_open(struct qvm_ctx *ctx, enum store_mode mode, struct store **ret,
	       struct qvm_err *err)
{
	cleanup_store struct store *s = xcalloc(1, sizeof(*s));
	bool old = false;
	int r;

	s->ctx = ctx;
	ctx->stores_open++;
	if (mode == STORE_MAKE_ROOM)
		reserve_use(ctx);
	if (mode == STORE_CREATE) {
		r = dir_make(ctx->state_dir, 0755);
		if (r < 0)
			return err_errno(err, r, "cannot make the folder '%s'",
					 ctx->state_dir);
	}
	r = open_db(s, mode, err);
	if (r == 0)
		r = check_schema(s, mode, &old, err);
	if (r == 0 && mode == STORE_CREATE)
		r = db_run(s, err, "PRAGMA journal_mode = WAL", "");
	if (r == 0 && old)
		r = make_schema(s, err);
	if (r == 0 && mode == STORE_DISPOSABLES)
		r = db_run_make(s, err);
	if (r == 0)
		*ret = steal(s);
	return r;
}

void store_tidy(struct store *s)
{
	sqlite3_busy_timeout(s->db, 0);
	(void)sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL,
					NULL);
	sqlite3_busy_timeout(s->db, BUSY_TIMEOUT_MS);
}

void store_close(struct store *s)
{
	if (!s)
		return;
	store_rollback(s);
	sqlite3_close(s->db);
	s->ctx->stores_open--;
	free(s);
}
