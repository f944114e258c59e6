/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The outer archive: parts of a file's content, each sealed by itself, as its members. */
#include <stdio.h>
#include <string.h>

#include "backup/tar.h"
#include "backup/v4_write.h"
#include "lib/alloc.h"
#include "lib/file.h"

int v4_put(struct v4_writer *w, const void *data, size_t len, struct qvm_err *err)
{
	int r = fd_write_all(w->how.out, data, len);

	w->written += len;
	return r < 0 ? err_errno(err, r, "cannot write the backup") : 0;
}

static int put_padding(struct v4_writer *w, uint64_t len, struct qvm_err *err)
{
	static const uint8_t zeros[TAR_BLOCK];

	return v4_put(w, zeros, tar_padding(len), err);
}

int v4_put_member(struct v4_writer *w, const char *name, const void *data, size_t len,
		  struct qvm_err *err)
{
	uint8_t header[TAR_BLOCK];
	int r;

	tar_header(header, name, len);
	r = v4_put(w, header, sizeof(header), err);
	if (r == 0)
		r = v4_put(w, data, len, err);
	return r < 0 ? r : put_padding(w, len, err);
}

/* ---- parts ---- */

static void seal(struct par_job *job)
{
	struct part *p = (struct part *)job;
	const struct secret pass = {p->pass.data, p->pass.len};

	p->r = scrypt_seal(p->buf, p->len, &pass, &p->cost, &p->err);
	v4_pass_wipe(&p->pass);
}

int v4_part_put(struct v4_writer *w, struct qvm_err *err)
{
	struct part *p = &w->parts[w->part_first];

	par_wait(w->par, &p->job);
	w->part_first = (w->part_first + 1) % w->part_room;
	w->part_count--;
	if (p->r < 0) {
		*err = p->err;
		return err_wrap(err, "cannot seal '%s'", p->name);
	}
	return v4_put_member(w, p->name, p->buf, p->len + SCRYPT_EXTRA, err);
}

static int part_begin(struct v4_writer *w, struct qvm_err *err)
{
	int r = w->part_count < w->part_room ? 0 : v4_part_put(w, err);
	struct part *p = &w->parts[(w->part_first + w->part_count) % w->part_room];

	p->len = 0;
	w->filling = p;
	return r;
}

void v4_part_submit(struct v4_writer *w)
{
	struct part *p = w->filling;
	char member[META_PATH_MAX + 8];

	snprintf(member, sizeof(member), "%s.%03u", w->path, w->number++);
	snprintf(p->name, sizeof(p->name), "%s.enc", member);
	v4_pass(w->how.header.id, member, &w->how.pass, &p->pass);
	p->cost = (struct scrypt_cost){w->how.log_n, 8, 1};
	p->job.run = seal;
	w->filling = NULL;
	w->part_count++;
	par_submit(w->par, &p->job);
}

static void part_reserve(struct part *p, size_t room, size_t most)
{
	size_t need = SCRYPT_EXTRA + p->len + room;

	if (need <= p->size)
		return;
	p->size = need + need / 2;
	if (p->size > most + SCRYPT_EXTRA)
		p->size = most + SCRYPT_EXTRA;
	p->buf = xreallocarray(p->buf, p->size, 1);
}

int v4_part_add(struct v4_writer *w, const uint8_t *data, size_t len, struct qvm_err *err)
{
	int r = 0;

	while (r == 0 && len) {
		struct part *p;
		size_t n;

		if (!w->filling)
			r = part_begin(w, err);
		p = w->filling;
		if (r < 0)
			return r;
		n = w->how.part - p->len < len ? w->how.part - p->len : len;
		part_reserve(p, n, w->how.part);
		memcpy(p->buf + SCRYPT_HEAD + p->len, data, n);
		p->len += n;
		data += n;
		len -= n;
		if (p->len == w->how.part)
			v4_part_submit(w);
	}
	return r;
}
