/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls whose output is read here. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "ops/call.h"

/*
 * A write that would go beyond the end of a sealed file fails as a whole. So there is room
 * for one more message, the largest, behind what is allowed: then it is known to be too much.
 */
enum { MESSAGE_MAX = 65536 };

/* One that cannot grow beyond SIZE, whatever is written to it. */
static int bounded_file(size_t size, struct qvm_err *err)
{
	cleanup_close int fd = memfd_create("qvm-call", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, (off_t)size) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) < 0)
		return err_errno(err, -errno, "cannot hold the text in memory");
	return steal_fd(&fd);
}

static int take(int fd, size_t len, const char *domain, struct buf *ret_untrusted,
		struct qvm_err *err)
{
	cleanup_free char *untrusted = xcalloc(1, len + 1);
	ssize_t got = pread(fd, untrusted, len, 0);

	if (got != (ssize_t)len)
		return err_errno(err, -errno, "cannot read the text of '%s'", domain);
	buf_add_mem(ret_untrusted, untrusted, len);
	explicit_bzero(untrusted, len);
	return 0;
}

int op_call_text(struct qvm_ctx *ctx, const struct op_call *c, size_t max,
		 struct buf *ret_untrusted, int *ret_status, struct qvm_err *err)
{
	cleanup_close int fd = bounded_file(max + MESSAGE_MAX, err);
	struct op_call call = *c;
	off_t len;
	int r;

	if (fd < 0)
		return fd;
	call.out = dup(fd);
	r = op_call(ctx, &call, ret_status, err);
	len = lseek(fd, 0, SEEK_CUR);
	if (len > (off_t)max)
		return err_set(err, QVM_E_VALUE,
			       "the text of '%s' has more than %zu bytes", c->domain,
			       max);
	return r < 0 ? r : take(fd, (size_t)len, c->domain, ret_untrusted, err);
}
