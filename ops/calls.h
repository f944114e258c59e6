/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon that carries calls to and from one running domain (qrexec/main_daemon.c): a
 * child of the domain's watcher, with which it ends, and started again when it dies.
 */
#ifndef QVM_OPS_CALLS_H
#define QVM_OPS_CALLS_H

#include <sys/types.h>

#include "core/hv.h"
#include "core/vm.h"

struct call_daemon;

/* Is the domain used by calls? Not known until its agent is there. */
enum call_use { CALLS_UNKNOWN, CALLS_NONE, CALLS_SOME };

/*
 * NULL where calls cannot reach the domain; that is no reason to end it. Of a disposable the
 * use is known as well.
 */
struct call_daemon *call_daemon_start(struct qvm_ctx *ctx, const struct world *w,
				      const struct vm *vm, uint32_t domid) must_check;
int call_daemon_fd(const struct call_daemon *d); /* readable when it has ended; or -1 */
/* To be called then: starts another one, unless the domain is gone. */
void call_daemon_renew(struct call_daemon *d);
/* Readable when the use is another one; or -1. */
int call_daemon_use_fd(const struct call_daemon *d);
enum call_use call_daemon_use(struct call_daemon *d); /* as it was told last */
/* Ends it and waits for that; NULL is fine. */
void call_daemon_stop(struct call_daemon *d);

#endif
