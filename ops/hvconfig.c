/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Domain record → what the hypervisor is asked to build. Reads files only for the kernel. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "ops/net.h"
#include "templates/template.h"

static const char *const vdevs[VOL_ROLE_COUNT] = {
	[VOL_ROOT] = "xvda",
	[VOL_PRIVATE] = "xvdb",
	[VOL_VOLATILE] = "xvdc",
};

#define VDEV_MODULES "xvdd"
#define VDEV_CDROM "xvdd" /* there are no modules without a kernel */

/* The plan keeps a copy; the result lives as long as the plan. */
static const char *keep(struct run_plan *p, char *text)
{
	strv_take(&p->strings, text);
	return text;
}

void run_plan_key(struct run_plan *p, const char *name, const char *value)
{
	struct hv_key *key = &array_grow(p->keys, p->config.key_count);

	p->config.key_count++;
	p->config.keys = p->keys; /* it may have moved */
	key->name = keep(p, xasprintf("qvm/%s", name));
	key->value = keep(p, xstrdup(value));
}

static void add_prop_key(struct run_plan *p, const struct world *w, const struct vm *vm,
			 const char *name, enum prop_id id)
{
	struct prop_value value;

	prop_get(w, vm, id, &value);
	if (value.text)
		run_plan_key(p, name, value.text);
}

/* What the guest may know; below its own xenstore path, read-only for it. */
static void add_keys(struct run_plan *p, const struct world *w, const struct vm *vm)
{
	static const char service[] = "service.";
	const struct vm *tpl =
		prop_applies(PROP_TEMPLATE, vm) ? prop_vm(w, vm, PROP_TEMPLATE) : NULL;

	run_plan_key(p, "name", vm->name);
	run_plan_key(p, "type", vm_classes[vm->klass].name);
	run_plan_key(p, "persistence",
		     vm->volumes[VOL_ROOT].persistent	   ? "full"
		     : vm->volumes[VOL_PRIVATE].persistent ? "rw-only"
							   : "none");
	add_prop_key(p, w, vm, "default-user", PROP_DEFAULT_USER);
	if (prop_bool(w, vm, PROP_DEBUG))
		run_plan_key(p, "debug", "1");
	if (tpl)
		run_plan_key(p, "base-template", tpl->name);
	for (size_t i = 0; i < vm->feature_count; i++) {
		cleanup_free char *key = NULL;

		if (strncmp(vm->features[i].name, service, sizeof(service) - 1) != 0)
			continue;
		key = xasprintf("service/%s", vm->features[i].name + sizeof(service) - 1);
		run_plan_key(p, key, *vm->features[i].value ? "1" : "0");
	}
}

/* The root has a kernel of its own: GRUB for Xen finds it, as in Qubes OS. */
static int add_loader(struct qvm_ctx *ctx, struct run_plan *p, struct qvm_err *err)
{
	const char *name = p->config.type == HV_PV ? "pvgrub2" : "pvgrub2-pvh";
	cleanup_kernel struct kernel loader = {0};
	int r = kernel_find(ctx, name, &loader, err);

	if (r == -QVM_E_NOT_FOUND)
		return err_set(
			err, QVM_E_NOT_FOUND,
			"no kernel is set (property 'kernel', global 'default_kernel'), "
			"virt_mode is not hvm, and there is no boot loader (kernel '%s')",
			name);
	if (r < 0)
		return r;
	p->config.kernel = keep(p, steal(loader.image));
	return 0;
}

static int add_kernel(struct qvm_ctx *ctx, const struct world *w, const struct vm *vm,
		      struct run_plan *p, struct qvm_err *err)
{
	cleanup_kernel struct kernel kernel = {0};
	struct prop_value name, opts;
	int r;

	prop_get(w, vm, PROP_KERNEL, &name);
	if (!name.text && p->config.type != HV_HVM)
		return add_loader(ctx, p, err);
	if (!name.text)
		return 0;
	r = kernel_find(ctx, name.text, &kernel, err);
	if (r < 0)
		return r;
	prop_get(w, vm, PROP_KERNELOPTS, &opts);
	p->config.kernel = keep(p, steal(kernel.image));
	if (kernel.initramfs)
		p->config.ramdisk = keep(p, steal(kernel.initramfs));
	if (kernel.modules)
		p->modules = keep(p, steal(kernel.modules));
	p->config.cmdline =
		keep(p, xasprintf("root=/dev/xvda rw console=hvc0%s%s%s%s%s",
				  prop_bool(w, vm, PROP_DEBUG) ? "" : " quiet",
				  opts.text && *opts.text ? " " : "",
				  opts.text ? opts.text : "", kernel.options ? " " : "",
				  kernel.options ? kernel.options : ""));
	return 0;
}

/* Until the volumes are made, a disk is called after the volume that it will be. */
static void add_disks(struct run_plan *p, const struct vm *vm)
{
	for (int i = 0; i < VOL_ROLE_COUNT; i++) {
		char id[POOL_ID_MAX];

		if (!vm->has_volume[i])
			continue;
		if (vm->volumes[i].persistent)
			vol_live_id(&vm->volumes[i], id);
		else
			scratch_name(vm, (enum vol_role)i, id);
		p->disks[p->config.disk_count++] =
			(struct hv_disk){.vdev = vdevs[i],
					 .path = keep(p, xasprintf("/volume/%s", id)),
					 .readonly = !vm->volumes[i].rw,
					 .planned = true};
	}
	if (p->modules)
		p->disks[p->config.disk_count++] = (struct hv_disk){.vdev = VDEV_MODULES,
								    .path = p->modules,
								    .readonly = true,
								    .planned = true};
	if (p->cdrom)
		p->disks[p->config.disk_count++] = (struct hv_disk){.vdev = VDEV_CDROM,
								    .path = p->cdrom,
								    .readonly = true,
								    .cdrom = true};
	p->config.disks = p->disks;
}

/* Only firmware boots from a CD; and what it shows before the system is up is a screen. */
static int add_screen(struct qvm_ctx *ctx, const struct vm *vm, struct run_plan *p,
		      struct qvm_err *err)
{
	cleanup_free char *dir = ctx_vm_run_dir(ctx, vm->id);

	if (p->cdrom && (p->config.type != HV_HVM || p->config.kernel))
		return err_set(
			err, QVM_E_VALUE,
			"cannot start '%s': to boot from a CD it needs virt_mode hvm "
			"and no kernel of dom0's (property kernel: none)",
			vm->name);
	if (p->config.type == HV_HVM && (p->cdrom || p->config.debug))
		p->config.vnc = keep(p, xasprintf("%s/vnc", dir));
	return 0;
}

/* A value was checked before it was stored. */
static int add_pcis(const struct world *w, const struct vm *vm, struct run_plan *p,
		    struct qvm_err *err)
{
	struct prop_value value;
	int r;

	prop_get(w, vm, PROP_PCIDEVS, &value);
	r = pci_list_parse(value.text ? value.text : "", &p->pcis, err);
	p->config.pcis = p->pcis.v;
	p->config.pci_count = p->pcis.n;
	return r;
}

int run_plan_make(struct qvm_ctx *ctx, const struct world *w, const struct vm *vm,
		  struct run_plan *ret, struct qvm_err *err)
{
	static const struct {
		const char *name;
		enum hv_type type;
	} modes[] = {{"pvh", HV_PVH}, {"pv", HV_PV}, {"hvm", HV_HVM}};
	struct hv_config *c = &ret->config;
	struct prop_value mode;
	int r;

	prop_get(w, vm, PROP_VIRT_MODE, &mode);
	for (size_t i = 0; i < array_len(modes); i++)
		if (strcmp(mode.text, modes[i].name) == 0)
			c->type = modes[i].type;
	c->name = keep(ret, xstrdup(vm->name));
	c->uuid = vm->uuid;
	c->memory = (uint64_t)prop_int(w, vm, PROP_MEMORY) * MIB;
	/* Nothing balances memory yet, so a bound above it would only cost page tables. */
	c->max_memory = c->memory;
	c->vcpus = (uint32_t)prop_int(w, vm, PROP_VCPUS);
	c->debug = prop_bool(w, vm, PROP_DEBUG);
	c->stubdom_memory = (uint64_t)prop_int(w, vm, PROP_STUBDOM_MEM) * MIB;
	r = add_kernel(ctx, w, vm, ret, err);
	if (r == 0)
		r = add_screen(ctx, vm, ret, err);
	if (r == 0)
		r = add_pcis(w, vm, ret, err);
	if (r < 0)
		return r;
	add_disks(ret, vm);
	add_keys(ret, w, vm);
	net_plan(w, vm, ret);
	return 0;
}

void run_plan_dispose(struct run_plan *p)
{
	strv_dispose(&p->strings);
	free(p->keys);
	*p = (struct run_plan)RUN_PLAN_INIT;
}

void scratch_name(const struct vm *vm, enum vol_role role, char ret[static POOL_ID_MAX])
{
	snprintf(ret, POOL_ID_MAX, "r%lld-%s", (long long)vm->id, vol_role_names[role]);
}

int run_check(const struct world *w, const struct vm *vm, struct qvm_err *err)
{
	const char *prohibited = vm_feature(vm, "prohibit-start");
	const struct vm *owner;

	if (vm->klass == CLASS_ADMIN)
		return err_set(err, QVM_E_VALUE, "cannot start '%s': it is the AdminVM",
			       vm->name);
	if (prohibited && *prohibited)
		return err_set(err, QVM_E_POLICY,
			       "cannot start '%s': its feature prohibit-start says: %s",
			       vm->name, prohibited);
	for (int i = 0; i < VOL_ROLE_COUNT; i++) {
		const struct vm_volume *vol = &vm->volumes[i];
		const struct vm_volume *source =
			volume_source(w, vm, (enum vol_role)i, &owner);

		if (vm->has_volume[i] && vol->snapshot &&
		    (!source || !vol_newest(source)))
			return err_set(err, QVM_E_STORAGE,
				       "cannot start '%s': there is no revision of its "
				       "template's %s volume",
				       vm->name, vol_role_names[i]);
	}
	return 0;
}
