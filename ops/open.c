/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/open.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/size.h"
#include "ops/call.h"
#include "qrexec/open.h"

/* What is sent, and where what comes back lies: in a file without a name until it counts. */
struct opened {
	const struct op_open *req;
	int fd, back; /* back -1: nothing comes back */
	struct stat st;
};

static void opened_close(struct opened *o)
{
	cleanup_close_at(&o->fd);
	cleanup_close_at(&o->back);
}

static int open_back(struct opened *o, struct qvm_err *err)
{
	cleanup_free char *path = xstrdup(o->req->what);
	const char *folder = dirname(path);

	if (o->req->view_only)
		return 0;
	o->back = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	return o->back < 0 ? err_errno(err, -errno, "cannot write in '%s'", folder) : 0;
}

static int open_both(struct opened *o, struct qvm_err *err)
{
	const char *what = o->req->what;

	o->fd = open(what, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (o->fd < 0 || fstat(o->fd, &o->st) < 0)
		return err_errno(err, -errno, "cannot read '%s'", what);
	if (!S_ISREG(o->st.st_mode))
		return err_set(err, QVM_E_VALUE, "'%s' is not a regular file", what);
	return open_back(o, err);
}

/* ---- the call ---- */

static int call(struct qvm_ctx *ctx, const struct op_open *req, struct op_call *c,
		int *ret_status, struct qvm_err *err)
{
	c->domain = req->domain;
	c->errors = req->errors;
	c->filter_err = req->filter_err;
	return op_call(ctx, c, ret_status, err);
}

static int open_url(struct qvm_ctx *ctx, const struct op_open *req, int *ret_status,
		    struct qvm_err *err)
{
	cleanup_free char *line = xasprintf("%s\n", req->what);
	struct op_call c = {.service = "qubes.OpenURL",
			    .in = -1,
			    .out = -1,
			    .prefix = line,
			    .prefix_len = strlen(line)};

	return call(ctx, req, &c, ret_status, err);
}

/* The kernel stops a domain that would fill the disk. The descriptors pass to the call. */
static int send_file(struct qvm_ctx *ctx, struct opened *o, int *ret_status,
		     struct qvm_err *err)
{
	char name[OPEN_NAME];
	struct op_call c = {.service = "qubes.OpenInVM",
			    .in = steal_fd(&o->fd),
			    .out = o->back < 0 ? -1 : fcntl(o->back, F_DUPFD_CLOEXEC, 3),
			    .prefix = name,
			    .prefix_len = sizeof(name)};
	const struct rlimit no_limit = {RLIM_INFINITY, RLIM_INFINITY};
	struct rlimit before = no_limit, bound;
	int r;

	open_name_put(o->req->what, o->req->view_only, name);
	(void)getrlimit(RLIMIT_FSIZE, &before);
	bound = (struct rlimit){(rlim_t)o->st.st_size + OPEN_GROWTH, before.rlim_max};
	if (bound.rlim_cur > before.rlim_cur)
		bound.rlim_cur = before.rlim_cur;
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)setrlimit(RLIMIT_FSIZE, &bound);
	r = call(ctx, o->req, &c, ret_status, err);
	(void)setrlimit(RLIMIT_FSIZE, &before);
	return r;
}

/* ---- what came back ---- */

static int give_name(const struct opened *o, const char *path)
{
	char self[32];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", o->back);
	if (fchown(o->back, o->st.st_uid, o->st.st_gid) < 0 ||
	    fchmod(o->back, o->st.st_mode & 07777) < 0 || fsync(o->back) < 0 ||
	    linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) < 0)
		return -errno;
	return 0;
}

static int put_back(const struct opened *o, struct qvm_err *err)
{
	cleanup_free char *path = xasprintf("%s.%d", o->req->what, (int)getpid());
	struct stat back;
	int r;

	if (fstat(o->back, &back) == 0 && back.st_size == 0)
		return 0; /* as it was */
	r = give_name(o, path);
	if (r < 0)
		return err_errno(err, r, "cannot write '%s'", path);
	if (!file_is_unchanged(o->req->what, &o->st))
		return err_set(err, QVM_E_BUSY,
			       "'%s' has changed meanwhile; what came back is in '%s'",
			       o->req->what, path);
	if (rename(path, o->req->what) < 0)
		return err_errno(err, -errno,
				 "cannot replace '%s'; what came back is in '%s'",
				 o->req->what, path);
	return 0;
}

int op_open_check(const struct op_open *req, struct qvm_err *err)
{
	cleanup(opened_close) struct opened o = {.req = req, .fd = -1, .back = -1};

	return open_is_url(req->what) ? 0 : open_both(&o, err);
}

int op_open(struct qvm_ctx *ctx, const struct op_open *req, int *ret_status,
	    struct qvm_err *err)
{
	cleanup(opened_close) struct opened o = {.req = req, .fd = -1, .back = -1};
	int r;

	if (open_is_url(req->what))
		return open_url(ctx, req, ret_status, err);
	r = open_both(&o, err);
	if (r == 0)
		r = send_file(ctx, &o, ret_status, err);
	return r == 0 && *ret_status == 0 && o.back >= 0 ? put_back(&o, err) : r;
}
