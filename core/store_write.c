/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "core/store_db.h"
#include "lib/alloc.h"

static int lowest_free_id(struct store *s, int64_t *ret, struct qvm_err *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_prepare(s, err, &stmt,
			   "SELECT MIN(id) + 1 FROM domain d WHERE NOT EXISTS"
			   " (SELECT 1 FROM domain n WHERE n.id = d.id + 1)",
			   "");

	if (r == 0)
		r = db_step(s, err, stmt);
	if (r < 0)
		return r;
	*ret = sqlite3_column_int64(stmt, 0);
	if (*ret > QVM_ID_MAX)
		return err_set(err, QVM_E_FAILED, "there are %d domains already",
			       QVM_ID_MAX);
	return 0;
}

static int name_is_free_at(struct store *s, enum db_place place, const char *name,
			   struct qvm_err *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_prepare_at(s, place, err, &stmt,
			      "SELECT visible FROM @domain WHERE name = ?", "s", name);

	if (r == 0)
		r = db_step(s, err, stmt);
	if (r <= 0)
		return r;
	return err_set(
		err, QVM_E_EXISTS, "the name '%s' is taken%s", name,
		sqlite3_column_int(stmt, 0)
			? ""
			: " by a domain that is being made or removed (qvm-recover "
			  "finishes what was interrupted)");
}

static int name_is_free(struct store *s, const char *name, struct qvm_err *err)
{
	int r = name_is_free_at(s, DB_MAIN, name, err);

	return r < 0 || !s->has_run ? r : name_is_free_at(s, DB_RUN, name, err);
}

static int add_volume(struct store *s, int64_t vm_id, struct vm_volume *vol,
		      struct qvm_err *err)
{
	int r = db_run_at(s, db_place_of_vm(vm_id), err,
			  "INSERT INTO @volume (domain, role, pool, size, generation,"
			  " persistent, snapshot, rw, keep, dirty)"
			  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			  "iisiiiiiii", vm_id, (int64_t)vol->role, vol->pool,
			  (int64_t)vol->size, (int64_t)vol->generation,
			  (int64_t)vol->persistent, (int64_t)vol->snapshot,
			  (int64_t)vol->rw, (int64_t)vol->revisions_to_keep,
			  (int64_t)vol->dirty);

	vol->id = sqlite3_last_insert_rowid(s->db);
	for (size_t i = 0; r == 0 && i < vol->revision_count; i++)
		r = store_revision_add(s, vol->id, &vol->revisions[i], err);
	return r;
}

static int add_parts(struct store *s, struct vm *vm, struct qvm_err *err)
{
	int r = 0;

	for (int i = 0; r == 0 && i < PROP_COUNT; i++) {
		struct prop_change change = {.id = (enum prop_id)i,
					     .text = vm->props[i].text,
					     .ref = vm->props[i].ref};

		if (vm->props[i].set)
			r = store_prop_set(s, vm->id, &change, err);
	}
	for (size_t i = 0; r == 0 && i < vm->feature_count; i++)
		r = store_feature_set(s, vm->id, vm->features[i].name,
				      vm->features[i].value, err);
	for (size_t i = 0; r == 0 && i < vm->tags.n; i++)
		r = store_tag_set(s, vm->id, vm->tags.v[i], true, err);
	if (r == 0 && (vm->firewall || vm->forwards))
		r = store_firewall_set(s, vm->id, vm->firewall, vm->forwards, err);
	for (int i = 0; r == 0 && i < VOL_ROLE_COUNT; i++)
		if (vm->has_volume[i])
			r = add_volume(s, vm->id, &vm->volumes[i], err);
	return r;
}

int store_vm_add(struct store *s, struct vm *vm, struct qvm_err *err)
{
	bool own;
	int r = db_enter(s, &own, err);

	if (r < 0)
		return r;
	r = name_is_free(s, vm->name, err);
	if (r == 0 && vm->id == 0)
		r = lowest_free_id(s, &vm->id, err);
	if (r == 0)
		r = db_run_at(
			s, db_place_of_vm(vm->id), err,
			"INSERT INTO @domain (id, name, class, uuid) VALUES (?, ?, ?, ?)",
			"isib", vm->id, vm->name, (int64_t)vm->klass, vm->uuid.b,
			sizeof(vm->uuid.b));
	if (r == 0)
		r = add_parts(s, vm, err);
	return db_leave(s, own, r, err);
}

int store_vm_publish(struct store *s, int64_t id, bool visible, struct qvm_err *err)
{
	return db_run_at(s, db_place_of_vm(id), err,
			 "UPDATE @domain SET visible = ? WHERE id = ?", "ii",
			 (int64_t)visible, id);
}

/* What one database refers to in the other, only a question protects. */
static int check_disposables(struct store *s, int64_t id, struct qvm_err *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r;

	if (!s->has_run || db_place_of_vm(id) == DB_RUN)
		return 0;
	r = db_prepare(s, err, &stmt, "SELECT domain FROM run.property WHERE ref = ?",
		       "i", id);
	if (r == 0)
		r = db_step(s, err, stmt);
	return r > 0 ? err_set(err, QVM_E_IN_USE, "a disposable uses it") : r;
}

int store_vm_remove(struct store *s, int64_t id, struct qvm_err *err)
{
	enum db_place place = db_place_of_vm(id);
	bool own;
	int r = db_enter(s, &own, err);

	if (r < 0)
		return r;
	r = check_disposables(s, id, err);
	if (r == 0)
		r = db_run_at(s, place, err, "DELETE FROM @property WHERE domain = ?",
			      "i", id);
	/* What is in the trash keeps nobody from going. */
	if (r == 0)
		r = db_run(s, err,
			   "DELETE FROM property WHERE ref = ? AND domain IN"
			   " (SELECT domain FROM trash)",
			   "i", id);
	if (r == 0)
		r = db_run_at(s, place, err, "DELETE FROM @domain WHERE id = ?", "i", id);
	return db_leave(s, own, r, err);
}

int store_vm_rename(struct store *s, int64_t id, const char *name, struct qvm_err *err)
{
	bool own;
	int r = db_enter(s, &own, err);

	if (r < 0)
		return r;
	r = name_is_free(s, name, err);
	if (r == 0)
		r = db_run_at(s, db_place_of_vm(id), err,
			      "UPDATE @domain SET name = ? WHERE id = ?", "si", name, id);
	return db_leave(s, own, r, err);
}

int store_prop_set(struct store *s, int64_t vm_id, const struct prop_change *change,
		   struct qvm_err *err)
{
	const char *name = prop_defs[change->id].name;

	enum db_place place = db_place_of_vm(vm_id);

	if (change->unset)
		return db_run_at(s, place, err,
				 "DELETE FROM @property WHERE domain = ? AND name = ?",
				 "is", vm_id, name);
	return db_run_at(s, place, err,
			 "INSERT OR REPLACE INTO @property (domain, name, value, ref)"
			 " VALUES (?, ?, ?, NULLIF(?, 0))",
			 "issi", vm_id, name, change->text, change->ref);
}

int store_feature_set(struct store *s, int64_t vm_id, const char *name, const char *value,
		      struct qvm_err *err)
{
	enum db_place place = db_place_of_vm(vm_id);

	if (!value)
		return db_run_at(s, place, err,
				 "DELETE FROM @feature WHERE domain = ? AND name = ?",
				 "is", vm_id, name);
	return db_run_at(s, place, err,
			 "INSERT OR REPLACE INTO @feature (domain, name, value)"
			 " VALUES (?, ?, ?)",
			 "iss", vm_id, name, value);
}

int store_tag_set(struct store *s, int64_t vm_id, const char *tag, bool present,
		  struct qvm_err *err)
{
	return db_run_at(
		s, db_place_of_vm(vm_id), err,
		present ? "INSERT OR IGNORE INTO @tag (domain, name) VALUES (?, ?)"
			: "DELETE FROM @tag WHERE domain = ? AND name = ?",
		"is", vm_id, tag);
}

int store_firewall_set(struct store *s, int64_t vm_id, const char *rules,
		       const char *forwards, struct qvm_err *err)
{
	enum db_place place = db_place_of_vm(vm_id);

	if (!rules && !forwards)
		return db_run_at(s, place, err, "DELETE FROM @firewall WHERE domain = ?",
				 "i", vm_id);
	return db_run_at(s, place, err,
			 "INSERT OR REPLACE INTO @firewall (domain, rules, forwards)"
			 " VALUES (?, ?, ?)",
			 "iss", vm_id, rules, forwards);
}

int store_volume_update(struct store *s, const struct vm_volume *vol, struct qvm_err *err)
{
	return db_run_at(s, db_place_of_row(vol->id), err,
			 "UPDATE @volume SET pool = ?, size = ?, generation = ?, rw = ?,"
			 " keep = ?, dirty = ? WHERE id = ?",
			 "siiiiii", vol->pool, (int64_t)vol->size,
			 (int64_t)vol->generation, (int64_t)vol->rw,
			 (int64_t)vol->revisions_to_keep, (int64_t)vol->dirty, vol->id);
}

int store_revision_add(struct store *s, int64_t volume_id, struct vm_revision *rev,
		       struct qvm_err *err)
{
	int r = db_run(s, err,
		       "INSERT INTO revision (volume, serial, created, label, pinned,"
		       " live) VALUES (?, ?, ?, ?, ?, ?)",
		       "iiisii", volume_id, (int64_t)rev->serial, rev->created,
		       rev->label, (int64_t)rev->pinned, (int64_t)rev->live);

	if (r == 0)
		rev->id = sqlite3_last_insert_rowid(s->db);
	return r;
}

int store_revision_update(struct store *s, const struct vm_revision *rev,
			  struct qvm_err *err)
{
	return db_run(s, err,
		      "UPDATE revision SET serial = ?, label = ?, pinned = ?"
		      " WHERE id = ?",
		      "isii", (int64_t)rev->serial, rev->label, (int64_t)rev->pinned,
		      rev->id);
}

int store_revision_remove(struct store *s, int64_t revision_id, struct qvm_err *err)
{
	return db_run(s, err, "DELETE FROM revision WHERE id = ?", "i", revision_id);
}

/* A name that no domain can be given makes room for the old one. */
int store_trash_put(struct store *s, const struct vm *vm, int64_t removed,
		    int64_t expires, struct qvm_err *err)
{
	bool own;
	int r = db_enter(s, &own, err);

	if (r < 0)
		return r;
	r = db_run(s, err,
		   "INSERT INTO trash (domain, name, removed, expires)"
		   " VALUES (?, ?, ?, ?)",
		   "isii", vm->id, vm->name, removed, expires);
	if (r == 0)
		r = db_run(s, err,
			   "UPDATE domain SET visible = 0, name = '.trash-' || id"
			   " WHERE id = ?",
			   "i", vm->id);
	return db_leave(s, own, r, err);
}

int store_trash_restore(struct store *s, int64_t id, const char *name,
			struct qvm_err *err)
{
	bool own;
	int r = db_enter(s, &own, err);

	if (r < 0)
		return r;
	r = store_vm_rename(s, id, name, err);
	if (r == 0)
		r = store_trash_forget(s, id, err);
	if (r == 0)
		r = store_vm_publish(s, id, true, err);
	return db_leave(s, own, r, err);
}

int store_trash_forget(struct store *s, int64_t id, struct qvm_err *err)
{
	return db_run(s, err, "DELETE FROM trash WHERE domain = ?", "i", id);
}

int store_pool_put(struct store *s, const struct world_pool *pool, struct qvm_err *err)
{
	return db_run(s, err,
		      "INSERT OR REPLACE INTO pool (name, driver, location,"
		      " revisions_to_keep) VALUES (?, ?, ?, ?)",
		      "sssi", pool->name, pool->driver, pool->location,
		      (int64_t)pool->revisions_to_keep);
}

int store_pool_remove(struct store *s, const char *name, struct qvm_err *err)
{
	return db_run(s, err, "DELETE FROM pool WHERE name = ?", "s", name);
}

int store_scratch_set(struct store *s, const char *location, struct qvm_err *err)
{
	return db_run(
		s, err,
		"INSERT OR REPLACE INTO setting (name, value) VALUES ('scratch', ?)", "s",
		location);
}
