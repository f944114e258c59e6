/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static int drop(uid_t uid, gid_t gid)
{
	if (geteuid() != 0)
		return 0;
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 ||
	    setresuid(uid, uid, uid) < 0)
		return -errno;
	return geteuid() == uid ? 0 : -EPERM;
}

/* Every right of the first version and no rule: nothing can be opened any more. */
static void close_files(void)
{
	const struct landlock_ruleset_attr attr = {
		.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
	};
	int fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);

	if (fd < 0)
		return; /* not in this kernel: seccomp allows no open either */
	(void)syscall(SYS_landlock_restrict_self, fd, 0);
	close(fd);
}

#if defined(__SANITIZE_ADDRESS__) || !defined(__x86_64__)
static int close_calls(void)
{
	return 0; /* the sanitizers' own calls are too many */
}
#else
#define ALLOW(name)                                                                      \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1),                           \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define REFUSE(name)                                                                     \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1),                           \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

static int close_calls(void)
{
	const struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(poll),
		ALLOW(read),
		ALLOW(write),
		ALLOW(ioctl), /* event channel: notify; FIONREAD */
		ALLOW(sendto),
		ALLOW(recvfrom),
		ALLOW(sendmsg),
		ALLOW(recvmsg),
		ALLOW(accept4),
		ALLOW(close),
		ALLOW(clock_gettime),
		ALLOW(brk),
		ALLOW(mmap),
		ALLOW(munmap),
		ALLOW(mremap),
		ALLOW(madvise),
		ALLOW(futex),
		ALLOW(rt_sigreturn),
		ALLOW(restart_syscall),
		ALLOW(getpid),
		ALLOW(exit_group),
		REFUSE(openat), /* asked for by libraries, and answered */
		REFUSE(socket),
		REFUSE(newfstatat),
		REFUSE(getrandom),
		REFUSE(rt_sigaction),
		REFUSE(rt_sigprocmask),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	const struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]),
		.filter = (struct sock_filter *)filter,
	};

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return errno == EINVAL || errno == ENOSYS ? 0 : -errno;
	return 0;
}
#endif

int sandbox_enter(uid_t uid, gid_t gid)
{
	const struct rlimit none = {0};
	int r = drop(uid, gid);

	if (r < 0)
		return r;
	(void)setrlimit(RLIMIT_CORE, &none); /* a guest's data stays out of dom0's disk */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	close_files();
	return close_calls();
}
