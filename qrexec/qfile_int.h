/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Within the file copy: paths beneath a folder, and the walk over what is sent. */
#ifndef QVM_QREXEC_QFILE_INT_H
#define QVM_QREXEC_QFILE_INT_H

#include <dirent.h>
#include <sys/stat.h>

#include "lib/strv.h"
#include "qrexec/qfile.h"

/* qfile_unicode.c */
bool qfile_character_ok(uint32_t code);

/*
 * qfile_place.c: names strictly beneath ROOT, no symbolic link followed on the way. BY_HAND
 * is set when the kernel lacks openat2, and then stays. A descriptor, 0, or -errno.
 */
int place_create(int root, const char *name, bool *by_hand) must_check; /* mode 0 */
/* The folder that NAME is in (O_PATH), and NAME's last part. */
int place_parent(int root, const char *name, bool *by_hand, const char **ret_leaf)
	must_check;

/* qfile_walk.c */
enum walk_kind { WALK_END, WALK_FILE, WALK_LINK, WALK_ENTER, WALK_LEAVE };

struct walk_level {
	DIR *dir;
	struct stat st;
	size_t name_len; /* of the folder's own name */
};

struct walk {
	const struct strv *paths;
	size_t next; /* argument to begin with */
	bool ignore_links;
	void (*skipped)(void *arg, const char *name, const char *why);
	void *arg;
	struct walk_level levels[QFILE_DEPTH_MAX];
	size_t depth;

	/* what walk_next has found */
	int fd; /* WALK_FILE: open for reading; closed by the next call */
	struct stat st;
	char name[QFILE_NAME_MAX];   /* relative to the argument's folder */
	char target[QFILE_NAME_MAX]; /* WALK_LINK */
	size_t argument;	     /* index in paths */
};

void walk_begin(struct walk *w); /* after it is zeroed and its options are set */
/* The next object: an enum walk_kind or a negative errno. */
int walk_next(struct walk *w) must_check;
void walk_dispose(struct walk *w);

/* The folder that argument PATH is in, and its last part (from PATH). -errno. */
int walk_argument(const char *path, const char **ret_leaf) must_check;

/* An object that was sent completely. */
struct sent {
	char *name;
	size_t argument;
	dev_t dev;
	ino_t ino;
	mode_t mode;
	off_t size;
	struct timespec mtime;
};

struct qfile_pack {
	struct qfile_pack_options options;
	struct strv paths;
	struct walk *walk; /* NULL before the first byte is asked for */
	uint8_t head[QFILE_HEADER + 2 * QFILE_NAME_MAX];
	size_t head_done, head_len;
	uint64_t left; /* of the content of the file at hand */
	uint64_t hole; /* of that, zeros that need not be read */
	bool sparse, ended;
	uint32_t crc;
	uint64_t bytes, objects;
	struct sent *sent;
	size_t sent_count;
};

#endif
