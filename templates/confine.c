/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "templates/confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAP_MASK(cap) (UINT64_C(1) << (cap))
#define KEPT                                                                             \
	(CAP_MASK(CAP_CHOWN) | CAP_MASK(CAP_DAC_OVERRIDE) | CAP_MASK(CAP_FOWNER) |       \
	 CAP_MASK(CAP_FSETID) | CAP_MASK(CAP_MKNOD) | CAP_MASK(CAP_SETFCAP))

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
	    (file && bound(RLIMIT_FSIZE, file) < 0) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_errno(err, -errno, "cannot confine the helper");
	return 0;
}

static int drop_capabilities(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {
		{.effective = (uint32_t)KEPT, .permitted = (uint32_t)KEPT},
		{.effective = KEPT >> 32, .permitted = KEPT >> 32},
	};

	/* The bounding set ends where the kernel knows no further one. */
	for (unsigned long cap = 0; cap < 64; cap++)
		if (!(KEPT & CAP_MASK(cap)) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 &&
		    errno != EINVAL)
			return -errno;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 &&
	    errno != EINVAL)
		return -errno;
	return syscall(SYS_capset, &head, data) < 0 ? -errno : 0;
}

int confine_to(const char *folder, struct qvm_err *err)
{
	int r = 0;

	if (chdir(folder) < 0 || chroot(".") < 0 || chdir("/") < 0)
		r = -errno;
	if (r == 0)
		r = drop_capabilities();
	if (r < 0)
		return err_errno(err, r, "cannot confine the helper");
	return 0;
}
