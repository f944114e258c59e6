/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backup/job.h"
#include "backup/v4.h"
#include "lib/alloc.h"
#include "lib/size.h"

struct reading {
	struct v4_read how;
	struct v4_reader *reader;
	struct job_targets targets;
};

static void reading_dispose(struct reading *rd)
{
	v4_reader_free(rd->reader);
	job_targets_dispose(&rd->targets);
}

static int set(void *reading, const char *key, const char *value, struct qvm_err *err)
{
	struct reading *rd = reading;
	long long n;

	if (strcmp(key, "filter") == 0 && v4_filter_find(value, &rd->how.filter)) {
		rd->how.has_filter = true;
		return 0;
	}
	if (strcmp(key, "key-memory") == 0 && num_parse(value, 1, INT64_MAX, &n) == 0) {
		rd->how.key_memory = (uint64_t)n;
		return 0;
	}
	return job_unknown(err);
}

/* ---- the list of domains ---- */

static int text_of_file(struct reading *rd, uint64_t size, size_t most, struct buf *ret,
			struct qvm_err *err)
{
	const void *data;
	uint64_t at;
	size_t len;
	int r;

	if (size > most)
		return err_set(err, QVM_E_VALUE, "it is too large");
	while ((r = v4_data(rd->reader, &data, &len, &at, err)) > 0) {
		if (at != ret->len || len > most - ret->len)
			return err_set(err, QVM_E_VALUE, "it has holes in it");
		buf_add_mem(ret, data, len);
	}
	return r;
}

static int tell_meta(struct job *j, struct reading *rd, struct qvm_err *err)
{
	cleanup_buf struct buf xml = BUF_INIT, lines = BUF_INIT;
	cleanup_meta struct meta meta = {0};
	char path[META_PATH_MAX];
	uint64_t size = 0;
	int r = v4_next(rd->reader, path, &size, err);

	if (r == 0 || (r > 0 && strcmp(path, "qubes.xml") != 0))
		return err_set(err, QVM_E_VALUE,
			       "the backup does not begin with the list of its domains");
	if (r > 0)
		r = text_of_file(rd, size, META_XML_MAX, &xml, err);
	if (r == 0)
		r = meta_parse(buf_str(&xml), xml.len, &meta, err);
	if (r < 0)
		return r;
	meta_format(&meta, &lines);
	return job_say_text(j, "meta", &lines, err);
}

/* ---- the data ---- */

static struct job_target *target_of(struct reading *rd, const char *path)
{
	for (size_t i = 0; i < rd->targets.n; i++)
		if (strcmp(rd->targets.v[i].path, path) == 0)
			return &rd->targets.v[i];
	return NULL;
}

static bool is_wanted(void *arg, const char *path)
{
	return target_of(arg, path) != NULL;
}

#define STEP 65536

/* The volume is blank: zeros need no place in it. */
static int put(const struct job_target *t, const uint8_t *data, size_t len, uint64_t at)
{
	while (len) {
		size_t n = STEP - at % STEP < len ? (size_t)(STEP - at % STEP) : len;
		ssize_t done = (ssize_t)n;

		if (data[0] || memcmp(data, data + 1, n - 1) != 0)
			done = pwrite(t->fd, data, n, (off_t)at);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? -errno : -ENOSPC;
		data += done;
		at += (uint64_t)done;
		len -= (size_t)done;
	}
	return 0;
}

static int restore_volume(struct reading *rd, const struct job_target *t, uint64_t size,
			  struct qvm_err *err)
{
	const void *data;
	uint64_t at;
	size_t len;
	int r;

	if (size > t->size)
		return err_set(err, QVM_E_VALUE,
			       "it has %llu bytes, and the list of domains says %llu",
			       (unsigned long long)size, (unsigned long long)t->size);
	while ((r = v4_data(rd->reader, &data, &len, &at, err)) > 0) {
		if (at > size || len > size - at)
			return err_set(err, QVM_E_VALUE, "its data reach beyond its end");
		r = t->fd < 0 ? 0 : put(t, data, len, at);
		if (r < 0)
			return err_errno(err, r, "cannot write to the volume");
	}
	if (r == 0 && t->fd >= 0 && fsync(t->fd) < 0)
		return err_errno(err, -errno, "cannot write to the volume");
	return r;
}

static int restore_text(struct job *j, struct reading *rd, const struct job_target *t,
			uint64_t size, struct qvm_err *err)
{
	cleanup_buf struct buf text = BUF_INIT, rules = BUF_INIT;
	bool firewall = t->kind == JOB_RULES;
	char what[META_PATH_MAX + 8];
	int r = text_of_file(rd, size, META_FILE_MAX, &text, err);

	if (r == 0 && firewall)
		r = firewall_parse(buf_str(&text), text.len, &rules, err);
	if (r < 0)
		return r;
	snprintf(what, sizeof(what), "%s %s", firewall ? "rules" : "notes", t->path);
	return job_say_text(j, what, firewall ? &rules : &text, err);
}

static int restore(struct job *j, struct reading *rd, struct job_target *t, uint64_t size,
		   struct qvm_err *err)
{
	int r = t->kind == JOB_VOLUME ? restore_volume(rd, t, size, err)
				      : restore_text(j, rd, t, size, err);

	if (r < 0)
		return err_wrap(err, "'%s'", t->path);
	t->done = true;
	return job_say(j, -1, err, "done %s %llu", t->path, (unsigned long long)size);
}

static int run_through(struct job *j, struct reading *rd, struct qvm_err *err)
{
	char path[META_PATH_MAX];
	uint64_t size;
	int r;

	v4_reader_want(rd->reader, is_wanted, rd);
	while ((r = v4_next(rd->reader, path, &size, err)) > 0) {
		r = restore(j, rd, target_of(rd, path), size, err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; r == 0 && i < rd->targets.n; i++) {
		const struct job_target *t = &rd->targets.v[i];

		if (!t->done && t->kind == JOB_VOLUME)
			return err_set(err, QVM_E_VALUE,
				       "the backup is damaged: '%s' is not in it",
				       t->path);
	}
	return r;
}

int job_v4_read(struct job *j, struct qvm_err *err)
{
	cleanup(reading_dispose) struct reading rd = {.how = {.in = j->in,
							      .key_memory = V4_KEY_MEMORY,
							      .progress = job_progress,
							      .arg = j}};
	struct v4_header header;
	int r = job_settings(j, set, &rd, err);

	if (r < 0)
		return r;
	rd.how.pass = (struct secret){j->pass.data, j->pass.len};
	r = v4_reader_new(&rd.how, &rd.reader, &header, err);
	if (r == 0)
		r = tell_meta(j, &rd, err);
	if (r == 0)
		r = job_targets(j, &rd.targets, err);
	if (r == 0)
		r = run_through(j, &rd, err);
	return r < 0 ? r : job_say(j, -1, err, "end");
}
