/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/prop_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/pci.h"
#include "lib/size.h"

/* ---- computed values ---- */

static void own_text(struct prop_value *ret)
{
	ret->text = ret->own[0] ? ret->own : NULL;
}

void compute_name(const struct world *w, const struct vm *vm, struct prop_value *ret)
{
	(void)w;
	ret->text = vm->name;
}

void compute_qid(const struct world *w, const struct vm *vm, struct prop_value *ret)
{
	(void)w;
	snprintf(ret->own, sizeof(ret->own), "%lld", (long long)vm->id);
	own_text(ret);
}

void compute_uuid(const struct world *w, const struct vm *vm, struct prop_value *ret)
{
	(void)w;
	uuid_format(&vm->uuid, ret->own);
	own_text(ret);
}

void compute_klass(const struct world *w, const struct vm *vm, struct prop_value *ret)
{
	(void)w;
	ret->text = vm_classes[vm->klass].name;
}

void compute_auto_cleanup(const struct world *w, const struct vm *vm,
			  struct prop_value *ret)
{
	(void)w;
	/* An unnamed disposable is called after its number. */
	ret->text = vm->id >= DISP_ID_FIRST || (vm->klass == CLASS_DISP &&
						strncmp(vm->name, "disp", 4) == 0 &&
						vm->name[4] >= '0' && vm->name[4] <= '9')
			    ? "True"
			    : "False";
}

/* Ten times the starting memory; no balancing is done yet, so it is only an upper bound. */
void compute_maxmem(const struct world *w, const struct vm *vm, struct prop_value *ret)
{
	long long memory = prop_int(w, vm, PROP_MEMORY);

	snprintf(ret->own, sizeof(ret->own), "%lld",
		 memory * 10 < PROP_MEMORY_MAX ? memory * 10 : PROP_MEMORY_MAX);
	own_text(ret);
}

void compute_updateable(const struct world *w, const struct vm *vm,
			struct prop_value *ret)
{
	(void)w;
	ret->text = vm_classes[vm->klass].has_template ? "False" : "True";
}

void compute_include_in_backups(const struct world *w, const struct vm *vm,
				struct prop_value *ret)
{
	bool throwaway = vm->klass == CLASS_DISP && prop_bool(w, vm, PROP_AUTO_CLEANUP);

	ret->text = throwaway ? "False" : "True";
}

void compute_default_dispvm(const struct world *w, const struct vm *vm,
			    struct prop_value *ret)
{
	const struct vm *tpl =
		vm->klass == CLASS_DISP ? prop_vm(w, vm, PROP_TEMPLATE) : NULL;

	if (tpl)
		ret->text = tpl->name;
	else
		prop_get(w, NULL, PROP_G_DEFAULT_DISPVM, ret);
}

/* Templates have no network unless they are given one. */
void compute_netvm(const struct world *w, const struct vm *vm, struct prop_value *ret)
{
	prop_get(w, NULL, PROP_G_DEFAULT_NETVM, ret);
	if (vm->klass == CLASS_TEMPLATE ||
	    (ret->text && strcmp(ret->text, vm->name) == 0))
		ret->text = NULL;
}

void compute_xid(const struct world *w, const struct vm *vm, struct prop_value *ret)
{
	(void)w;
	snprintf(ret->own, sizeof(ret->own), "%lld",
		 vm->klass == CLASS_ADMIN ? 0LL
		 : vm_is_there(vm)	  ? (long long)vm->live.domid
					  : -1LL);
	own_text(ret);
}

void compute_start_time(const struct world *w, const struct vm *vm,
			struct prop_value *ret)
{
	(void)w;
	if (vm->live.start_time)
		snprintf(ret->own, sizeof(ret->own), "%lld",
			 (long long)vm->live.start_time);
	own_text(ret);
}

void compute_host_memory(const struct world *w, const struct vm *vm,
			 struct prop_value *ret)
{
	(void)vm;
	if (w->host_memory)
		snprintf(ret->own, sizeof(ret->own), "%llu",
			 (unsigned long long)(w->host_memory / MIB));
	own_text(ret);
}

void compute_host_cpus(const struct world *w, const struct vm *vm, struct prop_value *ret)
{
	(void)vm;
	if (w->host_cpus)
		snprintf(ret->own, sizeof(ret->own), "%u", w->host_cpus);
	own_text(ret);
}

/* ---- checks that look beyond the value ---- */

int check_template(const struct world *w, const struct vm *vm, const char *text,
		   const struct vm *target, struct qvm_err *err)
{
	(void)text;
	if (!target)
		return err_set(err, QVM_E_VALUE, "%ss cannot be without a template",
			       vm_classes[vm->klass].name);
	if (vm->klass == CLASS_APP && target->klass != CLASS_TEMPLATE)
		return err_set(err, QVM_E_VALUE,
			       "'%s' cannot be the template of an AppVM: its class is %s",
			       target->name, vm_classes[target->klass].name);
	if (vm->klass == CLASS_DISP &&
	    (!prop_applies(PROP_TEMPLATE_FOR_DISPVMS, target) ||
	     !prop_bool(w, target, PROP_TEMPLATE_FOR_DISPVMS)))
		return err_set(err, QVM_E_VALUE,
			       "'%s' cannot be the template of a DispVM: its property "
			       "template_for_dispvms is not set",
			       target->name);
	return 0;
}

int check_netvm(const struct world *w, const struct vm *vm, const char *text,
		const struct vm *target, struct qvm_err *err)
{
	const struct vm *hop = target;

	(void)text;
	if (!target)
		return 0;
	if (!prop_applies(PROP_PROVIDES_NETWORK, target) ||
	    !prop_bool(w, target, PROP_PROVIDES_NETWORK))
		return err_set(err, QVM_E_VALUE,
			       "'%s' cannot be a netvm: its property provides_network is "
			       "not set",
			       target->name);
	for (size_t hops = 0; vm && hop && hops <= w->vm_count; hops++) {
		if (strcmp(hop->name, vm->name) == 0)
			return err_set(err, QVM_E_VALUE,
				       "netvm '%s' of '%s' would make a loop",
				       target->name, vm->name);
		hop = prop_vm(w, hop, PROP_NETVM);
	}
	return 0;
}

int check_provides_network(const struct world *w, const struct vm *vm, const char *text,
			   const struct vm *target, struct qvm_err *err)
{
	(void)target;
	if (text && strcmp(text, "True") == 0)
		return 0;
	for (size_t i = 0; i < w->vm_count; i++) {
		const struct vm *client = &w->vms[i];
		const struct vm *netvm;

		if (!prop_applies(PROP_NETVM, client))
			continue;
		netvm = prop_vm(w, client, PROP_NETVM);
		if (netvm && netvm->id == vm->id)
			return err_set(
				err, QVM_E_IN_USE,
				"'%s' must provide network: it is the netvm of '%s'",
				vm->name, client->name);
	}
	return 0;
}

int check_dispvm(const struct world *w, const struct vm *vm, const char *text,
		 const struct vm *target, struct qvm_err *err)
{
	(void)vm;
	(void)text;
	if (target && (!prop_applies(PROP_TEMPLATE_FOR_DISPVMS, target) ||
		       !prop_bool(w, target, PROP_TEMPLATE_FOR_DISPVMS)))
		return err_set(err, QVM_E_VALUE,
			       "'%s' cannot serve disposables: its property "
			       "template_for_dispvms is not set",
			       target->name);
	return 0;
}

int check_template_for_dispvms(const struct world *w, const struct vm *vm,
			       const char *text, const struct vm *target,
			       struct qvm_err *err)
{
	static const enum prop_id refs[] = {PROP_TEMPLATE, PROP_DEFAULT_DISPVM,
					    PROP_MANAGEMENT_DISPVM};

	(void)target;
	if (text && strcmp(text, "True") == 0)
		return 0;
	for (int id = PROP_G_FIRST; id < PROP_COUNT; id++)
		if (prop_defs[id].check == check_dispvm && w->globals[id].ref == vm->id)
			return err_set(
				err, QVM_E_IN_USE,
				"'%s' must serve disposables: it is the global '%s'",
				vm->name, prop_defs[id].name);
	for (size_t i = 0; i < w->vm_count; i++)
		for (size_t k = 0; k < array_len(refs); k++)
			if (w->vms[i].props[refs[k]].ref == vm->id)
				return err_set(
					err, QVM_E_IN_USE,
					"'%s' must serve disposables: it is %s of '%s'",
					vm->name, prop_defs[refs[k]].name,
					w->vms[i].name);
	return 0;
}

int check_global_template(const struct world *w, const struct vm *vm, const char *text,
			  const struct vm *target, struct qvm_err *err)
{
	(void)w;
	(void)vm;
	(void)text;
	if (target && target->klass != CLASS_TEMPLATE)
		return err_set(err, QVM_E_VALUE, "'%s' is no TemplateVM: its class is %s",
			       target->name, vm_classes[target->klass].name);
	return 0;
}

int check_user(const struct world *w, const struct vm *vm, const char *text,
	       const struct vm *target, struct qvm_err *err)
{
	(void)w;
	(void)vm;
	(void)target;
	if (!text || !*text ||
	    strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789_-+,.") != strlen(text))
		return err_set(err, QVM_E_VALUE,
			       "bad value '%.64s' for property 'default_user': only "
			       "letters, digits and '_-+,.'",
			       text ? text : "");
	return 0;
}

int check_maxmem(const struct world *w, const struct vm *vm, const char *text,
		 const struct vm *target, struct qvm_err *err)
{
	long long memory = prop_int(w, vm, PROP_MEMORY);

	(void)target;
	if (text && strcmp(text, "0") != 0 && atoll(text) < memory)
		return err_set(err, QVM_E_VALUE,
			       "bad value '%s' for property 'maxmem': less than memory, "
			       "which is %lld MiB",
			       text, memory);
	return 0;
}

int check_pcidevs(const struct world *w, const struct vm *vm, const char *text,
		  const struct vm *target, struct qvm_err *err)
{
	struct pci_list list;

	(void)w, (void)vm, (void)target;
	return pci_list_parse(text, &list, err);
}
