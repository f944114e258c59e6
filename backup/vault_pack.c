/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packs in the making: one is filled while another is written and synced. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backup/vault_internal.h"
#include "lib/alloc.h"
#include "lib/file.h"

#define ROOM (PACK_SIZE + (1u << VAULT_CHUNK_LOG_MAX) + 64)

static void write_pack(struct par_job *job)
{
	struct vault_filling *f = (struct vault_filling *)job;
	size_t sealed = f->count * ENTRY + VAULT_SEAL_EXTRA;

	f->r = fd_write_all(f->fd, f->table, HEAD + sealed);
	if (f->r == 0)
		f->r = fd_write_all(f->fd, f->data, f->len);
	if (f->r == 0 && fsync(f->fd) < 0)
		f->r = -errno;
}

static int finish(struct vault *v, struct vault_filling *f, struct qvm_err *err)
{
	if (!f->busy)
		return 0;
	par_wait(v->par, &f->job);
	f->busy = false;
	cleanup_close_at(&f->fd);
	if (f->r == -ENOSPC || f->r == -EDQUOT || f->r == -EFBIG)
		return err_set(err, QVM_E_NO_SPACE,
			       "cannot write the repository: there is no room for it");
	if (f->r < 0)
		return err_errno(err, f->r, "cannot write the repository");
	return v->store.keep(v->store.arg, v->packs[f->number].name, err);
}

static void begin(struct vault *v, struct vault_filling *f)
{
	uint8_t random[16];
	char name[PACK_NAME] = "packs/";

	vault_random(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(name + 6 + 2 * i, 3, "%02x", random[i]);
	if (!f->data) {
		f->data = xcalloc(1, ROOM);
		f->table = xcalloc(1, HEAD + TABLE_MAX);
	}
	f->len = f->count = 0;
	f->number = vault_pack_add(v, name, 0);
}

/* Where the chunks are is known once their table is: they stand behind it. */
static void set_places(struct vault *v, const struct vault_filling *f)
{
	uint64_t at = HEAD + f->count * ENTRY + VAULT_SEAL_EXTRA;

	for (size_t i = 0; i < f->count; i++) {
		const uint8_t *row = f->table + HEAD + NONCE + i * ENTRY;
		struct vault_entry e = {.pack = f->number,
					.at = (uint32_t)at,
					.len = vault_get32(row + VAULT_ID)};

		memcpy(e.id, row, VAULT_ID);
		vault_add(v, &e);
		at += e.len;
	}
	v->packs[f->number].size = at;
	v->stored += at;
}

static int submit(struct vault *v, struct qvm_err *err)
{
	struct vault_filling *f = &v->filling[v->now];
	const char *name;
	int r;

	if (!f->count)
		return 0;
	name = v->packs[f->number].name;
	set_places(v, f);
	memcpy(f->table, PACK_MAGIC, 8);
	vault_put32(f->table + 8, (uint32_t)(f->count * ENTRY + VAULT_SEAL_EXTRA));
	vault_seal(&v->keys, VAULT_OF_TABLE, name, strlen(name), f->table + HEAD,
		   f->count * ENTRY);
	r = v->store.create(v->store.arg, name, &f->fd, err);
	if (r < 0)
		return r;
	f->job.run = write_pack;
	f->busy = true;
	par_submit(v->par, &f->job);
	v->now ^= 1;
	r = finish(v, &v->filling[v->now], err);
	v->filling[v->now].count = 0;
	return r;
}

int vault_append(struct vault *v, const uint8_t *id, const uint8_t *sealed, size_t len,
		 struct qvm_err *err)
{
	struct vault_filling *f = &v->filling[v->now];
	struct vault_entry e = {.len = (uint32_t)len};
	uint8_t *row;

	if (!f->count)
		begin(v, f);
	row = f->table + HEAD + NONCE + f->count * ENTRY;
	memcpy(row, id, VAULT_ID);
	vault_put32(row + VAULT_ID, (uint32_t)len);
	memcpy(f->data + f->len, sealed, len);
	f->len += len;
	f->count++;
	e.pack = f->number;
	memcpy(e.id, id, VAULT_ID);
	vault_add(v, &e);
	return f->len >= PACK_SIZE || f->count == PACK_ENTRIES ? submit(v, err) : 0;
}

int vault_flush(struct vault *v, struct qvm_err *err)
{
	int r = submit(v, err);

	for (unsigned i = 0; r == 0 && i < 2; i++)
		r = finish(v, &v->filling[i], err);
	return r;
}

void vault_pack_end(struct vault *v)
{
	for (unsigned i = 0; i < 2; i++) {
		cleanup_close_at(&v->filling[i].fd);
		free(v->filling[i].data);
		free(v->filling[i].table);
	}
}
