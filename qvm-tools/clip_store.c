/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/clip_store.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/size.h"

/* "qvm-clip/1 SOURCE EXPIRES TOKEN\n", then the text. */
#define MAGIC "qvm-clip/1"

enum { HEAD_MAX = 128, LOCK_MS = 2000, RETRY_MS = 20 };

void clip_dispose(struct clip *c)
{
	if (c->text.data)
		explicit_bzero(c->text.data, c->text.size);
	buf_dispose(&c->text);
	cleanup_close_at(&c->fd);
	free(c->path);
	free(c->source);
	*c = CLIP_INIT;
}

void clip_wipe(struct clip *c)
{
	static const char zeros[4096];
	off_t end = lseek(c->fd, 0, SEEK_END);

	for (off_t at = 0; at < end; at += (off_t)sizeof(zeros))
		if (pwrite(c->fd, zeros, sizeof(zeros), at) < 0)
			break; /* then the pages go as they are */
	(void)unlink(c->path);
}

int clip_put(struct qvm_ctx *ctx, const char *source, const struct buf *text, int seconds,
	     char ret_token[static UUID_TEXT], struct qvm_err *err)
{
	cleanup_free char *path = xasprintf("%s/clip", ctx->run_dir);
	cleanup_clip struct clip old = CLIP_INIT;
	cleanup_buf struct buf whole = BUF_INIT;
	struct qvm_err none = QVM_ERR_INIT;
	struct uuid uuid;
	int r = uuid_random(&uuid);

	if (r < 0)
		return err_errno(err, r, "cannot keep the text");
	uuid_format(&uuid, ret_token);
	/* what is replaced is overwritten too; who holds it now wipes it himself */
	if (clip_take(ctx, &old, &none) == 0)
		clip_wipe(&old);
	buf_addf(&whole, MAGIC " %s %llu %s\n", source,
		 (unsigned long long)clock_in((uint64_t)seconds * 1000), ret_token);
	buf_add_mem(&whole, buf_str(text), text->len);
	r = dir_make(ctx->run_dir, 0755);
	if (r == 0)
		r = file_replace(path, whole.data, whole.len, 0600, 0);
	explicit_bzero(whole.data, whole.size);
	return r < 0 ? err_errno(err, r, "cannot keep the text in '%s'", path) : 0;
}

/* Opened, locked, and still what the name means. 0 or a negative errno. */
static int open_locked(const char *path, int *ret_fd)
{
	cleanup_close int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_mode & 077)
		return -EPERM;
	if (!st.st_nlink)
		return -ENOENT;
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int parse(struct clip *c)
{
	char *newline = memchr(c->text.data, '\n', c->text.len);
	cleanup_strv struct strv words = STRV_INIT;
	cleanup_free char *head = NULL;
	size_t len = newline ? (size_t)(newline - c->text.data) : HEAD_MAX;
	long long expires;

	if (len >= HEAD_MAX)
		return -EBADMSG;
	head = xstrndup(c->text.data, len);
	strv_split(&words, head, " ");
	if (words.n != 4 || strcmp(words.v[0], MAGIC) != 0 ||
	    num_parse(words.v[2], 0, INT64_MAX, &expires) < 0 ||
	    strlen(words.v[3]) >= UUID_TEXT)
		return -EBADMSG;
	c->source = xstrdup(words.v[1]);
	c->expires = (uint64_t)expires;
	memcpy(c->token, words.v[3], strlen(words.v[3]) + 1);
	c->text.len -= len + 1;
	memmove(c->text.data, newline + 1, c->text.len + 1);
	return 0;
}

int clip_take(struct qvm_ctx *ctx, struct clip *ret, struct qvm_err *err)
{
	cleanup_clip struct clip c = CLIP_INIT;
	int r;

	c.path = xasprintf("%s/clip", ctx->run_dir);
	r = open_locked(c.path, &c.fd);
	/* most hold it for a moment only */
	for (int waited = 0; r == -EWOULDBLOCK && waited < LOCK_MS; waited += RETRY_MS) {
		(void)poll(NULL, 0, RETRY_MS);
		r = open_locked(c.path, &c.fd);
	}
	if (r == -ENOENT)
		return err_set(err, QVM_E_NOT_FOUND, "there is no text to paste");
	if (r == -EWOULDBLOCK)
		return err_set(err, QVM_E_BUSY, "another command works with the text");
	if (r == 0)
		r = fd_read_all(c.fd, CLIP_MAX + HEAD_MAX, &c.text);
	if (r == 0 && c.text.len)
		r = parse(&c);
	else if (r == 0)
		r = -EBADMSG;
	if (r == -EBADMSG)
		clip_wipe(&c); /* none of ours: of use to nobody */
	if (r < 0)
		return err_errno(err, r, "cannot take the text from '%s'", c.path);
	if (clock_ms() >= c.expires) {
		clip_wipe(&c);
		return err_set(err, QVM_E_NOT_FOUND,
			       "the text has been cleared: its time is over");
	}
	*ret = c;
	c = CLIP_INIT;
	return 0;
}
