/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "backup/job_vault.h"
#include "backup/meta.h"
#include "lib/alloc.h"
#include "lib/size.h"

#define RANGES_MAX (64u << 20)
#define LOOK_BACK 8 /* snapshots in which a volume is looked for */

struct writing {
	struct vault_job vj;
	struct vault_snapshot s;
	struct buf ranges, changed;
	bool has_changed;
	/* The newest snapshots, newest first. */
	struct vault_snapshot before[LOOK_BACK];
	size_t before_count;
};

static void writing_dispose(struct writing *wr)
{
	vault_job_dispose(&wr->vj);
	vault_snapshot_dispose(&wr->s);
	for (size_t i = 0; i < wr->before_count; i++)
		vault_snapshot_dispose(&wr->before[i]);
	buf_dispose(&wr->ranges);
	buf_dispose(&wr->changed);
}

/* One that is damaged helps nobody, and harms nobody. */
static int look_back(struct writing *wr, struct qvm_err *err)
{
	cleanup_strv struct strv names = STRV_INIT;
	int r = vault_snapshots(wr->vj.v, &names, err);

	for (size_t i = names.n; r == 0 && i-- > 0 && wr->before_count < LOOK_BACK;) {
		struct vault_snapshot *s = &wr->before[wr->before_count];
		struct qvm_err ignored;

		if (vault_snapshot_get(wr->vj.v, names.v[i], s, &ignored) < 0)
			vault_snapshot_dispose(s);
		else
			wr->before_count++;
	}
	return r;
}

/* "UUID/ROLE/REVISION": of the same volume, up to its last part. */
static bool same_line(const char *a, const char *b)
{
	const char *end = strrchr(a, '/');

	return end && strncmp(a, b, (size_t)(end - a) + 1) == 0;
}

static bool is_now(const char *key)
{
	const char *end = strrchr(key, '/');

	return end && strcmp(end, VAULT_KEY_NOW) == 0;
}

static const struct vault_volume *find_before(const struct writing *wr, const char *key)
{
	for (size_t i = 0; i < wr->before_count; i++)
		for (size_t k = 0; k < wr->before[i].volume_count; k++)
			if (same_line(key, wr->before[i].volumes[k].key))
				return &wr->before[i].volumes[k];
	return NULL;
}

static struct vault_volume *new_volume(struct writing *wr)
{
	wr->s.volume_count++;
	return &array_grow(wr->s.volumes, wr->s.volume_count - 1);
}

/* The same key is the same data, as long as they are all there. */
static int try(struct writing *wr, const char *path, const char *key, struct qvm_err *err)
{
	const struct vault_volume *before = find_before(wr, key);
	bool whole = false;
	int r = 0;

	if (before && strcmp(before->key, key) == 0)
		r = vault_has(wr->vj.v, before, &whole, err);
	if (r < 0)
		return r;
	if (!whole)
		return job_say(wr->vj.j, -1, err, "want %s %s", path,
			       before ? before->key : "-");
	vault_volume_copy(before, path, new_volume(wr));
	return job_say(wr->vj.j, -1, err, "kept %s %llu", path,
		       (unsigned long long)before->data);
}

static int volume(struct writing *wr, const char *path, const char *size, const char *key,
		  const struct message *m, struct qvm_err *err)
{
	const struct vault_volume *before = find_before(wr, key);
	struct vault_source src = {
		.fd = m->fd,
		.ranges = (const void *)wr->ranges.data,
		.range_count = wr->ranges.len / sizeof(struct pool_range),
		.parent = wr->has_changed ? before : NULL,
		.changed = (const void *)wr->changed.data,
		.changed_count = wr->changed.len / sizeof(struct pool_range),
	};
	struct vault_volume *vol;
	long long bytes;
	int r;

	if (m->fd < 0 || num_parse(size, 0, INT64_MAX, &bytes) < 0 ||
	    strlen(path) >= META_PATH_MAX || strlen(key) >= VAULT_KEY_MAX)
		return job_unknown(err);
	src.size = (uint64_t)bytes;
	vol = new_volume(wr);
	vol->path = xstrdup(path);
	vol->key = xstrdup(is_now(key) ? "" : key);
	r = vault_save(wr->vj.v, &src, vol, err);
	buf_reset(&wr->ranges);
	buf_reset(&wr->changed);
	wr->has_changed = false;
	return r < 0 ? err_wrap(err, "'%s'", path)
		     : job_say(wr->vj.j, -1, err, "saved %s %llu", path,
			       (unsigned long long)vol->data);
}

static int text(struct writing *wr, const char *path, const struct message *m,
		struct qvm_err *err)
{
	cleanup_buf struct buf b = BUF_INIT;
	struct vault_text *t;
	int r = job_file(m, META_FILE_MAX, &b, err);

	if (r < 0)
		return r;
	t = &array_grow(wr->s.texts, wr->s.text_count);
	wr->s.text_count++;
	t->path = xstrdup(path);
	t->text = buf_steal(&b);
	return 0;
}

static int meta(struct writing *wr, const struct message *m, struct qvm_err *err)
{
	cleanup_buf struct buf b = BUF_INIT;
	int r = job_file(m, 2 * META_XML_MAX, &b, err);

	free(wr->s.meta);
	wr->s.meta = buf_steal(&b);
	return r;
}

static int one(struct writing *wr, const struct message *m, const char *const *words,
	       struct qvm_err *err)
{
	if (strcmp(words[0], "meta") == 0)
		return meta(wr, m, err);
	if (strcmp(words[0], "text") == 0)
		return text(wr, words[1], m, err);
	if (strcmp(words[0], "try") == 0)
		return try(wr, words[1], words[2], err);
	if (strcmp(words[0], "ranges") == 0)
		return job_file(m, RANGES_MAX, &wr->ranges, err);
	if (strcmp(words[0], "changed") == 0) {
		wr->has_changed = true;
		return job_file(m, RANGES_MAX, &wr->changed, err);
	}
	if (strcmp(words[0], "volume") == 0)
		return volume(wr, words[1], words[2], words[3], m, err);
	return job_unknown(err);
}

int job_vault_write(struct job *j, struct qvm_err *err)
{
	cleanup(writing_dispose) struct writing wr = {0};
	cleanup_message struct message m = MESSAGE_INIT;
	const char *words[CHANNEL_WORDS];
	int r = vault_job_begin(&wr.vj, j, err);

	if (r == 0)
		r = vault_job_open(&wr.vj, true, err);
	if (r == 0)
		r = look_back(&wr, err);
	while (r == 0) {
		r = job_next(j, &m, words, err);
		if (r < 0 || strcmp(words[0], "end") == 0)
			break;
		r = one(&wr, &m, words, err);
	}
	if (r == 0)
		r = vault_commit(wr.vj.v, &wr.s, err);
	return r < 0 ? r
		     : job_say(j, -1, err, "end %llu %s", (unsigned long long)wr.s.stored,
			       wr.s.name);
}
