/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "templates/layer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <search.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/buf.h"
#include "lib/file.h"
#include "lib/strv.h"
#include "templates/extract.h"
#include "templates/layer.h"

#define LINKS_MAX 40
#define WHITEOUT ".wh."
#define OPAQUE ".wh..wh..opq"
#define RESERVED ".wh..wh."

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

void layer_dispose(struct layer *l)
{
	tdestroy(l->own, free);
	free(l->parent);
	free(l->real);
	*l = (struct layer){0};
}

/* ---- what this layer has made ---- */

static bool is_own(const struct layer *l, const char *path)
{
	return tfind(path, &l->own, by_text) != NULL;
}

static void remember(struct layer *l, const char *path)
{
	cleanup_free char *copy = xstrdup(path);
	char *slash;

	/* A folder that only names of this layer imply is its own, too. */
	while (!is_own(l, copy)) {
		(void)tsearch(xstrdup(copy), &l->own, by_text);
		slash = strrchr(copy, '/');
		if (!slash)
			return;
		*slash = '\0';
	}
}

/* ---- taking away ---- */

static int take_away(const struct layer *l, const char *path);

static int take_children_away(const struct layer *l, const char *folder)
{
	cleanup_close int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	const struct dirent *entry;
	DIR *dir;
	int r = 0;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -errno;
	dir = fdopendir(fd);
	if (!dir)
		return -errno;
	fd = -1;
	while (r == 0 && (entry = readdir(dir))) {
		cleanup_free char *path = NULL;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		path = *folder == '.' && !folder[1]
			       ? xstrdup(entry->d_name)
			       : xasprintf("%s/%s", folder, entry->d_name);
		r = take_away(l, path);
	}
	closedir(dir);
	return r;
}

/* All of PATH that is not of this layer. */
static int take_away(const struct layer *l, const char *path)
{
	return is_own(l, path) ? take_children_away(l, path) : tree_remove(path);
}

/* ---- names ---- */

/* Appends the parts of TEXT to what is still to be walked. */
static void push_front(char **rest, const char *text)
{
	char *joined = xasprintf("%s/%s", text, *rest);

	free(*rest);
	*rest = joined;
}

static void cut_last(struct buf *path)
{
	char *slash = path->len ? strrchr(path->data, '/') : NULL;
	size_t keep = slash ? (size_t)(slash - path->data) : 0;
	cleanup_free char *kept = xstrndup(buf_str(path), keep);

	buf_reset(path);
	buf_add(path, kept);
}

/* Adds one part; a link is put in front of the rest instead. */
static int step(struct buf *path, const char *part, char **rest, int *links)
{
	char target[PATH_MAX];
	size_t before = path->len;
	ssize_t n;

	if (!*part || strcmp(part, ".") == 0)
		return 0;
	if (strcmp(part, "..") == 0) {
		cut_last(path);
		return 0;
	}
	buf_addf(path, "%s%s", before ? "/" : "", part);
	n = readlink(path->data, target, sizeof(target) - 1);
	if (n < 0)
		return errno == EINVAL || errno == ENOENT || errno == ENOTDIR ? 0
									      : -errno;
	if (++*links > LINKS_MAX)
		return -ELOOP;
	target[n] = '\0';
	path->data[path->len = before] = '\0';
	if (*target == '/')
		buf_reset(path);
	push_front(rest, target);
	return 0;
}

/* Where the folder NAME is when the current folder is "/". */
static int resolve(const char *name, char **ret)
{
	cleanup_free char *rest = xstrdup(name);
	cleanup_buf struct buf path = BUF_INIT;
	int links = 0, r = 0;

	while (r == 0 && *rest) {
		size_t len = strcspn(rest, "/");
		cleanup_free char *part = xstrndup(rest, len);
		char *further = xstrdup(rest + len + (rest[len] == '/'));

		free(rest);
		rest = further;
		r = step(&path, part, &rest, &links);
		if (path.len >= PATH_MAX)
			r = -ENAMETOOLONG;
	}
	if (r == 0)
		*ret = buf_steal(&path);
	return r;
}

/* Where the folder FOLDER of the archive is; kept, for its files come one after another. */
static int find_parent(struct layer *l, char *folder, const char **ret)
{
	char *real = NULL;
	int r;

	if (!l->parent || strcmp(l->parent, folder) != 0) {
		r = resolve(folder, &real);
		if (r < 0)
			return r;
		free(l->parent);
		free(l->real);
		l->parent = xstrdup(folder);
		l->real = real;
	}
	*ret = l->real;
	return 0;
}

/* "./etc//passwd/" as "etc/passwd", so that a name is the same whenever it comes. */
static void tidy(const char *name, struct buf *ret)
{
	cleanup_strv struct strv parts = STRV_INIT;

	strv_split(&parts, name, "/");
	for (size_t i = 0; i < parts.n; i++)
		if (strcmp(parts.v[i], ".") != 0)
			buf_addf(ret, "%s%s", ret->len ? "/" : "", parts.v[i]);
}

/* Splits off the last part of NAME, and finds what is before it. */
static int locate(struct layer *l, const char *name, char **ret_folder, char **ret_last)
{
	cleanup_buf struct buf folder = BUF_INIT;
	const char *real;
	char *slash;
	int r;

	tidy(name, &folder);
	if (!folder.len) {
		*ret_folder = xstrdup("");
		*ret_last = xstrdup("");
		return 0;
	}
	slash = strrchr(folder.data, '/');
	*ret_last = xstrdup(slash ? slash + 1 : folder.data);
	*(slash ? slash : folder.data) = '\0';
	r = find_parent(l, folder.data, &real);
	if (r == 0 && !l->over && strcmp(real, folder.data) != 0)
		r = -ELOOP;
	if (r < 0) {
		free(steal(*ret_last));
		return r;
	}
	*ret_folder = xstrdup(real);
	return 0;
}

static char *joined(const char *folder, const char *last)
{
	if (!*last || strcmp(last, ".") == 0)
		return xstrdup(*folder ? folder : ".");
	return *folder ? xasprintf("%s/%s", folder, last) : xstrdup(last);
}

/* Links may have changed: what was resolved before is no longer sure. */
static void forget_parent(struct layer *l)
{
	free(steal(l->parent));
}

static int whiteout(struct layer *l, const char *folder, const char *last)
{
	cleanup_free char *path = NULL;
	const char *name = last + strlen(WHITEOUT);

	forget_parent(l);
	if (strcmp(last, OPAQUE) == 0)
		return take_children_away(l, *folder ? folder : ".");
	if (strncmp(last, RESERVED, strlen(RESERVED)) == 0)
		return 0;
	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return -EINVAL;
	path = joined(folder, name);
	return take_away(l, path);
}

/*
 * What is there of another type makes room; a folder stays for a folder. One that this
 * archive itself has filled stays, too: its mode and time are still to be set, by name.
 */
static int make_room(const struct layer *l, const char *path, mode_t type)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	if (S_ISDIR(st.st_mode) == S_ISDIR(type))
		return 0;
	if (S_ISDIR(st.st_mode) && (!l->over || is_own(l, path)))
		return rmdir(path) < 0 ? -errno : 0;
	return tree_remove(path);
}

static int prepare(struct layer *l, struct archive_entry *entry)
{
	cleanup_free char *folder = NULL, *last = NULL, *path = NULL;
	cleanup_free char *link_folder = NULL, *link_last = NULL, *link = NULL;
	const char *hard = archive_entry_hardlink(entry);
	mode_t type = hard ? S_IFREG : archive_entry_filetype(entry);
	int r = locate(l, archive_entry_pathname(entry), &folder, &last);

	if (r < 0)
		return r;
	if (l->over && strncmp(last, WHITEOUT, strlen(WHITEOUT)) == 0) {
		r = whiteout(l, folder, last);
		return r < 0 ? r : 1;
	}
	path = joined(folder, last);
	if (hard) {
		r = locate(l, hard, &link_folder, &link_last);
		if (r < 0)
			return r;
		link = joined(link_folder, link_last);
		archive_entry_copy_hardlink(entry, link);
	}
	r = make_room(l, path, type);
	if (S_ISLNK(type))
		forget_parent(l);
	if (l->over)
		remember(l, path);
	archive_entry_copy_pathname(entry, path);
	return r;
}

int layer_prepare(struct layer *l, struct archive_entry *entry, struct qvm_err *err)
{
	int r = prepare(l, entry);
	cleanup_free char *name = NULL;

	if (r >= 0)
		return r;
	name = extract_shown(archive_entry_pathname(entry));
	if (r == -ELOOP && !l->over)
		return err_set(err, QVM_E_VALUE,
			       "bad archive: '%s' would be written through a link", name);
	return err_errno(err, r, "bad %s: cannot put '%s' in its place",
			 l->over ? "layer" : "archive", name);
}
