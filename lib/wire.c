/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/io/xs_wire.h> /* before ours: it uses a word that lib/macro.h defines */

#include "lib/wire.h"

#include <string.h>

_Static_assert(sizeof(struct xsd_sockmsg) == WIRE_HEAD, "a head is four words");

/* Adds LEN bytes; false when they do not fit. */
static bool put(char *buf, size_t size, size_t *at, const char *bytes, size_t len)
{
	if (len > size - *at)
		return false;
	if (len)
		memcpy(buf + *at, bytes, len);
	*at += len;
	return true;
}

size_t wire_request(char *buf, size_t size, const struct wire_request *req)
{
	struct xsd_sockmsg head = {
		.type = req->type, .req_id = req->id, .tx_id = req->tx};
	size_t at = sizeof(head);

	if (size < sizeof(head) || !put(buf, size, &at, req->dir, strlen(req->dir)) ||
	    (req->node && (!put(buf, size, &at, "/", 1) ||
			   !put(buf, size, &at, req->node, strlen(req->node)))) ||
	    !put(buf, size, &at, "", 1) || at - sizeof(head) > WIRE_PATH_MAX ||
	    !put(buf, size, &at, req->value, req->len))
		return 0;
	head.len = (uint32_t)(at - sizeof(head));
	memcpy(buf, &head, sizeof(head));
	return at;
}

const uint32_t wire_types[] = {
	[WIRE_READ] = XS_READ,		 [WIRE_WRITE] = XS_WRITE,
	[WIRE_MKDIR] = XS_MKDIR,	 [WIRE_REMOVE] = XS_RM,
	[WIRE_SET_PERMS] = XS_SET_PERMS, [WIRE_BEGIN] = XS_TRANSACTION_START,
	[WIRE_END] = XS_TRANSACTION_END, [WIRE_DIRECTORY] = XS_DIRECTORY,
	[WIRE_WATCH] = XS_WATCH,	 [WIRE_INTRODUCED] = XS_IS_DOMAIN_INTRODUCED,
};

size_t wire_read(char *buf, size_t size, uint32_t id, const char *dir, const char *node)
{
	struct wire_request req = {.type = XS_READ, .id = id, .dir = dir, .node = node};

	return wire_request(buf, size, &req);
}

size_t wire_write(char *buf, size_t size, uint32_t id, const char *dir, const char *node,
		  const char *value)
{
	struct wire_request req = {.type = XS_WRITE,
				   .id = id,
				   .dir = dir,
				   .node = node,
				   .value = value,
				   .len = strlen(value)};

	return wire_request(buf, size, &req);
}

int wire_head(const char bytes[static WIRE_HEAD], struct wire_head *ret)
{
	struct xsd_sockmsg head;

	memcpy(&head, bytes, sizeof(head));
	if (head.len > WIRE_VALUE_MAX)
		return -EPROTO;
	*ret = (struct wire_head){head.type, head.req_id, head.len};
	return 0;
}

int wire_answer(const struct wire_head *head, uint32_t id, uint32_t type,
		const char *body)
{
	if (head->id != id)
		return -EPROTO;
	if (head->type == type)
		return 0;
	if (head->type != XS_ERROR)
		return -EPROTO;
	for (size_t i = 0; i < sizeof(xsd_errors) / sizeof(xsd_errors[0]); i++) {
		size_t len = strlen(xsd_errors[i].errstring);

		if (head->len >= len && memcmp(body, xsd_errors[i].errstring, len) == 0)
			return -xsd_errors[i].errnum;
	}
	return -EIO;
}

bool wire_is_event(const struct wire_head *head)
{
	return head->type == XS_WATCH_EVENT;
}
