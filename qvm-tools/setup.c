/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/setup.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"

static const char *root_of(const char *root)
{
	if (!root)
		root = secure_getenv("QVM_ROOT");
	return root && *root ? root : NULL;
}

bool setup_has_root(const char *root)
{
	return root_of(root) != NULL;
}

int program_path(char **ret)
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (len < 0)
		return -errno;
	path[len] = '\0';
	*ret = xstrdup(path);
	return 0;
}

char *path_above(const char *path, int levels)
{
	char *above = xstrdup(path);

	for (; levels > 0; levels--) {
		char *slash = strrchr(above, '/');

		if (slash)
			*slash = '\0';
	}
	return above;
}

/* <prefix>/bin/qvm has its helpers in <prefix>/libexec/qvm, wherever it was installed. */
static char *libexec_of(const char *self)
{
	cleanup_free char *prefix = path_above(self, 2);

	return xasprintf("%s/libexec/qvm", prefix);
}

static int roots_set(struct setup *s, const char *root, struct qvm_err *err)
{
	cleanup_free char *prefix = NULL;
	const char *modules = secure_getenv("QVM_MODULES");
	const char *backend = secure_getenv("QVM_BACKEND");

	root = root_of(root);
	prefix = root ? realpath(root, NULL) : xstrdup("");
	if (!prefix)
		return err_errno(err, -errno, "cannot use the root folder '%s'", root);
	/* the watcher is a program of its own and must find the same state */
	if (root)
		setenv("QVM_ROOT", prefix, 1);
	s->ctx.state_dir = xasprintf("%s/var/lib/qvm", prefix);
	s->ctx.run_dir = xasprintf("%s/run/qvm", prefix);
	s->ctx.log_dir = xasprintf("%s/var/log/qvm", prefix);
	s->ctx.call_dir = xasprintf("%s/run/qubes", prefix);
	s->ctx.sys_dir = xasprintf("%s/sys", prefix);
	s->ctx.dev_dir = xasprintf("%s/dev", prefix);
	s->ctx.vchan_dir = xstrdup(secure_getenv("VCHAN_SOCKET_DIR"));
	s->ctx.vchan_domid = xstrdup(secure_getenv("VCHAN_DOMAIN"));
	if (modules && *modules)
		s->ctx.libexec_dir = realpath(modules, NULL);
	if (!s->ctx.libexec_dir)
		s->ctx.libexec_dir = libexec_of(s->ctx.self);
	s->fake = backend && strcmp(backend, "fake") == 0;
	return 0;
}

int setup_open(struct setup *s, struct msg *msg, const char *root, int verbose,
	       struct qvm_err *err)
{
	int level = QVM_LEVEL_WARN + verbose;
	int r;

	s->ctx.log = msg_log;
	s->ctx.progress = msg_progress;
	s->ctx.log_arg = msg;
	if (level < QVM_LEVEL_ERROR)
		level = QVM_LEVEL_ERROR;
	s->ctx.level = level > QVM_LEVEL_DEBUG ? QVM_LEVEL_DEBUG : level;
	if (verbose < 0)
		msg->progress = false;
	r = loaders_set(s);
	if (r < 0)
		return err_errno(err, r, "cannot find out which program this is");
	return roots_set(s, root, err);
}

void setup_dispose(struct setup *s)
{
	ctx_dispose(&s->ctx);
}
