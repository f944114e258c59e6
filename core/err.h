/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The error object and the one table of exit codes.
 *
 * Every fallible function of core and above takes `struct qvm_err *err` last, returns 0 or
 * a negative kind, and touches *err only when it fails. The caller owns the object; filling
 * it cannot fail and nothing needs releasing. A sentence says what was being done, to which
 * object (quoted), and why not; it begins in lower case and carries no full stop.
 *
 *	return err_set(err, QVM_E_EXISTS, "cannot create '%s': the name is taken", name);
 *
 * Kinds below QVM_E_FIRST are errno values (err_errno) and exit as QVM_E_FAILED does.
 */
#ifndef QVM_CORE_ERR_H
#define QVM_CORE_ERR_H

#include <stddef.h>

#include "lib/macro.h"

enum qvm_err_kind {
	QVM_E_FIRST = 1000,
	QVM_E_FAILED = QVM_E_FIRST, /* nothing more precise fits */
	QVM_E_USAGE,		    /* the command line is wrong */
	QVM_E_PARTIAL,		    /* some of several objects failed */
	QVM_E_NO_VM,		    /* no such domain */
	QVM_E_NOT_FOUND,   /* no such property, label, pool, kernel, volume, ... */
	QVM_E_EXISTS,	   /* the name is taken */
	QVM_E_VALUE,	   /* a value that its property does not take */
	QVM_E_RUNNING,	   /* the domain must be halted for that */
	QVM_E_NOT_RUNNING, /* the domain must be running for that */
	QVM_E_IN_USE,	   /* other objects depend on it */
	QVM_E_BUSY,	   /* another command works on it */
	QVM_E_NO_MEMORY,   /* not enough free memory in the machine */
	QVM_E_NO_SPACE,	   /* a pool or file system is full */
	QVM_E_PERMISSION,  /* needs root */
	QVM_E_NO_XEN,	   /* no hypervisor, or its daemons are away */
	QVM_E_HYPERVISOR,  /* the hypervisor refused */
	QVM_E_STORAGE,	   /* LVM, device-mapper or a volume failed */
	QVM_E_DATABASE,	   /* damaged, locked, or of a newer version */
	QVM_E_TIMEOUT,	   /* it did not happen in time */
	QVM_E_CANCELLED,   /* the user said no */
	QVM_E_POLICY,	   /* denied by policy or by the domain's own setting */
	QVM_E_UNSUPPORTED, /* a backend that cannot do that */
	QVM_E_LAST,
};

#define QVM_ERR_TEXT 512

struct qvm_err {
	int kind; /* errno or enum qvm_err_kind; 0: no error */
	char text[QVM_ERR_TEXT];
};

#define QVM_ERR_INIT ((struct qvm_err){0})

/* Fills *err and returns -KIND. */
int err_set(struct qvm_err *err, int kind, const char *fmt, ...) printf_like(3, 4);

/* The same for a negative errno R: the sentence gets ": " and strerror behind it. */
int err_errno(struct qvm_err *err, int r, const char *fmt, ...) printf_like(3, 4);

/* Puts an outer context and ": " in front of the sentence; returns -err->kind. */
int err_wrap(struct qvm_err *err, const char *fmt, ...) printf_like(2, 3);

/* One row a kind: the exit code, and what the manual says of it. */
struct err_exit {
	int kind;
	int code;
	const char *name;    /* stable word for JSON: "no-such-domain" */
	const char *meaning; /* for the manual */
};

extern const struct err_exit err_exits[];
extern const size_t err_exit_count;

/* The exit code of KIND (positive or negative); 0 for 0, 1 for anything unknown. */
int err_exit_code(int kind);
/* The other way, of what another of our programs has exited with. */
int err_kind_of_exit(int status);
const char *err_kind_name(int kind);

#endif
