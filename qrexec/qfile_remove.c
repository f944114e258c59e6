/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "qrexec/qfile_int.h"

/* Is it what was sent? A folder's time has changed with what was taken out of it. */
static bool unchanged(const struct sent *s, const struct stat *st)
{
	if (s->dev != st->st_dev || s->ino != st->st_ino ||
	    (s->mode & S_IFMT) != (st->st_mode & S_IFMT))
		return false;
	return S_ISDIR(s->mode) ||
	       (s->size == st->st_size && s->mtime.tv_sec == st->st_mtim.tv_sec &&
		s->mtime.tv_nsec == st->st_mtim.tv_nsec);
}

static int remove_one(int root, const struct sent *s, bool *by_hand)
{
	const char *leaf;
	struct stat st;
	cleanup_close int folder = place_parent(root, s->name, by_hand, &leaf);

	if (folder < 0)
		return -folder;
	if (fstatat(folder, leaf, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno;
	if (!unchanged(s, &st))
		return ESTALE;
	return unlinkat(folder, leaf, S_ISDIR(s->mode) ? AT_REMOVEDIR : 0) < 0 ? errno
									       : 0;
}

size_t qfile_remove(struct qfile_pack *p,
		    void (*kept)(void *arg, const char *name, int errnum), void *arg)
{
	size_t left = 0;
	bool by_hand = false;
	cleanup_close int root = -1;

	/* as they were finished: what a folder holds comes before it */
	for (size_t i = 0; i < p->sent_count; i++) {
		const struct sent *s = &p->sent[i];
		const char *leaf;
		int code;

		if (i == 0 || s->argument != p->sent[i - 1].argument) {
			cleanup_close_at(&root);
			root = walk_argument(p->paths.v[s->argument], &leaf);
		}
		code = root < 0 ? -root : remove_one(root, s, &by_hand);
		if (code == 0)
			continue;
		left++;
		kept(arg, s->name, code);
	}
	return left;
}
