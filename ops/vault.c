/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Repositories: all that is read and written is the helper's; the folder is ours. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backup/vault_crypt.h"
#include "lib/alloc.h"
#include "lib/size.h"
#include "ops/vault_internal.h"

/* ---- starting ---- */

static int send_all(struct helper *h, const struct op_vault *vault,
		    const struct vault_setting *settings, struct qvm_err *err)
{
	int r = backup_send_pass(h, &vault->pass, err);

	if (r == 0 && vault->new_pass.len)
		r = helper_send_text(h, "new-pass", vault->new_pass.data,
				     vault->new_pass.len, err);
	if (r == 0)
		r = backup_send_setting(h, "snapshot", vault->snapshot, err);
	for (; r == 0 && settings && settings->key; settings++)
		r = backup_send_setting(h, settings->key, settings->text, err);
	if (r == 0)
		r = helper_ready(h, err);
	return r == 0 ? helper_answer(h, -1, err, "begin") : r;
}

int vault_start(struct qvm_ctx *ctx, const struct op_vault *vault, const char *job,
		const struct vault_setting *settings, struct vault_place *folder,
		struct helper *ret, struct qvm_err *err)
{
	int r;

	if (!vault->pass.len)
		return err_set(err, QVM_E_USAGE, "the passphrase is empty");
	if (vault->snapshot && (!*vault->snapshot || strchr(vault->snapshot, ' ') ||
				strlen(vault->snapshot) >= VAULT_SNAPSHOT))
		return err_set(err, QVM_E_NOT_FOUND, "there is no snapshot '%.40s'",
			       vault->snapshot);
	r = helper_start(ctx, job, -1, -1, ret, err);
	ret->vault = vault_place_store(folder);
	return r == 0 ? send_all(ret, vault, settings, err) : r;
}

int vault_begin_with(struct qvm_ctx *ctx, const struct op_vault *vault, const char *job,
		     enum vault_use use, const struct vault_setting *settings,
		     struct vault_place *folder, struct helper *ret, struct qvm_err *err)
{
	int r = vault_place_open(ctx, vault, use, folder, err);

	return r == 0 ? vault_start(ctx, vault, job, settings, folder, ret, err) : r;
}

int vault_begin(struct qvm_ctx *ctx, const struct op_vault *vault, const char *job,
		enum vault_use use, struct vault_place *folder, struct helper *ret,
		struct qvm_err *err)
{
	return vault_begin_with(ctx, vault, job, use, NULL, folder, ret, err);
}

int op_vault_init(struct qvm_ctx *ctx, const struct op_vault *vault,
		  const struct op_vault_new *how, struct qvm_err *err)
{
	cleanup_vault_place struct vault_place folder = VAULT_PLACE_INIT;
	cleanup_helper struct helper h = HELPER_INIT;
	char kib[24];
	const struct vault_setting settings[] = {
		{"kib", how->memory ? kib : NULL},
		{"append-only", how->append_only ? "1" : NULL},
		{0},
	};
	int r;

	if (!vault->pass.len)
		return err_set(err, QVM_E_USAGE, "the passphrase is empty");
	snprintf(kib, sizeof(kib), "%llu", (unsigned long long)(how->memory / 1024));
	r = vault_place_make(ctx, vault, &folder, err);
	if (r == 0)
		r = vault_start(ctx, vault, "vault-init", settings, &folder, &h, err);
	return r == 0 ? helper_listen(&h, err) : r;
}

int op_vault_passphrase(struct qvm_ctx *ctx, const struct op_vault *vault,
			const struct secret *new_pass, uint64_t memory,
			struct qvm_err *err)
{
	cleanup_vault_place struct vault_place folder = VAULT_PLACE_INIT;
	cleanup_helper struct helper h = HELPER_INIT;
	struct op_vault both = *vault;
	char kib[24];
	const struct vault_setting settings[] = {{"kib", memory ? kib : NULL}, {0}};
	int r;

	if (!new_pass->len)
		return err_set(err, QVM_E_USAGE, "the new passphrase is empty");
	both.new_pass = *new_pass;
	snprintf(kib, sizeof(kib), "%llu", (unsigned long long)(memory / 1024));
	r = vault_begin_with(ctx, &both, "vault-passphrase", VAULT_ALONE, settings,
			     &folder, &h, err);
	if (r == 0)
		vault_dir_tidy(&folder.dir);
	return r == 0 ? helper_listen(&h, err) : r;
}

/* ---- what it says ---- */

void vault_report_dispose(struct vault_report *r)
{
	for (size_t i = 0; i < r->n; i++) {
		struct vault_record *s = &r->v[i];

		for (size_t k = 0; k < s->domain_count; k++) {
			free(s->domains[k].name);
			free(s->domains[k].klass);
			free(s->domains[k].path);
		}
		for (size_t k = 0; k < s->image_count; k++) {
			free(s->images[k].path);
			free(s->images[k].why);
		}
		free(s->domains);
		free(s->images);
		free(s->why);
	}
	free(r->v);
	*r = (struct vault_report){0};
}

static uint64_t number(const char *text)
{
	long long n;

	return text && num_parse(text, 0, INT64_MAX, &n) == 0 ? (uint64_t)n : 0;
}

#define WORDS 6

static size_t split(char *line, char *words[static WORDS])
{
	size_t n = 0;

	while (line && n < WORDS)
		words[n++] = strsep(&line, " ");
	for (size_t i = n; i < WORDS; i++)
		words[i] = NULL;
	for (size_t i = 0; i < n; i++)
		if (!word_decode(words[i]))
			return 0;
	return n;
}

/* STATE and its reason. */
static char *why_of(const char *state, const char *reason)
{
	return state && strcmp(state, "damaged") == 0 ? xstrdup(reason ? reason : "")
						      : NULL;
}

static void take_snapshot(struct vault_report *to, char *const *w)
{
	struct vault_record *s = &array_grow(to->v, to->n);

	to->n++;
	snprintf(s->name, sizeof(s->name), "%s", w[1]);
	s->time = (int64_t)number(w[2]);
	s->stored = number(w[3]);
	s->gone = w[4] && strcmp(w[4], "gone") == 0;
	s->why = why_of(w[4], w[5]);
}

static void take_part(struct vault_record *s, char *const *w)
{
	if (strcmp(w[0], "domain") == 0) {
		struct vault_domain *d = &array_grow(s->domains, s->domain_count);

		s->domain_count++;
		*d = (struct vault_domain){xstrdup(w[1]), xstrdup(w[2]), xstrdup(w[3]),
					   number(w[4])};
	} else {
		struct vault_image *v = &array_grow(s->images, s->image_count);

		s->image_count++;
		*v = (struct vault_image){xstrdup(w[1]), number(w[2]), number(w[3]),
					  why_of(w[4], w[5])};
	}
}

static bool take_line(struct vault_report *to, char *line)
{
	char *w[WORDS];
	size_t n = split(line, w);

	if (n >= 5 && strcmp(w[0], "snapshot") == 0)
		take_snapshot(to, w);
	else if (n >= 5 && to->n &&
		 (strcmp(w[0], "domain") == 0 || strcmp(w[0], "volume") == 0))
		take_part(&to->v[to->n - 1], w);
	else if (n == 2 && strcmp(w[0], "packs") == 0)
		to->damaged_packs = (size_t)number(w[1]);
	else if (n == 6 && strcmp(w[0], "waste") == 0) {
		to->bytes = number(w[1]);
		to->freed = number(w[2]);
		to->packs = (size_t)number(w[3]);
		to->removed = (size_t)number(w[4]);
		to->rewritten = (size_t)number(w[5]);
	} else
		return false;
	return true;
}

#define REPORT_MAX (256u << 20)

/* Progress on the way, then the list. */
static int take_report(struct qvm_ctx *ctx, struct helper *h, const char *what,
		       struct vault_report *ret, struct qvm_err *err)
{
	struct backup_rate rate = {.ctx = ctx, .what = what};
	cleanup_buf struct buf text = BUF_INIT;
	char *at, *line;
	int r;

	backup_rate_follow(&rate, h);
	r = helper_listen(h, err);
	if (r == 0)
		r = helper_text(h, REPORT_MAX, &text, err);
	if (r < 0)
		return r;
	for (at = text.data; at && (line = strsep(&at, "\n")) != NULL;)
		if (*line && !take_line(ret, line))
			return err_set(err, QVM_E_FAILED, "the helper is out of step");
	return helper_listen(h, err);
}

int op_vault_list(struct qvm_ctx *ctx, const struct op_vault *vault,
		  struct vault_report *ret, struct qvm_err *err)
{
	cleanup_vault_place struct vault_place folder = VAULT_PLACE_INIT;
	cleanup_helper struct helper h = HELPER_INIT;
	int r = vault_begin(ctx, vault, "vault-list", VAULT_READ, &folder, &h, err);

	return r == 0 ? take_report(ctx, &h, "reading", ret, err) : r;
}

static size_t damaged(const struct vault_report *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		bool bad = l->v[i].why;

		for (size_t k = 0; k < l->v[i].image_count; k++)
			bad |= l->v[i].images[k].why != NULL;
		n += bad;
	}
	return n;
}

int op_vault_verify(struct qvm_ctx *ctx, const struct op_vault *vault, unsigned sample,
		    struct vault_report *ret, struct qvm_err *err)
{
	cleanup_vault_place struct vault_place folder = VAULT_PLACE_INIT;
	cleanup_helper struct helper h = HELPER_INIT;
	char text[24];
	const struct vault_setting settings[] = {{"sample", text}, {0}};
	size_t bad;
	int r;

	snprintf(text, sizeof(text), "%u", sample);
	r = vault_begin_with(ctx, vault, "vault-verify", VAULT_READ, settings, &folder,
			     &h, err);
	if (r == 0)
		r = take_report(ctx, &h, "verifying", ret, err);
	if (r < 0)
		return r;
	bad = damaged(ret);
	if (bad)
		return err_set(err, QVM_E_VALUE, "%zu of %zu snapshots are damaged", bad,
			       ret->n);
	if (ret->damaged_packs)
		return err_set(err, QVM_E_VALUE,
			       "%zu packs are damaged, which no snapshot needs",
			       ret->damaged_packs);
	return 0;
}

int op_vault_prune(struct qvm_ctx *ctx, const struct op_vault *vault,
		   const struct op_vault_prune *req, struct vault_report *ret,
		   struct qvm_err *err)
{
	cleanup_vault_place struct vault_place folder = VAULT_PLACE_INIT;
	cleanup_helper struct helper h = HELPER_INIT;
	cleanup_free struct vault_setting *settings =
		xcalloc(req->forget_count + 5, sizeof(*settings));
	char keep[24], days[24];
	size_t n = 0;
	int r;

	snprintf(keep, sizeof(keep), "%d", req->keep);
	snprintf(days, sizeof(days), "%d", req->days);
	settings[n++] = (struct vault_setting){"keep", req->has_keep ? keep : NULL};
	settings[n++] = (struct vault_setting){"days", req->has_days ? days : NULL};
	settings[n++] = (struct vault_setting){"collect", req->collect ? "1" : NULL};
	settings[n++] = (struct vault_setting){"dry", req->dry ? "1" : NULL};
	for (size_t i = 0; i < req->forget_count; i++) {
		if (strchr(req->forget[i], ' '))
			return err_set(err, QVM_E_NOT_FOUND,
				       "there is no snapshot '%.40s'", req->forget[i]);
		settings[n++] = (struct vault_setting){"forget", req->forget[i]};
	}
	r = vault_begin_with(ctx, vault, "vault-prune",
			     req->dry ? VAULT_READ : VAULT_ALONE, settings, &folder, &h,
			     err);
	if (r == 0)
		vault_dir_tidy(&folder.dir);
	return r == 0 ? take_report(ctx, &h, "cleaning up", ret, err) : r;
}
