/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading: one thread reads members and gives them out in their order, the others open their
 * containers ahead. What is given out has been authenticated; the archive in it is then read
 * by libarchive, in a process that can do no harm.
 */
#include "backup/v4_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backup/tar.h"
#include "lib/alloc.h"
#include "lib/file.h"

#define AHEAD 6
#define AHEAD_BYTES (320u << 20)
#define PAX_MAX 65536

static int broken(struct qvm_err *err, const char *why)
{
	return err_set(err, QVM_E_VALUE, "the backup is damaged: %s", why);
}

static int get(struct v4_reader *rd, void *ret, size_t len, struct qvm_err *err)
{
	int r = fd_read_exactly(rd->how.in, ret, len);

	rd->bytes += len;
	if (r == -ENODATA)
		return broken(err, "it ends too early");
	return r < 0 ? err_errno(err, r, "cannot read the backup") : 0;
}

static int skip(struct v4_reader *rd, uint64_t len, struct qvm_err *err)
{
	static uint8_t nowhere[65536];
	int r = 0;

	for (; r == 0 && len; len -= len < sizeof(nowhere) ? len : sizeof(nowhere))
		r = get(rd, nowhere,
			len < sizeof(nowhere) ? (size_t)len : sizeof(nowhere), err);
	return r;
}

/* Zeros up to the end, or to another member: the reference puts an end behind each one. */
static int next_header(struct v4_reader *rd, struct tar_member *ret, struct qvm_err *err)
{
	uint8_t block[TAR_BLOCK];

	for (;;) {
		int r = fd_read_exactly(rd->how.in, block, 1);

		if (r == -ENODATA)
			return 0;
		if (r < 0)
			return err_errno(err, r, "cannot read the backup");
		rd->bytes++;
		r = get(rd, block + 1, sizeof(block) - 1, err);
		if (r < 0)
			return r;
		if (tar_parse(block, ret) < 0)
			return broken(err, "something in it is no file");
		if (ret->kind == TAR_FILE)
			return 1;
		if (ret->kind == TAR_END)
			continue;
		if (ret->size > PAX_MAX)
			return broken(err, "attributes of a file are too long");
		r = skip(rd, ret->size + tar_padding(ret->size), err);
		if (r < 0)
			return r;
	}
}

/* ---- members ---- */

static void unseal(struct par_job *job)
{
	struct member *m = (struct member *)job;
	const struct secret pass = {m->pass.data, m->pass.len};

	m->r = scrypt_open(m->buf, m->len, &pass, m->key_memory, &m->err);
	v4_pass_wipe(&m->pass);
}

static int load(struct v4_reader *rd, struct member *m, const struct tar_member *t,
		struct qvm_err *err)
{
	int r;

	if (t->size < SCRYPT_EXTRA || t->size > (uint64_t)V4_PART_MAX + SCRYPT_EXTRA)
		return broken(err, "a part has an impossible size");
	m->len = (size_t)t->size;
	m->buf = xreallocarray(NULL, m->len, 1);
	rd->ahead_bytes += m->len;
	r = get(rd, m->buf, m->len, err);
	return r < 0 ? r : skip(rd, tar_padding(t->size), err);
}

/* One more member into the ring, or past one that nobody wants. 0: the archive has ended. */
static int fetch(struct v4_reader *rd, struct qvm_err *err)
{
	struct member *m = &rd->ring[(rd->first + rd->count) % RING];
	struct tar_member t;
	int r = next_header(rd, &t, err);

	if (r <= 0) {
		rd->ended = r == 0;
		return r;
	}
	if (!v4_name_parse(t.name, m->path, &m->part))
		return broken(err, "a file in it has an unexpected name");
	if (rd->wanted && !rd->wanted(rd->wanted_arg, m->path)) {
		if (strcmp(rd->passed, m->path) != 0)
			v4_members_add(rd->members, m->path);
		memcpy(rd->passed, m->path, sizeof(rd->passed));
		r = skip(rd, t.size + tar_padding(t.size), err);
		return r < 0 ? r : 1;
	}
	if (strcmp(rd->passed, m->path) != 0)
		v4_members_add(rd->members, m->path);
	memcpy(rd->passed, m->path, sizeof(rd->passed));
	r = load(rd, m, &t, err);
	rd->count++;
	if (r < 0) {
		m->r = -err->kind;
		m->err = *err;
		m->job.done = true;
		rd->ended = true; /* what came before is whole all the same */
		return 0;
	}
	t.name[strlen(t.name) - 4] = '\0';
	v4_pass(rd->header.id, t.name, &rd->how.pass, &m->pass);
	m->key_memory = rd->how.key_memory;
	m->job.run = unseal;
	par_submit(rd->par, &m->job);
	return 1;
}

static void member_drop(struct v4_reader *rd)
{
	struct member *m = &rd->ring[rd->first];

	rd->ahead_bytes -= m->len;
	free(m->buf);
	*m = (struct member){0};
	rd->first = (rd->first + 1) % RING;
	rd->count--;
}

/*
 * The oldest member, opened; it stays until member_drop. NULL in *ret at the end. Until it
 * is known what is wanted nothing is read ahead.
 */
static int member_get(struct v4_reader *rd, struct member **ret, struct qvm_err *err)
{
	struct member *m = &rd->ring[rd->first];
	int r = 1;

	*ret = NULL;
	while (r > 0 && !rd->ended &&
	       (!rd->count ||
		(rd->wanted && rd->count < AHEAD && rd->ahead_bytes < AHEAD_BYTES)))
		r = fetch(rd, err);
	if (r < 0)
		return r;
	if (!rd->count)
		return 0;
	par_wait(rd->par, &m->job);
	if (rd->how.progress)
		rd->how.progress(rd->how.arg, rd->bytes);
	if (m->r < 0) {
		*err = m->err;
		return err_wrap(err, "'%s', part %u", m->path, m->part);
	}
	*ret = m;
	return 0;
}

/* ---- parts of one file, as libarchive asks for them ---- */

ssize_t v4_read_part(struct v4_reader *rd, const void **ret)
{
	struct member *m;
	int r;

	if (rd->holding)
		member_drop(rd);
	rd->holding = false;
	r = member_get(rd, &m, &rd->err);
	if (r < 0)
		return -1;
	if (!m || strcmp(m->path, rd->path) != 0)
		return 0;
	if (m->part != rd->part) {
		broken(&rd->err, "parts of a file are missing, or in another order");
		return -1;
	}
	rd->part++;
	rd->holding = true;
	*ret = m->buf + SCRYPT_HEAD;
	return (ssize_t)(m->len - SCRYPT_EXTRA);
}

static bool seen(const struct v4_reader *rd, const char *path)
{
	return strv_has(&rd->seen, path);
}

static int finish_members(struct v4_reader *rd, struct qvm_err *err)
{
	char sum[65];

	v4_members_end(steal(rd->members), sum);
	if (rd->header.members[0] && strcmp(sum, rd->header.members) != 0)
		return broken(err, "files are missing, or in another order");
	return 0;
}

int v4_next(struct v4_reader *rd, char ret_path[static META_PATH_MAX], uint64_t *ret_size,
	    struct qvm_err *err)
{
	struct member *m;
	int r;

	if (rd->holding)
		member_drop(rd);
	rd->holding = false;
	r = member_get(rd, &m, err);
	/* One that was read ahead before it was known what is wanted. */
	while (r == 0 && m && rd->wanted && !rd->wanted(rd->wanted_arg, m->path)) {
		member_drop(rd);
		r = member_get(rd, &m, err);
	}
	if (r < 0)
		return r;
	if (!m)
		return finish_members(rd, err);
	if (seen(rd, m->path))
		return broken(err, "a file is there twice");
	if (m->part != 0)
		return broken(err, "the first part of a file is missing");
	strv_add(&rd->seen, m->path);
	memcpy(rd->path, m->path, sizeof(rd->path));
	memcpy(ret_path, m->path, sizeof(rd->path));
	rd->part = 0;
	r = v4_inner_open(rd, ret_size, err);
	return r < 0 ? err_wrap(err, "'%s'", rd->path) : 1;
}

/* ---- the whole ---- */

static int header_member(struct v4_reader *rd, const char *name, uint8_t *ret,
			 size_t most, size_t *ret_len, struct qvm_err *err)
{
	struct tar_member t;
	int r = next_header(rd, &t, err);

	if (r < 0)
		return r;
	if (r == 0 || strcmp(t.name, name) != 0)
		return err_set(err, QVM_E_VALUE, "it is no backup of this kind");
	if (t.size > most)
		return broken(err, "its header is too long");
	*ret_len = (size_t)t.size;
	r = get(rd, ret, *ret_len, err);
	return r < 0 ? r : skip(rd, tar_padding(t.size), err);
}

static int read_header(struct v4_reader *rd, struct qvm_err *err)
{
	cleanup(v4_pass_wipe) struct buf pass = BUF_INIT;
	uint8_t text[V4_HEADER_MAX], sealed[V4_HEADER_MAX + SCRYPT_EXTRA];
	size_t len, sealed_len;
	struct secret p;
	int r = header_member(rd, "backup-header", text, sizeof(text), &len, err);

	if (r == 0)
		r = header_member(rd, "backup-header.hmac", sealed, sizeof(sealed),
				  &sealed_len, err);
	if (r < 0)
		return r;
	v4_pass(NULL, "backup-header", &rd->how.pass, &pass);
	p = (struct secret){pass.data, pass.len};
	r = scrypt_open(sealed, sealed_len, &p, rd->how.key_memory, err);
	if (r < 0)
		return err_wrap(err, "cannot read the backup's header");
	if (sealed_len != len + SCRYPT_EXTRA ||
	    memcmp(sealed + SCRYPT_HEAD, text, len) != 0)
		return broken(err, "its header has been changed");
	r = v4_header_parse((const char *)text, len, &rd->header, err);
	if (rd->how.has_filter)
		rd->header.filter = rd->how.filter;
	return r;
}

int v4_reader_new(const struct v4_read *read, struct v4_reader **ret,
		  struct v4_header *ret_header, struct qvm_err *err)
{
	struct v4_reader *rd = xcalloc(1, sizeof(*rd));
	int r;

	rd->how = *read;
	rd->members = v4_members_new();
	rd->par = par_new(0);
	*ret = rd;
	if (!rd->par)
		return err_errno(err, -errno, "cannot start threads");
	r = read_header(rd, err);
	if (r == 0)
		*ret_header = rd->header;
	return r;
}

void v4_reader_want(struct v4_reader *rd, bool (*wanted)(void *arg, const char *path),
		    void *arg)
{
	rd->wanted = wanted;
	rd->wanted_arg = arg;
}

void v4_reader_free(struct v4_reader *rd)
{
	char sum[65];

	if (!rd)
		return;
	v4_inner_close(rd);
	par_free(rd->par);
	for (size_t i = 0; i < RING; i++) {
		v4_pass_wipe(&rd->ring[i].pass);
		free(rd->ring[i].buf);
	}
	if (rd->members)
		v4_members_end(rd->members, sum);
	strv_dispose(&rd->seen);
	free(rd);
}
