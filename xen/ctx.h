/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an open hv_libxl holds. The libxl context in it is made when first needed. */
#ifndef QVM_XEN_CTX_H
#define QVM_XEN_CTX_H

#include "core/hv.h"
#include "xen/compat.h"
#include "xen/log.h"

struct xen_hv {
	struct qvm_ctx *ctx;
	struct xen_log log;
	libxl_ctx *xl; /* NULL until xen_need */
	char *hotplug; /* path of the program */
	bool broken;   /* libxl lost its events: the context is good for nothing more */
};

int xen_open(struct qvm_ctx *ctx, void **ret, struct qvm_err *err);
void xen_close(void *handle);

/* The libxl context is there afterwards, and the kept text is empty. */
int xen_need(struct xen_hv *hv, struct qvm_err *err) must_check;

/* Fills *err from a libxl code and what the logger kept: "WHAT: reason". */
int xen_err(struct xen_hv *hv, int rc, struct qvm_err *err, const char *fmt, ...)
	printf_like(4, 5);

/* The kind of error behind a libxl code and the errno that came with its message. */
int xen_err_kind(int rc, int errnum, const char *text);

/* What a code means where libxl logged nothing. */
const char *xen_err_words(int rc);

/* Ready for a call on ID, or -QVM_E_NOT_RUNNING: domids are used again. */
int xen_same_domain(struct xen_hv *hv, const struct hv_id *id, struct qvm_err *err)
	must_check;

/* The operations: create.c, control.c and disks.c. */
int xen_create(void *handle, const struct hv_config *cfg, struct hv_id *ret,
	       struct qvm_err *err);
int xen_destroy(void *handle, const struct hv_id *id, struct qvm_err *err);
int xen_unpause(void *handle, const struct hv_id *id, struct qvm_err *err);
int xen_pause(void *handle, const struct hv_id *id, struct qvm_err *err);
int xen_shutdown(void *handle, const struct hv_id *id, struct qvm_err *err);
int xen_save(void *handle, const struct hv_id *id, int fd, struct qvm_err *err);
int xen_console(void *handle, const struct hv_id *id, char **ret, struct qvm_err *err);
int xen_disks(void *handle, const struct hv_id *id, struct hv_attached **ret,
	      size_t *ret_n, struct qvm_err *err);
int xen_attach(void *handle, const struct hv_id *id, const struct hv_disk *disk,
	       struct qvm_err *err);
int xen_detach(void *handle, const struct hv_id *id, const char *vdev, bool force,
	       struct qvm_err *err);
int xen_set_nics(void *handle, const struct hv_id *id, const struct hv_nic *nics,
		 size_t n, struct qvm_err *err);
int xen_set_keys(void *handle, const struct hv_id *id, const struct hv_key *keys,
		 size_t n, struct qvm_err *err);
int xen_set_memory(void *handle, const struct hv_id *id, uint64_t bytes,
		   struct qvm_err *err);

#endif
