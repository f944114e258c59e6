/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "templates/inject.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/buf.h"
#include "lib/file.h"

#define AGENT_DIR "usr/lib/qvm"
#define AGENT AGENT_DIR "/qvm-agent"
#define LINK_MAX_LEN 64
#define INITTAB "etc/inittab"
#define INITTAB_LINE "::once:/" AGENT_DIR "/start-agent\n"

/* What an init needs to start the agent. */
static const struct init_kind {
	const char *sign; /* where this exists, that is the init */
	const char *file; /* in FROM */
	const char *to;
	mode_t mode;
	const char *link, *link_to; /* enables it; NULL: by a line of inittab */
} inits[] = {
	{"usr/lib/systemd/systemd", "qvm-agent.service",
	 "usr/lib/systemd/system/qvm-agent.service", 0644,
	 "etc/systemd/system/multi-user.target.wants/qvm-agent.service",
	 "/usr/lib/systemd/system/qvm-agent.service"},
	{"usr/lib/systemd/systemd", "qvm-net.service",
	 "usr/lib/systemd/system/qvm-net.service", 0644,
	 "etc/systemd/system/multi-user.target.wants/qvm-net.service",
	 "/usr/lib/systemd/system/qvm-net.service"},
	{"sbin/openrc-run", "openrc", "etc/init.d/qvm-agent", 0755,
	 "etc/runlevels/default/qvm-agent", "/etc/init.d/qvm-agent"},
	{"sbin/openrc-run", "openrc-net", "etc/init.d/qvm-net", 0755,
	 "etc/runlevels/default/qvm-net", "/etc/init.d/qvm-net"},
	{INITTAB, "busybox", AGENT_DIR "/start-agent", 0755, NULL, NULL},
};

/* The folders above PATH, where they are missing. */
static int make_parents(int root, const char *path)
{
	cleanup_free char *part = xstrdup(path);

	for (char *slash = strchr(part, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdirat(root, part, 0755) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

static int copy_bytes(int in, int out)
{
	ssize_t n;

	do {
		n = sendfile(out, in, NULL, 1 << 20);
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -errno : 0;
}

/* A new file, whatever was there under that name. */
static int put_file(int from, const char *name, int root, const char *to, mode_t mode)
{
	cleanup_close int in = openat(from, name, O_RDONLY | O_CLOEXEC);
	cleanup_close int out = -1;
	int r;

	if (in < 0)
		return -errno;
	r = make_parents(root, to);
	if (r < 0)
		return r;
	if (unlinkat(root, to, 0) < 0 && errno != ENOENT)
		return -errno;
	out = openat(root, to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (out < 0)
		return -errno;
	r = copy_bytes(in, out);
	return r == 0 && fchmod(out, mode) < 0 ? -errno : r;
}

/* What the image has under that name stays. */
static int put_link(int root, const char *at, const char *target)
{
	int r = make_parents(root, at);

	if (r == 0 && symlinkat(target, root, at) < 0 && errno != EEXIST)
		r = -errno;
	return r;
}

static int put_links(int from, int root)
{
	cleanup_close int fd = openat(from, "links", O_RDONLY | O_CLOEXEC);
	FILE *in = fd < 0 ? NULL : fdopen(fd, "r");
	char line[LINK_MAX_LEN];
	int r = 0;

	if (!in)
		return -errno;
	fd = -1;
	while (r == 0 && fgets(line, sizeof(line), in)) {
		cleanup_free char *at = NULL;

		line[strcspn(line, "\n")] = '\0';
		at = xasprintf("usr/bin/%s", line);
		r = *line ? put_link(root, at, "/" AGENT) : 0;
	}
	fclose(in);
	return r;
}

static int add_to_inittab(int root)
{
	cleanup_close int fd = openat(root, INITTAB, O_RDWR | O_APPEND | O_CLOEXEC);
	cleanup_buf struct buf text = BUF_INIT;
	int r = fd < 0 ? -errno : fd_read_all(fd, 1 << 20, &text);

	if (r < 0 || strstr(buf_str(&text), INITTAB_LINE))
		return r;
	return fd_write_all(fd, INITTAB_LINE, strlen(INITTAB_LINE));
}

static int put_one(int from, int root, const struct init_kind *k)
{
	int r = put_file(from, k->file, root, k->to, k->mode);

	if (r < 0)
		return r;
	return k->link ? put_link(root, k->link, k->link_to) : add_to_inittab(root);
}

/* The rows of the first kind that the root has; none at all is the image's own affair. */
static int put_init(int from, int root)
{
	const char *sign = NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && i < array_len(inits); i++) {
		const struct init_kind *k = &inits[i];

		if (sign ? strcmp(sign, k->sign) != 0
			 : faccessat(root, k->sign, F_OK, 0) < 0)
			continue;
		sign = k->sign;
		r = put_one(from, root, k);
	}
	return r;
}

int inject_agent(int from, int root, struct qvm_err *err)
{
	int r;

	if (faccessat(root, "usr/lib/qubes/qrexec-agent", F_OK, 0) == 0)
		return 0;
	r = put_file(from, "qvm-agent", root, AGENT, 0755);
	if (r == 0)
		r = put_links(from, root);
	if (r == 0)
		r = put_init(from, root);
	return r < 0 ? err_errno(err, r, "cannot put the agent into it") : 0;
}
