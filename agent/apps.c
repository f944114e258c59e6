/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of this guest's programs its user starts, in the forms that dom0 of Qubes OS knows:
 *
 *	qubes.GetAppmenus	lines "/path/ID.desktop:Key=Value"
 *	qubes.StartApp+ID	starts one, and ends as soon as that runs
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/desktop.h"
#include "lib/alloc.h"
#include "lib/file.h"

#define ENTRY_MAX (256 * 1024)

enum { FAIL = 1, NOT_FOUND = 127 };

/* ---- the list ---- */

static const char *const keys[] = {
	"Type",	   "Name", "GenericName", "Comment",   "Categories", "Exec",
	"TryExec", "Icon", "Terminal",	  "NoDisplay", "Hidden",     "OnlyShowIn"};

/* Without its program, an application is not really there. */
static bool can_run(const char *text)
{
	cleanup_free char *program = desktop_value(text, "TryExec");
	cleanup_strv struct strv folders = STRV_INIT;

	if (!program || !*program)
		return true;
	if (*program == '/')
		return access(program, X_OK) == 0;
	strv_split(&folders, getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin", ":");
	for (size_t i = 0; i < folders.n; i++) {
		cleanup_free char *path = xasprintf("%s/%s", folders.v[i], program);

		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

static bool show(void *arg unused, const char *id unused, const char *path)
{
	cleanup_buf struct buf text = BUF_INIT;

	if (file_read(path, ENTRY_MAX, &text) < 0 || !can_run(buf_str(&text)))
		return true;
	for (size_t i = 0; i < array_len(keys); i++) {
		cleanup_free char *value = desktop_value(buf_str(&text), keys[i]);

		if (value && printf("%s:%s=%s\n", path, keys[i], value) < 0)
			return false;
	}
	return true;
}

int get_appmenus_main(int argc unused, char **argv unused)
{
	desktop_each(show, NULL);
	return fflush(stdout) == 0 ? 0 : FAIL;
}

/* ---- starting one ---- */

struct wanted {
	const char *id;
	char *path;
};

static bool is_wanted(void *arg, const char *id, const char *path)
{
	struct wanted *w = arg;

	if (strcmp(id, w->id) != 0)
		return true;
	w->path = xstrdup(path);
	return false;
}

static int complain(const char *id, const char *why)
{
	dprintf(STDERR_FILENO, "qubes.StartApp: '%s': %s\n", id, why);
	return NOT_FOUND;
}

/* Programs for a terminal want one; where none is there, they may do without. */
static void add_terminal(const char *text, struct strv *argv)
{
	static const char terminal[] = "/usr/bin/x-terminal-emulator";
	cleanup_free char *value = desktop_value(text, "Terminal");

	if (!value || strcmp(value, "true") != 0 || access(terminal, X_OK) < 0)
		return;
	strv_add(argv, terminal);
	strv_add(argv, "-e");
}

/* Its own session, and nothing of ours but what tells that it could not be executed. */
static noreturn void become(const struct strv *argv, const char *folder, int told)
{
	int null = open("/dev/null", O_RDWR);
	int errnum;

	setsid();
	for (int i = 0; null >= 0 && i < 3; i++)
		(void)!dup2(null, i);
	if (folder && *folder)
		(void)!chdir(folder);
	(void)signal(SIGPIPE, SIG_DFL);
	execvp(argv->v[0], argv->v);
	errnum = errno;
	(void)!write(told, &errnum, sizeof(errnum));
	_exit(NOT_FOUND);
}

static int launch(const char *id, const struct strv *argv, const char *folder)
{
	int fds[2], errnum = 0;
	ssize_t n;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return complain(id, strerror(errno));
	pid = fork();
	if (pid == 0)
		become(argv, folder, fds[1]);
	close(fds[1]);
	n = pid < 0 ? -1 : read(fds[0], &errnum, sizeof(errnum));
	close(fds[0]);
	if (n == 0)
		return 0;
	return complain(id, n < 0 ? "cannot start a process" : strerror(errnum));
}

int start_app_main(int argc, char **argv)
{
	struct wanted w = {.id = argc > 1 ? argv[1] : ""};
	cleanup_buf struct buf text = BUF_INIT;
	cleanup_strv struct strv words = STRV_INIT;
	cleanup_free char *exec = NULL, *name = NULL, *folder = NULL, *path = NULL;

	desktop_each(is_wanted, &w);
	path = w.path;
	if (!path || file_read(path, ENTRY_MAX, &text) < 0)
		return complain(w.id, "there is no such application");
	exec = desktop_value(buf_str(&text), "Exec");
	name = desktop_value(buf_str(&text), "Name");
	folder = desktop_value(buf_str(&text), "Path");
	add_terminal(buf_str(&text), &words);
	if (!exec || desktop_exec(exec, name ? name : w.id, path, &words) < 0)
		return complain(w.id, "its entry tells no command");
	return launch(w.id, &words, folder);
}
