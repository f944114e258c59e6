/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/file.h"

void message_dispose(struct message *m)
{
	cleanup_close_at(&m->fd);
}

/* The one descriptor beside a message. */
union control {
	char buf[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

static int send_bytes(int channel, int fd, void *data, size_t len)
{
	union control control = {0};
	struct iovec io = {data, len};
	struct msghdr h = {.msg_iov = &io, .msg_iovlen = 1};
	struct cmsghdr *c;
	ssize_t n;

	if (fd >= 0) {
		h.msg_control = control.buf;
		h.msg_controllen = sizeof(control.buf);
		c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	do
		n = sendmsg(channel, &h, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int channel_vsend(int channel, int fd, const char *fmt, va_list ap)
{
	char text[CHANNEL_TEXT + 1];
	int len = vsnprintf(text, sizeof(text), fmt, ap);

	if (len <= 0 || (size_t)len > CHANNEL_TEXT)
		return -EMSGSIZE;
	return send_bytes(channel, fd, text, (size_t)len);
}

int channel_send(int channel, int fd, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = channel_vsend(channel, fd, fmt, ap);
	va_end(ap);
	return r;
}

int channel_receive(int channel, struct message *m)
{
	union control control;
	struct iovec io = {m->text, CHANNEL_TEXT};
	struct msghdr h = {.msg_iov = &io,
			   .msg_iovlen = 1,
			   .msg_control = control.buf,
			   .msg_controllen = sizeof(control.buf)};
	struct cmsghdr *c;
	ssize_t n;

	message_dispose(m);
	do
		n = recvmsg(channel, &h, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n < 0 ? -errno : -EPIPE;
	c = CMSG_FIRSTHDR(&h);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&m->fd, CMSG_DATA(c), sizeof(m->fd));
	m->len = (size_t)n;
	m->text[n] = '\0';
	return h.msg_flags & (MSG_TRUNC | MSG_CTRUNC) ? -EMSGSIZE : 0;
}

int channel_file(const void *data, size_t len)
{
	cleanup_close int fd = memfd_create("qvm", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r = fd < 0 ? -errno : fd_write_all(fd, data, len);

	if (r == 0 &&
	    (lseek(fd, 0, SEEK_SET) < 0 ||
	     fcntl(fd, F_ADD_SEALS,
		   F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0))
		r = -errno;
	return r < 0 ? r : steal_fd(&fd);
}

size_t message_words(struct message *m, const char *ret[static CHANNEL_WORDS])
{
	char *at = m->text;
	size_t n = 0;

	while (at && n < CHANNEL_WORDS - 1)
		ret[n++] = strsep(&at, " ");
	if (at)
		ret[n++] = at;
	for (size_t i = n; i < CHANNEL_WORDS; i++)
		ret[i] = "";
	return n;
}

void word_add(struct buf *to, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c <= ' ' || c == '%' || c == 0x7f)
			buf_addf(to, "%%%02x", c);
		else
			buf_add_ch(to, *text);
	}
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool word_decode(char *word)
{
	char *to = word;

	for (; *word; word++) {
		if (*word != '%') {
			*to++ = *word;
			continue;
		}
		if (hex(word[1]) < 0 || hex(word[2]) < 0)
			return false;
		*to = (char)(hex(word[1]) * 16 + hex(word[2]));
		if (!*to++)
			return false;
		word += 2;
	}
	*to = '\0';
	return true;
}
