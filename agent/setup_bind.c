/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files and folders of the root that are kept on the private volume, named in files as
 * Qubes OS has them:
 *
 *	binds+=( '/etc/ssh' )
 *
 * later files may begin anew with "binds=()". Only such lines are understood.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/setup.h"
#include "lib/alloc.h"
#include "lib/buf.h"
#include "lib/file.h"

#define TEXT_MAX 65536
#define KEPT "/rw/bind-dirs"

/* Those of dom0's template before those of the domain itself. */
static const char *const folders[] = {"/usr/lib/qubes-bind-dirs.d",
				      "/etc/qubes-bind-dirs.d",
				      "/rw/config/qubes-bind-dirs.d"};

static void read_line(const char *line, struct strv *binds)
{
	cleanup_strv struct strv words = STRV_INIT;
	const char *at = line + strspn(line, " \t");
	bool more = strncmp(at, "binds+=(", 8) == 0;

	if (!more && strncmp(at, "binds=(", 7) != 0)
		return;
	if (!more)
		strv_dispose(binds);
	strv_split(&words, at + (more ? 8 : 7), " \t'\"()\r");
	for (size_t i = 0; i < words.n; i++) {
		if (words.v[i][0] == '#')
			break;
		if (words.v[i][0] == '/' && !strstr(words.v[i], "/../"))
			strv_add(binds, words.v[i]);
	}
}

static void read_file(const char *path, struct strv *binds)
{
	cleanup_buf struct buf text = BUF_INIT;
	cleanup_strv struct strv lines = STRV_INIT;

	if (file_read(path, TEXT_MAX, &text) < 0)
		return;
	strv_split(&lines, buf_str(&text), "\n");
	for (size_t i = 0; i < lines.n; i++)
		read_line(lines.v[i], binds);
}

static void read_folder(const char *folder, struct strv *binds)
{
	cleanup_strv struct strv names = STRV_INIT;
	const struct dirent *entry;
	DIR *dir = opendir(folder);

	while (dir && (entry = readdir(dir))) {
		size_t len = strlen(entry->d_name);

		if (len > 5 && strcmp(entry->d_name + len - 5, ".conf") == 0)
			strv_add(&names, entry->d_name);
	}
	if (dir)
		closedir(dir);
	strv_sort(&names);
	for (size_t i = 0; i < names.n; i++) {
		cleanup_free char *path = xasprintf("%s/%s", folder, names.v[i]);

		read_file(path, binds);
	}
}

static int bind_one(const char *path)
{
	cleanup_free char *kept = xasprintf(KEPT "%s", path);
	cleanup_free char *above = xstrdup(kept);
	int r = 0;

	while (*kept && kept[strlen(kept) - 1] == '/')
		kept[strlen(kept) - 1] = '\0';
	*strrchr(above, '/') = '\0';
	if (access(kept, F_OK) < 0) {
		if (access(path, F_OK) < 0)
			return 0; /* neither here nor there: nothing to keep */
		r = dir_make(above, 0755);
		if (r == 0)
			r = copy_tree(path, kept);
	}
	return r < 0 || is_mounted(path) ? r : bind_over(kept, path);
}

void setup_bind_dirs(const struct guest *g)
{
	cleanup_strv struct strv binds = STRV_INIT;

	if (!is_mounted("/rw") || strcmp(g->persistence, "full") == 0)
		return;
	for (size_t i = 0; i < array_len(folders); i++)
		read_folder(folders[i], &binds);
	for (size_t i = 0; i < binds.n; i++) {
		int r = bind_one(binds.v[i]);

		if (r < 0)
			setup_say("cannot keep %s on the private volume: %s", binds.v[i],
				  strerror(-r));
	}
}
