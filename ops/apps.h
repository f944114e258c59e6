/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The applications of a domain: what its own entries say can be started there. */
#ifndef QVM_OPS_APPS_H
#define QVM_OPS_APPS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/ctx.h"

/* Validated: ID is a word, the texts are UTF-8 without control characters. */
struct app {
	char *id;	  /* "org.gnome.Nautilus" */
	char *name;	  /* "Files"; never empty */
	char *categories; /* "System;FileManager;", or "" */
	char *comment;	  /* or "" */
	bool hidden;	  /* in no menu: it asks for that, or is no application */
};

struct app_list {
	struct app *v;
	size_t n; /* sorted by id */
};

void app_list_dispose(struct app_list *l);
#define cleanup_apps cleanup(app_list_dispose)

/*
 * Asks the agent in VM, which is started unless NO_START. What makes no sense is left out
 * with a warning, or refused where it is too much of it.
 */
int op_apps(struct qvm_ctx *ctx, const char *vm, bool no_start, struct app_list *ret,
	    struct qvm_err *err) must_check;

/* Starts one of VM's, and returns when it runs. -QVM_E_NOT_FOUND when it has none such. */
int op_app_run(struct qvm_ctx *ctx, const char *vm, const char *id, bool no_start,
	       struct qvm_err *err) must_check;

/* What a domain has answered, LEN bytes. Pure. */
int apps_parse(const char *untrusted, size_t len, struct app_list *ret,
	       struct qvm_err *err) must_check;

#endif
