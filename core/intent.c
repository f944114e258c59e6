/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <unistd.h>

#include "core/store_db.h"
#include "lib/alloc.h"
#include "lib/proc.h"

const char *const intent_op_names[INTENT_OP_COUNT] = {
	[INTENT_CREATE] = "create",
	[INTENT_REMOVE] = "remove",
	[INTENT_RUN] = "run",
	[INTENT_REVISE] = "revise",
};

void intent_dispose(struct intent *in)
{
	for (size_t i = 0; i < in->item_count; i++) {
		free(in->items[i].kind);
		free(in->items[i].pool);
		free(in->items[i].name);
	}
	free(in->items);
	*in = (struct intent){0};
}

void intents_free(struct intent *in, size_t n)
{
	for (size_t i = 0; i < n; i++)
		intent_dispose(&in[i]);
	free(in);
}

void intent_item_add(struct intent *in, const char *kind, const char *pool,
		     const char *name)
{
	struct intent_item *item = &array_grow(in->items, in->item_count);

	in->item_count++;
	item->kind = xstrdup(kind);
	item->pool = xstrdup(pool);
	item->name = xstrdup(name);
}

static void own(struct intent *in)
{
	in->owner_pid = getpid();
	if (proc_start_time(getpid(), &in->owner_start) < 0)
		in->owner_start = 0; /* no /proc: then the pid alone has to do */
}

int intent_begin(struct store *s, struct intent *in, struct qvm_err *err)
{
	enum db_place place = db_place_of_vm(in->vm_id);
	bool own_tx;
	int r = db_enter(s, &own_tx, err);

	if (r < 0)
		return r;
	own(in);
	r = db_run_at(s, place, err,
		      "INSERT INTO @intent (domain, op, pid, start) VALUES (?, ?, ?, ?)",
		      "iiii", in->vm_id, (int64_t)in->op, in->owner_pid,
		      (int64_t)in->owner_start);
	in->id = sqlite3_last_insert_rowid(s->db);
	for (size_t i = 0; r == 0 && i < in->item_count; i++)
		r = db_run_at(s, place, err,
			      "INSERT INTO @intent_item (intent, seq, kind, pool, name)"
			      " VALUES (?, ?, ?, ?, ?)",
			      "iisss", in->id, (int64_t)i, in->items[i].kind,
			      in->items[i].pool, in->items[i].name);
	return db_leave(s, own_tx, r, err);
}

int intent_end(struct store *s, int64_t intent_id, struct qvm_err *err)
{
	return db_run_at(s, db_place_of_row(intent_id), err,
			 "DELETE FROM @intent WHERE id = ?", "i", intent_id);
}

int intent_adopt(struct store *s, int64_t intent_id, struct qvm_err *err)
{
	struct intent me = {0};

	own(&me);
	return db_run_at(s, db_place_of_row(intent_id), err,
			 "UPDATE @intent SET pid = ?, start = ? WHERE id = ?", "iii",
			 me.owner_pid, (int64_t)me.owner_start, intent_id);
}

static int list_items(struct store *s, struct intent *in, struct qvm_err *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_prepare_at(s, db_place_of_row(in->id), err, &stmt,
			      "SELECT kind, pool, name FROM @intent_item WHERE intent = ?"
			      " ORDER BY seq",
			      "i", in->id);

	while (r == 0 && (r = db_step(s, err, stmt)) > 0) {
		intent_item_add(in, (const char *)sqlite3_column_text(stmt, 0),
				(const char *)sqlite3_column_text(stmt, 1),
				(const char *)sqlite3_column_text(stmt, 2));
		r = 0;
	}
	return r;
}

static int list_at(struct store *s, enum db_place place, struct intent **all, size_t *n,
		   struct qvm_err *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_prepare_at(s, place, err, &stmt,
			      "SELECT id, domain, op, pid, start FROM @intent"
			      " ORDER BY id",
			      "");

	while (r == 0 && (r = db_step(s, err, stmt)) > 0) {
		struct intent *in = &array_grow(*all, *n);

		(*n)++;
		in->id = sqlite3_column_int64(stmt, 0);
		in->vm_id = sqlite3_column_int64(stmt, 1);
		in->op = (enum intent_op)(sqlite3_column_int(stmt, 2) % INTENT_OP_COUNT);
		in->owner_pid = sqlite3_column_int64(stmt, 3);
		in->owner_start = (uint64_t)sqlite3_column_int64(stmt, 4);
		r = list_items(s, in, err);
	}
	return r;
}

int intent_list(struct store *s, struct intent **ret, size_t *ret_n, struct qvm_err *err)
{
	struct intent *all = NULL;
	size_t n = 0;
	int r = db_run_look(s, err);

	if (r == 0)
		r = list_at(s, DB_MAIN, &all, &n, err);
	if (r == 0 && s->has_run)
		r = list_at(s, DB_RUN, &all, &n, err);
	if (r < 0) {
		intents_free(all, n);
		return r;
	}
	*ret = all;
	*ret_n = n;
	return 0;
}

bool intent_owner_alive(const struct intent *in)
{
	uint64_t start;

	return proc_start_time((pid_t)in->owner_pid, &start) == 0 &&
	       start == in->owner_start;
}
