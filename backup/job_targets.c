/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "backup/job.h"
#include "lib/alloc.h"
#include "lib/size.h"

void job_targets_dispose(struct job_targets *t)
{
	for (size_t i = 0; i < t->n; i++)
		cleanup_close_at(&t->v[i].fd);
	free(t->v);
}

static enum job_file_kind kind_of(const char *path)
{
	const char *file = strrchr(path, '/');

	if (file && strcmp(file, "/firewall.xml") == 0)
		return JOB_RULES;
	return file && strcmp(file, "/notes.txt") == 0 ? JOB_NOTES : JOB_VOLUME;
}

static int take(struct job_targets *to, const char *const *words, struct message *m,
		struct qvm_err *err)
{
	bool stream = strcmp(words[0], "stream") == 0;
	struct job_target *t;
	long long bytes = INT64_MAX;

	if (strlen(words[1]) >= META_PATH_MAX || (stream && m->fd < 0) ||
	    (!stream && num_parse(words[2], 0, INT64_MAX, &bytes) < 0))
		return job_unknown(err);
	t = &array_grow(to->v, to->n);
	to->n++;
	memcpy(t->path, words[1], strlen(words[1]));
	t->kind = kind_of(t->path);
	t->size = (uint64_t)bytes;
	t->fd = steal_fd(&m->fd);
	t->stream = stream;
	return 0;
}

int job_targets(struct job *j, struct job_targets *ret, struct qvm_err *err)
{
	cleanup_message struct message m = MESSAGE_INIT;
	const char *words[CHANNEL_WORDS];
	int r = 0;

	while (r == 0) {
		r = job_next(j, &m, words, err);
		if (r < 0 || strcmp(words[0], "go") == 0)
			break;
		if (strcmp(words[0], "take") == 0 || strcmp(words[0], "stream") == 0)
			r = take(ret, words, &m, err);
		else
			r = job_unknown(err);
	}
	return r;
}
