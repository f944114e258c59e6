/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of hv_fake, read into memory and written back; see hv_fake.h for its lines. */
#ifndef QVM_TESTS_FAKE_HV_FAKE_STATE_H
#define QVM_TESTS_FAKE_HV_FAKE_STATE_H

#include "core/hv.h"
#include "lib/strv.h"

struct fake_dom {
	struct hv_dom dom;
	char name[64];
};

struct fake_state {
	int fd; /* locked while open */
	uint64_t memory;
	uint32_t next;
	struct fake_dom *doms;
	size_t n;
	struct strv others; /* lines as they were */
};

#define FAKE_STATE_INIT                                                                  \
	{                                                                                \
		.fd = -1                                                                 \
	}
#define cleanup_fake_state cleanup(fake_state_dispose)

/* Locks and reads the file, which is made when absent. */
int fake_state_open(struct qvm_ctx *ctx, struct fake_state *s, struct qvm_err *err)
	must_check;
int fake_state_save(struct fake_state *s, struct qvm_err *err) must_check;
void fake_state_dispose(struct fake_state *s);

struct fake_dom *fake_find(struct fake_state *s, const struct hv_id *id);
bool fake_hangs(const struct fake_state *s, const char *name);
uint64_t fake_free(const struct fake_state *s);

/* -QVM_E_HYPERVISOR when a line asks this operation to fail. */
int fake_fails(const struct fake_state *s, const char *operation, struct qvm_err *err)
	must_check;

/* -QVM_E_NOT_RUNNING, for an operation on what is not there. */
int fake_gone(const struct hv_id *id, struct qvm_err *err);

/* ---- hv_fake_devices.c ---- */

/* Removes lines about one domain, "nic 3 ...", whose rest begins with NAME. */
void fake_forget(struct fake_state *s, const char *kind, uint32_t domid,
		 const char *name);
void fake_put_nics(struct fake_state *s, uint32_t domid, const struct hv_nic *nics,
		   size_t n);
void fake_put_keys(struct fake_state *s, uint32_t domid, const struct hv_key *keys,
		   size_t n);

/* The operations of the same names, of hv_ops. */
int fake_disks(void *hv, const struct hv_id *id, struct hv_attached **ret, size_t *ret_n,
	       struct qvm_err *err);
int fake_attach(void *hv, const struct hv_id *id, const struct hv_disk *disk,
		struct qvm_err *err);
int fake_detach(void *hv, const struct hv_id *id, const char *vdev, bool force,
		struct qvm_err *err);
int fake_set_nics(void *hv, const struct hv_id *id, const struct hv_nic *nics, size_t n,
		  struct qvm_err *err);
int fake_set_keys(void *hv, const struct hv_id *id, const struct hv_key *keys, size_t n,
		  struct qvm_err *err);

/* The configuration as JSON, all fields; free it. */
char *fake_json(const struct hv_config *cfg) must_check;

#endif
