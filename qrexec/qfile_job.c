/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/clock.h"
#include "lib/size.h"
#include "qrexec/qfile.h"

enum { SETTLE_MS = 1000 }; /* before that a rate says nothing */

struct run {
	const struct qfile_job *j;
	struct qfile_pack *pack;
	uint64_t begun;
};

static char *about(const char *name, const char *why)
{
	cleanup_free char *shown = xstrdup(name);

	qfile_name_show(shown);
	return *shown ? xasprintf("'%s': %s", shown, why) : xstrdup(why);
}

static void say(const struct qfile_job *j, const char *name, const char *why)
{
	cleanup_free char *text = about(name, why);

	j->say(j->arg, text);
}

static void note_skipped(void *arg, const char *name, const char *why)
{
	const struct qfile_job *j = arg;
	cleanup_free char *left_out = xasprintf("left out: %s", why);
	cleanup_free char *text = about(name, left_out);

	j->note(j->arg, text);
}

static void note_kept(void *arg, const char *name, int errnum)
{
	const struct qfile_job *j = arg;
	cleanup_free char *kept =
		xasprintf("was copied and stays here: %s",
			  errnum == ESTALE	? "it has changed since"
			  : errnum == ENOTEMPTY ? "it holds something that was not copied"
						: strerror(errnum));
	cleanup_free char *text = about(name, kept);

	j->note(j->arg, text);
}

/* Of the object that was being looked at or read. */
static const char *own_text(int errnum)
{
	switch (errnum) {
	case ENODATA:
		return "became shorter while it was read";
	case ESTALE:
		return "was replaced while it was read";
	case ELOOP:
		return "is a symbolic link; name what it points to";
	case ENAMETOOLONG:
		return "lies too deep, or its name is too long";
	default:
		return strerror(errnum);
	}
}

static struct qfile_pack *open_pack(const struct qfile_job *j)
{
	const struct qfile_pack_options options = {
		.ignore_links = j->ignore_links,
		.move = j->move,
		.skipped = note_skipped,
		.arg = (void *)j,
	};
	struct qfile_pack *p = qfile_pack_new(&options);

	for (size_t i = 0; i < j->count; i++) {
		int r = qfile_pack_add(p, j->paths[i]);

		if (r == 0)
			continue;
		say(j, j->paths[i], r == -EINVAL ? "has no name" : strerror(-r));
		qfile_pack_free(p);
		return NULL;
	}
	return p;
}

enum qfile_outcome qfile_job_look(const struct qfile_job *j, struct qfile_total *ret)
{
	cleanup_qfile_pack struct qfile_pack *p = open_pack(j);
	int r = p ? qfile_pack_scan(p, ret) : 0;

	if (!p)
		return QFILE_FAILED;
	if (r < 0) {
		say(j, qfile_pack_where(p), own_text(-r));
		return QFILE_FAILED;
	}
	if (!ret->objects) {
		j->say(j->arg, "nothing is left to copy");
		return QFILE_FAILED;
	}
	return QFILE_DONE;
}

int qfile_progress(uint64_t done, uint64_t total, uint64_t ms, char ret[static 96])
{
	uint64_t rate = ms ? (uint64_t)((double)done * 1000 / (double)ms) : 0;
	char done_text[32], total_text[32], rate_text[32];
	unsigned long long left;
	int n;

	if (total < done) /* it has grown, or was not told */
		total = done;
	size_format(done, done_text);
	size_format(total, total_text);
	size_format(rate, rate_text);
	n = snprintf(ret, 96, "%s of %s", done_text, total_text);
	if (ms >= SETTLE_MS && rate) {
		left = (total - done) / rate;
		snprintf(ret + n, 96 - (size_t)n,
			 left >= 3600 ? ", %s/s, %llu:%02llu h left"
				      : ", %s/s, %llu:%02llu left",
			 rate_text, left >= 3600 ? left / 3600 : left / 60,
			 left >= 3600 ? left / 60 % 60 : left % 60);
	}
	return total ? (int)((double)done * 100 / (double)total) : 100;
}

static void show(void *arg)
{
	const struct run *x = arg;
	char text[96];
	int percent = qfile_progress(qfile_pack_bytes(x->pack), x->j->total,
				     clock_ms() - x->begun, text);

	x->j->show(x->j->arg, text, percent);
}

static enum qfile_outcome failed(const struct run *x, int r)
{
	if (r == -EPIPE || r == -ECONNRESET)
		return QFILE_UNHEARD;
	if (r == -EBADMSG)
		x->j->say(x->j->arg, "the receiver's answer makes no sense");
	else
		say(x->j, qfile_pack_where(x->pack), own_text(-r));
	return QFILE_FAILED;
}

/* The receiver's word: its code, and the name that it was at. */
static enum qfile_outcome refused(const struct run *x, const struct qfile_answer *a)
{
	cleanup_free char *text =
		xasprintf("not copied%s%s: %s", x->j->target ? " to " : "",
			  x->j->target ? x->j->target : "", qfile_code_text(a->code));

	say(x->j, a->name, text);
	return QFILE_FAILED;
}

enum qfile_outcome qfile_job_send(const struct qfile_job *j, int out, int in)
{
	cleanup_free struct qfile_answer *answer = xcalloc(1, sizeof(*answer));
	cleanup_qfile_pack struct qfile_pack *p = open_pack(j);
	struct run x = {.j = j, .pack = p, .begun = clock_ms()};
	const struct qfile_send s = {
		.pack = p,
		.out = out,
		.in = in,
		.progress = j->show ? show : NULL,
		.arg = &x,
	};
	int r = p ? qfile_send(&s, answer) : 0;

	if (!p)
		return QFILE_FAILED;
	if (j->show)
		j->show(j->arg, NULL, 100);
	if (r < 0)
		return failed(&x, r);
	if (answer->code)
		return refused(&x, answer);
	if (j->move && qfile_remove(p, note_kept, (void *)j))
		return QFILE_KEPT_SOME;
	return QFILE_DONE;
}
