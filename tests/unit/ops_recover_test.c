/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a recovery takes for nobody's, while somebody is just about to commit. */
#include "ops/recover.h"

#include <sqlite3.h>

#include "tests/unit/domain_fixture.h"

/* Another process: between two questions of ours to the registry it makes a revision. */
static struct {
	sqlite3 *db;
	const char *
		when; /* a part of the question before which it does; NULL: it does not */
	int result;
} other;

static const char makes_current[] =
	"BEGIN IMMEDIATE;"
	"INSERT INTO revision (volume, serial, created, pinned) VALUES (1, 2, 0, 0);"
	"DELETE FROM intent_item; DELETE FROM intent; COMMIT";

static int before_statement(unsigned what unused, void *arg unused, void *statement,
			    void *text unused)
{
	const char *sql = sqlite3_sql(statement);

	if (!other.when || !sql || !strstr(sql, other.when))
		return 0;
	other.when = NULL;
	other.result = sqlite3_exec(other.db, makes_current, NULL, NULL, NULL);
	if (other.result)
		(void)sqlite3_exec(other.db, "ROLLBACK", NULL, NULL, NULL);
	return 0;
}

static int watch_connection(sqlite3 *db, char **message unused,
			    const struct sqlite3_api_routines *api unused)
{
	return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, before_statement, NULL);
}

/* A volume of the pool; NAMED: by an intent. */
static void make_volume(struct qvm_ctx *ctx, struct store *s, const char *id, bool named)
{
	const struct pool_config config = {"one", "fake", "one"};
	struct pool_step step = {.kind = POOL_CREATE, .size = MIB};
	cleanup(intent_dispose) struct intent in = {.vm_id = 1, .op = INTENT_REVISE};
	struct qvm_err err;
	void *pool;

	memcpy(step.to, id, strlen(id));
	assert_int_equal(pool_fake.open(ctx, &config, &pool, &err), 0);
	assert_int_equal(pool_fake.apply(pool, &step, 1, &err), 0);
	pool_fake.close(pool);
	intent_item_add(&in, "volume", "one", id);
	if (named)
		assert_int_equal(intent_begin(s, &in, &err), 0);
}

static bool has_volume(const struct qvm_ctx *ctx, const char *id)
{
	cleanup_free char *path = xasprintf("%s/fake-pool/one/%s", ctx->state_dir, id);

	return access(path, F_OK) == 0;
}

static void recover(struct qvm_ctx *ctx, struct store *s, const char *when)
{
	struct recovery_list found = {0};
	struct recovering rc = {.ctx = ctx, .s = s, .found = &found};
	cleanup_world struct world *w = NULL;
	struct qvm_err err;

	assert_int_equal(store_load(s, &w, &err), 0);
	other.when = when;
	other.result = -1;
	assert_int_equal(recover_pools(&rc, w, &err), 0);
	recovery_list_dispose(&found);
}

static void a_revision_is_somebodys_at_any_moment(void **state)
{
	static const char *const moments[] = {
		"SELECT d.id, ",	     /* domains */
		"SELECT domain, id, role, ", /* volumes */
		"SELECT v.domain, v.role, ", /* revisions */
		"SELECT id, domain, op, ",   /* intents */
		"SELECT kind, pool, name ",  /* what they name */
	};
	struct qvm_ctx ctx = {.load_pool = load_fake};
	cleanup_free char *db = NULL;

	ctx.state_dir = xasprintf("%s/state", (char *)*state);
	ctx.run_dir = xasprintf("%s/run", (char *)*state);
	db = xasprintf("%s/qvm.db", ctx.state_dir);
	sqlite3_auto_extension((void (*)(void))watch_connection);
	for (size_t i = 0; i < array_len(moments); i++) {
		cleanup_store struct store *s = NULL;
		struct qvm_err err;

		assert_int_equal(store_open(&ctx, STORE_CREATE, &s, &err), 0);
		domain_make(&ctx, s);
		make_volume(&ctx, s, "v1-r2", true);
		make_volume(&ctx, s, "v9-g1", false);
		assert_int_equal(sqlite3_open(db, &other.db), SQLITE_OK);
		recover(&ctx, s, moments[i]);
		assert_int_not_equal(other.result, -1); /* it has tried */
		assert_true(has_volume(&ctx, "v1-r2"));
		assert_true(has_volume(&ctx, "v1-g1"));
		assert_false(has_volume(&ctx, "v9-g1"));
		sqlite3_close(other.db);
		store_close(steal(s));
		assert_int_equal(tree_remove(ctx.state_dir), 0);
	}
	sqlite3_reset_auto_extension();
	free(ctx.state_dir);
	free(ctx.run_dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_revision_is_somebodys_at_any_moment,
						folder_setup, folder_teardown),
	};

	return cmocka_run_group_tests_name("ops_recover", tests, NULL, NULL);
}
