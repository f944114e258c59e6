/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The registry as a snapshot: each table is walked once, in the order of the domains. */
#include <stdlib.h>
#include <string.h>

#include "core/store_db.h"
#include "lib/alloc.h"

/* Reads one row into the world. Rows of domains that are not shown find no domain. */
typedef void row_fn(struct world *w, sqlite3_stmt *row);

static struct vm *row_vm(struct world *w, sqlite3_stmt *row)
{
	int64_t id = sqlite3_column_int64(row, 0);
	struct vm *vm = world_vm_by_id(w, id);

	for (size_t i = 0; !vm && i < w->trash_count; i++)
		if (w->trash[i].vm.id == id)
			return &w->trash[i].vm;
	return vm;
}

static struct vm *add_vm(struct world *w, sqlite3_stmt *row)
{
	struct world_trash *trash;

	if (sqlite3_column_type(row, 4) == SQLITE_NULL) {
		w->vm_count++;
		return &array_grow(w->vms, w->vm_count - 1);
	}
	trash = &array_grow(w->trash, w->trash_count);
	w->trash_count++;
	trash->removed = sqlite3_column_int64(row, 4);
	trash->expires = sqlite3_column_int64(row, 5);
	return &trash->vm;
}

static void load_domain(struct world *w, sqlite3_stmt *row)
{
	struct vm *vm = add_vm(w, row);
	const char *name = (const char *)sqlite3_column_text(row, 1);

	vm->id = sqlite3_column_int64(row, 0);
	memcpy(vm->name, name, strnlen(name, QVM_NAME_MAX));
	vm->klass = (enum vm_class)(sqlite3_column_int(row, 2) % CLASS_COUNT);
	if (sqlite3_column_bytes(row, 3) == (int)sizeof(vm->uuid.b))
		memcpy(vm->uuid.b, sqlite3_column_blob(row, 3), sizeof(vm->uuid.b));
}

static void load_property(struct world *w, sqlite3_stmt *row)
{
	bool global = sqlite3_column_int64(row, 0) < 0;
	struct vm *vm = global ? NULL : row_vm(w, row);
	struct vm_prop *prop;
	struct qvm_err err;
	enum prop_id id;

	if (!global && !vm)
		return;
	/* A name that this version does not know stays in the database, unseen. */
	if (prop_find((const char *)sqlite3_column_text(row, 1), global, &id, &err) < 0)
		return;
	prop = global ? &w->globals[id] : &vm->props[id];
	prop->set = true;
	prop->text = db_text(row, 2);
	prop->ref = sqlite3_column_type(row, 3) == SQLITE_NULL
			    ? 0
			    : sqlite3_column_int64(row, 3);
}

static void load_feature(struct world *w, sqlite3_stmt *row)
{
	struct vm *vm = row_vm(w, row);
	struct vm_feature *feature;

	if (!vm)
		return;
	feature = &array_grow(vm->features, vm->feature_count);
	vm->feature_count++;
	feature->name = db_text(row, 1);
	feature->value = db_text(row, 2);
}

static void load_tag(struct world *w, sqlite3_stmt *row)
{
	struct vm *vm = row_vm(w, row);

	if (vm)
		strv_take(&vm->tags, db_text(row, 1));
}

static void load_firewall(struct world *w, sqlite3_stmt *row)
{
	struct vm *vm = row_vm(w, row);

	if (!vm)
		return;
	vm->firewall = db_text(row, 1);
	vm->forwards = db_text(row, 2);
}

static void load_volume(struct world *w, sqlite3_stmt *row)
{
	struct vm *vm = row_vm(w, row);
	int role = sqlite3_column_int(row, 2);

	if (!vm || role < 0 || role >= VOL_ROLE_COUNT)
		return;
	vm->has_volume[role] = true;
	vm->volumes[role] = (struct vm_volume){
		.id = sqlite3_column_int64(row, 1),
		.role = (enum vol_role)role,
		.pool = db_text(row, 3),
		.size = (uint64_t)sqlite3_column_int64(row, 4),
		.generation = (uint32_t)sqlite3_column_int64(row, 5),
		.persistent = sqlite3_column_int(row, 6),
		.snapshot = sqlite3_column_int(row, 7),
		.rw = sqlite3_column_int(row, 8),
		.revisions_to_keep = sqlite3_column_int(row, 9),
		.dirty = sqlite3_column_int(row, 10),
	};
}

static void load_revision(struct world *w, sqlite3_stmt *row)
{
	struct vm *vm = row_vm(w, row);
	struct vm_volume *vol;
	struct vm_revision *rev;

	if (!vm)
		return;
	vol = &vm->volumes[sqlite3_column_int(row, 1) % VOL_ROLE_COUNT];
	rev = &array_grow(vol->revisions, vol->revision_count);
	vol->revision_count++;
	rev->id = sqlite3_column_int64(row, 2);
	rev->serial = (uint32_t)sqlite3_column_int64(row, 3);
	rev->created = sqlite3_column_int64(row, 4);
	rev->label = db_text(row, 5);
	rev->pinned = sqlite3_column_int(row, 6);
	rev->live = sqlite3_column_int(row, 7);
}

static void load_pool(struct world *w, sqlite3_stmt *row)
{
	struct world_pool *pool = &array_grow(w->pools, w->pool_count);

	w->pool_count++;
	pool->name = db_text(row, 0);
	pool->driver = db_text(row, 1);
	pool->location = db_text(row, 2);
	pool->revisions_to_keep = sqlite3_column_int(row, 3);
}

static void load_setting(struct world *w, sqlite3_stmt *row)
{
	if (strcmp((const char *)sqlite3_column_text(row, 0), "scratch") == 0)
		w->scratch = db_text(row, 1);
}

/*
 * ?1 is one domain's id for loading it alone, hidden or not; -1: all that are visible, and
 * those in the trash.
 */
static const struct {
	const char *sql;
	row_fn *row;
	bool global; /* the registry alone has it */
} queries[] = {
	{"SELECT d.id, COALESCE(t.name, d.name), d.class, d.uuid,"
	 " CASE WHEN ?1 < 0 THEN t.removed END, t.expires"
	 " FROM @domain d LEFT JOIN @trash t ON t.domain = d.id WHERE CASE WHEN ?1 < 0"
	 " THEN d.visible OR t.domain IS NOT NULL ELSE d.id = ?1 END ORDER BY 2, 5",
	 load_domain},
	{"SELECT domain, name, value, ref FROM @property WHERE ?1 < 0 OR domain = ?1",
	 load_property},
	{"SELECT domain, name, value FROM @feature WHERE ?1 < 0 OR domain = ?1",
	 load_feature},
	{"SELECT domain, name FROM @tag WHERE ?1 < 0 OR domain = ?1", load_tag},
	{"SELECT domain, rules, forwards FROM @firewall WHERE ?1 < 0 OR domain = ?1",
	 load_firewall},
	{"SELECT domain, id, role, pool, size, generation, persistent, snapshot, rw, "
	 "keep,"
	 " dirty FROM @volume WHERE ?1 < 0 OR domain = ?1",
	 load_volume},
	{"SELECT v.domain, v.role, r.id, r.serial, r.created, r.label, r.pinned,"
	 " r.live FROM @revision r JOIN @volume v ON v.id = r.volume"
	 " WHERE ?1 < 0 OR v.domain = ?1 ORDER BY r.volume, r.serial",
	 load_revision},
	{"SELECT name, driver, location, revisions_to_keep FROM @pool WHERE ?1 < 0",
	 load_pool, true},
	{"SELECT name, value FROM @setting WHERE ?1 < 0", load_setting, true},
};

static int load_rows(struct store *s, struct world *w, size_t i, enum db_place place,
		     int64_t only, struct qvm_err *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_prepare_at(s, place, err, &stmt, queries[i].sql, "i", only);

	while (r == 0 && (r = db_step(s, err, stmt)) > 0) {
		queries[i].row(w, stmt);
		r = 0;
	}
	return r;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct vm *)a)->name, ((const struct vm *)b)->name);
}

static int load_all(struct store *s, struct world *w, int64_t only, struct qvm_err *err)
{
	for (size_t i = 0; i < array_len(queries); i++) {
		int r = load_rows(s, w, i, DB_MAIN, only, err);

		if (r == 0 && s->has_run && !queries[i].global)
			r = load_rows(s, w, i, DB_RUN, only, err);
		if (r < 0)
			return r;
		/* The domains come first: rows of the other tables look for them. */
		if (i == 0 && s->has_run && w->vm_count)
			qsort(w->vms, w->vm_count, sizeof(*w->vms), by_name);
	}
	return 0;
}

/* A read transaction of its own, unless a write transaction is open already. */
static int load_world(struct store *s, int64_t only, struct world **ret,
		      struct qvm_err *err)
{
	cleanup_world struct world *w = xcalloc(1, sizeof(*w));
	bool own = !s->in_transaction;
	int r = own ? db_run_look(s, err) : 0;

	if (r == 0 && own)
		r = db_run(s, err, "BEGIN", "");
	if (r < 0)
		return r;
	r = load_all(s, w, only, err);
	if (own)
		(void)sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL); /* it only read */
	if (r == 0)
		*ret = steal(w);
	return r;
}

int store_load(struct store *s, struct world **ret, struct qvm_err *err)
{
	return load_world(s, -1, ret, err);
}

int store_vm_load(struct store *s, int64_t id, struct vm *ret, struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	int r = load_world(s, id, &w, err);

	if (r < 0)
		return r;
	if (w->vm_count == 0)
		return err_set(err, QVM_E_NO_VM, "there is no domain of number %lld",
			       (long long)id);
	*ret = w->vms[0];
	w->vm_count = 0; /* its contents are the caller's now */
	return 0;
}
