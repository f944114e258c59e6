/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command's side of a repository: what the helper asks for, from wherever it is. */
#include <string.h>

#include "backup/vault_store.h"
#include "lib/file.h"
#include "lib/size.h"

static int list(const struct vault_store *s, const char *folder, int *fd,
		struct qvm_err *err)
{
	cleanup_buf struct buf text = BUF_INIT;
	int r = s->list(s->arg, folder, &text, err);

	if (r < 0)
		return r;
	*fd = channel_file(buf_str(&text), text.len);
	return *fd < 0 ? err_errno(err, *fd, "cannot answer the helper") : 0;
}

static int do_it(const struct vault_store *s, const char *const *words, int *fd,
		 struct qvm_err *err)
{
	const char *what = words[1], *name = words[2];
	long long most = 0;

	if (strcmp(what, "open") == 0 && num_parse(words[3], 0, INT64_MAX, &most) == 0)
		return s->open(s->arg, name, (uint64_t)most, fd, err);
	if (strcmp(what, "create") == 0)
		return s->create(s->arg, name, fd, err);
	if (strcmp(what, "keep") == 0)
		return s->keep(s->arg, name, err);
	if (strcmp(what, "replace") == 0)
		return s->replace(s->arg, name, err);
	if (strcmp(what, "remove") == 0)
		return s->remove(s->arg, name, err);
	if (strcmp(what, "list") == 0)
		return list(s, name, fd, err);
	return err_set(err, QVM_E_FAILED, "the helper asked for something unknown");
}

/* What fails here is the helper's to tell. */
int vault_serve(const struct vault_store *s, int channel,
		const char *words[static CHANNEL_WORDS], struct qvm_err *err)
{
	struct qvm_err why = QVM_ERR_INIT;
	cleanup_close int fd = -1;
	int r = do_it(s, words, &fd, &why);

	r = r < 0 ? channel_send(channel, -1, "fail %d %s", why.kind, why.text)
		  : channel_send(channel, fd, "ok");
	return r < 0 ? err_errno(err, r, "cannot speak to the backup's helper") : 0;
}
