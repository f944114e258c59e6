/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI devices of dom0 as the property "pcidevs" names them: words with blanks between,
 *
 *	0000:00:1f.6			Xen and the kernel call it so
 *	0000:03:00.0,permissive		the guest may write all of its configuration space
 *
 * The domain may be left out where it is 0, a prefix "dom0:" and underscores in place of
 * colons, as Qubes writes them, are understood. Pure.
 */
#ifndef QVM_CORE_PCI_H
#define QVM_CORE_PCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define PCI_TEXT 16 /* "0000:00:1f.6" */
#define PCI_DEVS_MAX 16

struct pci_dev {
	uint16_t domain;
	uint8_t bus, device, function;
	bool permissive;
};

struct pci_list {
	struct pci_dev v[PCI_DEVS_MAX];
	size_t n;
};

/* One word; 0 or -QVM_E_VALUE. */
int pci_parse(const char *word, struct pci_dev *ret, struct qvm_err *err) must_check;
/* All of them, of which none may be there twice. */
int pci_list_parse(const char *text, struct pci_list *ret, struct qvm_err *err)
	must_check;

void pci_name(const struct pci_dev *dev, char ret[static PCI_TEXT]);
bool pci_is(const struct pci_dev *a, const struct pci_dev *b);
/* As the property has it; the caller frees it. */
char *pci_list_text(const struct pci_list *l) must_check;
/* The index of DEV, or l->n. */
size_t pci_list_find(const struct pci_list *l, const struct pci_dev *dev);

#endif
