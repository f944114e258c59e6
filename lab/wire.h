/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host's labc and dom0's labd say to each other over one virtio-serial
 * port: frames, each a header and its payload. Both ends run on the same kind of
 * machine, so the structs travel as they are.
 *
 * The host sends FRAME_REQUEST (struct request, then the value of TERM, then each
 * argument, all NUL-terminated), may go on with FRAME_INPUT (empty: end of input) and
 * FRAME_WINSIZE, and gets FRAME_OUT and FRAME_ERR until FRAME_EXIT (an int).
 */
#ifndef LAB_WIRE_H
#define LAB_WIRE_H

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define PORT_NAME "qvm.lab"
#define FRAME_MAX 32768

enum frame_type {
	FRAME_REQUEST = 1,
	FRAME_INPUT,
	FRAME_WINSIZE,
	FRAME_OUT,
	FRAME_ERR,
	FRAME_EXIT,
};

struct frame {
	uint32_t type;
	uint32_t len;
};

struct winsz {
	uint16_t rows;
	uint16_t cols;
};

struct request {
	int64_t sec; /* the time of day: a checkpoint's clock stood still */
	int64_t nsec;
	uint8_t seed[32]; /* fresh randomness: else every run draws the same */
	uint32_t tty;
	struct winsz size;
};

static inline int read_full(int fd, void *buf, size_t len)
{
	char *p = buf;

	while (len) {
		ssize_t n = read(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EPIPE;
		p += n;
		len -= n;
	}
	return 0;
}

static inline int write_full(int fd, const void *buf, size_t len)
{
	const char *p = buf;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= n;
	}
	return 0;
}

/* Reads one whole frame; refuses one that is longer than FRAME_MAX. */
static inline int frame_read(int fd, struct frame *ret_head, char buf[static FRAME_MAX])
{
	int r = read_full(fd, ret_head, sizeof(*ret_head));

	if (r < 0)
		return r;
	if (ret_head->len > FRAME_MAX)
		return -EPROTO;
	return read_full(fd, buf, ret_head->len);
}

static inline int frame_write(int fd, uint32_t type, const void *buf, size_t len)
{
	char out[sizeof(struct frame) + FRAME_MAX];
	struct frame head = {.type = type, .len = len};

	if (len > FRAME_MAX)
		return -EMSGSIZE;
	memcpy(out, &head, sizeof(head));
	if (len)
		memcpy(out + sizeof(head), buf, len);
	return write_full(fd, out, sizeof(head) + len);
}

#endif
