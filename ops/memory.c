/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <poll.h>

#include "lib/alloc.h"
#include "lib/clock.h"
#include "lib/size.h"
#include "ops/internal.h"

#define GIVEN_BACK_MS 10000

/* Has a domain ended that still has its memory? */
static bool is_any_leaving(struct qvm_ctx *ctx)
{
	cleanup_free struct hv_dom *doms = NULL;
	struct qvm_err unseen;
	bool any = false;
	size_t n = 0;

	if (ctx->view->list(ctx->view_handle, &doms, &n, &unseen) < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		any |= doms[i].shutdown || doms[i].dying;
	return any;
}

int memory_await(struct qvm_ctx *ctx, uint64_t need, struct qvm_err *err)
{
	uint64_t deadline = clock_in(GIVEN_BACK_MS);
	struct hv_host host;
	bool leaving = true;

	/* When the last one has left there is one more look: by then its memory is free. */
	for (;;) {
		int r = ctx->view->host(ctx->view_handle, &host, err);

		if (r < 0 || host.memory_free >= need)
			return r;
		if (!leaving || clock_ms() >= deadline)
			break;
		leaving = is_any_leaving(ctx);
		if (leaving)
			(void)poll(NULL, 0, VM_LOOK_AGAIN_MS);
	}
	return err_set(err, QVM_E_NO_MEMORY,
		       "not enough memory: it needs %llu MiB and %llu MiB are free",
		       (unsigned long long)((need + MIB - 1) / MIB),
		       (unsigned long long)(host.memory_free / MIB));
}
