/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/store.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/test.h"

static struct qvm_ctx context_in(const char *folder)
{
	return (struct qvm_ctx){
		.state_dir = xasprintf("%s/state", folder),
		.run_dir = xasprintf("%s/run", folder),
	};
}

static struct store *opened(struct qvm_ctx *ctx, enum store_mode mode)
{
	struct qvm_err err = QVM_ERR_INIT;
	struct store *s = NULL;

	if (store_open(ctx, mode, &s, &err) < 0)
		fail_msg("%s", err.text);
	return s;
}

static struct world *loaded(struct store *s)
{
	struct qvm_err err = QVM_ERR_INIT;
	struct world *w = NULL;

	if (store_load(s, &w, &err) < 0)
		fail_msg("%s", err.text);
	return w;
}

static void fine(int r, const struct qvm_err *err)
{
	if (r < 0)
		fail_msg("%d: %s", r, err->text);
}

/* A domain with one of everything. */
static void make_vm(struct vm *vm, const char *name, enum vm_class klass, uint8_t uuid)
{
	struct vm_volume *vol = &vm->volumes[VOL_PRIVATE];

	*vm = (struct vm){.klass = klass, .uuid.b[0] = uuid};
	strcpy(vm->name, name);
	vm->props[PROP_LABEL] = (struct vm_prop){.set = true, .text = xstrdup("red")};
	vm->props[PROP_KERNEL] = (struct vm_prop){.set = true};
	vm->features = xcalloc(1, sizeof(*vm->features));
	vm->features[0] = (struct vm_feature){xstrdup("service.x"), xstrdup("1")};
	vm->feature_count = 1;
	strv_add(&vm->tags, "created-by-dom0");
	vm->has_volume[VOL_PRIVATE] = true;
	*vol = (struct vm_volume){.role = VOL_PRIVATE,
				  .pool = xstrdup("default"),
				  .size = UINT64_C(5) << 40,
				  .generation = 3,
				  .persistent = true,
				  .rw = true,
				  .revisions_to_keep = -1,
				  .dirty = true};
}

static int64_t add_vm(struct store *s, const char *name, enum vm_class klass,
		      uint8_t uuid)
{
	cleanup(vm_dispose) struct vm vm;
	struct qvm_err err = QVM_ERR_INIT;

	make_vm(&vm, name, klass, uuid);
	fine(store_vm_add(s, &vm, &err), &err);
	fine(store_vm_publish(s, vm.id, true, &err), &err);
	return vm.id;
}

static void gives_back_what_was_put_in(void **state)
{
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);
	cleanup_store struct store *s = opened(&ctx, STORE_CREATE);
	cleanup_world struct world *w = NULL;
	const struct vm_volume *vol;
	const struct vm *vm;

	add_vm(s, "work", CLASS_APP, 7);
	store_close(steal(s));
	s = opened(&ctx, STORE_READ);
	w = loaded(s);
	assert_int_equal(w->vm_count, 2);
	assert_string_equal(w->vms[0].name, "dom0");
	assert_int_equal(w->vms[0].klass, CLASS_ADMIN);
	vm = world_vm(w, "work");
	assert_non_null(vm);
	assert_int_equal(vm->id, 1);
	assert_int_equal(vm->klass, CLASS_APP);
	assert_int_equal(vm->uuid.b[0], 7);
	assert_ptr_equal(world_vm_by_uuid(w, &vm->uuid), vm);
	assert_string_equal(vm->props[PROP_LABEL].text, "red");
	assert_true(vm->props[PROP_KERNEL].set);
	assert_null(vm->props[PROP_KERNEL].text);
	assert_false(vm->props[PROP_MEMORY].set);
	assert_string_equal(vm_feature(vm, "service.x"), "1");
	assert_int_equal(vm->tags.n, 1);
	assert_false(vm->has_volume[VOL_ROOT]);
	assert_true(vm->has_volume[VOL_PRIVATE]);
	vol = &vm->volumes[VOL_PRIVATE];
	assert_true(vol->id > 0);
	assert_string_equal(vol->pool, "default");
	assert_true(vol->size == UINT64_C(5) << 40);
	assert_int_equal(vol->generation, 3);
	assert_int_equal(vol->revisions_to_keep, -1);
	assert_true(vol->persistent && vol->rw && vol->dirty && !vol->snapshot);
	assert_int_equal(vm->live.state, STATE_UNKNOWN);
}

static void hidden_domains_hold_their_name(void **state)
{
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);
	cleanup_store struct store *s = opened(&ctx, STORE_CREATE);
	cleanup_world struct world *w = NULL;
	cleanup(vm_dispose) struct vm vm;
	cleanup(vm_dispose) struct vm again = {0};
	struct qvm_err err = QVM_ERR_INIT;

	make_vm(&vm, "work", CLASS_APP, 1);
	fine(store_vm_add(s, &vm, &err), &err);
	w = loaded(s);
	assert_null(world_vm(w, "work"));
	fine(store_vm_load(s, vm.id, &again, &err), &err);
	assert_string_equal(again.name, "work");
	vm_dispose(&again);
	make_vm(&again, "work", CLASS_APP, 2);
	assert_int_equal(store_vm_add(s, &again, &err), -QVM_E_EXISTS);
	fine(store_vm_remove(s, vm.id, &err), &err);
	assert_int_equal(store_vm_load(s, vm.id, &(struct vm){0}, &err), -QVM_E_NO_VM);
}

static void ids_are_the_lowest_free_ones(void **state)
{
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);
	cleanup_store struct store *s = opened(&ctx, STORE_CREATE);
	struct qvm_err err = QVM_ERR_INIT;

	assert_int_equal(add_vm(s, "a", CLASS_TEMPLATE, 1), 1);
	assert_int_equal(add_vm(s, "b", CLASS_TEMPLATE, 2), 2);
	assert_int_equal(add_vm(s, "c", CLASS_TEMPLATE, 3), 3);
	fine(store_vm_remove(s, 2, &err), &err);
	assert_int_equal(add_vm(s, "d", CLASS_TEMPLATE, 4), 2);
	assert_int_equal(add_vm(s, "e", CLASS_TEMPLATE, 5), 4);
}

static void renaming_keeps_references(void **state)
{
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);
	cleanup_store struct store *s = opened(&ctx, STORE_CREATE);
	cleanup_world struct world *w = NULL;
	struct qvm_err err = QVM_ERR_INIT;
	int64_t net = add_vm(s, "net", CLASS_APP, 1);
	int64_t work = add_vm(s, "work", CLASS_APP, 2);
	struct prop_change change = {.id = PROP_NETVM, .ref = net};
	struct prop_change global = {.id = PROP_G_DEFAULT_NETVM, .ref = net};

	fine(store_prop_set(s, work, &change, &err), &err);
	fine(store_prop_set(s, -1, &global, &err), &err);
	fine(store_vm_rename(s, net, "sys-net", &err), &err);
	assert_int_equal(store_vm_rename(s, net, "work", &err), -QVM_E_EXISTS);
	w = loaded(s);
	assert_string_equal(prop_vm(w, world_vm(w, "work"), PROP_NETVM)->name, "sys-net");
	assert_string_equal(prop_vm(w, NULL, PROP_G_DEFAULT_NETVM)->name, "sys-net");
	assert_true(store_vm_remove(s, net, &err) < 0);
}

static void unset_features_and_tags_go(void **state)
{
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);
	cleanup_store struct store *s = opened(&ctx, STORE_CREATE);
	cleanup_world struct world *w = NULL;
	struct qvm_err err = QVM_ERR_INIT;
	int64_t id = add_vm(s, "work", CLASS_APP, 1);
	struct prop_change change = {.id = PROP_LABEL, .unset = true};
	const struct vm *vm;

	fine(store_prop_set(s, id, &change, &err), &err);
	fine(store_feature_set(s, id, "service.x", NULL, &err), &err);
	fine(store_feature_set(s, id, "empty", "", &err), &err);
	fine(store_feature_set(s, id, "empty", "2", &err), &err);
	fine(store_tag_set(s, id, "created-by-dom0", false, &err), &err);
	fine(store_tag_set(s, id, "t", true, &err), &err);
	fine(store_tag_set(s, id, "t", true, &err), &err);
	w = loaded(s);
	vm = world_vm(w, "work");
	assert_false(vm->props[PROP_LABEL].set);
	assert_int_equal(vm->feature_count, 1);
	assert_string_equal(vm_feature(vm, "empty"), "2");
	assert_int_equal(vm->tags.n, 1);
	assert_true(strv_has(&vm->tags, "t"));
}

static void a_transaction_is_all_or_nothing(void **state)
{
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);
	cleanup_store struct store *s = opened(&ctx, STORE_CREATE);
	cleanup_store struct store *other = opened(&ctx, STORE_READ);
	cleanup_world struct world *w = NULL;
	struct qvm_err err = QVM_ERR_INIT;

	fine(store_begin(s, &err), &err);
	add_vm(s, "a", CLASS_TEMPLATE, 1);
	store_rollback(s);
	fine(store_begin(s, &err), &err);
	add_vm(s, "b", CLASS_TEMPLATE, 2);
	w = loaded(other);
	assert_int_equal(w->vm_count, 1);
	world_free(steal(w));
	fine(store_commit(s, &err), &err);
	w = loaded(other);
	assert_int_equal(w->vm_count, 2);
	assert_non_null(world_vm(w, "b"));
	world_free(steal(w));
	fine(store_begin(s, &err), &err);
	add_vm(s, "c", CLASS_TEMPLATE, 3);
	store_close(steal(s)); /* closing takes it back */
	w = loaded(other);
	assert_null(world_vm(w, "c"));
}

static void a_killed_writer_leaves_nothing(void **state)
{
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);
	cleanup_store struct store *s = opened(&ctx, STORE_CREATE);
	cleanup_world struct world *w = NULL;
	int fds[2];
	char byte;
	pid_t pid;

	add_vm(s, "before", CLASS_TEMPLATE, 1);
	store_close(steal(s));
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		struct store *mine = opened(&ctx, STORE_WRITE);
		struct qvm_err err = QVM_ERR_INIT;

		fine(store_begin(mine, &err), &err);
		add_vm(mine, "half", CLASS_TEMPLATE, 2);
		if (write(fds[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(fds[0], &byte, 1), 1);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	s = opened(&ctx, STORE_WRITE);
	w = loaded(s);
	assert_non_null(world_vm(w, "before"));
	assert_null(world_vm(w, "half"));
	assert_int_equal(add_vm(s, "half", CLASS_TEMPLATE, 2), 2);
	close(fds[0]);
	close(fds[1]);
}

static void set_version(struct qvm_ctx *ctx, const char *pragma)
{
	cleanup_free char *path = ctx_state_path(ctx, "qvm.db");
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, pragma, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void refuses_what_it_does_not_know(void **state)
{
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);
	cleanup_free char *path = ctx_state_path(&ctx, "qvm.db");
	struct store *s = NULL;
	struct qvm_err err = QVM_ERR_INIT;

	assert_int_equal(store_open(&ctx, STORE_READ, &s, &err), -QVM_E_DATABASE);
	assert_non_null(strstr(err.text, "qvm-init"));
	assert_int_equal(access(path, F_OK), -1);
	store_close(opened(&ctx, STORE_CREATE));
	set_version(&ctx, "PRAGMA user_version = 99");
	for (int mode = STORE_READ; mode <= STORE_CREATE; mode++) {
		err = QVM_ERR_INIT;
		assert_int_equal(store_open(&ctx, (enum store_mode)mode, &s, &err),
				 -QVM_E_DATABASE);
		assert_non_null(strstr(err.text, "newer"));
		assert_null(s);
	}
	assert_int_equal(
		file_replace(path, "no database, but long enough to be one", 38, 0600, 0),
		0);
	assert_int_equal(store_open(&ctx, STORE_READ, &s, &err), -QVM_E_DATABASE);
}

static void making_it_twice_is_fine(void **state)
{
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);
	cleanup_store struct store *s = opened(&ctx, STORE_CREATE);
	cleanup_world struct world *w = NULL;
	struct world_pool pool = {"default", "lvm", "vg/pool", 2};
	struct qvm_err err = QVM_ERR_INIT;

	fine(store_pool_put(s, &pool, &err), &err);
	fine(store_scratch_set(s, "vg/scratch", &err), &err);
	store_close(steal(s));
	s = opened(&ctx, STORE_CREATE);
	pool.revisions_to_keep = 5;
	fine(store_pool_put(s, &pool, &err), &err);
	w = loaded(s);
	assert_int_equal(w->pool_count, 1);
	assert_int_equal(w->pools[0].revisions_to_keep, 5);
	assert_string_equal(world_pool(w, "default")->location, "vg/pool");
	assert_string_equal(w->scratch, "vg/scratch");
}

static void keeps_revisions_in_order(void **state)
{
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);
	cleanup_store struct store *s = opened(&ctx, STORE_CREATE);
	cleanup_world struct world *w = NULL;
	struct qvm_err err = QVM_ERR_INIT;
	struct vm_revision revisions[3] = {{.serial = 1, .created = 100},
					   {.serial = 2, .created = 90, .pinned = true},
					   {.serial = 3, .created = 95}};
	const struct vm_volume *vol;
	struct vm_volume changed;

	add_vm(s, "work", CLASS_APP, 1);
	w = loaded(s);
	changed = world_vm(w, "work")->volumes[VOL_PRIVATE];
	for (size_t i = 0; i < array_len(revisions); i++)
		fine(store_revision_add(s, changed.id, &revisions[i], &err), &err);
	assert_true(store_revision_add(s, changed.id, &revisions[0], &err) < 0);
	fine(store_revision_remove(s, revisions[0].id, &err), &err);
	changed.generation = 4;
	changed.dirty = false;
	fine(store_volume_update(s, &changed, &err), &err);
	world_free(steal(w));
	w = loaded(s);
	vol = &world_vm(w, "work")->volumes[VOL_PRIVATE];
	assert_int_equal(vol->revision_count, 2);
	assert_int_equal(vol->revisions[0].serial, 2);
	assert_true(vol->revisions[0].pinned);
	assert_int_equal(vol_newest(vol)->serial, 3);
	assert_int_equal(vol->generation, 4);
	assert_false(vol->dirty);
}

static void intents_outlive_their_owner(void **state)
{
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);
	cleanup_store struct store *s = opened(&ctx, STORE_CREATE);
	struct intent in = {.vm_id = 5, .op = INTENT_CREATE};
	struct intent *list = NULL;
	struct qvm_err err = QVM_ERR_INIT;
	size_t n = 0;

	intent_item_add(&in, "volume", "default", "v1-g1");
	intent_item_add(&in, "folder", NULL, "/run/x");
	fine(intent_begin(s, &in, &err), &err);
	fine(intent_list(s, &list, &n, &err), &err);
	assert_int_equal(n, 1);
	assert_int_equal(list[0].vm_id, 5);
	assert_int_equal(list[0].op, INTENT_CREATE);
	assert_int_equal(list[0].item_count, 2);
	assert_string_equal(list[0].items[0].name, "v1-g1");
	assert_null(list[0].items[1].pool);
	assert_true(intent_owner_alive(&list[0]));
	list[0].owner_start++;
	assert_false(intent_owner_alive(&list[0]));
	intents_free(list, n);
	fine(intent_adopt(s, in.id, &err), &err);
	fine(intent_end(s, in.id, &err), &err);
	fine(intent_list(s, &list, &n, &err), &err);
	assert_int_equal(n, 0);
	intents_free(list, n);
	intent_dispose(&in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(gives_back_what_was_put_in),
		in_folder(hidden_domains_hold_their_name),
		in_folder(ids_are_the_lowest_free_ones),
		in_folder(renaming_keeps_references),
		in_folder(unset_features_and_tags_go),
		in_folder(a_transaction_is_all_or_nothing),
		in_folder(a_killed_writer_leaves_nothing),
		in_folder(refuses_what_it_does_not_know),
		in_folder(making_it_twice_is_fine),
		in_folder(keeps_revisions_in_order),
		in_folder(intents_outlive_their_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
