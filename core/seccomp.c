/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "core/confine.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

/* What the readers and the writer use, and what the C library does beneath them. */
static const int writing[] = {
	SYS_read,	   SYS_write,	       SYS_readv,
	SYS_writev,	   SYS_pread64,	       SYS_pwrite64,
	SYS_lseek,	   SYS_openat,	       SYS_openat2,
	SYS_close,	   SYS_fstat,	       SYS_newfstatat,
	SYS_statx,	   SYS_fstatfs,	       SYS_statfs,
	SYS_getdents64,	   SYS_fcntl,	       SYS_ioctl,
	SYS_dup,	   SYS_fsync,	       SYS_fdatasync,
	SYS_ftruncate,	   SYS_fallocate,      SYS_copy_file_range,
	SYS_faccessat,	   SYS_faccessat2,     SYS_mkdirat,
	SYS_mknodat,	   SYS_symlinkat,      SYS_linkat,
	SYS_unlinkat,	   SYS_renameat,       SYS_renameat2,
	SYS_readlinkat,	   SYS_fchmod,	       SYS_fchmodat,
	SYS_fchown,	   SYS_fchownat,       SYS_utimensat,
	SYS_setxattr,	   SYS_lsetxattr,      SYS_fsetxattr,
	SYS_getxattr,	   SYS_lgetxattr,      SYS_fgetxattr,
	SYS_listxattr,	   SYS_llistxattr,     SYS_flistxattr,
	SYS_removexattr,   SYS_lremovexattr,   SYS_fremovexattr,
	SYS_umask,	   SYS_chdir,	       SYS_fchdir,
	SYS_getcwd,	   SYS_mmap,	       SYS_munmap,
	SYS_mprotect,	   SYS_mremap,	       SYS_madvise,
	SYS_brk,	   SYS_futex,	       SYS_getrandom,
	SYS_clock_gettime, SYS_gettimeofday,   SYS_getpid,
	SYS_getppid,	   SYS_gettid,	       SYS_getuid,
	SYS_geteuid,	   SYS_getgid,	       SYS_getegid,
	SYS_rt_sigaction,  SYS_rt_sigprocmask, SYS_rt_sigreturn,
	SYS_tgkill,	   SYS_prlimit64,      SYS_sched_getaffinity,
	SYS_sched_yield,   SYS_sysinfo,	       SYS_uname,
	SYS_fadvise64,	   SYS_exit,	       SYS_exit_group,
#ifdef SYS_open
	SYS_open,	   SYS_stat,	       SYS_lstat,
	SYS_access,	   SYS_mkdir,	       SYS_rmdir,
	SYS_mknod,	   SYS_symlink,	       SYS_link,
	SYS_unlink,	   SYS_rename,	       SYS_readlink,
	SYS_chmod,	   SYS_chown,	       SYS_lchown,
	SYS_utimes,	   SYS_futimesat,      SYS_time,
	SYS_creat,	   SYS_utime,
#endif
};

/* What who has all that it needs open does, with threads. */
static const int streaming[] = {
	SYS_read,
	SYS_write,
	SYS_readv,
	SYS_writev,
	SYS_pread64,
	SYS_pwrite64,
	SYS_lseek,
	SYS_close,
	SYS_fstat,
	SYS_newfstatat,
	SYS_fcntl,
	SYS_fsync,
	SYS_fdatasync,
	SYS_ftruncate,
	SYS_sendmsg,
	SYS_recvmsg,
	SYS_poll,
	SYS_ppoll,
	SYS_memfd_create,
	SYS_mmap,
	SYS_munmap,
	SYS_mprotect,
	SYS_mremap,
	SYS_madvise,
	SYS_brk,
	SYS_futex,
	SYS_clone,
	SYS_clone3,
	SYS_set_robust_list,
	SYS_rseq,
	SYS_getrandom,
	SYS_clock_gettime,
	SYS_gettimeofday,
	SYS_clock_nanosleep,
	SYS_getpid,
	SYS_gettid,
	SYS_getuid,
	SYS_geteuid,
	SYS_getgid,
	SYS_getegid,
	SYS_rt_sigaction,
	SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
	SYS_tgkill,
	SYS_prlimit64,
	SYS_sched_getaffinity,
	SYS_sched_yield,
	SYS_sysinfo,
	SYS_uname,
	SYS_openat,
	SYS_fadvise64,
	SYS_exit,
	SYS_exit_group,
};

/* What changes the system, speaks to others, or has had the most faults in the kernel. */
static const int meddling[] = {
	SYS_mount,
	SYS_umount2,
	SYS_pivot_root,
	SYS_chroot,
	SYS_setns,
	SYS_unshare,
	SYS_ptrace,
	SYS_bpf,
	SYS_kexec_load,
	SYS_init_module,
	SYS_finit_module,
	SYS_delete_module,
	SYS_perf_event_open,
	SYS_userfaultfd,
	SYS_keyctl,
	SYS_add_key,
	SYS_request_key,
	SYS_socket,
	SYS_socketpair,
	SYS_connect,
	SYS_bind,
	SYS_io_uring_setup,
	SYS_reboot,
	SYS_swapon,
	SYS_swapoff,
	SYS_mknodat,
	SYS_open_by_handle_at,
	SYS_process_vm_readv,
	SYS_process_vm_writev,
	SYS_quotactl,
	SYS_acct,
	SYS_settimeofday,
	SYS_clock_settime,
	SYS_sethostname,
#ifdef SYS_mknod
	SYS_mknod,
	SYS_iopl,
	SYS_ioperm,
#endif
};

#ifdef ARCH
#define MOST 256

static size_t add(struct sock_filter *to, size_t n, uint16_t code, uint32_t k, uint8_t jt,
		  uint8_t jf)
{
	to[n] = (struct sock_filter){.code = code, .k = k, .jt = jt, .jf = jf};
	return n + 1;
}

static int unused install(const int *calls, size_t count, uint32_t listed,
			  uint32_t others)
{
	struct sock_filter f[2 * MOST + 8];
	struct sock_fprog program = {.filter = f};
	size_t n = 0;

	n = add(f, n, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0,
		0);
	n = add(f, n, BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
	n = add(f, n, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	n = add(f, n, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	/* The second table of x86-64. */
	n = add(f, n, BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1);
	n = add(f, n, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	for (size_t i = 0; i < count && i < MOST; i++) {
		n = add(f, n, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i], 0, 1);
		n = add(f, n, BPF_RET | BPF_K, listed, 0, 0);
	}
	n = add(f, n, BPF_RET | BPF_K, others, 0, 0);
	program.len = (unsigned short)n;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 ? -errno : 0;
}
#endif

/* The address sanitizer has system calls of its own. */
int confine_calls(enum confine_calls calls, struct qvm_err *err)
{
	int r = 0;

#if defined(ARCH) && !defined(__SANITIZE_ADDRESS__)
	switch (calls) {
	case CONFINE_EXEC:
		r = install(meddling, array_len(meddling), SECCOMP_RET_ERRNO | EPERM,
			    SECCOMP_RET_ALLOW);
		break;
	case CONFINE_STREAM:
		r = install(streaming, array_len(streaming), SECCOMP_RET_ALLOW,
			    SECCOMP_RET_KILL_PROCESS);
		break;
	default:
		r = install(writing, array_len(writing), SECCOMP_RET_ALLOW,
			    SECCOMP_RET_KILL_PROCESS);
	}
#else
	(void)calls, (void)writing, (void)meddling, (void)streaming;
#endif
	return r < 0 ? err_errno(err, r, "cannot confine the helper") : 0;
}
