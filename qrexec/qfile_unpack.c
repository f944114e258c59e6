/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "qrexec/qfile_int.h"

enum {
	HOLE_MIN = 4096,      /* fewer zeros are written */
	FLUSH_STEP = 8 << 20, /* the disk begins while data still comes */
	SPACE_MIN = 1 << 20,  /* smaller files find out by themselves */
};

struct receiver {
	struct qfile_unpack *u;
	uint32_t crc;
	struct qfile_header head;
	char name[QFILE_NAME_MAX];
	char target[QFILE_NAME_MAX];
	/*
	 * The folder that objects are being put in. It and those above it were made by this
	 * transfer and wait for their second header; no other takes anything.
	 */
	char folder[QFILE_NAME_MAX];
	uint8_t buf[QFILE_BUFFER];
	size_t at, len;
};

/* Makes sure that something lies in the buffer. 0, or a code. */
static int fill(struct receiver *r)
{
	ssize_t n;

	if (r->at < r->len)
		return 0;
	do
		n = r->u->read(r->u->from, r->buf, sizeof(r->buf));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno;
	r->at = 0;
	r->len = (size_t)n;
	return n ? 0 : QFILE_CUT_SHORT;
}

/* At most MAX bytes of the buffer, counted and summed. */
static const uint8_t *take(struct receiver *r, size_t max, size_t *ret_len)
{
	const uint8_t *from = r->buf + r->at;
	size_t n = r->len - r->at;

	if (n > max)
		n = max;
	r->at += n;
	r->crc = qfile_crc(r->crc, from, n);
	*ret_len = n;
	return from;
}

static int take_all(struct receiver *r, void *out, size_t len)
{
	uint8_t *to = out;

	while (len) {
		int code = fill(r);
		const uint8_t *from;
		size_t n;

		if (code)
			return code;
		from = take(r, len, &n);
		memcpy(to, from, n);
		to += n;
		len -= n;
	}
	return 0;
}

static size_t parent_len(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? (size_t)(slash - name) : 0;
}

/*
 * The object's folder must be the one at hand or one above it. So a path never leads
 * through what somebody else has put there, or through a link that came before.
 */
static int enter_parent(struct receiver *r)
{
	size_t len = parent_len(r->name);

	if (len && (strncmp(r->name, r->folder, len) != 0 ||
		    (r->folder[len] && r->folder[len] != '/')))
		return ENOENT;
	r->folder[len] = '\0';
	return 0;
}

static void times_of(const struct qfile_header *h, struct timespec ret[2])
{
	ret[0] = (struct timespec){h->atime, h->atime_ns};
	ret[1] = (struct timespec){h->mtime, h->mtime_ns};
}

static int finish(struct receiver *r, int fd)
{
	struct timespec times[2];

	times_of(&r->head, times);
	return futimens(fd, times) < 0 || fchmod(fd, r->head.mode & 0777) < 0 ? errno : 0;
}

static int room_check(const struct receiver *r)
{
	struct statvfs fs;

	if (r->head.size < SPACE_MIN || fstatvfs(r->u->root, &fs) < 0 || !fs.f_frsize)
		return 0;
	return r->head.size / fs.f_frsize > fs.f_bavail ? ENOSPC : 0;
}

static bool is_zero(const uint8_t *data, size_t len)
{
	return data[0] == 0 && memcmp(data, data + 1, len - 1) == 0;
}

static int put(int fd, const uint8_t *data, size_t len)
{
	if (len >= HOLE_MIN && is_zero(data, len))
		return lseek(fd, (off_t)len, SEEK_CUR) < 0 ? errno : 0;
	return -fd_write_all(fd, data, len);
}

static int content(struct receiver *r, int fd)
{
	uint64_t done = 0, flushed = 0;

	while (done < r->head.size) {
		uint64_t left = r->head.size - done;
		const uint8_t *data;
		size_t n;
		int code = fill(r);

		if (code)
			return code;
		data = take(r, left < sizeof(r->buf) ? (size_t)left : sizeof(r->buf), &n);
		code = put(fd, data, n);
		if (code)
			return code;
		done += n;
		if (done - flushed >= FLUSH_STEP) {
			(void)sync_file_range(fd, (off_t)flushed, (off_t)(done - flushed),
					      SYNC_FILE_RANGE_WRITE);
			flushed = done;
		}
	}
	/* a hole at the end */
	if (done >= HOLE_MIN && ftruncate(fd, (off_t)done) < 0)
		return errno;
	r->u->bytes += done;
	return 0;
}

/* What was begun goes, unless its name has come to mean something else. */
static void take_back(struct receiver *r, int fd)
{
	const char *leaf;
	struct stat ours, there;
	cleanup_close int folder =
		place_parent(r->u->root, r->name, &r->u->no_openat2, &leaf);

	if (folder >= 0 && fstat(fd, &ours) == 0 &&
	    fstatat(folder, leaf, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	    ours.st_dev == there.st_dev && ours.st_ino == there.st_ino)
		(void)unlinkat(folder, leaf, 0);
}

static int take_file(struct receiver *r)
{
	cleanup_close int fd = -1;
	int code = room_check(r);

	if (code)
		return code;
	/* without rights until it is whole */
	fd = place_create(r->u->root, r->name, &r->u->no_openat2);
	if (fd < 0)
		return -fd;
	code = content(r, fd);
	if (code == 0)
		code = finish(r, fd);
	if (code)
		take_back(r, fd);
	return code;
}

static int take_link(struct receiver *r)
{
	cleanup_close int folder = -1;
	struct timespec times[2];
	const char *leaf;
	int code = take_all(r, r->target, (size_t)r->head.size);

	r->target[r->head.size] = '\0';
	if (code == 0)
		code = qfile_link_check(r->name, r->target, (size_t)r->head.size,
					r->u->any_name);
	if (code)
		return code;
	folder = place_parent(r->u->root, r->name, &r->u->no_openat2, &leaf);
	if (folder < 0)
		return -folder;
	if (symlinkat(r->target, folder, leaf) < 0)
		return errno;
	times_of(&r->head, times);
	return utimensat(folder, leaf, times, AT_SYMLINK_NOFOLLOW) < 0 ? errno : 0;
}

/* The second header of the folder at hand. */
static int leave_folder(struct receiver *r)
{
	const char *leaf;
	cleanup_close int folder =
		place_parent(r->u->root, r->name, &r->u->no_openat2, &leaf);
	cleanup_close int fd = -1;

	if (folder < 0)
		return -folder;
	fd = openat(folder, leaf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno;
	r->folder[parent_len(r->name)] = '\0';
	return finish(r, fd);
}

static int take_folder(struct receiver *r)
{
	cleanup_close int folder = -1;
	const char *leaf;

	folder = place_parent(r->u->root, r->name, &r->u->no_openat2, &leaf);
	if (folder < 0)
		return -folder;
	if (mkdirat(folder, leaf, 0700) < 0)
		return errno;
	memcpy(r->folder, r->name, strlen(r->name) + 1);
	return 0;
}

static int take_object(struct receiver *r)
{
	struct qfile_unpack *u = r->u;
	int code;

	if (S_ISDIR(r->head.mode) && strcmp(r->name, r->folder) == 0)
		return leave_folder(r);
	if (u->max_files && u->files >= u->max_files)
		return EDQUOT;
	if (u->max_bytes && r->head.size > u->max_bytes - u->bytes)
		return EDQUOT;
	code = enter_parent(r);
	if (code)
		return code;
	u->files++;
	return S_ISREG(r->head.mode)   ? take_file(r)
	       : S_ISDIR(r->head.mode) ? take_folder(r)
				       : take_link(r);
}

/* One header and what belongs to it; *ret_end: it was the last. */
static int take_one(struct receiver *r, bool *ret_end)
{
	uint8_t bytes[QFILE_HEADER];
	int code = fill(r);

	if (code == QFILE_CUT_SHORT)
		return EREMOTEIO; /* between two objects */
	if (code == 0)
		code = take_all(r, bytes, sizeof(bytes));
	if (code)
		return code;
	qfile_header_get(bytes, &r->head);
	*ret_end = r->head.name_len == 0;
	if (*ret_end)
		return 0;
	code = r->head.name_len > QFILE_NAME_MAX ? ENAMETOOLONG : 0;
	if (code)
		return code;
	code = take_all(r, r->name, r->head.name_len);
	if (code || r->name[r->head.name_len - 1]) {
		r->name[0] = '\0';
		return code ? code : EINVAL;
	}
	code = qfile_header_check(&r->head);
	if (code == 0)
		code = qfile_name_check(r->name, r->head.name_len - 1, r->u->any_name);
	return code ? code : take_object(r);
}

uint32_t qfile_unpack(struct qfile_unpack *u, struct qfile_answer *ret)
{
	cleanup_free struct receiver *r = xcalloc(1, sizeof(*r));
	bool end = false;
	int code = 0;

	r->u = u;
	u->bytes = u->files = 0;
	while (code == 0 && !end)
		code = take_one(r, &end);
	if (code == 0 && syncfs(u->root) < 0)
		code = errno;
	ret->code = (uint32_t)code;
	ret->crc = r->crc;
	memcpy(ret->name, r->name, sizeof(ret->name));
	return ret->code;
}
