/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of a running domain beside the hypervisor: one small file in its run
 * folder, replaced as a whole. It is gone at boot, as the domain is.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "ops/internal.h"

static const char *const phase_names[] = {
	[RUN_NONE] = "none",
	[RUN_STARTING] = "starting",
	[RUN_RUNNING] = "running",
	[RUN_ENDING] = "ending",
};

static char *state_path(struct qvm_ctx *ctx, int64_t vm_id)
{
	cleanup_free char *dir = ctx_vm_run_dir(ctx, vm_id);

	return xasprintf("%s/state", dir);
}

int run_state_write(struct qvm_ctx *ctx, int64_t vm_id, const struct run_state *state,
		    struct qvm_err *err)
{
	cleanup_free char *path = state_path(ctx, vm_id);
	cleanup_buf struct buf text = BUF_INIT;
	int r;

	buf_addf(&text, "%s %u %lld %s\n", phase_names[state->phase], state->domid,
		 (long long)state->start_time, *state->console ? state->console : "-");
	r = file_replace(path, text.data, text.len, 0644, 0);
	return r < 0 ? err_errno(err, r, "cannot write '%s'", path) : 0;
}

void run_state_read(struct qvm_ctx *ctx, int64_t vm_id, struct run_state *ret)
{
	cleanup_free char *path = state_path(ctx, vm_id);
	cleanup_buf struct buf text = BUF_INIT;
	char phase[16];
	long long start;

	*ret = (struct run_state){.phase = RUN_NONE};
	if (file_read(path, 4096, &text) < 0 ||
	    sscanf(buf_str(&text), "%15s %u %lld %63s", phase, &ret->domid, &start,
		   ret->console) != 4)
		return;
	ret->start_time = start;
	if (strcmp(ret->console, "-") == 0)
		ret->console[0] = '\0';
	for (size_t i = 0; i < array_len(phase_names); i++)
		if (strcmp(phase, phase_names[i]) == 0)
			ret->phase = (enum run_phase)i;
}

void run_state_remove(struct qvm_ctx *ctx, int64_t vm_id)
{
	cleanup_free char *path = state_path(ctx, vm_id);
	cleanup_free char *unfinished = xasprintf("%s.tmp", path);
	cleanup_free char *dir = ctx_vm_run_dir(ctx, vm_id);
	cleanup_free char *image = xasprintf("%s/image", dir);

	unlink(image);	    /* it is used no more */
	unlink(path);	    /* absent is as good */
	unlink(unfinished); /* of a writer that was killed */
}
