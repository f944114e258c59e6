/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policy on disk: cache, changes by qubes-policy, and the registry's facts. */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/vm.h"
#include "qrexec/policy_load.h"
#include "qrexec/policy_world.h"
#include "tests/unit/qrexec_policy_test.h"

static char *path_in(const char *root, const char *path)
{
	return xasprintf("%s%s", root, path);
}

static void put(const char *root, const char *path, const char *text)
{
	cleanup_free char *full = path_in(root, path);
	cleanup_free char *dir = xstrdup(full);

	*strrchr(dir, '/') = '\0';
	assert_int_equal(dir_make(dir, 0755), 0);
	assert_int_equal(file_replace(full, text, strlen(text), 0644, 0), 0);
}

/* What was just written is not taken as known for a while. */
static void wait_a_tick(void)
{
	usleep(150000);
}

static const char *decide(struct policy_cache *c)
{
	cleanup_decision struct policy_decision d = POLICY_DECISION_INIT;

	policy_decide(policy_cache_get(c, NULL), &test_system,
		      &(struct policy_request){"q", NULL, "work", "vault"}, &d);
	return policy_action_names[d.action];
}

static void test_cache_follows(void **state)
{
	const char *root = *state;
	cleanup_policy_cache struct policy_cache *c = policy_cache_new(root);
	cleanup_free char *link = path_in(root, POLICY_DIR "/40.policy");
	cleanup_free char *user = path_in(root, POLICY_DIR "/30.policy");

	assert_string_equal(decide(c), "deny");
	put(root, POLICY_DIR "/30.policy", "q * work vault allow\n");
	assert_string_equal(decide(c), "allow");
	put(root, POLICY_DIR "/30.policy", "q * work vault ask\n");
	assert_string_equal(decide(c), "ask");
	/* one that goes before it, in the other folder */
	put(root, POLICY_RUN_DIR "/20.policy", "q * work vault allow\n");
	assert_string_equal(decide(c), "allow");
	/* and one that hides it */
	put(root, POLICY_RUN_DIR "/20.policy", "");
	put(root, POLICY_RUN_DIR "/30.policy", "");
	assert_string_equal(decide(c), "deny");
	put(root, POLICY_RUN_DIR "/30.policy", "!include x\n");
	assert_string_equal(decide(c), "deny");
	put(root, POLICY_RUN_DIR "/x", "* * * * allow\n");
	assert_string_equal(decide(c), "allow");
	put(root, POLICY_RUN_DIR "/x", "wrong\n");
	assert_string_equal(decide(c), "deny");
	put(root, POLICY_RUN_DIR "/x", "");
	put(root, "/elsewhere", "q * * * allow");
	assert_int_equal(symlink("../../../elsewhere", link), 0);
	assert_string_equal(decide(c), "allow");
	put(root, "/elsewhere", "q * * * deny ");
	assert_string_equal(decide(c), "deny");
	assert_int_equal(unlink(user), 0);
	assert_string_equal(decide(c), "deny");
}

/* What was written within the last tick is read again, though it looks the same. */
static void test_cache_distrusts_haste(void **state)
{
	const char *root = *state;
	bool changed = false;

	/* a machine that is held up for a whole tick gets another try */
	for (int i = 0; i < 20 && !changed; i++) {
		cleanup_policy_cache struct policy_cache *c = policy_cache_new(root);

		put(root, POLICY_DIR "/30.policy", "");
		(void)policy_cache_get(c, NULL);
		(void)policy_cache_get(c, &changed);
	}
	assert_true(changed);
}

/* An included file's folder is not looked at, so the file itself has to be. */
static void test_cache_misses_what_goes(void **state)
{
	const char *root = *state;
	cleanup_policy_cache struct policy_cache *c = policy_cache_new(root);
	cleanup_free char *file = path_in(root, POLICY_DIR "/include/x");

	put(root, POLICY_DIR "/30.policy", "!include include/x\nq * * * allow\n");
	put(root, POLICY_DIR "/include/x", "");
	wait_a_tick();
	assert_string_equal(decide(c), "allow");
	assert_int_equal(unlink(file), 0);
	assert_string_equal(decide(c), "deny");
	wait_a_tick();
	assert_string_equal(decide(c), "deny");
	put(root, POLICY_DIR "/include/x", "");
	assert_string_equal(decide(c), "allow");
}

/* Same name, same size, and its time put back. */
static void write_in_place(const char *path, const char *text)
{
	cleanup_close int fd = open(path, O_WRONLY);
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, strlen(text));
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(futimens(fd, (struct timespec[]){st.st_atim, st.st_mtim}), 0);
}

/* Nothing is read while nothing changes; every kind of change is seen. */
static void test_cache_keeps(void **state)
{
	const char *root = *state;
	cleanup_policy_cache struct policy_cache *c = policy_cache_new(root);
	cleanup_free char *file = path_in(root, POLICY_DIR "/30.policy");
	cleanup_free char *moved = path_in(root, POLICY_DIR "/29.policy");
	bool changed;

	put(root, POLICY_DIR "/30.policy", "q * work vault allow\n");
	put(root, POLICY_DIR "/include/x", "");
	wait_a_tick();
	assert_string_equal(decide(c), "allow");
	for (int i = 0; i < 3; i++) {
		(void)policy_cache_get(c, &changed);
		assert_false(changed);
	}
	assert_int_equal(rename(file, moved), 0);
	(void)policy_cache_get(c, &changed);
	assert_true(changed);
	wait_a_tick();
	(void)policy_cache_get(c, NULL);
	(void)policy_cache_get(c, &changed);
	assert_false(changed);
	write_in_place(moved, "q * work alone allow\n");
	assert_string_equal(decide(c), "deny");
}

/* Two writes within one tick of the clock. */
static void test_cache_sees_quick_changes(void **state)
{
	const char *root = *state;
	cleanup_policy_cache struct policy_cache *c = policy_cache_new(root);
	cleanup_free char *file = path_in(root, POLICY_DIR "/30.policy");
	int fd;

	put(root, POLICY_DIR "/30.policy", "q * work vault allow\n");
	fd = open(file, O_WRONLY);
	for (int i = 0; i < 200; i++) {
		const char *text =
			i % 2 ? "q * work vault allow\n" : "q * work vault deny \n";

		assert_int_equal(pwrite(fd, text, 21, 0), 21);
		assert_string_equal(decide(c), i % 2 ? "allow" : "deny");
	}
	close(fd);
}

static void test_unreadable_denies(void **state)
{
	const char *root = *state;
	cleanup_free char *at = path_in(root, POLICY_DIR "/40.policy");
	cleanup_free char *fifo = path_in(root, POLICY_DIR "/x");
	cleanup_free char *big = xcalloc(1, POLICY_FILE_MAX + 2);
	cleanup_policy_cache struct policy_cache *c = policy_cache_new(root);

	put(root, POLICY_DIR "/30.policy", "q * work vault allow\n");
	/* what is no file is no policy */
	assert_int_equal(mkfifo(at, 0600), 0);
	assert_string_equal(decide(c), "allow");
	/* but it cannot be included */
	assert_int_equal(mkfifo(fifo, 0600), 0);
	put(root, POLICY_DIR "/30.policy", "!include x\nq * work vault allow\n");
	assert_string_equal(decide(c), "deny");
	put(root, POLICY_DIR "/30.policy", "!include .\nq * work vault allow\n");
	assert_string_equal(decide(c), "deny");
	memset(big, '\n', POLICY_FILE_MAX);
	put(root, POLICY_DIR "/30.policy", "q * work vault allow\n");
	put(root, POLICY_DIR "/50.policy", big);
	assert_string_equal(decide(c), "allow");
	big[POLICY_FILE_MAX] = '\n';
	put(root, POLICY_DIR "/50.policy", big);
	assert_string_equal(decide(c), "deny");
}

static void test_folder_that_is_none(void **state)
{
	const char *root = *state;
	cleanup_policy_cache struct policy_cache *c = policy_cache_new(root);

	put(root, POLICY_DIR "/30.policy", "q * work vault allow\n");
	put(root, POLICY_RUN_DIR, "a file where a folder should be");
	assert_string_equal(decide(c), "deny");
}

static int change(const char *root, const char *name, const char *text,
		  struct qvm_err *err)
{
	const struct policy_change req = {
		.name = name,
		.text = text,
		.len = text ? strlen(text) : 0,
	};

	*err = QVM_ERR_INIT;
	return policy_file_change(root, &req, err);
}

static void check_text(const char *root, const char *name, const char *expected)
{
	cleanup_buf struct buf got = BUF_INIT;
	struct qvm_err err = QVM_ERR_INIT;

	assert_int_equal(policy_file_get(root, name, &got, &err), 0);
	assert_string_equal(buf_str(&got), expected);
}

static void check_list(const char *root, bool include, const char *expected)
{
	cleanup_strv struct strv names = STRV_INIT;
	cleanup_buf struct buf got = BUF_INIT;
	struct qvm_err err = QVM_ERR_INIT;

	assert_int_equal(policy_file_list(root, include, &names, &err), 0);
	for (size_t i = 0; i < names.n; i++)
		buf_addf(&got, "%s ", names.v[i]);
	assert_string_equal(buf_str(&got), expected);
}

static void test_changes(void **state)
{
	const char *root = *state;
	struct qvm_err err;

	check_list(root, false, "");
	assert_int_equal(change(root, "30-user", "q * work vault allow\n", &err), 0);
	check_text(root, "30-user", "q * work vault allow\n");
	check_text(root, "30-user.policy", "q * work vault allow\n");
	assert_int_equal(change(root, "include/x", "q * work vault deny\n", &err), 0);
	assert_int_equal(change(root, "40-more.policy", "!include include/x\n", &err), 0);
	put(root, POLICY_DIR "/README", "");
	check_list(root, false, "30-user 40-more ");
	check_list(root, true, "include/x ");
	assert_int_equal(change(root, "30-user", "", &err), 0);
	check_text(root, "30-user", "");
	assert_int_equal(change(root, "40-more", NULL, &err), 0);
	assert_int_equal(change(root, "include/x", NULL, &err), 0);
	check_list(root, false, "30-user ");
	assert_int_equal(change(root, "40-more", NULL, &err), -QVM_E_NOT_FOUND);
}

static void check_refused(const char *root, const char *name, const char *text,
			  const char *why)
{
	struct qvm_err err;

	assert_int_equal(change(root, name, text, &err), -QVM_E_VALUE);
	if (!strstr(err.text, why))
		assert_string_equal(err.text, why);
}

static void test_bad_changes_are_refused(void **state)
{
	const char *root = *state;
	struct qvm_err err;

	assert_int_equal(change(root, "include/x", "work vault allow\n", &err), 0);
	assert_int_equal(
		change(root, "30-user", "!include-service q * include/x\n", &err), 0);
	check_refused(root, "30-user", "ok * work vault allow\nq * work vault alow\n",
		      POLICY_DIR "/30-user.policy:2: the action is not");
	check_refused(root, "50-new", "wrong\n", POLICY_DIR "/50-new.policy:1: ");
	check_refused(root, "50-new", "!include gone\n",
		      "cannot include '" POLICY_DIR "/gone'");
	check_refused(root, "include/x", "wrong\n", POLICY_INCLUDE_DIR "/x:1: ");
	check_refused(root, "include/x", NULL,
		      "30-user.policy:1: cannot include '" POLICY_INCLUDE_DIR "/x'");
	check_text(root, "30-user", "!include-service q * include/x\n");
	check_text(root, "include/x", "work vault allow\n");
	check_list(root, false, "30-user ");
	/* by another way to write its path */
	assert_int_equal(change(root, "30-user",
				"!include-service q * ./include/../include//x\n", &err),
			 0);
	check_refused(root, "include/x", NULL, "cannot include");
	/* hidden for now by a file of the same name */
	put(root, POLICY_RUN_DIR "/50-new.policy", "");
	check_refused(root, "50-new", "wrong\n", POLICY_DIR "/50-new.policy:1: ");
}

/* Of two files that are wrong, each can be mended alone. */
static void test_broken_policy_can_be_mended(void **state)
{
	const char *root = *state;
	struct qvm_err err;

	put(root, POLICY_DIR "/30.policy", "wrong\n");
	put(root, POLICY_DIR "/40.policy", "\nwrong\n");
	check_refused(root, "30", "still wrong\n", "30.policy:1");
	check_refused(root, "30", "wrong\n", "30.policy:1");
	assert_int_equal(change(root, "30", "q * work vault allow\n", &err), 0);
	assert_int_equal(change(root, "40", NULL, &err), 0);
}

static void test_dry_run_changes_nothing(void **state)
{
	const char *root = *state;
	struct qvm_err err = QVM_ERR_INIT;
	const struct policy_change good = {"30", "q * * * deny\n", 13, true};
	const struct policy_change bad = {"30", "wrong\n", 6, true};

	assert_int_equal(policy_file_change(root, &good, &err), 0);
	assert_int_equal(policy_file_change(root, &bad, &err), -QVM_E_VALUE);
	check_list(root, false, "");
}

static void test_names(void **state)
{
	static const char *const bad[] = {
		"",	      ".",	    "..",	    "../x",
		"a/b",	      "/x",	    ".x",	    "A",
		"30-User",    "a b",	    "a\n",	    "é",
		"include/",   "include/.x", "include/../x", "include/a/b",
		"includes/x", "include//x", "30;rm",
	};
	const char *root = *state;
	cleanup_free char *longest = xcalloc(1, 300);
	struct qvm_err err;

	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(change(root, bad[i], "", &err), -QVM_E_VALUE);
	memset(longest, 'a', 200);
	assert_int_equal(change(root, longest, "", &err), 0);
	longest[200] = 'a';
	assert_int_equal(change(root, longest, "", &err), -QVM_E_VALUE);
	assert_int_equal(change(root, "include/Admin+x", "", &err), 0);
}

static void test_lock_and_mode(void **state)
{
	const char *root = *state;
	cleanup_free char *dir = path_in(root, POLICY_DIR);
	cleanup_free char *file = path_in(root, POLICY_DIR "/30.policy");
	cleanup_close int fd = -1;
	struct qvm_err err;
	struct stat st;

	put(root, POLICY_DIR "/30.policy", "");
	assert_int_equal(chmod(file, 0664), 0);
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(change(root, "30", "q * * * deny\n", &err), -QVM_E_BUSY);
	assert_int_equal(flock(fd, LOCK_UN), 0);
	assert_int_equal(change(root, "30", "q * * * deny\n", &err), 0);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0664);
}

static void test_lint_on_disk(void **state)
{
	const char *root = *state;
	cleanup_policy struct policy *p = NULL;
	cleanup_buf struct buf got = BUF_INIT;

	put(root, POLICY_DIR "/30.policy", "q * * * deny\n");
	put(root, POLICY_DIR "/40.policy", "q * work vault allow\n");
	p = policy_load_linted(root);
	notes_format(p, &got);
	assert_string_equal(buf_str(&got),
			    POLICY_DIR "/40.policy:1: warning: never reached: " POLICY_DIR
				       "/30.policy:1 comes first\n");
}

static void vm_set(struct vm *vm, int64_t id, const char *name, enum vm_class klass)
{
	vm->id = id;
	snprintf(vm->name, sizeof(vm->name), "%s", name);
	vm->klass = klass;
	assert_int_equal(uuid_random(&vm->uuid), 0);
}

static void test_world(void **state unused)
{
	struct vm vms[4] = {0};
	struct world w = {.vms = vms, .vm_count = array_len(vms)};
	cleanup_policy_system struct policy_system *sys = NULL;
	const struct policy_domain *d;

	vm_set(&vms[0], 3, "Zed", CLASS_APP);
	vm_set(&vms[1], 0, "dom0", CLASS_ADMIN);
	vm_set(&vms[2], 1, "dvm", CLASS_APP);
	vm_set(&vms[3], 2, "deb", CLASS_TEMPLATE);
	vms[2].props[PROP_TEMPLATE_FOR_DISPVMS] =
		(struct vm_prop){.set = true, .text = (char *)"True"};
	vms[0].props[PROP_DEFAULT_DISPVM] =
		(struct vm_prop){.set = true, .text = (char *)"dvm", .ref = 1};
	vms[0].live.state = STATE_RUNNING;
	vms[2].live.state = STATE_PAUSED;
	strv_add(&vms[0].tags, "one");
	sys = policy_system_new(&w);
	assert_int_equal(sys->count, 4);
	for (size_t i = 1; i < sys->count; i++)
		assert_true(strcmp(sys->domains[i - 1].name, sys->domains[i].name) < 0);
	d = policy_domain_find(sys, "Zed");
	assert_non_null(d);
	assert_string_equal(d->type, "AppVM");
	assert_string_equal(d->default_dispvm, "dvm");
	assert_int_equal(d->tag_count, 1);
	assert_string_equal(d->tags[0], "one");
	assert_true(d->running);
	assert_false(d->template_for_dispvms);
	assert_true(uuid_equal(&d->uuid, &vms[0].uuid));
	d = policy_domain_find(sys, "dvm");
	assert_true(d->template_for_dispvms);
	assert_false(d->running);
	assert_string_equal(policy_domain_find(sys, "deb")->type, "TemplateVM");
	assert_true(policy_domain_find(sys, "dom0")->running);
	assert_null(policy_domain_find(sys, "ghost"));
	assert_null(policy_domain_find(sys, "@dispvm"));
	strv_dispose(&vms[0].tags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(test_cache_follows),
		in_folder(test_cache_keeps),
		in_folder(test_cache_distrusts_haste),
		in_folder(test_cache_misses_what_goes),
		in_folder(test_cache_sees_quick_changes),
		in_folder(test_unreadable_denies),
		in_folder(test_folder_that_is_none),
		in_folder(test_changes),
		in_folder(test_bad_changes_are_refused),
		in_folder(test_broken_policy_can_be_mended),
		in_folder(test_dry_run_changes_nothing),
		in_folder(test_names),
		in_folder(test_lock_and_mode),
		in_folder(test_lint_on_disk),
		cmocka_unit_test(test_world),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
