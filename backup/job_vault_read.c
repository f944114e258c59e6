/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "backup/job_vault.h"
#include "backup/meta.h"
#include "lib/alloc.h"
#include "lib/size.h"

struct reading {
	struct vault_job vj;
	struct vault_snapshot s;
	struct job_targets targets;
};

static void reading_dispose(struct reading *rd)
{
	vault_job_dispose(&rd->vj);
	vault_snapshot_dispose(&rd->s);
	job_targets_dispose(&rd->targets);
}

static const char *text_of(const struct reading *rd, const char *path)
{
	for (size_t i = 0; i < rd->s.text_count; i++)
		if (strcmp(rd->s.texts[i].path, path) == 0)
			return rd->s.texts[i].text;
	return NULL;
}

static int restore_text(struct reading *rd, const struct job_target *t,
			struct qvm_err *err)
{
	const char *text = text_of(rd, t->path);
	struct buf b = {(char *)(uintptr_t)text, text ? strlen(text) : 0, 0};
	char what[META_PATH_MAX + 8];

	if (!text)
		return 0;
	snprintf(what, sizeof(what), "rules %s", t->path);
	return job_say_text(rd->vj.j, what, &b, err);
}

static int restore_volume(struct reading *rd, const struct job_target *t,
			  struct qvm_err *err)
{
	const struct vault_volume *vol = vault_volume_find(&rd->s, t->path);
	int r;

	if (!vol)
		return err_set(err, QVM_E_NOT_FOUND, "it is not in the snapshot");
	if (vol->size > t->size)
		return err_set(err, QVM_E_VALUE,
			       "it has %llu bytes, and the list of domains says %llu",
			       (unsigned long long)vol->size,
			       (unsigned long long)t->size);
	r = vault_load(rd->vj.v, vol,
		       t->stream   ? VAULT_STREAM
		       : t->fd < 0 ? VAULT_CHECK
				   : VAULT_FILL,
		       t->fd, 100, err);
	return r < 0 ? r
		     : job_say(rd->vj.j, -1, err, "done %s %llu", t->path,
			       (unsigned long long)vol->size);
}

static int run_through(struct reading *rd, struct qvm_err *err)
{
	for (size_t i = 0; i < rd->targets.n; i++) {
		const struct job_target *t = &rd->targets.v[i];
		int r = t->kind == JOB_VOLUME ? restore_volume(rd, t, err)
					      : restore_text(rd, t, err);

		if (r < 0)
			return err_wrap(err, "'%s'", t->path);
	}
	return 0;
}

int job_vault_read(struct job *j, struct qvm_err *err)
{
	cleanup(reading_dispose) struct reading rd = {0};
	struct buf meta;
	int r = vault_job_begin(&rd.vj, j, err);

	if (r == 0)
		r = vault_job_open(&rd.vj, true, err);
	if (r == 0)
		r = vault_job_snapshot(&rd.vj, &rd.s, err);
	if (r < 0)
		return r;
	meta = (struct buf){rd.s.meta, strlen(rd.s.meta), 0};
	r = job_say_text(j, "meta", &meta, err);
	if (r == 0)
		r = job_targets(j, &rd.targets, err);
	if (r == 0)
		r = run_through(&rd, err);
	return r < 0 ? r : job_say(j, -1, err, "end");
}
