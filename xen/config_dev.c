/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/config.h"

#include <string.h>

#include "lib/alloc.h"

static int refuse(const struct hv_config *cfg, const struct hv_disk *disk,
		  const char *why, struct qvm_err *err)
{
	return err_set(err, QVM_E_VALUE, "cannot start '%s': disk '%s' %s", cfg->name,
		       disk->vdev, why);
}

/* xvda to xvdz, nothing cleverer; the name is ours, not the user's. */
static bool is_vdev(const char *vdev)
{
	return strncmp(vdev, "xvd", 3) == 0 && vdev[3] >= 'a' && vdev[3] <= 'z' &&
	       !vdev[4];
}

/* The places that BIOS and boot loader of an HVM guest can reach. */
static bool is_ide_place(const struct hv_disk *disk)
{
	return disk->vdev[3] <= 'd';
}

/* Served by the device model: libxl gives an HVM guest's CD drive no other backend. */
static void make_cdrom(const struct hv_disk *from, libxl_device_disk *disk)
{
	disk->backend = LIBXL_DISK_BACKEND_QDISK;
	disk->format = from->path[0] ? LIBXL_DISK_FORMAT_RAW : LIBXL_DISK_FORMAT_EMPTY;
	if (from->path[0])
		disk->pdev_path = xstrdup(from->path);
	disk->vdev = xasprintf("hd%c", from->vdev[3]);
	disk->is_cdrom = 1;
	disk->removable = 1;
}

/*
 * The "path" is what qvm-hotplug reads: see hotplug_wire.h. libxl refuses an HVM guest
 * whose emulated disk is read-only; such a disk stays paravirtual, as do later ones.
 */
static void make_phy(const struct hv_config *cfg, const struct hv_disk *from,
		     const char *hotplug, libxl_device_disk *disk)
{
	bool emulated = cfg->type == HV_HVM && is_ide_place(from) && !from->readonly;

	disk->backend = LIBXL_DISK_BACKEND_PHY;
	disk->format = LIBXL_DISK_FORMAT_RAW;
	disk->vdev = xstrdup(from->vdev);
	disk->pdev_path = from->planned ? xstrdup(from->path)
					: xasprintf("%x:%x%s%s", from->major, from->minor,
						    emulated ? " " : "",
						    emulated ? from->path : "");
	disk->script = xstrdup(hotplug);
	disk->readwrite = !from->readonly;
}

static int disk_verify(const struct hv_config *cfg, const struct hv_disk *disk,
		       struct qvm_err *err)
{
	bool model = cfg->type == HV_HVM && disk->cdrom;

	if (!is_vdev(disk->vdev))
		return refuse(cfg, disk, "is not one of xvda to xvdz", err);
	if (model && !is_ide_place(disk))
		return refuse(cfg, disk, "is a CD drive beyond xvdd", err);
	if (model && (disk->path[0] == '/' || !disk->path[0]))
		return 0;
	if (disk->path[0] != '/' || strchr(disk->path, '\n'))
		return refuse(cfg, disk, "has no path", err);
	if (!disk->major && !disk->planned)
		return refuse(cfg, disk, "is no block device", err);
	return 0;
}

int config_disks(const struct hv_config *cfg, const char *hotplug, libxl_domain_config *d,
		 struct qvm_err *err)
{
	d->disks = xcalloc(cfg->disk_count + 1, sizeof(*d->disks));
	for (size_t i = 0; i < cfg->disk_count; i++) {
		const struct hv_disk *from = &cfg->disks[i];
		libxl_device_disk *disk = &d->disks[i];
		int r = disk_verify(cfg, from, err);

		if (r < 0)
			return r;
		libxl_device_disk_init(disk);
		d->num_disks = (int)i + 1; /* from here on dispose knows of it */
		disk->backend_domid = 0;
		if (cfg->type == HV_HVM && from->cdrom)
			make_cdrom(from, disk);
		else
			make_phy(cfg, from, hotplug, disk);
		libxl_defbool_set(&disk->discard_enable, disk->readwrite);
		xl_disk_is_xen(disk);
		xl_disk_trust(disk, true);
	}
	return 0;
}

void config_nics(const struct hv_config *cfg, const char *hotplug, libxl_domain_config *d)
{
	d->nics = xcalloc(cfg->nic_count + 1, sizeof(*d->nics));
	for (size_t i = 0; i < cfg->nic_count; i++) {
		const struct hv_nic *from = &cfg->nics[i];
		libxl_device_nic *nic = &d->nics[i];

		libxl_device_nic_init(nic);
		nic->devid = (libxl_devid)from->devid;
		nic->backend_domid = from->backend_domid;
		nic->nictype = LIBXL_NIC_TYPE_VIF;
		nic->mtu = 1500;
		memcpy(nic->mac, from->mac, sizeof(nic->mac));
		if (from->ip && from->ip[0])
			nic->ip = xstrdup(from->ip);
		/* A driver domain's own agent brings the interface up. */
		nic->script = xstrdup(from->backend_domid ? "none" : hotplug);
		xl_nic_trust(nic, from->backend_domid == 0);
	}
	d->num_nics = (int)cfg->nic_count;
}

/* SEIZE: from the driver that dom0 may have for it to pciback, which shields it. */
void config_pcis(const struct hv_config *cfg, libxl_domain_config *d)
{
	d->pcidevs = xcalloc(cfg->pci_count + 1, sizeof(*d->pcidevs));
	for (size_t i = 0; i < cfg->pci_count; i++) {
		const struct pci_dev *from = &cfg->pcis[i];
		libxl_device_pci *pci = &d->pcidevs[i];

		libxl_device_pci_init(pci);
		pci->domain = from->domain;
		pci->bus = from->bus;
		pci->dev = from->device;
		pci->func = from->function;
		pci->permissive = from->permissive;
		pci->seize = true;
	}
	d->num_pcidevs = (int)cfg->pci_count;
}
