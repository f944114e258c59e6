/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Snapshots as files. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#include "backup/vault_internal.h"
#include "lib/alloc.h"
#include "lib/file.h"

#define FOLDER "snapshots/"
#define FILE_MAX (64u << 20)
#define TEXT_MAX (512u << 20)
#define MAGIC_LEN 8

void vault_volume_dispose(struct vault_volume *vol)
{
	free(vol->path);
	free(vol->key);
	free(vol->pieces);
	*vol = (struct vault_volume){0};
}

void vault_snapshot_dispose(struct vault_snapshot *s)
{
	for (size_t i = 0; i < s->volume_count; i++)
		vault_volume_dispose(&s->volumes[i]);
	for (size_t i = 0; i < s->text_count; i++) {
		free(s->texts[i].path);
		free(s->texts[i].text);
	}
	free(s->volumes);
	free(s->texts);
	free(s->meta);
	*s = (struct vault_snapshot){0};
}

const struct vault_volume *vault_volume_find(const struct vault_snapshot *s,
					     const char *path)
{
	for (size_t i = 0; i < s->volume_count; i++)
		if (strcmp(s->volumes[i].path, path) == 0)
			return &s->volumes[i];
	return NULL;
}

void vault_volume_copy(const struct vault_volume *from, const char *path,
		       struct vault_volume *ret)
{
	*ret = *from;
	ret->path = xstrdup(path);
	ret->key = xstrdup(from->key);
	ret->pieces = xcalloc(from->piece_count + 1, VAULT_ID);
	if (from->piece_count)
		memcpy(ret->pieces, from->pieces, from->piece_count * VAULT_ID);
}

/* ---- names ---- */

int vault_snapshots(struct vault *v, struct strv *ret, struct qvm_err *err)
{
	cleanup_buf struct buf list = BUF_INIT;
	cleanup_strv struct strv names = STRV_INIT;
	int r = v->store.list(v->store.arg, "snapshots", &list, err);

	if (r < 0)
		return r;
	strv_split(&names, buf_str(&list), "\n");
	for (size_t i = 0; i < names.n; i++)
		if (vault_name_ok(names.v[i]) &&
		    strncmp(names.v[i], FOLDER, strlen(FOLDER)) == 0)
			strv_add(ret, names.v[i] + strlen(FOLDER));
	strv_sort(ret);
	return 0;
}

int vault_snapshot_find(struct vault *v, const char *name, char ret[static VAULT_STAMP],
			struct qvm_err *err)
{
	cleanup_strv struct strv all = STRV_INIT;
	const char *found = NULL;
	int r = vault_snapshots(v, &all, err);

	if (r < 0)
		return r;
	if (!all.n)
		return err_set(err, QVM_E_NOT_FOUND, "there is no snapshot in it");
	if (!name || strcmp(name, "latest") == 0)
		found = all.v[all.n - 1];
	for (size_t i = 0; name && i < all.n; i++) {
		if (strncmp(all.v[i], name, strlen(name)) != 0)
			continue;
		if (found)
			return err_set(err, QVM_E_VALUE,
				       "more than one snapshot begins with '%.32s'",
				       name);
		found = all.v[i];
	}
	if (!found)
		return err_set(err, QVM_E_NOT_FOUND, "there is no snapshot '%.32s'",
			       name);
	snprintf(ret, VAULT_STAMP, "%s", found);
	return 0;
}

static void new_name(struct vault_snapshot *s)
{
	uint8_t random[2];
	struct timespec now;
	time_t when;
	char stamp[16] = "";
	struct tm tm;

	/* Those of one second have an order, too. */
	clock_gettime(CLOCK_REALTIME, &now);
	if (!s->time)
		s->time = (int64_t)now.tv_sec;
	when = (time_t)s->time;
	vault_random(random, sizeof(random));
	gmtime_r(&when, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%S", &tm);
	snprintf(s->name, sizeof(s->name), "%s-%05lx%03x", stamp,
		 (unsigned long)now.tv_nsec / 1000,
		 (random[0] | (unsigned)random[1] << 8) & 0xfff);
}

/* ---- reading ---- */

static int unpack(struct vault *v, const char *name, struct buf *file, struct buf *ret,
		  struct qvm_err *err)
{
	uint8_t *sealed = (uint8_t *)file->data + MAGIC_LEN;
	size_t len = file->len < MAGIC_LEN ? 0 : file->len - MAGIC_LEN;
	unsigned long long plain;
	size_t n;

	if (len < VAULT_SEAL_EXTRA || memcmp(file->data, SNAP_MAGIC, MAGIC_LEN) != 0 ||
	    !vault_unseal(&v->keys, VAULT_OF_SNAPSHOT, name, strlen(name), sealed, len))
		return vault_damaged(err, "the snapshot '%s' cannot be used", name);
	len -= VAULT_SEAL_EXTRA;
	plain = ZSTD_getFrameContentSize(sealed + NONCE, len);
	if (plain > TEXT_MAX)
		return vault_damaged(err, "the snapshot '%s' is too large", name);
	ret->size = (size_t)plain + 1;
	ret->data = xcalloc(1, ret->size);
	n = ZSTD_decompress(ret->data, (size_t)plain, sealed + NONCE, len);
	if (ZSTD_isError(n) || n != plain)
		return vault_damaged(err, "the snapshot '%s' cannot be used", name);
	ret->len = n;
	return 0;
}

int vault_snapshot_get(struct vault *v, const char *name, struct vault_snapshot *ret,
		       struct qvm_err *err)
{
	cleanup_free char *path = xasprintf(FOLDER "%s", name);
	cleanup_buf struct buf file = BUF_INIT, text = BUF_INIT;
	cleanup_close int fd = -1;
	int r = v->store.open(v->store.arg, path, 0, &fd, err);

	if (r < 0)
		return r;
	r = fd_read_all(fd, FILE_MAX, &file);
	if (r < 0)
		return err_errno(err, r, "cannot read the snapshot '%s'", name);
	r = unpack(v, name, &file, &text, err);
	if (r == 0)
		r = vault_snapshot_parse(text.data, ret, err);
	snprintf(ret->name, sizeof(ret->name), "%s", name);
	return r;
}

/* ---- writing ---- */

static int pack(struct vault *v, const struct vault_snapshot *s, struct buf *ret,
		struct qvm_err *err)
{
	cleanup_buf struct buf text = BUF_INIT;
	size_t room, n;

	vault_snapshot_format(s, &text);
	room = ZSTD_compressBound(text.len);
	ret->size = MAGIC_LEN + room + VAULT_SEAL_EXTRA;
	ret->data = xcalloc(1, ret->size);
	memcpy(ret->data, SNAP_MAGIC, MAGIC_LEN);
	n = ZSTD_compress(ret->data + MAGIC_LEN + NONCE, room, text.data, text.len, 3);
	ret->len = MAGIC_LEN + n + VAULT_SEAL_EXTRA;
	if (ZSTD_isError(n) || text.len > TEXT_MAX || ret->len > FILE_MAX)
		return err_set(err, QVM_E_VALUE, "the snapshot is too large");
	vault_seal(&v->keys, VAULT_OF_SNAPSHOT, s->name, strlen(s->name),
		   (uint8_t *)ret->data + MAGIC_LEN, n);
	return 0;
}

static int write_file(struct vault *v, const char *path, const struct buf *file,
		      struct qvm_err *err)
{
	cleanup_close int fd = -1;
	int r = v->store.create(v->store.arg, path, &fd, err);

	if (r < 0)
		return r;
	r = fd_write_all(fd, file->data, file->len);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r == -ENOSPC || r == -EFBIG || r == -EDQUOT)
		return err_set(err, QVM_E_NO_SPACE,
			       "cannot write the snapshot: there is no room for it");
	if (r < 0)
		return err_errno(err, r, "cannot write the snapshot");
	return v->store.keep(v->store.arg, path, err);
}

int vault_commit(struct vault *v, struct vault_snapshot *s, struct qvm_err *err)
{
	cleanup_buf struct buf file = BUF_INIT;
	cleanup_free char *path = NULL;
	int r = vault_flush(v, err);

	if (r < 0)
		return r;
	s->stored = v->stored;
	new_name(s);
	path = xasprintf(FOLDER "%s", s->name);
	r = pack(v, s, &file, err);
	return r < 0 ? r : write_file(v, path, &file, err);
}

int vault_forget(struct vault *v, const char *name, struct qvm_err *err)
{
	cleanup_free char *path = xasprintf(FOLDER "%s", name);

	if (v->config.append_only)
		return err_set(err, QVM_E_PERMISSION,
			       "nothing is removed from this repository: it is one that "
			       "is only added to");
	return v->store.remove(v->store.arg, path, err);
}
