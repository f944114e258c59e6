/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking at a repository and cleaning it up. Answers are lines of words:
 *
 *	snapshot NAME TIME STORED STATE		STATE: ok | gone | stays | damaged REASON
 *	volume PATH SIZE DATA STATE		of the snapshot before it; STATE: ok | damaged REASON
 *	domain NAME CLASS PATH BYTES		of the snapshot before it
 *	waste BYTES FREED PACKS REMOVED REWRITTEN
 *	packs DAMAGED
 */
#include <string.h>
#include <time.h>

#include "backup/job_vault.h"
#include "backup/meta.h"
#include "lib/alloc.h"

static void add_state(struct buf *out, int r, const char *fine, const struct qvm_err *err)
{
	buf_addf(out, " %s", r < 0 ? "damaged " : fine);
	if (r < 0)
		word_add(out, err->text);
	buf_add_ch(out, '\n');
}

static void add_snapshot(struct buf *out, const struct vault_snapshot *s,
			 const char *name, int r, const char *state,
			 const struct qvm_err *err)
{
	buf_addf(out, "snapshot %s %lld %llu", name, (long long)s->time,
		 (unsigned long long)s->stored);
	add_state(out, r, state, err);
}

static void add_domains(struct buf *out, const struct vault_snapshot *s)
{
	cleanup_meta struct meta meta = {0};
	cleanup_free char *text = xstrdup(s->meta);
	struct qvm_err ignored;

	if (meta_read(text, &meta, &ignored) < 0)
		return;
	for (size_t i = 0; i < meta.count; i++) {
		const struct meta_domain *d = &meta.domains[i];

		buf_add(out, "domain ");
		word_add(out, d->name);
		buf_add_ch(out, ' ');
		word_add(out, d->klass);
		buf_add_ch(out, ' ');
		word_add(out, d->path ? d->path : "");
		buf_addf(out, " %llu\n", (unsigned long long)d->bytes);
	}
}

static void add_volume(struct buf *out, const struct vault_volume *vol, int r,
		       const struct qvm_err *err)
{
	buf_add(out, "volume ");
	word_add(out, vol->path);
	buf_addf(out, " %llu %llu", (unsigned long long)vol->size,
		 (unsigned long long)vol->data);
	add_state(out, r, "ok", err);
}

/* Which snapshots are looked at: one, or all. */
static int choose(struct vault_job *vj, struct strv *ret, struct qvm_err *err)
{
	char name[VAULT_STAMP];
	int r;

	if (!vj->has_snapshot)
		return vault_snapshots(vj->v, ret, err);
	r = vault_snapshot_find(vj->v, vj->snapshot, name, err);
	if (r == 0)
		strv_add(ret, name);
	return r;
}

static int answer(struct job *j, const struct buf *out, struct qvm_err *err)
{
	int r = job_say_text(j, "list", out, err);

	return r < 0 ? r : job_say(j, -1, err, "end");
}

int job_vault_list(struct job *j, struct qvm_err *err)
{
	cleanup(vault_job_dispose) struct vault_job vj = {0};
	cleanup_strv struct strv names = STRV_INIT;
	cleanup_buf struct buf out = BUF_INIT;
	int r = vault_job_begin(&vj, j, err);

	if (r == 0)
		r = vault_job_open(&vj, false, err);
	if (r == 0)
		r = choose(&vj, &names, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < names.n; i++) {
		cleanup_snapshot struct vault_snapshot s = {0};
		struct qvm_err why;

		r = vault_snapshot_get(vj.v, names.v[i], &s, &why);
		add_snapshot(&out, &s, names.v[i], r, "ok", &why);
		if (r < 0)
			continue;
		add_domains(&out, &s);
		for (size_t k = 0; vj.has_snapshot && k < s.volume_count; k++)
			add_volume(&out, &s.volumes[k], 0, NULL);
	}
	return answer(j, &out, err);
}

static void verify_one(struct vault_job *vj, const char *name, struct buf *out)
{
	cleanup_snapshot struct vault_snapshot s = {0};
	struct qvm_err why;
	int r = vault_snapshot_get(vj->v, name, &s, &why);

	add_snapshot(out, &s, name, r, "ok", &why);
	if (r == 0)
		add_domains(out, &s);
	for (size_t i = 0; r == 0 && i < s.volume_count; i++) {
		int bad = vault_load(vj->v, &s.volumes[i], VAULT_CHECK, -1, vj->sample,
				     &why);

		add_volume(out, &s.volumes[i], bad, &why);
	}
}

int job_vault_verify(struct job *j, struct qvm_err *err)
{
	cleanup(vault_job_dispose) struct vault_job vj = {0};
	cleanup_strv struct strv names = STRV_INIT;
	cleanup_buf struct buf out = BUF_INIT;
	int r = vault_job_begin(&vj, j, err);

	if (r == 0)
		r = vault_job_open(&vj, true, err);
	if (r == 0)
		r = choose(&vj, &names, err);
	if (r < 0)
		return r;
	for (size_t i = names.n; i-- > 0;)
		verify_one(&vj, names.v[i], &out);
	buf_addf(&out, "packs %zu\n", vault_damaged_packs(vj.v));
	return answer(j, &out, err);
}

/* ---- what goes ---- */

/* AGE: how many are newer. With neither bound all stay that are not named. */
static bool goes(const struct vault_job *vj, const struct vault_snapshot *s,
		 const char *name, size_t age)
{
	int64_t since = (int64_t)time(NULL) - (int64_t)vj->days * 86400;

	if (strv_has(&vj->forget, name))
		return true;
	if (!vj->has_keep && !vj->has_days)
		return false;
	return !(vj->has_keep && age < vj->keep) && !(vj->has_days && s->time >= since);
}

/* One that cannot be read is of no age: it goes only by its name. */
static int forget_some(struct vault_job *vj, struct buf *out, struct strv *gone,
		       struct qvm_err *err)
{
	cleanup_strv struct strv names = STRV_INIT;
	int r = vault_snapshots(vj->v, &names, err);

	for (size_t i = 0; r == 0 && i < names.n; i++) {
		cleanup_snapshot struct vault_snapshot s = {0};
		struct qvm_err why;
		int bad = vault_snapshot_get(vj->v, names.v[i], &s, &why);
		bool leaves = bad < 0 ? strv_has(&vj->forget, names.v[i])
				      : goes(vj, &s, names.v[i], names.n - 1 - i);

		if (leaves)
			strv_add(gone, names.v[i]);
		if (leaves && !vj->dry)
			r = vault_forget(vj->v, names.v[i], err);
		add_snapshot(out, &s, names.v[i], leaves ? 0 : bad,
			     leaves ? "gone" : "stays", &why);
		if (bad == 0)
			add_domains(out, &s);
	}
	return r;
}

/* What was named may be a beginning, or `latest`. */
static int whole_names(struct vault_job *vj, struct qvm_err *err)
{
	struct strv whole = STRV_INIT;
	char name[VAULT_STAMP];
	int r = 0;

	for (size_t i = 0; r == 0 && i < vj->forget.n; i++) {
		r = vault_snapshot_find(vj->v, vj->forget.v[i], name, err);
		if (r == 0)
			strv_add(&whole, name);
	}
	strv_dispose(&vj->forget);
	vj->forget = whole;
	return r;
}

int job_vault_prune(struct job *j, struct qvm_err *err)
{
	cleanup(vault_job_dispose) struct vault_job vj = {0};
	cleanup_buf struct buf out = BUF_INIT;
	cleanup_strv struct strv gone = STRV_INIT;
	struct vault_waste waste;
	int r = vault_job_begin(&vj, j, err);

	if (r == 0)
		r = vault_job_open(&vj, vj.collect, err);
	if (r == 0 && vault_append_only(vj.v))
		r = err_set(err, QVM_E_PERMISSION,
			    "nothing is removed from this repository: it is one that is "
			    "only added to");
	if (r == 0)
		r = whole_names(&vj, err);
	if (r == 0)
		r = forget_some(&vj, &out, &gone, err);
	if (r < 0)
		return r;
	if (vj.collect) {
		r = vault_prune(vj.v, vj.dry, &gone, &waste, err);
		if (r < 0)
			return r;
		buf_addf(&out, "waste %llu %llu %zu %zu %zu\n",
			 (unsigned long long)waste.bytes, (unsigned long long)waste.freed,
			 waste.packs, waste.removed, waste.rewritten);
	}
	return answer(j, &out, err);
}
