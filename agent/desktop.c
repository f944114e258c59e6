/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/desktop.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/alloc.h"
#include "lib/buf.h"

#define SUFFIX ".desktop"
#define DEPTH_MAX 4
#define FILES_MAX 4096

/* ---- finding them ---- */

struct walk {
	desktop_fn *fn;
	void *arg;
	struct strv seen;
	bool ended;
};

static void visit(struct walk *w, const char *id, const char *path)
{
	if (strv_has(&w->seen, id))
		return;
	strv_add(&w->seen, id);
	w->ended = !w->fn(w->arg, id, path) || w->seen.n >= FILES_MAX;
}

/* BEFORE is what the folders above add to an ID: "kde-". */
static void walk_folder(struct walk *w, const char *folder, const char *before, int depth)
{
	const struct dirent *entry;
	DIR *dir = depth < DEPTH_MAX ? opendir(folder) : NULL;

	while (dir && !w->ended && (entry = readdir(dir))) {
		cleanup_free char *path = xasprintf("%s/%s", folder, entry->d_name);
		size_t len = strlen(entry->d_name);
		struct stat st;

		if (entry->d_name[0] == '.' || stat(path, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode)) {
			cleanup_free char *deeper =
				xasprintf("%s%s-", before, entry->d_name);

			walk_folder(w, path, deeper, depth + 1);
		} else if (S_ISREG(st.st_mode) && len > strlen(SUFFIX) &&
			   strcmp(entry->d_name + len - strlen(SUFFIX), SUFFIX) == 0) {
			cleanup_free char *id =
				xasprintf("%s%.*s", before, (int)(len - strlen(SUFFIX)),
					  entry->d_name);

			visit(w, id, path);
		}
	}
	if (dir)
		closedir(dir);
}

void desktop_each(desktop_fn *fn, void *arg)
{
	struct walk w = {.fn = fn, .arg = arg};
	cleanup_strv struct strv folders = STRV_INIT;
	const char *home = getenv("HOME"), *own = getenv("XDG_DATA_HOME");
	const char *shared = getenv("XDG_DATA_DIRS");

	if (own && *own)
		strv_add(&folders, own);
	else if (home && *home)
		strv_addf(&folders, "%s/.local/share", home);
	strv_split(&folders, shared && *shared ? shared : "/usr/local/share:/usr/share",
		   ":");
	strv_add(&folders, "/var/lib/flatpak/exports/share");
	strv_add(&folders, "/var/lib/snapd/desktop");
	for (size_t i = 0; i < folders.n && !w.ended; i++) {
		cleanup_free char *path = xasprintf("%s/applications", folders.v[i]);

		walk_folder(&w, path, "", 0);
	}
	strv_dispose(&w.seen);
}

/* ---- reading one ---- */

char *desktop_value(const char *text, const char *key)
{
	static const char group[] = "[Desktop Entry]";
	size_t len = strlen(key);
	bool inside = false;

	for (const char *line = text; *line; line += line[0] == '\n') {
		size_t length = strcspn(line, "\n");
		const char *at = line + len;

		if (*line == '[')
			inside = strncmp(line, group, strlen(group)) == 0;
		if (inside && length > len && strncmp(line, key, len) == 0) {
			at += strspn(at, " \t");
			if (*at == '=') {
				at++;
				at += strspn(at, " \t");
				return xstrndup(at, strcspn(at, "\r\n"));
			}
		}
		line += length;
	}
	return NULL;
}

/* Of a value of type string: \s, \n, \t, \r and a doubled backslash. */
static char *unescaped(const char *value)
{
	cleanup_buf struct buf text = BUF_INIT;

	for (; *value; value++) {
		static const char from[] = "sntr\\", to[] = " \n\t\r\\";
		const char *known =
			value[0] == '\\' && value[1] ? strchr(from, value[1]) : NULL;

		buf_add_ch(&text, known ? to[known - from] : *value);
		value += known != NULL;
	}
	return buf_steal(&text);
}

/* What stands for a code such as %c; nothing for those of files. */
static int add_code(struct buf *word, char code, const char *name, const char *path)
{
	if (code == '%')
		buf_add_ch(word, '%');
	else if (code == 'c')
		buf_add(word, name);
	else if (code == 'k')
		buf_add(word, path);
	else if (!code || !strchr("fFuUdDnNickvm", code))
		return -EINVAL;
	return 0;
}

int desktop_exec(const char *exec, const char *name, const char *path, struct strv *ret)
{
	cleanup_free char *line = unescaped(exec);
	cleanup_buf struct buf word = BUF_INIT;
	bool quoted = false, begun = false;

	for (const char *at = line; *at; at++) {
		if (*at == '"') {
			quoted = !quoted;
			begun = true;
		} else if (quoted && *at == '\\' && at[1] && strchr("\"`$\\", at[1])) {
			buf_add_ch(&word, *++at);
		} else if (!quoted && *at == '%') {
			if (add_code(&word, *++at, name, path) < 0)
				return -EINVAL;
			begun = begun || word.len;
		} else if (quoted || (*at != ' ' && *at != '\t')) {
			buf_add_ch(&word, *at);
			begun = true;
		} else if (begun) {
			strv_take(ret, buf_steal(&word));
			begun = false;
		}
	}
	if (begun)
		strv_take(ret, buf_steal(&word));
	return quoted || !ret->n || !*ret->v[0] ? -EINVAL : 0;
}
