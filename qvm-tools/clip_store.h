/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text that qvm-clip has in hand: one file in the run folder, root's own and in memory
 * only. It is there once: whoever takes it holds its lock and wipes it.
 */
#ifndef QVM_TOOLS_CLIP_STORE_H
#define QVM_TOOLS_CLIP_STORE_H

#include <stdint.h>

#include "core/ctx.h"
#include "core/vm.h"
#include "lib/buf.h"
#include "lib/uuid.h"

enum { CLIP_MAX = 65536 };

struct clip {
	int fd; /* its file, locked; -1: none */
	char *path;
	char *source;	  /* the domain it came from */
	uint64_t expires; /* of the clock of deadlines */
	char token[UUID_TEXT];
	struct buf text;
};

#define CLIP_INIT ((struct clip){.fd = -1})

/* Wipes what it has in memory, and lets go of the file. */
void clip_dispose(struct clip *c);
#define cleanup_clip cleanup(clip_dispose)

/* Puts TEXT in the place of what was there. Its name for clip_expire comes in RET_TOKEN. */
int clip_put(struct qvm_ctx *ctx, const char *source, const struct buf *text, int seconds,
	     char ret_token[static UUID_TEXT], struct qvm_err *err) must_check;

/*
 * Takes it. -QVM_E_NOT_FOUND when there is none, or its time is over; -QVM_E_BUSY while
 * another command has it.
 */
int clip_take(struct qvm_ctx *ctx, struct clip *ret, struct qvm_err *err) must_check;

/* The file is overwritten and gone. */
void clip_wipe(struct clip *c);

#endif
