/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backup/job.h"
#include "backup/v4.h"
#include "lib/alloc.h"
#include "lib/size.h"

#define RANGES_MAX (16u << 20)

struct writing {
	struct v4_write how;
	struct v4_members *members; /* until they are all told */
	struct v4_writer *writer;
	struct buf ranges;
};

static void writing_dispose(struct writing *wr)
{
	char sum[65];

	if (wr->members)
		v4_members_end(wr->members, sum);
	v4_writer_free(wr->writer);
	buf_dispose(&wr->ranges);
}

static int set(struct writing *wr, const char *key, const char *value,
	       struct qvm_err *err)
{
	struct v4_header *h = &wr->how.header;
	long long n;

	if (strcmp(key, "filter") == 0 && v4_filter_find(value, &h->filter) &&
	    v4_filter_writes(h->filter))
		return 0;
	if (strcmp(key, "id") == 0 && strlen(value) < sizeof(h->id)) {
		memcpy(h->id, value, strlen(value) + 1);
		return 0;
	}
	if (strcmp(key, "log-n") == 0 && num_parse(value, 1, 30, &n) == 0) {
		wr->how.log_n = (unsigned)n;
		return 0;
	}
	if (strcmp(key, "part") == 0 && num_parse(value, 512, V4_PART_MAX, &n) == 0) {
		wr->how.part = (size_t)n;
		return 0;
	}
	return job_unknown(err);
}

/* The header goes out before the first file, when all settings are known. */
static int ready(struct job *j, struct writing *wr, struct qvm_err *err)
{
	if (wr->writer)
		return 0;
	v4_members_end(steal(wr->members), wr->how.header.members);
	wr->how.out = j->out;
	wr->how.pass = (struct secret){j->pass.data, j->pass.len};
	wr->how.progress = job_progress;
	wr->how.arg = j;
	return v4_writer_new(&wr->how, &wr->writer, err);
}

static int file(struct writing *wr, const char *path, const struct message *m,
		struct qvm_err *err)
{
	cleanup_buf struct buf text = BUF_INIT;
	int r = job_file(m, META_XML_MAX, &text, err);

	return r < 0 ? r : v4_write_file(wr->writer, path, text.data, text.len, err);
}

static int volume(struct writing *wr, const char *path, const char *size,
		  const struct message *m, struct qvm_err *err)
{
	const struct pool_range *ranges = (const void *)wr->ranges.data;
	size_t n = wr->ranges.len / sizeof(*ranges);
	long long bytes;
	int r;

	if (m->fd < 0 || num_parse(size, 0, INT64_MAX, &bytes) < 0)
		return job_unknown(err);
	r = v4_write_volume(wr->writer, path, m->fd, (uint64_t)bytes, ranges, n, err);
	buf_reset(&wr->ranges);
	return r;
}

static int one(struct job *j, struct writing *wr, const struct message *m,
	       const char *const *words, struct qvm_err *err)
{
	int r;

	if (strcmp(words[0], "set") == 0)
		return set(wr, words[1], words[2], err);
	if (strcmp(words[0], "pass") == 0)
		return job_pass(&j->pass, m, err);
	if (strcmp(words[0], "member") == 0 && wr->members) {
		v4_members_add(wr->members, words[1]);
		return 0;
	}
	r = ready(j, wr, err);
	if (r < 0)
		return r;
	if (strcmp(words[0], "file") == 0)
		return file(wr, words[1], m, err);
	if (strcmp(words[0], "ranges") == 0)
		return job_file(m, RANGES_MAX, &wr->ranges, err);
	if (strcmp(words[0], "volume") == 0)
		return volume(wr, words[1], words[2], m, err);
	return job_unknown(err);
}

int job_v4_write(struct job *j, struct qvm_err *err)
{
	cleanup(writing_dispose) struct writing wr = {
		.how = {.log_n = V4_LOG_N, .part = V4_PART}, .members = v4_members_new()};
	cleanup_message struct message m = MESSAGE_INIT;
	const char *words[CHANNEL_WORDS];
	int r = 0;

	for (;;) {
		r = job_next(j, &m, words, err);
		if (r < 0 || strcmp(words[0], "end") == 0)
			break;
		r = one(j, &wr, &m, words, err);
		if (r < 0)
			break;
	}
	if (r == 0)
		r = ready(j, &wr, err);
	if (r == 0)
		r = v4_writer_end(wr.writer, err);
	return r < 0 ? r
		     : job_say(j, -1, err, "end %llu",
			       (unsigned long long)v4_writer_written(wr.writer));
}
