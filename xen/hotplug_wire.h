/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few words of the xenstore protocol (xen/io/xs_wire.h) that qvm-hotplug and vbd_attach.c
 * speak, and the way create.c tells qvm-hotplug what to attach. Pure: bytes in, bytes out.
 *
 * The `params` node of a disk's backend holds "MAJOR:MINOR", in hex as blkback wants it.
 * A path behind it, after one space, is for the device model of an HVM guest: libxl
 * emulates a disk of which the helper names a path, and leaves others paravirtual. The
 * node is dom0's own; the guest cannot write it, but reads it: no path without need.
 */
#ifndef QVM_XEN_HOTPLUG_WIRE_H
#define QVM_XEN_HOTPLUG_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/macro.h"

#define HOTPLUG_PATH_MAX 256   /* of a xenstore node we name */
#define HOTPLUG_VALUE_MAX 1024 /* of a value we read or write */
#define HOTPLUG_MESSAGE_MAX (16 + HOTPLUG_PATH_MAX + HOTPLUG_VALUE_MAX)
#define HOTPLUG_DEVICE_MAX 20 /* "ffffffff:ffffffff" and its NUL */

/* Requests, and their types on the wire. */
enum { WIRE_READ, WIRE_WRITE, WIRE_MKDIR, WIRE_SET_PERMS, WIRE_BEGIN, WIRE_END };
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

/*
 * "fd:5 /dev/dm-5" into the device as blkback takes it, its numbers, and where the path
 * begins in TEXT (NULL without one). 0 or -EINVAL.
 */
struct hotplug_disk {
	uint32_t major, minor;
	char device[HOTPLUG_DEVICE_MAX];
	const char *path;
};
int hotplug_disk_parse(const char *text, struct hotplug_disk *ret) must_check;

#endif
