/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/config.h"

#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"

#define VCPUS_MAX 128 /* of an HVM guest; more is asked for by mistake only */

static void no(libxl_defbool *field)
{
	libxl_defbool_set(field, false);
}

static void yes(libxl_defbool *field)
{
	libxl_defbool_set(field, true);
}

static int verify(const struct hv_config *cfg, struct qvm_err *err)
{
	if (!cfg->kernel && cfg->type != HV_HVM)
		return err_set(err, QVM_E_VALUE,
			       "cannot start '%s': a domain of this "
			       "type needs a kernel; only HVM boots from its disk",
			       cfg->name);
	if (!cfg->kernel && (cfg->ramdisk || cfg->cmdline))
		return err_set(err, QVM_E_VALUE,
			       "cannot start '%s': a ramdisk or a "
			       "command line without a kernel",
			       cfg->name);
	if (!cfg->memory || cfg->memory % MIB || cfg->memory > cfg->max_memory)
		return err_set(err, QVM_E_VALUE,
			       "cannot start '%s': its memory is not "
			       "a number of MiB within its maximum",
			       cfg->name);
	if (cfg->vcpus < 1 || cfg->vcpus > VCPUS_MAX)
		return err_set(err, QVM_E_VALUE,
			       "cannot start '%s': %u processors, "
			       "not 1 to %d",
			       cfg->name, cfg->vcpus, VCPUS_MAX);
	if (cfg->stubdom_memory && cfg->type != HV_HVM)
		return err_set(err, QVM_E_VALUE,
			       "cannot start '%s': only HVM has a "
			       "device model to put into a stub domain",
			       cfg->name);
	if (cfg->pci_count && cfg->type == HV_PVH)
		return err_set(err, QVM_E_VALUE,
			       "cannot start '%s': with PCI devices it has to be "
			       "a domain of virt_mode pv or hvm",
			       cfg->name);
	for (size_t i = 0; i < cfg->key_count; i++)
		if (cfg->keys[i].name[0] == '/' || strstr(cfg->keys[i].name, "//"))
			return err_set(err, QVM_E_VALUE,
				       "cannot start '%s': '%s' is "
				       "not below its xenstore path",
				       cfg->name, cfg->keys[i].name);
	return 0;
}

static libxl_domain_type type_of(const struct hv_config *cfg)
{
	switch (cfg->type) {
	case HV_PV:
		return LIBXL_DOMAIN_TYPE_PV;
	case HV_HVM:
		return LIBXL_DOMAIN_TYPE_HVM;
	default:
		return LIBXL_DOMAIN_TYPE_PVH;
	}
}

/* libxl writes them in its own transaction, owned by dom0, readable by the guest. */
static libxl_key_value_list keys_of(const struct hv_config *cfg)
{
	char **list = xcalloc(2 * cfg->key_count + 1, sizeof(*list));

	for (size_t i = 0; i < cfg->key_count; i++) {
		list[2 * i] = xstrdup(cfg->keys[i].name);
		list[2 * i + 1] = xstrdup(cfg->keys[i].value);
	}
	return list;
}

static void make_create_info(const struct hv_config *cfg, libxl_domain_create_info *c)
{
	c->type = type_of(cfg);
	c->name = xstrdup(cfg->name);
	memcpy(libxl_uuid_bytearray(&c->uuid), cfg->uuid.b, sizeof(cfg->uuid.b));
	if (cfg->key_count)
		c->xsdata = keys_of(cfg);
	if (cfg->type != HV_PV)
		yes(&c->hap); /* shadow paging is the larger target */
	yes(&c->run_hotplug_scripts);
	no(&c->driver_domain);
	if (!cfg->pci_count)
		xl_no_passthrough(c);
}

static bool has_screen(const struct hv_config *cfg)
{
	return cfg->debug || cfg->vnc;
}

/* Where LISTEN has a colon, libxl gives it to the device model as it is. */
static void make_vnc(const struct hv_config *cfg, libxl_vnc_info *vnc)
{
	libxl_defbool_set(&vnc->enable, cfg->vnc != NULL);
	if (!cfg->vnc)
		return;
	vnc->listen = xasprintf("unix:%s", cfg->vnc);
	no(&vnc->findunused);
}

static void make_hvm(const struct hv_config *cfg, libxl_domain_build_info *b)
{
	bool cdrom = false;

	for (size_t i = 0; i < cfg->disk_count; i++)
		cdrom = cdrom || (cfg->disks[i].cdrom && cfg->disks[i].path[0]);
	b->device_model_version = LIBXL_DEVICE_MODEL_VERSION_QEMU_XEN;
	libxl_defbool_set(&b->device_model_stubdomain, cfg->stubdom_memory);
	if (cfg->stubdom_memory)
		b->stubdomain_memkb = cfg->stubdom_memory / KIB;
	b->video_memkb = has_screen(cfg) ? 16 * 1024 : 0;
	b->u.hvm.bios = LIBXL_BIOS_TYPE_SEABIOS;
	b->u.hvm.vga.kind = has_screen(cfg) ? LIBXL_VGA_INTERFACE_TYPE_STD
					    : LIBXL_VGA_INTERFACE_TYPE_NONE;
	b->u.hvm.hdtype = LIBXL_HDTYPE_IDE;
	b->u.hvm.boot = xstrdup(cdrom ? "dc" : "c");
	b->u.hvm.serial = xstrdup("pty");
	b->u.hvm.vendor_device = LIBXL_VENDOR_DEVICE_NONE;
	make_vnc(cfg, &b->u.hvm.vnc);
	no(&b->u.hvm.sdl.enable);
	no(&b->u.hvm.spice.enable);
	no(&b->u.hvm.gfx_passthru);
	no(&b->u.hvm.usb);
	no(&b->u.hvm.vkb_device);
	no(&b->u.hvm.viridian);
	no(&b->u.hvm.altp2m);
	yes(&b->u.hvm.pae);
	yes(&b->u.hvm.nx);
	yes(&b->u.hvm.acpi);
	yes(&b->u.hvm.xen_platform_pci); /* how the guest finds its PV devices */
}

static void make_type(const struct hv_config *cfg, libxl_domain_build_info *b)
{
	switch (cfg->type) {
	case HV_PV:
		/* The guest has to leave out the addresses where the device answers. */
		libxl_defbool_set(&b->u.pv.e820_host, cfg->pci_count > 0);
		b->u.pv.slack_memkb = 0;
		b->video_memkb = 0;
		break;
	case HV_HVM:
		make_hvm(cfg, b);
		break;
	default:
		no(&b->u.pvh.pvshim);
		b->video_memkb = 0;
	}
	if (cfg->type == HV_PV)
		return;
	yes(&b->apic);
	no(&b->nested_hvm);
}

/* Not libxl_cpu_bitmap_alloc: that one wants a context. */
static void all_vcpus(libxl_bitmap *map, uint32_t vcpus)
{
	map->size = (vcpus + 7) / 8;
	map->map = xcalloc(map->size, 1);
	for (uint32_t i = 0; i < vcpus; i++)
		libxl_bitmap_set(map, (int)i);
}

static void make_build_info(const struct hv_config *cfg, libxl_domain_build_info *b)
{
	bool grows = cfg->type == HV_PV;

	libxl_domain_build_info_init_type(b, type_of(cfg));
	b->max_vcpus = (int)cfg->vcpus;
	all_vcpus(&b->avail_vcpus, cfg->vcpus);
	b->target_memkb = cfg->memory / KIB;
	b->max_memkb = (grows ? cfg->max_memory : cfg->memory) / KIB;
	b->shadow_memkb = config_shadow_kib(cfg);
	b->iommu_memkb = 0;
	b->event_channels = 1023;
	b->kernel = xstrdup(cfg->kernel);
	b->ramdisk = xstrdup(cfg->ramdisk);
	b->cmdline = xstrdup(cfg->cmdline);
	b->altp2m = LIBXL_ALTP2M_MODE_DISABLED;
	yes(&b->claim_mode); /* too little memory is noticed before any is given */
	no(&b->dm_restrict);
	xl_grant_v1(b);
	xl_no_pmu(b);
	xl_strict_msrs(b);
	make_type(cfg, b);
}

int config_make(const struct hv_config *cfg, const char *hotplug, libxl_domain_config *d,
		struct qvm_err *err)
{
	int r = verify(cfg, err);

	if (r < 0)
		return r;
	make_create_info(cfg, &d->c_info);
	make_build_info(cfg, &d->b_info);
	d->on_poweroff = LIBXL_ACTION_ON_SHUTDOWN_DESTROY;
	d->on_reboot = LIBXL_ACTION_ON_SHUTDOWN_DESTROY;
	d->on_watchdog = LIBXL_ACTION_ON_SHUTDOWN_DESTROY;
	d->on_crash = LIBXL_ACTION_ON_SHUTDOWN_DESTROY;
	d->on_soft_reset = LIBXL_ACTION_ON_SHUTDOWN_DESTROY;
	config_nics(cfg, hotplug, d);
	config_pcis(cfg, d);
	return config_disks(cfg, hotplug, d, err);
}
