/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI devices in domains: a network card in the domain that serves the network, a USB
 * controller away from dom0. Which ones a domain has is its property "pcidevs"; a start
 * takes them from dom0's drivers, and dom0 does not take them back: what a guest has had
 * in its hands is not to be trusted before the next boot.
 */
#ifndef QVM_OPS_PCI_H
#define QVM_OPS_PCI_H

#include "core/ctx.h"
#include "core/pci.h"
#include "core/vm.h"

struct pci_info {
	struct pci_dev dev;
	char description[80]; /* "Ethernet, 8086:100e" */
	char driver[32];      /* that dom0 has for it, or "" */
};

struct pci_infos {
	struct pci_info *v; /* by address; bridges are left out */
	size_t n;
};

#define PCI_INFOS_INIT                                                                   \
	{                                                                                \
		0                                                                        \
	}

void pci_infos_dispose(struct pci_infos *l);
#define cleanup_pci_infos cleanup(pci_infos_dispose)

/* What the machine has; none where it has no PCI bus. */
int op_pci_list(struct qvm_ctx *ctx, struct pci_infos *ret, struct qvm_err *err)
	must_check;

/* The devices of VM as its property has them. */
void op_pci_of(const struct world *w, const struct vm *vm, struct pci_list *ret);

/* Adds to the property, or takes from it; acts at the next start. */
int op_pci_assign(struct qvm_ctx *ctx, const struct world *w, const char *name,
		  const char *device, bool permissive, bool dry_run, struct qvm_err *err)
	must_check;
/* DEVICE NULL: all of them. */
int op_pci_unassign(struct qvm_ctx *ctx, const struct world *w, const char *name,
		    const char *device, bool dry_run, struct qvm_err *err) must_check;

/*
 * Before a start: are they all there, and with no other domain that runs? Looks at files
 * only where LIST is not empty.
 */
int pci_prepare(struct qvm_ctx *ctx, const struct world *w, const struct vm *vm,
		const struct pci_list *list, struct qvm_err *err) must_check;

#endif
