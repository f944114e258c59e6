/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/pty.h"

#include <errno.h>
#include <string.h>

#include "qrexec/proto.h"

void pty_record(struct buf *to, enum pty_type type, const void *body, size_t len)
{
	uint8_t head[PTY_HEAD] = {(uint8_t)type};

	qrexec_u32_put(head + 1, (uint32_t)len);
	buf_add_mem(to, head, sizeof(head));
	buf_add_mem(to, body, len);
}

void pty_window(struct buf *to, unsigned rows, unsigned columns)
{
	const uint8_t body[4] = {(uint8_t)rows, (uint8_t)(rows >> 8), (uint8_t)columns,
				 (uint8_t)(columns >> 8)};

	pty_record(to, PTY_WINDOW, body, sizeof(body));
}

void pty_in_add(struct pty_in *in, const void *data, size_t len)
{
	buf_add_mem(&in->bytes, data, len);
}

int pty_in_next(struct pty_in *in, struct pty_event *ret)
{
	struct buf *b = &in->bytes;
	const uint8_t *head = (const uint8_t *)b->data + in->taken;
	uint32_t len;

	if (in->taken) { /* the record of the last call is done with */
		b->len -= in->taken;
		memmove(b->data, head, b->len);
		head = (const uint8_t *)b->data;
		in->taken = 0;
	}
	if (b->len < PTY_HEAD)
		return 0;
	len = qrexec_u32_get(head + 1);
	if (head[0] >= PTY_TYPE_COUNT || len > PTY_BODY_MAX)
		return -EPROTO;
	if (b->len < PTY_HEAD + len)
		return 0;
	*ret = (struct pty_event){
		.type = (enum pty_type)head[0],
		.body = head + PTY_HEAD,
		.len = len,
	};
	in->taken = PTY_HEAD + len;
	return 1;
}

void pty_in_dispose(struct pty_in *in)
{
	buf_dispose(&in->bytes);
}

int pty_window_get(const struct pty_event *e, uint16_t *ret_rows, uint16_t *ret_columns)
{
	if (e->type != PTY_WINDOW || e->len != 4)
		return -EPROTO;
	*ret_rows = (uint16_t)(e->body[0] | e->body[1] << 8);
	*ret_columns = (uint16_t)(e->body[2] | e->body[3] << 8);
	return 0;
}
