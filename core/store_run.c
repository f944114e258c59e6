/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unnamed disposables have their rows in a database of their own below the run folder, a
 * tmpfs: nothing of them ever reaches a disk, and the boot that ends them ends the rows.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/store_db.h"
#include "lib/alloc.h"
#include "lib/file.h"

/*
 * The tables of the registry that a domain has rows in. What a property refers to is in the
 * other database, where it cannot be checked: store_vm_remove asks. The ids begin where the
 * other's never get to, so that an id tells where its row is.
 */
static const char schema[] =
	"CREATE TABLE run.domain (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
	" class INTEGER NOT NULL, uuid BLOB NOT NULL UNIQUE,"
	" visible INTEGER NOT NULL DEFAULT 0);"
	"CREATE TABLE run.property (domain INTEGER NOT NULL, name TEXT NOT NULL,"
	" value TEXT, ref INTEGER, PRIMARY KEY (domain, name)) WITHOUT ROWID;"
	"CREATE TABLE run.feature (domain INTEGER NOT NULL REFERENCES domain(id)"
	" ON DELETE CASCADE, name TEXT NOT NULL, value TEXT NOT NULL,"
	" PRIMARY KEY (domain, name)) WITHOUT ROWID;"
	"CREATE TABLE run.tag (domain INTEGER NOT NULL REFERENCES domain(id)"
	" ON DELETE CASCADE, name TEXT NOT NULL, PRIMARY KEY (domain, name))"
	" WITHOUT ROWID;"
	"CREATE TABLE run.volume (id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" domain INTEGER NOT NULL REFERENCES domain(id) ON DELETE CASCADE,"
	" role INTEGER NOT NULL, pool TEXT NOT NULL, size INTEGER NOT NULL,"
	" generation INTEGER NOT NULL, persistent INTEGER NOT NULL,"
	" snapshot INTEGER NOT NULL, rw INTEGER NOT NULL, keep INTEGER NOT NULL,"
	" dirty INTEGER NOT NULL, UNIQUE (domain, role));"
	"CREATE TABLE run.revision (id INTEGER PRIMARY KEY, volume INTEGER NOT NULL,"
	" serial INTEGER NOT NULL, created INTEGER NOT NULL, label TEXT,"
	" pinned INTEGER NOT NULL, live INTEGER NOT NULL);"
	"CREATE TABLE run.intent (id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" domain INTEGER NOT NULL, op INTEGER NOT NULL, pid INTEGER NOT NULL,"
	" start INTEGER NOT NULL);"
	"CREATE TABLE run.intent_item (intent INTEGER NOT NULL REFERENCES intent(id)"
	" ON DELETE CASCADE, seq INTEGER NOT NULL, kind TEXT NOT NULL, pool TEXT,"
	" name TEXT NOT NULL, PRIMARY KEY (intent, seq)) WITHOUT ROWID;"
	"CREATE TABLE run.trash (domain INTEGER PRIMARY KEY, name TEXT, removed INTEGER,"
	" expires INTEGER);"
	"CREATE TABLE run.firewall (domain INTEGER PRIMARY KEY REFERENCES domain(id)"
	" ON DELETE CASCADE, rules TEXT, forwards TEXT);"
	"INSERT INTO run.sqlite_sequence (name, seq) VALUES ('volume', 1099511627776),"
	" ('intent', 1099511627776);"
	"PRAGMA run.user_version = 1";

enum { RUN_VERSION = 1 };

#define RUN_ROWS_FIRST INT64_C(1099511627776)

enum db_place db_place_of_vm(int64_t vm_id)
{
	return vm_id >= DISP_ID_FIRST ? DB_RUN : DB_MAIN;
}

enum db_place db_place_of_row(int64_t row_id)
{
	return row_id >= RUN_ROWS_FIRST ? DB_RUN : DB_MAIN;
}

static int make_schema(struct store *s, struct qvm_err *err)
{
	int64_t version = 0;
	int r;

	/* The header says so once and for all; it cannot be said in a transaction. */
	if (sqlite3_exec(s->db, "PRAGMA run.journal_mode = WAL", NULL, NULL, NULL) !=
	    SQLITE_OK)
		return db_fail(s, err, "cannot keep disposables");
	r = store_begin(s, err);
	if (r == 0)
		r = db_pragma(s, "PRAGMA run.user_version", &version, err);
	if (r == 0 && version == 0 &&
	    sqlite3_exec(s->db, schema, NULL, NULL, NULL) != SQLITE_OK)
		r = db_fail(s, err, "cannot keep disposables");
	if (r == 0)
		return store_commit(s, err);
	store_rollback(s);
	return r;
}

static int attach(struct store *s, const char *path, struct qvm_err *err)
{
	int r = db_run(s, err, "ATTACH ? AS run", "s", path);

	if (r < 0)
		return r;
	s->has_run = true;
	/* There is no disk to wait for. What is deleted is gone from memory, too. */
	if (sqlite3_exec(s->db,
			 "PRAGMA run.synchronous = OFF; PRAGMA run.secure_delete = ON;"
			 "PRAGMA run.cache_size = -64",
			 NULL, NULL, NULL) != SQLITE_OK)
		return db_fail(s, err, "cannot open the disposables' registry");
	return 0;
}

/*
 * Whoever makes it has the version written last: one without is not there yet. A version of
 * another program ends with the boot, as it began.
 */
static int look(struct store *s, struct qvm_err *err)
{
	int64_t version = 0;
	int r = db_pragma(s, "PRAGMA run.user_version", &version, err);

	if (r == 0 && version == 0) {
		s->has_run = false;
		return db_run(s, err, "DETACH run", "");
	}
	if (r == 0 && version != RUN_VERSION)
		return err_set(err, QVM_E_DATABASE,
			       "the disposables' registry in '%s' is of version %lld, "
			       "not %d: it ends with this boot",
			       s->ctx->run_dir, (long long)version, RUN_VERSION);
	return r;
}

int db_run_look(struct store *s, struct qvm_err *err)
{
	cleanup_free char *path = NULL;
	int r;

	if (s->has_run || s->in_transaction || !s->ctx->run_dir)
		return 0;
	path = xasprintf("%s/disp.db", s->ctx->run_dir);
	if (access(path, F_OK) < 0)
		return 0;
	r = attach(s, path, err);
	return r < 0 ? r : look(s, err);
}

int db_run_make(struct store *s, struct qvm_err *err)
{
	cleanup_free char *path = xasprintf("%s/disp.db", s->ctx->run_dir);
	cleanup_close int fd = -1;
	int r = db_run_look(s, err);

	if (r < 0 || s->has_run)
		return r;
	r = dir_make(s->ctx->run_dir, 0755);
	if (r < 0)
		return err_errno(err, r, "cannot make the folder '%s'", s->ctx->run_dir);
	/* The registry was not opened to be made, so that nothing else will be, either. */
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(err, -errno, "cannot make '%s'", path);
	r = attach(s, path, err);
	return r < 0 ? r : make_schema(s, err);
}
