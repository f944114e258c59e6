/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the file of a backup goes to, and comes from: a file, a folder (it gets a name of its
 * own there), standard input or output, or any of these in a domain, reached by a call.
 */
#ifndef QVM_TOOLS_BACKUP_PLACE_H
#define QVM_TOOLS_BACKUP_PLACE_H

#include <sys/types.h>

#include "qvm-tools/cmd.h"

struct place {
	const struct qvm_ctx *ctx;
	const char *vm; /* NULL: here */
	char *path;	/* of a file here; there: whatever was given */
	char *tmp;	/* of a file here, until it is whole */
	char name[48];	/* where it is in a folder */
	bool writes;
	int fd;
	pid_t pid; /* the call, or 0 */
};

#define PLACE_INIT ((struct place){.fd = -1})

/* What is not whole does not get its name, and goes. Idempotent. */
void place_dispose(struct place *p);
#define cleanup_place cleanup(place_dispose)

/* TO in the domain VM, or here (NULL). FORCE: a file that is there is replaced. */
int place_write(const struct qvm_ctx *ctx, const char *vm, const char *to, bool force,
		struct place *ret, struct qvm_err *err) must_check;
/* All is written: it gets its name. */
int place_keep(struct place *p, struct qvm_err *err) must_check;

int place_read(const struct qvm_ctx *ctx, const char *vm, const char *from,
	       struct place *ret, struct qvm_err *err) must_check;

#endif
