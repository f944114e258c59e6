/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A snapshot of the metadata that a run of ours has left, killed or cut off with dom0, is known
 * by the mark that it made before: a file of the state folder.
 */
#include "storage/thin_delta.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/proc.h"
#include "lib/size.h"
#include "storage/hold.h"

#define TOOL_MAX (256 * MIB)

struct aside {
	const struct thin_source *src;
	char *mark; /* its path; owned */
	int lock;
	bool reserved;
};

static void forget_mark(const struct aside *a)
{
	if (unlink(a->mark) < 0)
		ctx_log(a->src->ctx, QVM_LEVEL_DEBUG, "cannot remove '%s'", a->mark);
}

static void aside_end(struct aside *a)
{
	/* Where that fails the mark stays, and the next run does it. */
	if (a->reserved &&
	    dmap_message_to(a->src->dm, a->src->pool, "release_metadata_snap") == 0)
		forget_mark(a);
	dmap_release(a->src->dm);
	cleanup_close_at(&a->lock);
	free(a->mark);
}

static int reserve(struct aside *a, struct qvm_err *err)
{
	const struct thin_source *src = a->src;
	int r = storage_lock(src->ctx, src->lock, &a->lock, err);

	if (r < 0)
		return r;
	a->mark = xasprintf("%s/%s.aside", src->ctx->state_dir, src->lock);
	if (access(a->mark, F_OK) == 0 &&
	    dmap_message_to(src->dm, src->pool, "release_metadata_snap") < 0)
		ctx_log(src->ctx, QVM_LEVEL_DEBUG, "nothing was set aside any more");
	r = file_replace(a->mark, "", 0, 0600, true);
	if (r < 0)
		return err_errno(err, r, "cannot write '%s'", a->mark);
	r = dmap_message_to(src->dm, src->pool, "reserve_metadata_snap");
	a->reserved = r == 0;
	if (r == 0)
		return 0;
	forget_mark(a);
	return dmap_fail(src->dm, r, err, "cannot look at the metadata of the pool '%s'",
			 src->name);
}

static int run_tool(const struct thin_source *src, const char *const *argv,
		    struct buf *out, struct qvm_err *err)
{
	cleanup_buf struct buf complaint = BUF_INIT;
	const struct proc_request req = {
		.argv = argv, .out = out, .err = &complaint, .limit = TOOL_MAX};
	int status = 0, r;

	dmap_release(src->dm);
	r = proc_run(&req, &status);
	if (r < 0)
		return err_errno(err, r, "cannot run '%s'", argv[0]);
	if (status || out->len >= TOOL_MAX)
		return err_set(err, QVM_E_STORAGE, "'%s' ended with %d: %.100s", argv[0],
			       status, buf_str(&complaint));
	return 0;
}

int thin_delta(const struct thin_source *src, const uint32_t *from, uint32_t to,
	       struct pool_range **ret, size_t *ret_n, struct qvm_err *err)
{
	cleanup(aside_end) struct aside a = {.src = src, .lock = -1};
	cleanup_buf struct buf out = BUF_INIT;
	char old[12], new[12];
	const char *const dump[] = {"thin_dump", "-m", "--dev-id", new, src->meta, NULL};
	const char *const differ[] = {"thin_delta", "-m", "--snap1", old,
				      "--snap2",    new,  src->meta, NULL};
	int r = reserve(&a, err);

	if (r < 0)
		return r;
	snprintf(new, sizeof(new), "%" PRIu32, to);
	snprintf(old, sizeof(old), "%" PRIu32, from ? *from : 0);
	r = run_tool(src, from ? differ : dump, &out, err);
	if (r == 0 && thin_maps_parse(buf_str(&out), ret, ret_n) < 0)
		r = err_set(err, QVM_E_STORAGE,
			    "what the pool's metadata hold is not understood");
	return r;
}
