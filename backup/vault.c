/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backup/vault_internal.h"
#include "lib/alloc.h"
#include "lib/file.h"

int vault_damaged(struct qvm_err *err, const char *fmt, ...)
{
	char what[QVM_ERR_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return err_set(err, QVM_E_VALUE, "the repository is damaged: %.400s", what);
}

static int write_config(const struct vault_store *store,
			const uint8_t data[static VAULT_CONFIG], struct qvm_err *err)
{
	cleanup_close int fd = -1;
	int r = store->create(store->arg, "config", &fd, err);

	if (r < 0)
		return r;
	r = fd_write_all(fd, data, VAULT_CONFIG);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	return r < 0 ? err_errno(err, r, "cannot write the repository's config") : 0;
}

int vault_create(const struct vault_store *store, const struct vault_config *config,
		 const struct secret *pass, struct qvm_err *err)
{
	uint8_t data[VAULT_CONFIG];
	struct vault_keys keys;
	int r = vault_config_seal(config, pass, data, &keys, err);

	vault_keys_wipe(&keys);
	if (r == 0)
		r = write_config(store, data, err);
	return r == 0 ? store->keep(store->arg, "config", err) : r;
}

/* One that is too long is none. */
static int read_config(const struct vault_store *store, struct buf *ret,
		       struct qvm_err *err)
{
	cleanup_close int fd = -1;
	int r = store->open(store->arg, "config", 0, &fd, err);

	if (r < 0)
		return r;
	r = fd_read_all(fd, VAULT_CONFIG, ret);
	if (r == -EFBIG)
		buf_reset(ret);
	return r < 0 && r != -EFBIG
		       ? err_errno(err, r, "cannot read the repository's config")
		       : 0;
}

int vault_change_pass(const struct vault_store *store, const struct secret *pass,
		      const struct secret *new_pass, uint32_t kib, struct qvm_err *err)
{
	cleanup_buf struct buf old = BUF_INIT;
	uint8_t data[VAULT_CONFIG];
	int r = read_config(store, &old, err);

	if (r == 0)
		r = vault_config_change((const uint8_t *)buf_str(&old), old.len, pass,
					new_pass, kib, data, err);
	if (r < 0)
		return err_wrap(err, "cannot change the passphrase");
	r = write_config(store, data, err);
	return r == 0 ? store->replace(store->arg, "config", err) : r;
}

static int open_config(struct vault *v, const struct secret *pass, struct qvm_err *err)
{
	cleanup_buf struct buf data = BUF_INIT;
	int r = read_config(&v->store, &data, err);

	if (r == 0)
		r = vault_config_open((const uint8_t *)buf_str(&data), data.len, pass,
				      &v->config, &v->keys, err);
	return r < 0 ? err_wrap(err, "cannot open the repository") : 0;
}

int vault_open(const struct vault_store *store, const struct secret *pass,
	       struct vault **ret, struct qvm_err *err)
{
	struct vault *v = xcalloc(1, sizeof(*v));
	int r;

	v->store = *store;
	pthread_mutex_init(&v->lock, NULL);
	for (size_t i = 0; i < FILES; i++)
		v->files[i].fd = -1;
	v->filling[0].fd = v->filling[1].fd = -1;
	r = open_config(v, pass, err);
	if (r == 0)
		v->par = par_new(0);
	if (r == 0 && !v->par)
		r = err_errno(err, -errno, "cannot start threads");
	if (r < 0) {
		vault_free(v);
		return r;
	}
	v->chunk = (size_t)1 << v->config.chunk_log;
	*ret = v;
	return 0;
}

void vault_free(struct vault *v)
{
	if (!v)
		return;
	par_free(v->par); /* ends what is under way */
	vault_pack_end(v);
	vault_slots_free(v);
	vault_files_close(v);
	vault_keys_wipe(&v->keys);
	pthread_mutex_destroy(&v->lock);
	free(v->packs);
	free(v->entries);
	free(v->table);
	free(v);
}

bool vault_append_only(const struct vault *v)
{
	return v->config.append_only;
}

size_t vault_damaged_packs(const struct vault *v)
{
	return v->damaged;
}

uint64_t vault_stored(const struct vault *v)
{
	return v->stored;
}

void vault_on_progress(struct vault *v, void (*fn)(void *arg, uint64_t bytes), void *arg)
{
	v->progress = fn;
	v->progress_arg = arg;
}

size_t vault_piece_len(const struct vault *v, uint64_t size, size_t n)
{
	uint64_t left = vault_chunks_of(v, size) - (uint64_t)n * VAULT_PIECE;

	return left < VAULT_PIECE ? (size_t)left : VAULT_PIECE;
}
