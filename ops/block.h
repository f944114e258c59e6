/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Block devices of dom0 in domains that run: a card, a stick, a logical volume. They are
 * served by dom0's kernel, which looks at nothing on them; what a guest has of them ends
 * with its run.
 *
 * A port is a device as /dev names it ("sdb1", "loop0", "dm-3"), or a name that leads there
 * from /dev/mapper or /dev/disk/by-id. Ports are those devices that nobody in dom0 uses,
 * which is asked of the kernel by opening each exclusively, and that are not qvm's own.
 */
#ifndef QVM_OPS_BLOCK_H
#define QVM_OPS_BLOCK_H

#include "core/ctx.h"
#include "core/vm.h"

#define PORT_NAME_MAX 64

struct block_port {
	char name[PORT_NAME_MAX]; /* the kernel's */
	char description[128];	  /* printable: maker and model, or what it stands for */
	uint32_t major, minor;
	uint64_t size; /* bytes */
	bool readonly; /* of itself */
};

/* A port in a domain. */
struct block_use {
	const struct vm *vm; /* of the world */
	char vdev[8];	     /* "xvdi": as the guest sees it */
	bool readonly;
	bool gone; /* see hv_attached: it has it no more */
	uint32_t major, minor;
};

struct block_list {
	struct block_port *ports; /* by name */
	size_t port_count;
	struct block_use *uses;
	size_t use_count;
};

#define BLOCK_LIST_INIT                                                                  \
	{                                                                                \
		0                                                                        \
	}

void block_list_dispose(struct block_list *l);
#define cleanup_block_list cleanup(block_list_dispose)

/* All ports, and who has them; W is live. */
int op_block_list(struct qvm_ctx *ctx, const struct world *w, struct block_list *ret,
		  struct qvm_err *err) must_check;

const struct block_port *block_port_of(const struct block_list *l, uint32_t major,
				       uint32_t minor);

struct op_block {
	const char *vm;	  /* running */
	const char *port; /* detach: also as "xvdi"; NULL for all that it has */
	const char *vdev; /* attach: "xvdi" to "xvdp"; NULL: one that is free */
	bool readonly;	  /* attach; a device that cannot be written is so anyway */
	bool force;	  /* detach although the guest uses it */
};

/*
 * -QVM_E_IN_USE when dom0 or another domain uses a part of it (several may read), -QVM_E_NOT_FOUND
 * without such a device. RET becomes its name in the guest.
 */
int op_block_attach(struct qvm_ctx *ctx, const struct world *w,
		    const struct op_block *req, char ret[static 8], struct qvm_err *err)
	must_check;
/* -QVM_E_IN_USE while the guest holds one; it is asked to let go, and a later call finds
 * that it has. RET: how many were taken away. */
int op_block_detach(struct qvm_ctx *ctx, const struct world *w,
		    const struct op_block *req, size_t *ret, struct qvm_err *err)
	must_check;

/* ---- block_ports.c ---- */

/* Fills in the ports. A pool's volumes are none. */
int block_ports(struct qvm_ctx *ctx, const struct world *w, struct block_list *ret,
		struct qvm_err *err) must_check;
/* Have these two devices a part in common? A partition and its disk have. */
bool block_overlap(const struct qvm_ctx *ctx, uint32_t major_a, uint32_t minor_a,
		   uint32_t major_b, uint32_t minor_b) must_check;
/* The one that NAME stands for. */
int block_port_find(struct qvm_ctx *ctx, const struct world *w, const char *name,
		    struct block_port *ret, struct qvm_err *err) must_check;

#endif
