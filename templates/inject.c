/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "templates/inject.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/strv.h"
#include "templates/inject_file.h"

#define TEXT_MAX (1 << 20)
#define AGENT "usr/lib/qvm/qvm-agent"
#define USER_ID 1000

/* What may be a guest's first program. */
enum init { INIT_SYSTEMD, INIT_OPENRC, INIT_BUSYBOX, INIT_NONE, INIT_COUNT };

static const char *const init_names[INIT_COUNT] = {
	[INIT_SYSTEMD] = "systemd",
	[INIT_OPENRC] = "openrc",
	[INIT_BUSYBOX] = "busybox",
	[INIT_NONE] = "none",
};

/* A file that is copied, or (its source begins with '/') a link. */
struct piece {
	enum init init; /* INIT_COUNT: for all */
	const char *from, *to;
	mode_t mode;
};

#define UNITS "usr/lib/systemd/system/"

static const struct piece pieces[] = {
	{INIT_COUNT, "qvm-agent", AGENT, 0755},
	{INIT_SYSTEMD, "qvm-setup.service", UNITS "qvm-setup.service", 0644},
	{INIT_SYSTEMD, "qvm-agent.service", UNITS "qvm-agent.service", 0644},
	{INIT_SYSTEMD, "qvm-net.service", UNITS "qvm-net.service", 0644},
	{INIT_SYSTEMD, "qvm.preset", "usr/lib/systemd/system-preset/50-qvm.preset", 0644},
	{INIT_SYSTEMD, "/" UNITS "qvm-setup.service",
	 "etc/systemd/system/sysinit.target.wants/qvm-setup.service", 0},
	{INIT_SYSTEMD, "/" UNITS "qvm-agent.service",
	 "etc/systemd/system/multi-user.target.wants/qvm-agent.service", 0},
	{INIT_SYSTEMD, "/" UNITS "qvm-net.service",
	 "etc/systemd/system/multi-user.target.wants/qvm-net.service", 0},
	{INIT_OPENRC, "openrc-setup", "etc/init.d/qvm-setup", 0755},
	{INIT_OPENRC, "openrc", "etc/init.d/qvm-agent", 0755},
	{INIT_OPENRC, "openrc-net", "etc/init.d/qvm-net", 0755},
	{INIT_OPENRC, "/etc/init.d/qvm-net", "etc/runlevels/default/qvm-net", 0},
	{INIT_OPENRC, "/etc/init.d/qvm-setup", "etc/runlevels/boot/qvm-setup", 0},
	{INIT_OPENRC, "/etc/init.d/qvm-agent", "etc/runlevels/default/qvm-agent", 0},
	{INIT_BUSYBOX, "busybox", "usr/lib/qvm/start-agent", 0755},
	{INIT_NONE, "/" AGENT, "sbin/init", 0},
	{INIT_NONE, "/" AGENT, "sbin/poweroff", 0},
};

/* What busybox's init does without an inittab, which has to stay when there is one. */
static const char inittab_default[] = "::sysinit:/etc/init.d/rcS\n"
				      "hvc0::respawn:-/bin/sh\n"
				      "::ctrlaltdel:/sbin/reboot\n"
				      "::shutdown:/bin/umount -a -r\n"
				      "::restart:/sbin/init\n";
static const char inittab_ours[] = "::sysinit:/usr/lib/qvm/qvm-agent qvm-setup\n"
				   "::once:/usr/lib/qvm/start-agent\n";

static bool has_any(int top, const char *const *names)
{
	for (; *names; names++)
		if (tree_has(top, *names))
			return true;
	return false;
}

static enum init find_init(int top)
{
	static const char *const systemd[] = {"usr/lib/systemd/systemd",
					      "lib/systemd/systemd", NULL};
	static const char *const openrc[] = {"sbin/openrc", "usr/sbin/openrc",
					     "sbin/openrc-run", NULL};
	static const char *const busybox[] = {"etc/inittab", "etc/init.d/rcS", NULL};

	if (has_any(top, systemd))
		return INIT_SYSTEMD;
	if (!tree_has(top, "sbin/init"))
		return INIT_NONE;
	if (has_any(top, openrc))
		return INIT_OPENRC;
	/* An image of busybox has a link to it, and nothing that it would run. */
	return has_any(top, busybox) ? INIT_BUSYBOX : INIT_NONE;
}

/* An inittab that starts OpenRC, in an image without it, leads nowhere. */
static bool inittab_is_dead(int top)
{
	cleanup_buf struct buf text = BUF_INIT;

	return tree_read(top, "etc/inittab", TEXT_MAX, &text) == 0 &&
	       strstr(buf_str(&text), "openrc") && !tree_has(top, "sbin/openrc");
}

/* A template of Qubes OS brings all of that itself. */
static bool has_agent(int top)
{
	static const char *const names[] = {"usr/lib/qubes/qrexec-agent",
					    "usr/bin/qubes-vmexec", NULL};

	return has_any(top, names);
}

static int put_pieces(int top, const char *guest, enum init init)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < array_len(pieces); i++) {
		const struct piece *p = &pieces[i];
		cleanup_free char *from = NULL;

		if (p->init != INIT_COUNT && p->init != init)
			continue;
		if (*p->from == '/') {
			r = tree_link(top, p->to, p->from);
			continue;
		}
		from = xasprintf("%s/%s", guest, p->from);
		r = tree_copy(top, p->to, from, p->mode);
	}
	return r;
}

/* The programs that people call by name; what the image has under one of them stays. */
static int put_links(int top, const char *guest)
{
	cleanup_free char *path = xasprintf("%s/links", guest);
	cleanup_buf struct buf text = BUF_INIT;
	cleanup_strv struct strv names = STRV_INIT;
	int r = file_read(path, TEXT_MAX, &text);

	strv_split(&names, buf_str(&text), "\n");
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		cleanup_free char *at = xasprintf("usr/bin/%s", names.v[i]);

		r = tree_link(top, at, "/" AGENT);
	}
	return r;
}

/* ---- what else an init system needs ---- */

static int add_to_inittab(int top)
{
	cleanup_buf struct buf text = BUF_INIT;
	int r = tree_read(top, "etc/inittab", TEXT_MAX, &text);

	if (r == -ENOENT)
		buf_add(&text, inittab_default);
	else if (r < 0)
		return r;
	if (strstr(buf_str(&text), "/usr/lib/qvm/"))
		return 0;
	if (text.len && text.data[text.len - 1] != '\n')
		buf_add_ch(&text, '\n');
	buf_add(&text, inittab_ours);
	return tree_write(top, "etc/inittab", text.data, text.len, 0644);
}

/* Images of containers leave it out. */
static int link_systemd(int top)
{
	return tree_has(top, "sbin/init")
		       ? 0
		       : tree_link(top, "sbin/init", "/lib/systemd/systemd");
}

/* An init that is there and starts nothing makes room for ours. */
static int replace_init(int top)
{
	char target[512];
	int r = tree_link_read(top, "sbin/init", target, sizeof(target));

	if (r == -ENOENT || (r == 0 && strstr(target, "qvm-agent")))
		return 0;
	return tree_unlink(top, "sbin/init");
}

/* ---- the user ---- */

struct account_file {
	const char *name;
	const char *line;
	mode_t mode;
};

/* Commands run as "user" unless a domain says otherwise; images of containers have none. */
static const struct account_file accounts[] = {
	{"etc/passwd", "user:x:1000:1000:user:/home/user:/bin/", 0644},
	{"etc/group", "user:x:1000:\n", 0644},
	{"etc/shadow", "user:*:19000:0:99999:7:::\n", 0640},
};

static bool has_line(const struct buf *text, const char *start)
{
	const char *at = buf_str(text);
	size_t len = strlen(start);

	while (at && *at) {
		if (strncmp(at, start, len) == 0)
			return true;
		at = strchr(at, '\n');
		at += at ? 1 : 0;
	}
	return false;
}

static int add_account(int top, const struct account_file *file, const char *shell)
{
	cleanup_buf struct buf text = BUF_INIT;
	int r = tree_read(top, file->name, TEXT_MAX, &text);

	if (r < 0 && (r != -ENOENT || strcmp(file->name, "etc/shadow") == 0))
		return r == -ENOENT ? 0 : r;
	if (has_line(&text, "user:"))
		return 0;
	if (text.len && text.data[text.len - 1] != '\n')
		buf_add_ch(&text, '\n');
	if (!text.len && strcmp(file->name, "etc/passwd") == 0)
		buf_add(&text, "root:x:0:0:root:/root:/bin/sh\n");
	if (!text.len && strcmp(file->name, "etc/group") == 0)
		buf_add(&text, "root:x:0:\n");
	buf_add(&text, file->line);
	if (file == accounts)
		buf_addf(&text, "%s\n", shell);
	return tree_write(top, file->name, text.data, text.len, file->mode);
}

static bool number_is_taken(int top)
{
	cleanup_buf struct buf text = BUF_INIT;

	return tree_read(top, "etc/passwd", TEXT_MAX, &text) == 0 &&
	       strstr(buf_str(&text), ":1000:");
}

static int add_user(int top)
{
	const char *shell = tree_has(top, "bin/bash") ? "bash" : "sh";
	cleanup_buf struct buf text = BUF_INIT;
	int r;

	r = tree_read(top, "etc/passwd", TEXT_MAX, &text);
	if (r < 0 && r != -ENOENT)
		return r;
	if (has_line(&text, "user:") || number_is_taken(top))
		return 0;
	for (size_t i = 0; i < array_len(accounts); i++) {
		r = add_account(top, &accounts[i], shell);
		if (r < 0)
			return r;
	}
	return tree_folder(top, "home/user", 0700, USER_ID);
}

/* ---- all ---- */

static int put_all(int top, const char *guest, enum init init)
{
	static const char *const folders[] = {"rw",  "home", "usr/local", "proc", "sys",
					      "dev", "run",  "tmp",	  "etc"};
	int r = 0;

	for (size_t i = 0; r == 0 && i < array_len(folders); i++)
		r = tree_folder(top, folders[i], 0755, 0);
	if (r == 0)
		r = init == INIT_NONE ? replace_init(top) : 0;
	if (r == 0)
		r = put_pieces(top, guest, init);
	if (r == 0)
		r = put_links(top, guest);
	if (r == 0 && init == INIT_BUSYBOX)
		r = add_to_inittab(top);
	if (r == 0 && init == INIT_SYSTEMD)
		r = link_systemd(top);
	return r < 0 ? r : add_user(top);
}

int inject(const char *guest, const char **ret_init, struct qvm_err *err)
{
	cleanup_close int top = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	enum init init;
	int r;

	if (top < 0)
		return err_errno(err, -errno, "cannot enter the file system");
	init = find_init(top);
	if (init == INIT_BUSYBOX && inittab_is_dead(top))
		init = INIT_NONE;
	*ret_init = init_names[init];
	if (has_agent(top))
		return 0;
	r = put_all(top, guest, init);
	return r < 0 ? err_errno(err, r, "cannot put the agent into the image") : 0;
}
