/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "lib/alloc.h"
#include "qrexec/qfile_int.h"

struct qfile_pack *qfile_pack_new(const struct qfile_pack_options *options)
{
	struct qfile_pack *p = xcalloc(1, sizeof(*p));

	p->options = *options;
	return p;
}

static void walk_end(struct qfile_pack *p)
{
	if (p->walk)
		walk_dispose(p->walk);
	free(p->walk);
	p->walk = NULL;
}

static void walk_start(struct qfile_pack *p, bool tell)
{
	walk_end(p);
	p->walk = xcalloc(1, sizeof(*p->walk));
	p->walk->paths = &p->paths;
	p->walk->ignore_links = p->options.ignore_links;
	p->walk->skipped = tell ? p->options.skipped : NULL;
	p->walk->arg = p->options.arg;
	walk_begin(p->walk);
}

void qfile_pack_free(struct qfile_pack *p)
{
	if (!p)
		return;
	walk_end(p);
	strv_dispose(&p->paths);
	for (size_t i = 0; i < p->sent_count; i++)
		free(p->sent[i].name);
	free(p->sent);
	free(p);
}

/* `.`, `..` and what ends with them say nothing of a name: their real one is taken. */
static char *named(const char *path)
{
	cleanup_free char *text = xstrdup(path);
	size_t len = strlen(text);
	const char *slash;

	while (len > 1 && text[len - 1] == '/')
		text[--len] = '\0';
	slash = strrchr(text, '/');
	slash = slash ? slash + 1 : text;
	if (*slash && strcmp(slash, ".") != 0 && strcmp(slash, "..") != 0)
		return steal(text);
	return realpath(text, NULL);
}

int qfile_pack_add(struct qfile_pack *p, const char *path)
{
	cleanup_free char *name = *path ? named(path) : NULL;

	if (!name)
		return *path ? -errno : -ENOENT;
	if (strcmp(name, "/") == 0)
		return -EINVAL;
	strv_take(&p->paths, steal(name));
	return 0;
}

/* Without -ENOLINK and so on: whether it may be made is the receiver's to say. */
static bool needs_any(const struct walk *w, int kind)
{
	if (qfile_name_check(w->name, strlen(w->name), false) == EILSEQ)
		return true;
	return kind == WALK_LINK &&
	       qfile_link_check(w->name, w->target, strlen(w->target), false) == EILSEQ;
}

int qfile_pack_scan(struct qfile_pack *p, struct qfile_total *ret)
{
	struct qfile_total total = {0};
	int kind;

	walk_start(p, true);
	while ((kind = walk_next(p->walk)) > WALK_END) {
		if (kind == WALK_LEAVE)
			continue;
		total.objects++;
		total.any_name |= needs_any(p->walk, kind);
		if (kind == WALK_FILE)
			total.bytes += (uint64_t)p->walk->st.st_size;
	}
	if (kind < 0)
		return kind; /* the walk stays: it knows where that was */
	walk_end(p);
	*ret = total;
	return 0;
}

static void remember(struct qfile_pack *p)
{
	const struct walk *w = p->walk;
	struct sent *s;

	if (!p->options.move)
		return;
	s = &array_grow(p->sent, p->sent_count);
	p->sent_count++;
	*s = (struct sent){
		.name = xstrdup(w->name),
		.argument = w->argument,
		.dev = w->st.st_dev,
		.ino = w->st.st_ino,
		.mode = w->st.st_mode,
		.size = w->st.st_size,
		.mtime = w->st.st_mtim,
	};
}

static uint32_t seconds(const struct timespec *t)
{
	return t->tv_sec < 0		? 0
	       : t->tv_sec > UINT32_MAX ? UINT32_MAX
					: (uint32_t)t->tv_sec;
}

static void head_put(struct qfile_pack *p, int kind)
{
	const struct walk *w = p->walk;
	size_t len = strlen(w->name) + 1;
	const bool content = kind == WALK_FILE || kind == WALK_LINK;
	const struct qfile_header h = {
		.name_len = (uint32_t)len,
		.mode = (uint32_t)w->st.st_mode & (S_IFMT | 0777),
		.size = content ? (uint64_t)w->st.st_size : 0,
		.atime = seconds(&w->st.st_atim),
		.atime_ns = (uint32_t)w->st.st_atim.tv_nsec,
		.mtime = seconds(&w->st.st_mtim),
		.mtime_ns = (uint32_t)w->st.st_mtim.tv_nsec,
	};

	qfile_header_put(p->head, &h);
	memcpy(p->head + QFILE_HEADER, w->name, len);
	p->head_done = 0;
	p->head_len = QFILE_HEADER + len;
	if (kind == WALK_LINK) {
		memcpy(p->head + p->head_len, w->target, (size_t)h.size);
		p->head_len += (size_t)h.size;
	}
}

/* The next header, with all that is not a file's content. */
static int next_object(struct qfile_pack *p)
{
	int kind = walk_next(p->walk);

	if (kind < 0)
		return kind;
	if (kind == WALK_END) {
		memset(p->head, 0, QFILE_HEADER);
		p->head_done = 0;
		p->head_len = QFILE_HEADER;
		p->ended = true;
		return 0;
	}
	head_put(p, kind);
	if (kind != WALK_LEAVE)
		p->objects++;
	if (kind == WALK_FILE) {
		p->left = (uint64_t)p->walk->st.st_size;
		p->hole = 0;
		p->sparse = p->walk->st.st_blocks * 512 < p->walk->st.st_size;
		if (p->left)
			return 0;
	}
	if (kind != WALK_ENTER)
		remember(p);
	return 0;
}

/* How many zeros come next in a sparse file, so that they need not be read. */
static uint64_t zeros_at(int fd, off_t at, uint64_t left)
{
	off_t data = lseek(fd, at, SEEK_DATA);
	struct stat st;

	if (data < 0 && errno == ENXIO && fstat(fd, &st) == 0 &&
	    st.st_size >= at + (off_t)left)
		return left; /* nothing but a hole up to the end; it was not cut */
	if (data <= at)
		return 0;
	return (uint64_t)(data - at) < left ? (uint64_t)(data - at) : left;
}

static void find_hole(struct qfile_pack *p)
{
	int fd = p->walk->fd;
	off_t at = lseek(fd, 0, SEEK_CUR);

	if (at < 0)
		return;
	p->hole = zeros_at(fd, at, p->left);
	(void)lseek(fd, at + (off_t)p->hole, SEEK_SET);
}

static ssize_t content(struct qfile_pack *p, uint8_t *out, size_t len)
{
	ssize_t n;

	if (p->sparse && !p->hole)
		find_hole(p); /* where a read runs into a hole, it gives zeros as well */
	if (len > p->left)
		len = (size_t)p->left;
	if (p->hole) {
		n = (ssize_t)(len < p->hole ? len : p->hole);
		memset(out, 0, (size_t)n);
		p->hole -= (uint64_t)n;
	} else {
		n = read(p->walk->fd, out, len);
	}
	if (n < 0)
		return -errno;
	if (n == 0)
		return -ENODATA; /* it has become shorter, and its size has been told */
	p->left -= (uint64_t)n;
	p->bytes += (uint64_t)n;
	if (!p->left)
		remember(p);
	return n;
}

/* Some bytes of what comes next; 0 behind the end. */
static ssize_t some(struct qfile_pack *p, uint8_t *out, size_t len)
{
	while (p->head_done == p->head_len) {
		int r;

		if (p->left)
			return content(p, out, len);
		if (p->ended)
			return 0;
		r = next_object(p);
		if (r < 0)
			return r;
	}
	if (len > p->head_len - p->head_done)
		len = p->head_len - p->head_done;
	memcpy(out, p->head + p->head_done, len);
	p->head_done += len;
	return (ssize_t)len;
}

ssize_t qfile_pack_read(struct qfile_pack *p, void *buf, size_t len)
{
	uint8_t *out = buf;
	size_t done = 0;

	if (!p->walk)
		walk_start(p, false);
	while (done < len) {
		ssize_t n = some(p, out + done, len - done);

		if (n == -EINTR)
			continue;
		if (n < 0)
			return n;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	p->crc = qfile_crc(p->crc, buf, done);
	return (ssize_t)done;
}

uint64_t qfile_pack_bytes(const struct qfile_pack *p)
{
	return p->bytes;
}

uint64_t qfile_pack_objects(const struct qfile_pack *p)
{
	return p->objects;
}

const char *qfile_pack_where(const struct qfile_pack *p)
{
	return p->walk ? p->walk->name : "";
}

uint32_t qfile_pack_crc(const struct qfile_pack *p)
{
	return p->crc;
}
