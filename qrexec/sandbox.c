/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "lib/alloc.h"

static int drop(uid_t uid, gid_t gid)
{
	if (geteuid() != 0)
		return 0;
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 ||
	    setresuid(uid, uid, uid) < 0)
		return -errno;
	return geteuid() == uid ? 0 : -EPERM;
}

int sandbox_folders(const struct sandbox_folder *folders, size_t n)
{
	/* every right of the first version */
	const struct landlock_ruleset_attr attr = {
		.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
	};
	const struct rlimit none = {0};
	cleanup_close int fd = -1;

	(void)setrlimit(RLIMIT_CORE, &none); /* another's data stays out of our disk */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (fd < 0)
		return 0; /* not in this kernel: see sandbox_calls */
	for (size_t i = 0; i < n; i++) {
		const struct landlock_path_beneath_attr rule = {
			.allowed_access = folders[i].rights,
			.parent_fd = folders[i].fd,
		};

		if (syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &rule,
			    0) < 0)
			return -errno;
	}
	return syscall(SYS_landlock_restrict_self, fd, 0) < 0 ? -errno : 0;
}

#if defined(__SANITIZE_ADDRESS__) || !defined(__x86_64__)
int sandbox_calls(const struct sandbox_call *calls unused, size_t n unused)
{
	return 0; /* the sanitizers' own calls are too many */
}
#else
static void rule(struct sock_filter out[static 2], int call, uint32_t verdict)
{
	out[0] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call,
					      0, 1);
	out[1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict);
}

int sandbox_calls(const struct sandbox_call *calls, size_t n)
{
	static const struct sock_filter begin[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	const size_t len = array_len(begin) + 2 * n + 1;
	cleanup_free struct sock_filter *filter = xcalloc(len, sizeof(*filter));
	const struct sock_fprog program = {.len = (unsigned short)len, .filter = filter};

	memcpy(filter, begin, sizeof(begin));
	for (size_t i = 0; i < n; i++)
		rule(filter + array_len(begin) + 2 * i, calls[i].number,
		     calls[i].refused ? SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_ALLOW);
	filter[len - 1] =
		(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return errno == EINVAL || errno == ENOSYS ? 0 : -errno;
	return 0;
}
#endif

/* A loop over descriptors that are open already. */
static const struct sandbox_call loop_calls[] = {
#ifdef SYS_poll /* an old one: newer machines do without */
	{SYS_poll},
#endif
	{SYS_read},
	{SYS_write},
	{SYS_ioctl}, /* event channel: notify; FIONREAD */
	{SYS_sendto},
	{SYS_recvfrom},
	{SYS_sendmsg},
	{SYS_recvmsg},
	{SYS_accept4},
	{SYS_close},
	{SYS_clock_gettime},
	{SYS_brk},
	{SYS_mmap},
	{SYS_munmap},
	{SYS_mremap},
	{SYS_madvise},
	{SYS_futex},
	{SYS_rt_sigreturn},
	{SYS_restart_syscall},
	{SYS_getpid},
	{SYS_exit_group},
	{SYS_openat, true}, /* asked for by libraries, and answered */
	{SYS_socket, true},
	{SYS_newfstatat, true},
	{SYS_getrandom, true},
	{SYS_rt_sigaction, true},
	{SYS_rt_sigprocmask, true},
};

int sandbox_enter(uid_t uid, gid_t gid)
{
	int r = drop(uid, gid);

	if (r == 0)
		r = sandbox_folders(NULL, 0);
	return r < 0 ? r : sandbox_calls(loop_calls, array_len(loop_calls));
}
