/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/pci.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/size.h"
#include "ops/internal.h"

enum { BASE_BRIDGE = 0x06 };

void pci_infos_dispose(struct pci_infos *l)
{
	free(l->v);
	*l = (struct pci_infos)PCI_INFOS_INIT;
}

/* ---- what there is ---- */

/* Classes as the PCI code and ID assignment specification has them: base and sub-class,
 * those that people give away; then whole base classes. */
static const struct {
	unsigned class, mask;
	const char *name;
} classes[] = {
	{0x0106, 0xffff, "SATA controller"},
	{0x0108, 0xffff, "NVMe disk"},
	{0x0200, 0xffff, "Ethernet"},
	{0x0280, 0xffff, "wireless network"},
	{0x0403, 0xffff, "audio"},
	{0x0c03, 0xffff, "USB controller"},
	{0x0100, 0xff00, "disk controller"},
	{0x0200, 0xff00, "network"},
	{0x0300, 0xff00, "display"},
	{0x0400, 0xff00, "multimedia"},
	{0x0500, 0xff00, "memory"},
	{0x0700, 0xff00, "communication"},
	{0x0800, 0xff00, "system device"},
	{0x0c00, 0xff00, "serial bus"},
	{0x0d00, 0xff00, "wireless"},
	{0x1000, 0xff00, "encryption"},
	{0, 0, "device"},
};

static const char *class_name(unsigned class)
{
	size_t i = 0;

	while ((class & classes[i].mask) != classes[i].class)
		i++;
	return classes[i].name;
}

/* "0x020000\n" */
static unsigned number(const struct qvm_ctx *ctx, const char *name, const char *file)
{
	cleanup_free char *path =
		xasprintf("%s/bus/pci/devices/%s/%s", ctx->sys_dir, name, file);
	cleanup_buf struct buf text = BUF_INIT;

	return file_read(path, 64, &text) < 0
		       ? 0
		       : (unsigned)strtoul(buf_str(&text), NULL, 16);
}

static void read_driver(const struct qvm_ctx *ctx, const char *name, struct pci_info *ret)
{
	cleanup_free char *path =
		xasprintf("%s/bus/pci/devices/%s/driver", ctx->sys_dir, name);
	char target[256];
	ssize_t len = readlink(path, target, sizeof(target) - 1);
	const char *slash;

	if (len <= 0)
		return;
	target[len] = '\0';
	slash = strrchr(target, '/');
	snprintf(ret->driver, sizeof(ret->driver), "%.31s", slash ? slash + 1 : target);
}

static void add_info(const struct qvm_ctx *ctx, const char *name, struct pci_infos *ret)
{
	struct pci_info info = {0};
	struct qvm_err err;
	unsigned class = number(ctx, name, "class") >> 8;

	if (name[0] == '.' || pci_parse(name, &info.dev, &err) < 0 ||
	    class >> 8 == BASE_BRIDGE)
		return;
	snprintf(info.description, sizeof(info.description), "%s, %04x:%04x",
		 class_name(class), number(ctx, name, "vendor") & 0xffff,
		 number(ctx, name, "device") & 0xffff);
	read_driver(ctx, name, &info);
	array_grow(ret->v, ret->n) = info;
	ret->n++;
}

static int by_address(const void *a, const void *b)
{
	char x[PCI_TEXT], y[PCI_TEXT];

	pci_name(&((const struct pci_info *)a)->dev, x);
	pci_name(&((const struct pci_info *)b)->dev, y);
	return strcmp(x, y);
}

int op_pci_list(struct qvm_ctx *ctx, struct pci_infos *ret, struct qvm_err *err)
{
	cleanup_free char *path = xasprintf("%s/bus/pci/devices", ctx->sys_dir);
	DIR *dir = opendir(path);
	struct dirent *e;

	if (!dir)
		return errno == ENOENT ? 0
				       : err_errno(err, -errno, "cannot list '%s'", path);
	while ((e = readdir(dir)))
		add_info(ctx, e->d_name, ret);
	closedir(dir);
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_address);
	return 0;
}

/* By its class, where that is known. */
static int verify_allowed(const struct qvm_ctx *ctx, const struct world *w,
			  const struct vm *vm, const struct pci_dev *dev,
			  struct qvm_err *err)
{
	char name[PCI_TEXT], code[8];

	pci_name(dev, name);
	snprintf(code, sizeof(code), "%06x", number(ctx, name, "class") & 0xffffffu);
	return device_verify_allowed(w, vm, 'p', code, err);
}

static bool is_there(const struct qvm_ctx *ctx, const struct pci_dev *dev)
{
	cleanup_free char *path = NULL;
	char name[PCI_TEXT];

	pci_name(dev, name);
	path = xasprintf("%s/bus/pci/devices/%s", ctx->sys_dir, name);
	return access(path, F_OK) == 0;
}

/* ---- who has what ---- */

void op_pci_of(const struct world *w, const struct vm *vm, struct pci_list *ret)
{
	struct prop_value value = {0};
	struct qvm_err err;

	*ret = (struct pci_list){0};
	if (!prop_applies(PROP_PCIDEVS, vm))
		return;
	prop_get(w, vm, PROP_PCIDEVS, &value);
	/* It was checked before it was stored; what another version stored is none. */
	if (pci_list_parse(value.text ? value.text : "", ret, &err) < 0)
		*ret = (struct pci_list){0};
}

static int store_list(struct qvm_ctx *ctx, const struct vm *vm, const struct pci_list *l,
		      bool dry_run, struct qvm_err *err)
{
	cleanup_free char *text = pci_list_text(l);

	return op_prop_set(ctx, vm->name, prop_defs[PROP_PCIDEVS].name,
			   l->n ? text : NULL, dry_run, err);
}

static int find_list(const struct world *w, const char *name, struct vm **ret,
		     struct pci_list *list, struct qvm_err *err)
{
	int r = vm_find(w, name, ret, err);

	if (r < 0)
		return r;
	if (!prop_applies(PROP_PCIDEVS, *ret))
		return err_set(err, QVM_E_VALUE, "'%s' has all devices already", name);
	op_pci_of(w, *ret, list);
	return 0;
}

int op_pci_assign(struct qvm_ctx *ctx, const struct world *w, const char *name,
		  const char *device, bool permissive, bool dry_run, struct qvm_err *err)
{
	struct pci_list list;
	struct pci_dev dev;
	struct vm *vm;
	int r = find_list(w, name, &vm, &list, err);

	if (r == 0)
		r = pci_parse(device, &dev, err);
	if (r < 0)
		return r;
	if (!is_there(ctx, &dev))
		return err_set(err, QVM_E_NOT_FOUND, "there is no PCI device '%s'",
			       device);
	if (pci_list_find(&list, &dev) < list.n)
		return err_set(err, QVM_E_EXISTS, "'%s' has '%s' already", name, device);
	if (list.n >= PCI_DEVS_MAX)
		return err_set(err, QVM_E_VALUE, "'%s' has as many as it can", name);
	r = verify_allowed(ctx, w, vm, &dev, err);
	if (r < 0)
		return r;
	dev.permissive |= permissive;
	list.v[list.n++] = dev;
	return store_list(ctx, vm, &list, dry_run, err);
}

int op_pci_unassign(struct qvm_ctx *ctx, const struct world *w, const char *name,
		    const char *device, bool dry_run, struct qvm_err *err)
{
	struct pci_list list;
	struct pci_dev dev;
	struct vm *vm;
	int r = find_list(w, name, &vm, &list, err);
	size_t at;

	if (r == 0 && device)
		r = pci_parse(device, &dev, err);
	if (r < 0)
		return r;
	at = device ? pci_list_find(&list, &dev) : 0;
	if (at >= list.n)
		return device ? err_set(err, QVM_E_NOT_FOUND, "'%s' has no '%s'", name,
					device)
			      : err_set(err, QVM_E_NOT_FOUND, "'%s' has no PCI device",
					name);
	if (device)
		list.v[at] = list.v[--list.n];
	else
		list.n = 0;
	return store_list(ctx, vm, &list, dry_run, err);
}

/* ---- starting ---- */

static const struct vm *other_with(struct qvm_ctx *ctx, const struct world *w,
				   const struct vm *vm, const struct pci_dev *dev)
{
	for (size_t i = 0; i < w->vm_count; i++) {
		const struct vm *other = &w->vms[i];
		struct run_state state;
		struct pci_list list;

		op_pci_of(w, other, &list);
		if (other->id == vm->id || pci_list_find(&list, dev) >= list.n)
			continue;
		run_state_read(ctx, other->id, &state);
		if (state.phase != RUN_NONE)
			return other;
	}
	return NULL;
}

int pci_prepare(struct qvm_ctx *ctx, const struct world *w, const struct vm *vm,
		const struct pci_list *list, struct qvm_err *err)
{
	cleanup_free char *driver = xasprintf("%s/bus/pci/drivers/pciback", ctx->sys_dir);

	if (list->n && access(driver, F_OK) < 0)
		return err_set(err, QVM_E_UNSUPPORTED,
			       "dom0's kernel has no pciback for its PCI devices: load "
			       "the module xen-pciback");
	for (size_t i = 0; i < list->n; i++) {
		const struct pci_dev *dev = &list->v[i];
		const struct vm *other = other_with(ctx, w, vm, dev);
		char name[PCI_TEXT];

		pci_name(dev, name);
		if (!is_there(ctx, dev))
			return err_set(err, QVM_E_NOT_FOUND,
				       "its PCI device '%s' is not there", name);
		if (verify_allowed(ctx, w, vm, dev, err) < 0)
			return -QVM_E_POLICY;
		if (other)
			return err_set(err, QVM_E_IN_USE, "'%s' has its PCI device '%s'",
				       other->name, name);
	}
	return 0;
}
