/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/proc.h"

#define CAP_MASK(cap) (UINT64_C(1) << (cap))
#define KEPT                                                                             \
	(CAP_MASK(CAP_CHOWN) | CAP_MASK(CAP_DAC_OVERRIDE) | CAP_MASK(CAP_FOWNER) |       \
	 CAP_MASK(CAP_FSETID) | CAP_MASK(CAP_SETFCAP))
#define SECONDS_MAX (4 * 3600)

static int bound(int what, uint64_t most)
{
	const struct rlimit limit = {.rlim_cur = most, .rlim_max = most};

	return setrlimit((__rlimit_resource_t)what, &limit);
}

/* The address sanitizer reserves more than any bound that would make sense. */
#ifdef __SANITIZE_ADDRESS__
#define bound_memory(most) ((void)(most), 0)
#else
#define bound_memory(most) bound(RLIMIT_AS, most)
#endif

int confine_limits(uint64_t memory, uint64_t file, struct qvm_err *err)
{
	if (bound(RLIMIT_CORE, 0) < 0 || bound_memory(memory) < 0 ||
	    bound(RLIMIT_CPU, SECONDS_MAX) < 0 ||
	    (file && bound(RLIMIT_FSIZE, file) < 0) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_errno(err, -errno, "cannot confine the helper");
	return 0;
}

int confine_mounts(struct qvm_err *err)
{
	if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_errno(err, -errno, "cannot leave the mounts of the system");
	return 0;
}

/* ---- the child ---- */

/* It ends where the kernel knows no further one; to take from it is a right of its own. */
static int drop_bounding(uint64_t kept)
{
	for (unsigned long cap = 0; cap < 64; cap++)
		if (!(kept & CAP_MASK(cap)) && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) > 0 &&
		    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return -errno;
	return 0;
}

static int drop_capabilities(uint64_t kept)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {
		{.effective = (uint32_t)kept, .permitted = (uint32_t)kept},
		{.effective = (uint32_t)(kept >> 32),
		 .permitted = (uint32_t)(kept >> 32)},
	};

	int r = drop_bounding(kept);

	if (r < 0)
		return r;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 &&
	    errno != EINVAL)
		return -errno;
	return syscall(SYS_capset, &head, data) < 0 ? -errno : 0;
}

/* The old root goes out of sight altogether; a later escape would find nothing. */
static int enter(const char *root)
{
	if (unshare(CLONE_NEWNS) < 0 || chdir(root) < 0 ||
	    syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 ||
	    chdir("/") < 0)
		return -errno;
	return 0;
}

/* The two ends of the talk by which the parent gives the child's users their numbers. */
struct handshake {
	int to_parent[2], to_child[2];
};

/*
 * A machine may forbid user name spaces; what is left out then is one of several walls.
 * Returns whether there is one.
 */
static bool leave_users(void)
{
	return unshare(CLONE_NEWUSER) == 0;
}

static int meet_parent(const struct handshake *h)
{
	char answer = leave_users() ? 'u' : '-';

	if (write(h->to_parent[1], &answer, 1) != 1 ||
	    read(h->to_child[0], &answer, 1) != 1)
		return -EPIPE;
	return answer == '+' ? 0 : -EPERM;
}

static int shut_in(const struct confined *c, const struct handshake *h,
		   struct qvm_err *err)
{
	pid_t parent = getppid();
	int r = enter(c->root);

	if (r == 0)
		r = meet_parent(h);
	if (r == 0)
		r = drop_capabilities(c->calls == CONFINE_EXEC ? 0 : KEPT);
	/* Set last: the kernel forgets it whenever credentials change. */
	if (r == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent))
		r = -ESRCH;
	if (r < 0)
		return err_errno(err, r, "cannot confine the helper");
	r = confine_limits(c->memory, 0, err);
	return r < 0 ? r : confine_calls(c->calls, err);
}

static noreturn void child(const struct confined *c, const struct handshake *h)
{
	struct qvm_err err = QVM_ERR_INIT;
	int r = shut_in(c, h, &err);

	close(h->to_parent[1]);
	close(h->to_child[0]);
	if (r == 0)
		r = c->run(c->arg, &err);
	if (r == -QVM_E_NO_SPACE)
		dprintf(STDOUT_FILENO, "set fault no-space\n");
	if (r < 0)
		dprintf(STDERR_FILENO, "%s\n", err.text);
	_exit(r < 0);
}

/* ---- the parent ---- */

/* All numbers mean what they mean outside: they are those of the guest. */
static int map_users(pid_t pid)
{
	static const char *const names[] = {"uid_map", "gid_map"};
	static const char all[] = "0 0 4294967295\n";
	int r = 0;

	for (size_t i = 0; r == 0 && i < array_len(names); i++) {
		cleanup_free char *path = xasprintf("/proc/%d/%s", (int)pid, names[i]);
		cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);

		r = fd < 0 ? -errno : fd_write_all(fd, all, strlen(all));
	}
	return r;
}

static int meet_child(const struct handshake *h, pid_t pid)
{
	char answer = '+';
	int r = 0;

	if (read(h->to_parent[0], &answer, 1) != 1)
		return 0; /* its end tells more */
	if (answer == 'u')
		r = map_users(pid);
	answer = '+';
	if (r == 0 && write(h->to_child[1], &answer, 1) != 1)
		r = -errno;
	return r;
}

static void close_all(struct handshake *h)
{
	cleanup_close_at(&h->to_parent[0]);
	cleanup_close_at(&h->to_parent[1]);
	cleanup_close_at(&h->to_child[0]);
	cleanup_close_at(&h->to_child[1]);
}

static int wait_for(pid_t pid, int r, struct qvm_err *err)
{
	int status;

	if (r < 0)
		kill(pid, SIGKILL);
	status = proc_wait(pid);
	if (r < 0 || status < 0)
		return err_errno(err, r < 0 ? r : status, "cannot confine the helper");
	if (status == 128 + SIGSYS)
		return err_set(
			err, QVM_E_FAILED,
			"the confined part was stopped: it did what it may not do");
	if (status > 1)
		return err_set(err, QVM_E_FAILED, "the confined part ended with %d",
			       status);
	return status;
}

int confined_run(const struct confined *c, struct qvm_err *err)
{
	cleanup(close_all) struct handshake h = {{-1, -1}, {-1, -1}};
	pid_t pid;
	int r;

	if (pipe2(h.to_parent, O_CLOEXEC) < 0 || pipe2(h.to_child, O_CLOEXEC) < 0)
		return err_errno(err, -errno, "cannot confine the helper");
	pid = fork();
	if (pid < 0)
		return err_errno(err, -errno, "cannot confine the helper");
	if (pid == 0) {
		cleanup_close_at(&h.to_parent[0]);
		cleanup_close_at(&h.to_child[1]);
		child(c, &h);
	}
	cleanup_close_at(&h.to_parent[1]);
	cleanup_close_at(&h.to_child[0]);
	r = meet_child(&h, pid);
	return wait_for(pid, r, err);
}

/* ---- alone ---- */

#define NOBODY 65534

/* What the address sanitizer does at the end it does as who it was, and with /proc. */
#ifdef __SANITIZE_ADDRESS__
#define MAY_LEAVE false
#else
#define MAY_LEAVE true
#endif

/* A file system that is in memory, empty, and read-only; it is mounted over one of ours. */
static int enter_nothing(void)
{
	if (mount("none", "/proc", "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  "size=4k") < 0)
		return -errno;
	return enter("/proc");
}

static int become_nobody(void)
{
	const gid_t group = NOBODY;

	int r = drop_bounding(0);

	if (r < 0)
		return r;
	if (setgroups(1, &group) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return -errno;
	return drop_capabilities(0);
}

int confine_alone(uint64_t memory, struct qvm_err *err)
{
	int r = 0;

	if (MAY_LEAVE && geteuid() == 0) {
		r = confine_mounts(err);
		if (r < 0)
			return r;
		r = enter_nothing();
		if (r == 0)
			r = become_nobody();
		if (r < 0)
			return err_errno(err, r, "cannot confine the helper");
	}
	/* Forgotten whenever credentials change. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return err_errno(err, -errno, "cannot confine the helper");
	r = confine_limits(memory, 0, err);
	return r < 0 ? r : confine_calls(CONFINE_STREAM, err);
}
