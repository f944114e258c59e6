/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which chunks there are, and where. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/vault_internal.h"
#include "lib/alloc.h"

/* ---- the table ---- */

/* Ids are hashes under a secret key: any bytes of them are as good as a hash. */
static size_t place_of(const struct vault *v, const uint8_t *id)
{
	uint64_t n;
	size_t at;

	memcpy(&n, id, sizeof(n));
	for (at = n & (v->table_size - 1); v->table[at];
	     at = (at + 1) & (v->table_size - 1))
		if (memcmp(v->entries[v->table[at] - 1].id, id, VAULT_ID) == 0)
			break;
	return at;
}

static void grow(struct vault *v)
{
	free(v->table);
	v->table_size = v->table_size ? 2 * v->table_size : 1024;
	v->table = xcalloc(v->table_size, sizeof(*v->table));
	for (size_t i = 0; i < v->entry_count; i++)
		v->table[place_of(v, v->entries[i].id)] = (uint32_t)i + 1;
}

static struct vault_entry *find(struct vault *v, const uint8_t *id)
{
	size_t at = v->table_size ? place_of(v, id) : 0;

	return v->table_size && v->table[at] ? &v->entries[v->table[at] - 1] : NULL;
}

bool vault_find(struct vault *v, const uint8_t *id, struct vault_entry *ret)
{
	const struct vault_entry *e;

	pthread_mutex_lock(&v->lock);
	e = find(v, id);
	if (e)
		*ret = *e;
	pthread_mutex_unlock(&v->lock);
	return e;
}

void vault_mark(struct vault *v, const uint8_t *id, enum vault_mark mark)
{
	struct vault_entry *e;

	pthread_mutex_lock(&v->lock);
	e = find(v, id);
	if (e)
		e->mark = (uint8_t)mark;
	pthread_mutex_unlock(&v->lock);
}

void vault_add(struct vault *v, const struct vault_entry *new)
{
	struct vault_entry *e;

	pthread_mutex_lock(&v->lock);
	e = find(v, new->id);
	if (!e) {
		if (4 * (v->entry_count + 1) > 3 * v->table_size)
			grow(v);
		e = &array_grow(v->entries, v->entry_count);
		v->table[place_of(v, new->id)] = (uint32_t)++v->entry_count;
	}
	*e = *new;
	pthread_mutex_unlock(&v->lock);
}

/* ---- packs ---- */

uint32_t vault_pack_add(struct vault *v, const char *name, uint64_t size)
{
	struct vault_pack *p = &array_grow(v->packs, v->pack_count);

	memcpy(p->name, name, PACK_NAME);
	p->size = size;
	return (uint32_t)v->pack_count++;
}

/* All of N bytes, or -ENODATA. */
static int read_at(int fd, void *ret, size_t n, uint64_t at)
{
	for (size_t done = 0; done < n;) {
		ssize_t got =
			pread(fd, (uint8_t *)ret + done, n - done, (off_t)(at + done));

		if (got < 0 && errno != EINTR)
			return -errno;
		if (got == 0)
			return -ENODATA;
		done += got > 0 ? (size_t)got : 0;
	}
	return 0;
}

/* Its table, authenticated, in BUF behind the nonce; its length without seal. */
static int read_table(struct vault *v, int fd, const char *name, uint8_t *buf,
		      size_t *ret_len)
{
	uint8_t head[HEAD];
	size_t len;
	int r = read_at(fd, head, sizeof(head), 0);

	if (r < 0)
		return r;
	len = vault_get32(head + 8);
	if (memcmp(head, PACK_MAGIC, 8) != 0 || len < VAULT_SEAL_EXTRA || len > TABLE_MAX)
		return -EBADMSG;
	r = read_at(fd, buf, len, HEAD);
	if (r == 0 &&
	    !vault_unseal(&v->keys, VAULT_OF_TABLE, name, strlen(name), buf, len))
		r = -EBADMSG;
	*ret_len = len - VAULT_SEAL_EXTRA;
	return r < 0 || *ret_len % ENTRY ? -EBADMSG : 0;
}

/* The first of two packs that have one chunk is as good as the second. */
static int add_table(struct vault *v, const uint8_t *table, size_t len, uint32_t pack,
		     uint64_t size)
{
	uint64_t at = HEAD + len + VAULT_SEAL_EXTRA;

	for (size_t i = 0; i < len; i += ENTRY) {
		struct vault_entry e = {.pack = pack, .at = (uint32_t)at};

		memcpy(e.id, table + i, VAULT_ID);
		e.len = vault_get32(table + i + VAULT_ID);
		at += e.len;
		/* What is cut off at the end is not there. */
		if (e.len > vault_sealed_max(v) || at > size)
			return -ENODATA;
		vault_add(v, &e);
	}
	return at == size ? 0 : -ENODATA;
}

#define TABLE_SOME 16384 /* most tables are shorter; what is far away costs time */

static int open_table(struct vault *v, const char *name, int *ret, struct qvm_err *err)
{
	cleanup_close int fd = -1;
	uint8_t head[HEAD];
	int r = v->store.open(v->store.arg, name, TABLE_SOME, &fd, err);

	if (r == 0 && read_at(fd, head, sizeof(head), 0) == 0 &&
	    vault_get32(head + 8) > TABLE_SOME - HEAD) {
		cleanup_close_at(&fd);
		r = v->store.open(v->store.arg, name, HEAD + TABLE_MAX, &fd, err);
	}
	*ret = steal_fd(&fd);
	return r;
}

static int look_at(struct vault *v, const char *name, uint8_t *buf, struct qvm_err *err)
{
	cleanup_close int fd = -1;
	struct stat st;
	size_t len;
	int r = open_table(v, name, &fd, err);

	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return err_errno(err, -errno, "cannot read '%s'", name);
	if (st.st_size > UINT32_MAX || read_table(v, fd, name, buf, &len) < 0) {
		v->damaged++;
		return 0;
	}
	if (add_table(v, buf + NONCE, len, vault_pack_add(v, name, (uint64_t)st.st_size),
		      (uint64_t)st.st_size) < 0)
		v->damaged++;
	return 0;
}

int vault_index(struct vault *v, struct qvm_err *err)
{
	cleanup_buf struct buf list = BUF_INIT;
	cleanup_strv struct strv names = STRV_INIT;
	cleanup_free uint8_t *buf = xcalloc(1, TABLE_MAX);
	int r = v->store.list(v->store.arg, "packs", &list, err);

	if (r == 0)
		strv_split(&names, buf_str(&list), "\n");
	for (size_t i = 0; r == 0 && i < names.n; i++)
		if (strlen(names.v[i]) == PACK_NAME - 1)
			r = look_at(v, names.v[i], buf, err);
	return r;
}

/* ---- open packs ---- */

static struct vault_file *victim(struct vault *v)
{
	struct vault_file *f;

	do
		f = &v->files[v->next_file++ % FILES];
	while (f->users);
	cleanup_close_at(&f->fd);
	return f;
}

int vault_fd(struct vault *v, uint32_t pack, struct vault_file **ret, struct qvm_err *err)
{
	struct vault_file *f;
	int r;

	for (size_t i = 0; i < FILES; i++)
		if (v->files[i].fd >= 0 && v->files[i].pack == pack) {
			*ret = &v->files[i];
			return 0;
		}
	f = victim(v);
	r = v->store.open(v->store.arg, v->packs[pack].name, 0, &f->fd, err);
	if (r < 0)
		return r;
	f->pack = pack;
	*ret = f;
	return 0;
}

void vault_files_close(struct vault *v)
{
	for (size_t i = 0; i < FILES; i++)
		cleanup_close_at(&v->files[i].fd);
}
