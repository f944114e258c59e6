/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A repository in a domain: the shell's side is run by a shell here; then by a liar. */
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>

#include "backup/vault_remote.h"
#include "lib/clock.h"
#include "lib/proc.h"
#include "tests/unit/backup_vault.h"

static int channel_to(const char *const *argv, pid_t *ret)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(
		proc_spawn(argv, (int[]){ends[1], ends[1], PROC_INHERIT}, 3, ret), 0);
	close(ends[1]);
	return ends[0];
}

struct far {
	struct vault_remote remote;
	pid_t pid;
};

static bool no_flock; /* the shell finds none */

static int far_open(const char *path, enum vault_use use, bool make, struct far *ret,
		    struct qvm_err *err)
{
	cleanup_free char *text =
		xasprintf("%sdo=%s to='%s'\n%s", no_flock ? "command() { false; }\n" : "",
			  vault_remote_word(use, make), path, vault_remote_script);
	const char *const argv[] = {"sh", "-c", text, NULL};

	vault_remote_init(&ret->remote);
	return vault_remote_open(&ret->remote, channel_to(argv, &ret->pid), use, path,
				 err);
}

static void far_close(struct far *f)
{
	vault_remote_close(&f->remote);
	assert_true(proc_wait(f->pid) >= 0);
}

static int far_repo(struct far *f, struct repo *ret, struct qvm_err *err)
{
	int r;

	*ret = (struct repo){.dir = VAULT_DIR_INIT,
			     .store = vault_remote_store(&f->remote)};
	r = vault_open(&ret->store, &repo_pass, &ret->v, err);
	return r == 0 ? vault_index(ret->v, err) : r;
}

/* Of another boot, and of a process that is gone: nobody's. */
static void leave_locks(const char *path)
{
	static const char *const names[] = {"-x.1.another-boot", "-x.999999999.$boot"};

	for (size_t i = 0; i < array_len(names); i++) {
		cleanup_free char *text = xasprintf(
			"boot=$(cat /proc/sys/kernel/random/boot_id); : >\"%s/locks/%s\"",
			path, names[i]);
		const char *const argv[] = {"sh", "-c", text, NULL};
		int status;

		assert_int_equal(proc_run(&(struct proc_request){.argv = argv}, &status),
				 0);
		assert_int_equal(status, 0);
	}
}

static void there_and_back(void **state)
{
	char *path = xasprintf("%s/it's far", (const char *)*state);
	/* The shell's own quotes are buf_add_quoted's; this path goes in by a link. */
	char *link = xasprintf("%s/link", (const char *)*state);
	static const struct secret other = {"battery staple", 14};
	struct image im = {
		.size = 9 * CHUNK + 7, .ranges = {{0, 9 * CHUNK + 7}}, .range_count = 1};
	struct qvm_err err = QVM_ERR_INIT;
	struct vault_waste waste;
	struct far f, second;
	struct repo r;

	im.data = xcalloc(1, im.size);
	image_scribble(&im, 0, im.size, 256);
	assert_true(vault_crypt_begin());
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(far_open(link, VAULT_WRITE, false, &f, &err), -QVM_E_NOT_FOUND);
	far_close(&f);
	assert_int_equal(far_open(link, VAULT_WRITE, true, &f, &err), 0);
	r.store = vault_remote_store(&f.remote);
	assert_int_equal(vault_create(&r.store, &cheap, &repo_pass, &err), 0);
	assert_int_equal(vault_create(&r.store, &cheap, &repo_pass, &err), -QVM_E_FAILED);
	assert_int_equal(far_repo(&f, &r, &err), 0);
	assert_int_equal(image_save(&r, &im, NULL, NULL, 0, &err), 0);
	vault_free(r.v);
	/* While one writes, others may, and nobody prunes. */
	assert_int_equal(far_open(link, VAULT_READ, false, &second, &err), 0);
	far_close(&second);
	assert_int_equal(far_open(link, VAULT_ALONE, false, &second, &err), -QVM_E_BUSY);
	far_close(&second);
	far_close(&f);
	assert_int_equal(far_open(link, VAULT_WRITE, true, &f, &err), -QVM_E_EXISTS);
	far_close(&f);
	if (no_flock)
		leave_locks(path);
	/* It is the same as one here. */
	assert_int_equal(image_restore(path, NULL, VAULT_FILL, &im, &err), 0);
	assert_int_equal(far_open(link, VAULT_ALONE, false, &f, &err), 0);
	assert_int_equal(far_repo(&f, &r, &err), 0);
	im.data[0] ^= 1;
	assert_int_equal(image_save(&r, &im, NULL, NULL, 0, &err), 0);
	assert_in_range(vault_stored(r.v), CHUNK, 2 * CHUNK);
	assert_int_equal(vault_prune(r.v, false, NULL, &waste, &err), 0);
	assert_int_equal(waste.freed, 0);
	vault_free(r.v);
	assert_int_equal(vault_change_pass(&r.store, &repo_pass, &other, 0, &err), 0);
	assert_int_equal(vault_change_pass(&r.store, &other, &repo_pass, 0, &err), 0);
	assert_int_equal(r.store.remove(r.store.arg, "config", &err), -QVM_E_FAILED);
	far_close(&f);
	assert_int_equal(image_restore(path, NULL, VAULT_FILL, &im, &err), 0);
	free(im.data);
	free(path);
	free(link);
}

static void without_flock(void **state)
{
	no_flock = true;
	there_and_back(state);
	no_flock = false;
}

/* Says it; where it BEGINS well, it has heard the question before it goes. */
static int liar(const char *says, bool begins, pid_t *ret)
{
	const char *const argv[] = {
		"sh",
		"-c",
		begins ? "printf %s \"$1\"; read -r line" : "printf %s \"$1\"",
		"sh",
		says,
		NULL};

	return channel_to(argv, ret);
}

/* One that neither reads nor writes any more; what comes after the wait is not waited for. */
static void stops(void **state unused)
{
	struct qvm_err err = QVM_ERR_INIT;
	struct vault_store s;
	struct far f;
	int fd = -1, channel;
	const char *const argv[] = {"sh", "-c", "echo ready; exec sleep 60", NULL};
	uint64_t began = clock_ms();

	vault_remote_init(&f.remote);
	channel = channel_to(argv, &f.pid);
	assert_int_equal(vault_remote_limit(channel, 1, &err), 0);
	assert_int_equal(
		vault_remote_open(&f.remote, channel, VAULT_WRITE, "/there", &err), 0);
	s = vault_remote_store(&f.remote);
	assert_int_equal(s.open(s.arg, "config", 0, &fd, &err), -QVM_E_TIMEOUT);
	for (int i = 0; i < 100; i++)
		assert_true(s.open(s.arg, "config", 0, &fd, &err) < 0);
	assert_in_range(clock_ms() - began, 900, 30000);
	kill(f.pid, SIGKILL);
	far_close(&f);
}

/* What the domain says to each first question, and what that is. */
static void lies(void **state unused)
{
	static const struct {
		const char *says;
		bool begins;
	} all[] = {
		{"", false},
		{"nonsense\n", false},
		{"ready", false},
		{"0123456789012345678901234567890123456789012345678901234567890123456789"
		 "\n",
		 false},
		{"ready\n", true},
		{"ready\n99999999999999999999 1\nx", true},
		{"ready\n5000000000 1\nx", true},
		{"ready\n-1 -1\n", true},
		{"ready\n1 2\nxx", true},
		{"ready\n3\nxxx", true},
		{"ready\n100 50\nshort", true},
		{"ready\n \n", true},
	};

	for (size_t i = 0; i < array_len(all); i++) {
		struct qvm_err err = QVM_ERR_INIT;
		struct vault_store s;
		struct far f;
		int fd = -1, r;

		vault_remote_init(&f.remote);
		r = vault_remote_open(&f.remote, liar(all[i].says, all[i].begins, &f.pid),
				      VAULT_WRITE, "/there", &err);
		assert_int_equal(r == 0, all[i].begins);
		s = vault_remote_store(&f.remote);
		if (r == 0)
			assert_true(s.open(s.arg, "config", 0, &fd, &err) < 0);
		assert_int_equal(fd, -1);
		far_close(&f);
	}
}

/* A list names nothing but what a repository has. */
static void names(void **state unused)
{
	static const char says[] =
		"ready\n86\n../../etc/passwd\nsnapshots/20260405T123456-0123abcd\n"
		"packs/*\nconfig\nsnapshots/2026/../x\n----";
	cleanup_buf struct buf list = BUF_INIT;
	struct qvm_err err = QVM_ERR_INIT;
	struct vault_store s;
	struct far f;

	vault_remote_init(&f.remote);
	assert_int_equal(vault_remote_open(&f.remote, liar(says, true, &f.pid),
					   VAULT_WRITE, "/there", &err),
			 0);
	s = vault_remote_store(&f.remote);
	assert_int_equal(s.list(s.arg, "snapshots", &list, &err), 0);
	assert_string_equal(buf_str(&list),
			    "snapshots/20260405T123456-0123abcd\nconfig\n");
	far_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(there_and_back), in_folder(without_flock),
		cmocka_unit_test(stops),   cmocka_unit_test(lies),
		cmocka_unit_test(names),
	};

	in_memory();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
