/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The context: where state lives, which backends serve it, and where messages go. One is
 * made by a program (qvm-tools/setup.c, or a test) and handed to everything below; there
 * are no globals. Not for threads.
 */
#ifndef QVM_CORE_CTX_H
#define QVM_CORE_CTX_H

#include <stdarg.h>
#include <stdint.h>

#include "core/err.h"
#include "lib/macro.h"

struct hv_ops;
struct hv_view_ops;
struct pool_ops;
struct scratch_ops;

enum qvm_level { QVM_LEVEL_ERROR, QVM_LEVEL_WARN, QVM_LEVEL_INFO, QVM_LEVEL_DEBUG };

struct qvm_ctx {
	char *state_dir; /* database and kernels: /var/lib/qvm; owned */
	char *run_dir;	 /* locks and runtime files: /run/qvm; a tmpfs; owned */
	char *log_dir;	 /* console logs: /var/log/qvm; owned */
	char *call_dir;	 /* sockets of the domains' daemons: /run/qubes; a tmpfs; owned */
	char *vchan_dir; /* NULL, or where sockets stand for Xen's channels (tests); owned */
	char *vchan_domid; /* then: this domain's number; NULL: 0; owned */
	char *sys_dir,
		*dev_dir; /* what the kernel says of devices, and their nodes: /sys,
				  * /dev; owned */
	char *libexec_dir; /* helper programs and driver modules: /usr/libexec/qvm; owned */
	char *self;	   /* the program that is executed as watcher; owned */

	/*
	 * Loads a backend when it is first needed, so that a command pays only for what it
	 * uses. Each fills in the pointer below it and keeps it until ctx_dispose.
	 */
	int (*load_view)(struct qvm_ctx *ctx, struct qvm_err *err);
	int (*load_hv)(struct qvm_ctx *ctx, struct qvm_err *err);
	int (*load_pool)(struct qvm_ctx *ctx, const char *driver,
			 const struct pool_ops **ret, struct qvm_err *err);
	int (*load_scratch)(struct qvm_ctx *ctx, struct qvm_err *err);
	const struct hv_view_ops *view; /* NULL until loaded; reach it by view_get */
	void *view_handle;
	const struct hv_ops *hv; /* NULL until loaded; reach it by hv_get */
	void *hv_handle;
	const struct scratch_ops *scratch;
	void *scratch_handle;

	/* Locks held, by kind, and the highest domain id among LOCK_OP: lock.c asserts order. */
	int locks_held[4];
	int64_t lock_highest;
	int stores_open; /* connections with the registry */

	enum qvm_level level; /* messages beyond it are not even formatted */
	void (*log)(void *arg, enum qvm_level level, const char *text);
	/* Work that takes a while: PERCENT is -1 when unknown. May be NULL. */
	void (*progress)(void *arg, const char *what, int percent);
	void *log_arg;
};

void ctx_dispose(struct qvm_ctx *ctx);
#define cleanup_ctx cleanup(ctx_dispose)

/* A message or a piece of progress for whoever runs the program; cheap when unwanted. */
void ctx_log(struct qvm_ctx *ctx, enum qvm_level level, const char *fmt, ...)
	printf_like(3, 4);
void ctx_progress(struct qvm_ctx *ctx, const char *what, int percent);

/* Paths under the context's roots; the caller frees them. */
char *ctx_state_path(const struct qvm_ctx *ctx, const char *name) must_check;
char *ctx_kernel_dir(const struct qvm_ctx *ctx, const char *kernel) must_check;
char *ctx_vm_run_dir(const struct qvm_ctx *ctx, int64_t vm_id) must_check;
/* That of an unnamed disposable is in its run folder, and so on no disk. */
char *ctx_console_log(const struct qvm_ctx *ctx, int64_t vm_id, const char *vm_name)
	must_check;

/* The backend, opened; loads and opens it at the first call. QVM_E_NO_XEN without one. */
int view_get(struct qvm_ctx *ctx, struct qvm_err *err) must_check;
int hv_get(struct qvm_ctx *ctx, struct qvm_err *err) must_check;
int scratch_get(struct qvm_ctx *ctx, const char *location, struct qvm_err *err)
	must_check;

/* For a fork: asserts that no lock is held and no registry open ... */
void ctx_assert_idle(const struct qvm_ctx *ctx);
/* ... and makes the child open its own backends; the parent's handles are left alone. */
void ctx_forget_backends(struct qvm_ctx *ctx);

#endif
