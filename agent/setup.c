/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <xenstore.h> /* before ours: it uses a word that lib/macro.h defines */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/setup.h"
#include "lib/alloc.h"
#include "lib/buf.h"
#include "lib/file.h"
#include "lib/proc.h"

#define PROGRAM_MS 300000
#define KEY_MAX 256
#define ONE_WORD "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-"

void setup_say(const char *fmt, ...)
{
	cleanup_close int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	cleanup_free char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	dprintf(fd >= 0 ? fd : STDERR_FILENO, "qvm: %s\n", text);
}

int setup_run(const char *const *argv)
{
	cleanup_buf struct buf text = BUF_INIT;
	const struct proc_request req = {
		.argv = argv, .out = &text, .err = &text, .timeout_ms = PROGRAM_MS};
	int status = 0;
	int r = proc_run(&req, &status);

	return r < 0 ? r : status;
}

/* ---- what dom0 says ---- */

static char *key_read(struct xs_handle *xs, const char *name, const char *allowed)
{
	cleanup_free char *path = xasprintf("qvm/%s", name);
	cleanup_free char *value = xs ? xs_read(xs, XBT_NULL, path, NULL) : NULL;

	if (!value || strlen(value) > KEY_MAX || value[strspn(value, allowed)])
		return xstrdup("");
	return steal(value);
}

static void services_read(struct xs_handle *xs, struct guest *g)
{
	unsigned n = 0;
	cleanup_free char **names =
		xs ? xs_directory(xs, XBT_NULL, "qvm/service", &n) : NULL;

	for (unsigned i = 0; names && i < n; i++) {
		cleanup_free char *key = xasprintf("service/%s", names[i]);
		cleanup_free char *on = key_read(xs, key, ONE_WORD);

		if (strcmp(on, "1") == 0 && !strchr(names[i], '/') && names[i][0] != '.')
			strv_add(&g->services, names[i]);
	}
}

static void guest_read(struct guest *g)
{
	struct xs_handle *xs = xs_open(0);

	if (!xs)
		setup_say("cannot reach xenstore: %s", strerror(errno));
	g->name = key_read(xs, "name", ONE_WORD);
	g->type = key_read(xs, "type", ONE_WORD);
	g->persistence = key_read(xs, "persistence", ONE_WORD);
	g->user = key_read(xs, "default-user", ONE_WORD);
	g->timezone = key_read(xs, "timezone", ONE_WORD "/");
	services_read(xs, g);
	if (xs)
		xs_close(xs);
}

static void guest_dispose(struct guest *g)
{
	free(g->name);
	free(g->type);
	free(g->persistence);
	free(g->user);
	free(g->timezone);
	strv_dispose(&g->services);
}

/* ---- steps ---- */

/* A line "127.0.1.1 NAME", in place of the one that was for the name before. */
static void write_hosts(const char *name)
{
	cleanup_buf struct buf old = BUF_INIT, new = BUF_INIT;
	cleanup_strv struct strv lines = STRV_INIT;
	cleanup_free char *wanted = xasprintf("127.0.1.1 %s", name);

	(void)!file_read("/etc/hosts", 65536, &old);
	strv_split(&lines, buf_str(&old), "\n");
	if (strv_has(&lines, wanted))
		return;
	if (!lines.n)
		buf_add(&new, "127.0.0.1 localhost\n::1 localhost\n");
	for (size_t i = 0; i < lines.n; i++)
		if (strncmp(lines.v[i], "127.0.1.1", 9) != 0)
			buf_addf(&new, "%s\n", lines.v[i]);
	buf_addf(&new, "%s\n", wanted);
	if (file_replace("/etc/hosts", new.data, new.len, 0644, 0) < 0)
		setup_say("cannot write /etc/hosts");
}

static void setup_name(const struct guest *g)
{
	cleanup_free char *line = xasprintf("%s\n", g->name);
	cleanup_buf struct buf old = BUF_INIT;

	if (!*g->name)
		return;
	if (sethostname(g->name, strlen(g->name)) < 0)
		setup_say("cannot set the name: %s", strerror(errno));
	(void)!file_read("/etc/hostname", KEY_MAX, &old);
	if (strcmp(buf_str(&old), line) != 0 &&
	    file_replace("/etc/hostname", line, strlen(line), 0644, 0) < 0)
		setup_say("cannot write /etc/hostname");
	write_hosts(g->name);
}

static void touch(const char *path)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		setup_say("cannot make %s: %s", path, strerror(errno));
}

/* /dev/stdin and the like, which a system's own programs for /dev make, where it has them. */
static void setup_streams(const struct guest *g unused)
{
	static const struct {
		const char *to, *at;
	} links[] = {
		{"/proc/self/fd", "/dev/fd"},
		{"/proc/self/fd/0", "/dev/stdin"},
		{"/proc/self/fd/1", "/dev/stdout"},
		{"/proc/self/fd/2", "/dev/stderr"},
	};

	for (size_t i = 0; i < array_len(links); i++)
		if (symlink(links[i].to, links[i].at) < 0 && errno != EEXIST)
			setup_say("cannot make %s: %s", links[i].at, strerror(errno));
}

/* As files, which units and scripts of Qubes OS look for. */
static void setup_services(const struct guest *g)
{
	cleanup_free char *kept = xasprintf("/run/qubes/persistent-%s", g->persistence);

	if (dir_make("/run/qubes-service", 0755) < 0 || dir_make("/run/qubes", 0755) < 0)
		setup_say("cannot make /run/qubes-service");
	for (size_t i = 0; i < g->services.n; i++) {
		cleanup_free char *path =
			xasprintf("/run/qubes-service/%s", g->services.v[i]);

		touch(path);
	}
	if (*g->persistence)
		touch(kept);
}

static void setup_time(const struct guest *g)
{
	cleanup_free char *zone = xasprintf("/usr/share/zoneinfo/%s", g->timezone);
	cleanup_free char *line = xasprintf("%s\n", g->timezone);

	if (!*g->timezone || strstr(zone, "..") || access(zone, F_OK) < 0)
		return;
	(void)unlink("/etc/localtime");
	if (symlink(zone, "/etc/localtime") < 0 ||
	    file_replace("/etc/timezone", line, strlen(line), 0644, 0) < 0)
		setup_say("cannot set the time zone");
}

/* The domain's own: in the background, for it may wait for what comes after us. */
static void setup_own(const struct guest *g unused)
{
	static const char script[] = "/rw/config/rc.local";
	const char *const argv[] = {script, NULL};
	int r;

	if (access(script, X_OK) < 0)
		return;
	r = proc_spawn_detached(argv, -1, -1, -1, -1);
	if (r < 0)
		setup_say("cannot run %s: %s", script, strerror(-r));
}

static void (*const steps[])(const struct guest *g) = {
	setup_root,	setup_name,    setup_streams,	setup_services, setup_private,
	setup_volatile, setup_modules, setup_bind_dirs, setup_time,	setup_own,
};

void setup_identity(void)
{
	cleanup(guest_dispose) struct guest g = {0};

	guest_read(&g);
	setup_name(&g);
}

int setup_main(int argc unused, char **argv unused)
{
	cleanup(guest_dispose) struct guest g = {0};

	setenv("PATH", "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin", 1);
	guest_read(&g);
	for (size_t i = 0; i < array_len(steps); i++)
		steps[i](&g);
	return 0;
}
