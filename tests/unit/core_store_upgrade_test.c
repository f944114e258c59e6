/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registries of older versions are brought to the present one, whole or not at all. */
#include <sqlite3.h>
#include <unistd.h>

#include "core/store.h"
#include "tests/unit/test.h"

/* As version 1 made it, with a domain in it. This text never changes. */
static const char version_1[] =
	"CREATE TABLE domain (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
	" class INTEGER NOT NULL, uuid BLOB NOT NULL UNIQUE,"
	" visible INTEGER NOT NULL DEFAULT 0);"
	"CREATE TABLE property (domain INTEGER NOT NULL, name TEXT NOT NULL, value TEXT,"
	" ref INTEGER REFERENCES domain(id), PRIMARY KEY (domain, name)) WITHOUT ROWID;"
	"CREATE TABLE feature (domain INTEGER NOT NULL REFERENCES domain(id)"
	" ON DELETE CASCADE, name TEXT NOT NULL, value TEXT NOT NULL,"
	" PRIMARY KEY (domain, name)) WITHOUT ROWID;"
	"CREATE TABLE tag (domain INTEGER NOT NULL REFERENCES domain(id)"
	" ON DELETE CASCADE, name TEXT NOT NULL, PRIMARY KEY (domain, name))"
	" WITHOUT ROWID;"
	"CREATE TABLE pool (name TEXT PRIMARY KEY, driver TEXT NOT NULL,"
	" location TEXT NOT NULL, revisions_to_keep INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE volume (id INTEGER PRIMARY KEY AUTOINCREMENT, domain INTEGER"
	" NOT NULL REFERENCES domain(id) ON DELETE CASCADE, role INTEGER NOT NULL,"
	" pool TEXT NOT NULL, size INTEGER NOT NULL, generation INTEGER NOT NULL,"
	" persistent INTEGER NOT NULL, snapshot INTEGER NOT NULL, rw INTEGER NOT NULL,"
	" keep INTEGER NOT NULL, dirty INTEGER NOT NULL, UNIQUE (domain, role));"
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
	"INSERT INTO domain VALUES (0, 'dom0', 0, zeroblob(16), 1);"
	"INSERT INTO domain VALUES (1, 'work', 2, randomblob(16), 1);"
	"INSERT INTO volume VALUES (7, 1, 1, 'default', 1024, 2, 1, 0, 1, 1, 0);"
	"INSERT INTO revision VALUES (1, 7, 3, 1000, NULL, 0);"
	"PRAGMA user_version = 1";

static void run_sql(const char *path, const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	sqlite3_close(db);
}

static int version_of(const char *path)
{
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;
	int version;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &stmt, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	version = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return version;
}

static struct qvm_ctx context_in(const char *folder)
{
	return (struct qvm_ctx){.state_dir = xstrdup(folder), .run_dir = xstrdup(folder)};
}

static void version_1_becomes_the_present_one(void **state)
{
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);
	cleanup_free char *path = xasprintf("%s/qvm.db", (char *)*state);
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	struct qvm_err err = QVM_ERR_INIT;
	struct vm *vm;

	run_sql(path, version_1);
	if (store_open(&ctx, STORE_READ, &s, &err) < 0 || store_load(s, &w, &err) < 0)
		fail_msg("%s", err.text);
	vm = world_vm(w, "work");
	assert_non_null(vm);
	assert_int_equal(vm->volumes[VOL_PRIVATE].id, 7);
	assert_int_equal(vol_newest(&vm->volumes[VOL_PRIVATE])->serial, 3);
	assert_false(vol_newest(&vm->volumes[VOL_PRIVATE])->live);
	assert_int_equal(w->trash_count, 0);
	assert_int_equal(store_trash_put(s, vm, 5, 6, &err), 0);
	store_close(steal(s));
	assert_int_equal(version_of(path), STORE_SCHEMA);
}

/* A table that stands in the way makes the step fail: the version and all else stay. */
static void a_step_that_fails_changes_nothing(void **state)
{
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);
	cleanup_free char *path = xasprintf("%s/qvm.db", (char *)*state);
	struct qvm_err err = QVM_ERR_INIT;
	struct store *s = NULL;

	run_sql(path, version_1);
	run_sql(path, "CREATE TABLE trash (x)");
	assert_int_equal(store_open(&ctx, STORE_WRITE, &s, &err), -QVM_E_DATABASE);
	assert_null(s);
	assert_int_equal(version_of(path), 1);
	/* The column that the step adds first is not there either. */
	run_sql(path, "DROP TABLE trash");
	assert_int_equal(store_open(&ctx, STORE_WRITE, &s, &err), 0);
	store_close(s);
	assert_int_equal(version_of(path), STORE_SCHEMA);
}

static struct vm *in_trash(struct world *w, const char *name)
{
	for (size_t i = 0; i < w->trash_count; i++)
		if (strcmp(w->trash[i].vm.name, name) == 0)
			return &w->trash[i].vm;
	return NULL;
}

static void the_trash_frees_a_name_and_keeps_the_rest(void **state)
{
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	struct vm other = {.klass = CLASS_APP, .uuid.b[0] = 9, .name = "work"};
	struct qvm_err err = QVM_ERR_INIT;
	cleanup_free char *path = xasprintf("%s/qvm.db", (char *)*state);

	run_sql(path, version_1);
	if (store_open(&ctx, STORE_WRITE, &s, &err) < 0 || store_load(s, &w, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(store_trash_put(s, world_vm(w, "work"), 5, 6, &err), 0);
	world_free(steal(w));
	assert_int_equal(store_load(s, &w, &err), 0);
	assert_null(world_vm(w, "work"));
	assert_int_equal(w->trash_count, 1);
	assert_int_equal(w->trash[0].expires, 6);
	assert_non_null(in_trash(w, "work"));
	assert_int_equal(in_trash(w, "work")->volumes[VOL_PRIVATE].revision_count, 1);
	assert_int_equal(store_vm_add(s, &other, &err), 0);
	assert_int_equal(store_vm_publish(s, other.id, true, &err), 0);
	assert_true(other.id != 1); /* its number is not */
	assert_int_equal(store_trash_restore(s, 1, "work", &err), -QVM_E_EXISTS);
	assert_int_equal(store_trash_restore(s, 1, "old", &err), 0);
	world_free(steal(w));
	assert_int_equal(store_load(s, &w, &err), 0);
	assert_int_equal(w->trash_count, 0);
	assert_int_equal(world_vm(w, "old")->id, 1);
}

/* What only something in the trash refers to can go. */
static void the_trash_keeps_nobody_from_going(void **state)
{
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	struct prop_change change = {.id = PROP_TEMPLATE};
	struct vm tpl = {.klass = CLASS_TEMPLATE, .uuid.b[0] = 9, .name = "tpl"};
	cleanup_free char *path = xasprintf("%s/qvm.db", (char *)*state);
	struct qvm_err err = QVM_ERR_INIT;

	run_sql(path, version_1);
	if (store_open(&ctx, STORE_WRITE, &s, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(store_vm_add(s, &tpl, &err), 0);
	change.ref = tpl.id;
	assert_int_equal(store_prop_set(s, 1, &change, &err), 0);
	assert_int_equal(store_vm_remove(s, tpl.id, &err), -QVM_E_DATABASE);
	assert_int_equal(store_load(s, &w, &err), 0);
	assert_int_equal(store_trash_put(s, world_vm(w, "work"), 5, 6, &err), 0);
	assert_int_equal(store_vm_remove(s, tpl.id, &err), 0);
	/* And goes with its domain. */
	assert_int_equal(store_vm_remove(s, 1, &err), 0);
	world_free(steal(w));
	assert_int_equal(store_load(s, &w, &err), 0);
	assert_int_equal(w->trash_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(version_1_becomes_the_present_one),
		in_folder(a_step_that_fails_changes_nothing),
		in_folder(the_trash_frees_a_name_and_keeps_the_rest),
		in_folder(the_trash_keeps_nobody_from_going),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
