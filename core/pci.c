/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/pci.h"

#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/buf.h"
#include "lib/strv.h"

#define HEX "0123456789abcdef"

/* "DDDD:BB:DD.F", digit for digit: sscanf alone would take signs and blanks. */
static bool has_shape(const char *text)
{
	static const char shape[] = "xxxx:xx:xx.x";

	if (strlen(text) != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; shape[i]; i++)
		if (shape[i] == 'x' ? !strchr(HEX, text[i]) : shape[i] != text[i])
			return false;
	return true;
}

static bool take_address(const char *word, size_t len, struct pci_dev *ret)
{
	cleanup_free char *given = xstrndup(word, len);
	cleanup_free char *text = NULL;
	unsigned domain, bus, device, function;

	for (char *at = given; *at; at++)
		*at = *at == '_' ? ':' : *at;
	text = xasprintf("%s%s", len == 7 ? "0000:" : "", given);
	if (!has_shape(text) ||
	    sscanf(text, "%4x:%2x:%2x.%1x", &domain, &bus, &device, &function) != 4 ||
	    device > 31 || function > 7)
		return false;
	*ret = (struct pci_dev){.domain = (uint16_t)domain,
				.bus = (uint8_t)bus,
				.device = (uint8_t)device,
				.function = (uint8_t)function};
	return true;
}

int pci_parse(const char *word, struct pci_dev *ret, struct qvm_err *err)
{
	const char *name = strncmp(word, "dom0:", 5) == 0 ? word + 5 : word;
	size_t len = strcspn(name, ",");

	if (!take_address(name, len, ret))
		return err_set(err, QVM_E_VALUE,
			       "'%.40s' is no PCI device, as '0000:00:1f.6'", word);
	if (!name[len])
		return 0;
	if (strcmp(name + len, ",permissive") != 0)
		return err_set(err, QVM_E_VALUE,
			       "'%.40s': the one option is ',permissive'", word);
	ret->permissive = true;
	return 0;
}

int pci_list_parse(const char *text, struct pci_list *ret, struct qvm_err *err)
{
	cleanup_strv struct strv words = STRV_INIT;

	*ret = (struct pci_list){0};
	strv_split(&words, text, " ");
	for (size_t i = 0; i < words.n; i++) {
		struct pci_dev dev;
		int r = pci_parse(words.v[i], &dev, err);

		if (r < 0)
			return r;
		if (pci_list_find(ret, &dev) < ret->n)
			return err_set(err, QVM_E_VALUE, "'%s' is there twice",
				       words.v[i]);
		if (ret->n >= PCI_DEVS_MAX)
			return err_set(err, QVM_E_VALUE, "more than %d PCI devices",
				       PCI_DEVS_MAX);
		ret->v[ret->n++] = dev;
	}
	return 0;
}

void pci_name(const struct pci_dev *dev, char ret[static PCI_TEXT])
{
	snprintf(ret, PCI_TEXT, "%04x:%02x:%02x.%x", dev->domain, dev->bus & 0xffu,
		 dev->device & 0x1fu, dev->function & 7u);
}

bool pci_is(const struct pci_dev *a, const struct pci_dev *b)
{
	return a->domain == b->domain && a->bus == b->bus && a->device == b->device &&
	       a->function == b->function;
}

char *pci_list_text(const struct pci_list *l)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < l->n; i++) {
		char name[PCI_TEXT];

		pci_name(&l->v[i], name);
		buf_addf(&text, "%s%s%s", i ? " " : "", name,
			 l->v[i].permissive ? ",permissive" : "");
	}
	return buf_steal(&text);
}

size_t pci_list_find(const struct pci_list *l, const struct pci_dev *dev)
{
	size_t i = 0;

	while (i < l->n && !pci_is(&l->v[i], dev))
		i++;
	return i;
}
