/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few words of the xenstore protocol (xen/io/xs_wire.h) for those who build their own
 * messages, many at a time (wire_link.h carries them). Pure: bytes in, bytes out.
 */
#ifndef QVM_LIB_WIRE_H
#define QVM_LIB_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/macro.h"

#define WIRE_PATH_MAX 256   /* of a node we name */
#define WIRE_VALUE_MAX 1024 /* of a value we read or write */
#define WIRE_MESSAGE_MAX (16 + WIRE_PATH_MAX + WIRE_VALUE_MAX)

/* Requests, and their types on the wire. */
enum {
	WIRE_READ,
	WIRE_WRITE,
	WIRE_MKDIR,
	WIRE_REMOVE,
	WIRE_SET_PERMS,
	WIRE_BEGIN,
	WIRE_END,
	WIRE_DIRECTORY,
	WIRE_WATCH,
	WIRE_INTRODUCED
};
extern const uint32_t wire_types[];

struct wire_request {
	uint32_t type, id;
	uint32_t tx;	  /* transaction, 0: none */
	const char *dir;  /* a path, or the first argument of another kind */
	const char *node; /* below it; NULL: DIR itself */
	const char *value;
	size_t len; /* of VALUE */
};

/* Messages are built into BUF of SIZE bytes; 0 when they do not fit. */
size_t wire_request(char *buf, size_t size, const struct wire_request *req);
size_t wire_read(char *buf, size_t size, uint32_t id, const char *dir, const char *node);
size_t wire_write(char *buf, size_t size, uint32_t id, const char *dir, const char *node,
		  const char *value);

struct wire_head {
	uint32_t type, id, len;
};

#define WIRE_HEAD 16 /* bytes of a head */

/* 0, or -EPROTO for a reply longer than a value of ours may be. */
int wire_head(const char bytes[static WIRE_HEAD], struct wire_head *ret) must_check;

/* 0 when HEAD answers request ID with success; -errno of the error it reports. */
int wire_answer(const struct wire_head *head, uint32_t id, uint32_t type,
		const char *body) must_check;

/* Not a reply: a watch has fired. */
bool wire_is_event(const struct wire_head *head) must_check;

#endif
