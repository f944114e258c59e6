/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Restoring, in one pass over the backup: it may come through a pipe. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/alloc.h"
#include "ops/restore_internal.h"
#include "ops/vault_internal.h"

static void restoring_dispose(struct restoring *rs)
{
	restore_let_go(rs);
	vault_place_close(&rs->folder);
	for (size_t i = 0; i < rs->n; i++) {
		struct returning *t = &rs->v[i];

		vm_dispose(&t->draft);
		vm_making_dispose(&t->making);
		free(t->rules);
	}
	free(rs->v);
	meta_dispose(&rs->meta);
	store_close(rs->s);
	world_free(rs->w);
}

/* ---- what it holds ---- */

static int send_settings(struct restoring *rs, struct qvm_err *err)
{
	char memory[24];
	int r = backup_send_setting(&rs->helper, "filter", rs->req->filter, err);

	snprintf(memory, sizeof(memory), "%llu", (unsigned long long)rs->req->key_memory);
	if (r == 0)
		r = backup_send_setting(&rs->helper, "key-memory",
					rs->req->key_memory ? memory : NULL, err);
	if (r == 0)
		r = backup_send_pass(&rs->helper, &rs->req->pass, err);
	if (r == 0)
		r = helper_ready(&rs->helper, err);
	return r == 0 ? helper_answer(&rs->helper, -1, err, "begin") : r;
}

static int take_meta(struct restoring *rs, struct qvm_err *err)
{
	cleanup_buf struct buf text = BUF_INIT;
	int r = helper_listen(&rs->helper, err);

	if (r == 0 && strcmp(rs->helper.words[0], "meta") != 0)
		return err_set(err, QVM_E_FAILED, "the helper is out of step");
	if (r == 0)
		r = helper_text(&rs->helper, 2 * META_XML_MAX, &text, err);
	if (r < 0 || !text.data)
		return r;
	return meta_read(text.data, &rs->meta, err);
}

static int start(struct restoring *rs, struct qvm_err *err)
{
	int r;

	if (rs->req->vault)
		return vault_begin(rs->ctx, rs->req->vault, "vault-read", VAULT_READ,
				   &rs->folder, &rs->helper, err);
	r = helper_start(rs->ctx, "v4-read", rs->req->in, -1, &rs->helper, err);
	return r == 0 ? send_settings(rs, err) : r;
}

static int look_inside(struct restoring *rs, struct qvm_err *err)
{
	struct stat st;
	int r = store_open(rs->ctx, STORE_WRITE, &rs->s, err);

	rs->rate = (struct backup_rate){
		.ctx = rs->ctx, .what = rs->req->verify_only ? "verifying" : "restoring"};
	backup_rate_follow(&rs->rate, &rs->helper);
	if (!rs->req->vault && fstat(rs->req->in, &st) == 0 && S_ISREG(st.st_mode))
		rs->rate.total = (uint64_t)st.st_size;
	if (r == 0)
		r = store_load(rs->s, &rs->w, err);
	if (r == 0)
		r = start(rs, err);
	if (r == 0)
		r = take_meta(rs, err);
	if (r == 0)
		r = restore_choose(rs, err);
	if (rs->req->vault)
		rs->rate.total = rs->list->bytes;
	return r;
}

/* ---- its data ---- */

static int send_target(struct restoring *rs, const struct meta_domain *d,
		       const char *file, uint64_t size, int fd, struct qvm_err *err)
{
	int r = helper_ready(&rs->helper, err);

	return r < 0 ? r
		     : helper_answer(&rs->helper, fd, err, "take %s%s %llu", d->path,
				     file, (unsigned long long)size);
}

static int send_targets(struct restoring *rs, struct qvm_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < rs->n; i++) {
		struct returning *t = &rs->v[i];

		if (t->r < 0)
			continue;
		for (int k = 0; r == 0 && k < VOL_ROLE_COUNT; k++) {
			const struct meta_volume *vol =
				restore_volume(t->meta, (enum vol_role)k);
			char file[32];

			snprintf(file, sizeof(file), "%s.img", vol_role_names[k]);
			if (vol)
				r = send_target(rs, t->meta, file, vol->size, t->fds[k],
						err);
		}
		if (r == 0)
			r = send_target(rs, t->meta, "firewall.xml", 0, -1, err);
	}
	if (r == 0)
		r = helper_ready(&rs->helper, err);
	return r == 0 ? helper_answer(&rs->helper, -1, err, "go") : r;
}

static int take_rules(struct restoring *rs, struct returning *t, struct qvm_err *err)
{
	cleanup_buf struct buf text = BUF_INIT;
	int r = helper_text(&rs->helper, META_FILE_MAX, &text, err);

	free(t->rules);
	t->rules = buf_steal(&text);
	return r;
}

static int take_data(struct restoring *rs, struct qvm_err *err)
{
	const char *const *w = rs->helper.words;
	int r;

	while ((r = helper_listen(&rs->helper, err)) == 0 && strcmp(w[0], "end") != 0) {
		int role = -1;
		struct returning *t = restore_find(rs, w[1], &role);

		if (!t)
			return err_set(err, QVM_E_FAILED, "the helper is out of step");
		if (strcmp(w[0], "rules") == 0)
			r = take_rules(rs, t, err);
		else if (strcmp(w[0], "done") == 0 && role >= 0)
			t->files_done++;
		if (r < 0)
			return r;
	}
	return r;
}

static void judge(struct restoring *rs, int r, const struct qvm_err *err)
{
	for (size_t i = 0; i < rs->n; i++) {
		struct returning *t = &rs->v[i];

		if (t->r < 0)
			continue;
		t->row->done = t->files_done == t->files;
		if (!t->row->done) {
			t->r = r < 0 ? r : -QVM_E_VALUE;
			backup_row_failed(t->row, err);
		}
	}
}

/* How many of those that were to come did not: the whole answer. */
static int outcome(const struct restoring *rs, int r, struct qvm_err *err)
{
	size_t failed = 0;

	for (size_t i = 0; i < rs->n; i++)
		failed += !rs->v[i].row->done;
	if (r == 0 && failed == rs->n)
		return err_set(err, QVM_E_FAILED, "none of the domains came: %s",
			       rs->n ? rs->v[0].row->why : "");
	if (r == 0 && failed)
		return err_set(err, QVM_E_PARTIAL, "%zu of %zu domains did not come",
			       failed, rs->n);
	return r;
}

int op_restore(struct qvm_ctx *ctx, const struct op_restore *req, struct backup_list *ret,
	       struct qvm_err *err)
{
	cleanup(restoring_dispose) struct restoring rs = {.ctx = ctx,
							  .req = req,
							  .helper = HELPER_INIT,
							  .folder = VAULT_PLACE_INIT,
							  .list = ret};
	int r = look_inside(&rs, err);

	if (r < 0 || req->list_only)
		return r;
	if (!req->verify_only)
		r = restore_begin(&rs, err);
	if (r == 0)
		r = send_targets(&rs, err);
	if (r == 0)
		r = take_data(&rs, err);
	ret->written = rs.rate.done;
	if (req->verify_only)
		judge(&rs, r, err);
	else
		restore_end(&rs, r, err);
	return outcome(&rs, r, err);
}
