/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Users as /etc/passwd and /etc/group have them. They are read directly: a static program
 * must not load the guest's name service modules.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/agent.h"
#include "lib/alloc.h"

enum { GROUPS_MAX = 256 };

static void file_close_at(FILE **f)
{
	if (*f)
		fclose(*f);
}

#define cleanup_file cleanup(file_close_at)

/* The entry is valid until the next call. */
static const struct passwd *lookup(const char *user, const uid_t *uid)
{
	cleanup_file FILE *f = fopen("/etc/passwd", "re");
	const struct passwd *pw;

	while (f && (pw = fgetpwent(f))) {
		if (user ? strcmp(pw->pw_name, user) == 0 : pw->pw_uid == *uid)
			return pw;
	}
	return NULL;
}

bool user_is_own(const char *user)
{
	const uid_t uid = getuid();
	const struct passwd *pw = lookup(NULL, &uid);

	return pw && strcmp(pw->pw_name, user) == 0;
}

static bool is_member(const struct group *gr, const char *user)
{
	for (char **m = gr->gr_mem; *m; m++) {
		if (strcmp(*m, user) == 0)
			return true;
	}
	return false;
}

static int set_groups(const char *user, gid_t primary)
{
	cleanup_file FILE *f = fopen("/etc/group", "re");
	gid_t groups[GROUPS_MAX] = {primary};
	size_t n = 1;
	const struct group *gr;

	while (f && n < GROUPS_MAX && (gr = fgetgrent(f))) {
		if (gr->gr_gid != primary && is_member(gr, user))
			groups[n++] = gr->gr_gid;
	}
	return setgroups(n, groups) < 0 ? -errno : 0;
}

/* Only the owner of a pipe can open it once more, as /dev/stdin and the like. */
static int own_pipes(const struct passwd *pw)
{
	struct stat st;

	for (int fd = 0; fd < 3; fd++) {
		if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) &&
		    fchown(fd, pw->pw_uid, pw->pw_gid) < 0)
			return -errno;
	}
	return 0;
}

int user_become(const char *user, const char **ret_shell)
{
	const struct passwd *pw = user ? lookup(user, NULL) : NULL;
	char *home, *shell;
	int r;

	if (!pw)
		return -ENOENT;
	/* The process becomes another program or ends: nobody frees these. */
	home = xstrdup(pw->pw_dir && *pw->pw_dir ? pw->pw_dir : "/");
	shell = xstrdup(pw->pw_shell && *pw->pw_shell ? pw->pw_shell : "/bin/sh");
	r = own_pipes(pw);
	if (r == 0)
		r = set_groups(user, pw->pw_gid);
	if (r < 0)
		return r;
	if (setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) < 0 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) < 0)
		return -errno;
	setenv("HOME", home, 1);
	setenv("SHELL", shell, 1);
	setenv("USER", user, 1);
	setenv("LOGNAME", user, 1);
	setenv("PATH",
	       pw->pw_uid == 0
		       ? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
		       : "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
	       1);
	if (chdir(home) < 0 && chdir("/") < 0)
		return -errno;
	*ret_shell = shell;
	return 0;
}
