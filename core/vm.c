/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/vm.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/buf.h"

const struct vm_class_info vm_classes[CLASS_COUNT] = {
	[CLASS_ADMIN] = {"AdminVM", '0', false, "the machine's own dom0"},
	[CLASS_TEMPLATE] = {"TemplateVM", 't', false,
			    "a root file system that others share"},
	[CLASS_APP] = {"AppVM", 'a', true,
		       "root from a template, private data of its own"},
	[CLASS_STANDALONE] = {"StandaloneVM", 's', false, "everything of its own"},
	[CLASS_DISP] = {"DispVM", 'd', true, "disposable: keeps nothing"},
};

int vm_class_parse(const char *text, enum vm_class *ret, struct qvm_err *err)
{
	for (int i = 0; i < CLASS_COUNT; i++) {
		if (strcmp(vm_classes[i].name, text) == 0) {
			*ret = (enum vm_class)i;
			return 0;
		}
	}
	return err_set(err, QVM_E_NOT_FOUND,
		       "unknown class '%s': TemplateVM, AppVM, StandaloneVM and DispVM "
		       "are known",
		       text);
}

const struct vm_label vm_labels[] = {
	{1, "red", 0xcc0000, 31},    {2, "orange", 0xf57900, 33},
	{3, "yellow", 0xedd400, 93}, {4, "green", 0x73d216, 32},
	{5, "gray", 0x555555, 37},   {6, "blue", 0x3465a4, 34},
	{7, "purple", 0x75507b, 35}, {8, "black", 0x000000, 90},
};
const size_t vm_label_count = array_len(vm_labels);

const struct vm_label *label_find(const char *name_or_index)
{
	char index[16];

	for (size_t i = 0; i < vm_label_count; i++) {
		snprintf(index, sizeof(index), "%d", vm_labels[i].index);
		if (strcmp(vm_labels[i].name, name_or_index) == 0 ||
		    strcmp(index, name_or_index) == 0)
			return &vm_labels[i];
	}
	return NULL;
}

const char *const vol_role_names[VOL_ROLE_COUNT] = {
	[VOL_ROOT] = "root",
	[VOL_PRIVATE] = "private",
	[VOL_VOLATILE] = "volatile",
};

static void volume_dispose(struct vm_volume *vol)
{
	for (size_t i = 0; i < vol->revision_count; i++)
		free(vol->revisions[i].label);
	free(vol->revisions);
	free(vol->pool);
}

void vm_dispose(struct vm *vm)
{
	for (int i = 0; i < PROP_COUNT; i++)
		free(vm->props[i].text);
	for (size_t i = 0; i < vm->feature_count; i++) {
		free(vm->features[i].name);
		free(vm->features[i].value);
	}
	free(vm->features);
	strv_dispose(&vm->tags);
	free(vm->firewall);
	free(vm->forwards);
	for (int i = 0; i < VOL_ROLE_COUNT; i++)
		volume_dispose(&vm->volumes[i]);
	*vm = (struct vm){0};
}

void world_free(struct world *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->vm_count; i++)
		vm_dispose(&w->vms[i]);
	for (size_t i = 0; i < w->trash_count; i++)
		vm_dispose(&w->trash[i].vm);
	for (int i = 0; i < PROP_COUNT; i++)
		free(w->globals[i].text);
	for (size_t i = 0; i < w->pool_count; i++) {
		free(w->pools[i].name);
		free(w->pools[i].driver);
		free(w->pools[i].location);
	}
	free(w->vms);
	free(w->pools);
	free(w->scratch);
	free(w->trash);
	free(w);
}

struct vm *world_vm(const struct world *w, const char *name)
{
	for (size_t i = 0; i < w->vm_count; i++)
		if (strcmp(w->vms[i].name, name) == 0)
			return &w->vms[i];
	return NULL;
}

struct vm *world_vm_by_id(const struct world *w, int64_t id)
{
	for (size_t i = 0; i < w->vm_count; i++)
		if (w->vms[i].id == id)
			return &w->vms[i];
	return NULL;
}

struct vm *world_vm_by_uuid(const struct world *w, const struct uuid *uuid)
{
	for (size_t i = 0; i < w->vm_count; i++)
		if (uuid_equal(&w->vms[i].uuid, uuid))
			return &w->vms[i];
	return NULL;
}

const struct world_pool *world_pool(const struct world *w, const char *name)
{
	for (size_t i = 0; i < w->pool_count; i++)
		if (strcmp(w->pools[i].name, name) == 0)
			return &w->pools[i];
	return NULL;
}

int vm_find(const struct world *w, const char *name, struct vm **ret, struct qvm_err *err)
{
	struct vm *vm = world_vm(w, name);

	if (!vm)
		return err_set(err, QVM_E_NO_VM, "no such domain: '%.64s'", name);
	*ret = vm;
	return 0;
}

const char *vm_feature(const struct vm *vm, const char *name)
{
	for (size_t i = 0; i < vm->feature_count; i++)
		if (strcmp(vm->features[i].name, name) == 0)
			return vm->features[i].value;
	return NULL;
}

/* The character classes of names, all ASCII whatever the locale. */
static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool all_of(const char *text, const char *others)
{
	for (; *text; text++)
		if (!is_letter(*text) && !(*text >= '0' && *text <= '9') &&
		    !strchr(others, *text))
			return false;
	return true;
}

static bool name_reserved(const char *name)
{
	size_t len = strlen(name);

	if (strcmp(name, "Domain-0") == 0 || strcmp(name, "none") == 0 ||
	    strcmp(name, "default") == 0 || strcmp(name, "dom0") == 0)
		return true;
	return len >= 3 && strcmp(name + len - 3, "-dm") == 0; /* Xen's stub domains */
}

int vm_name_check(const char *name, struct qvm_err *err)
{
	if (!*name)
		return err_set(err, QVM_E_VALUE, "the name of a domain is empty");
	if (!is_letter(*name))
		return err_set(err, QVM_E_VALUE,
			       "bad domain name '%.64s': it must begin with a letter",
			       name);
	if (!all_of(name, "_.-"))
		return err_set(
			err, QVM_E_VALUE,
			"bad domain name '%.64s': only letters, digits, '_', '.' and '-'",
			name);
	if (strlen(name) > QVM_NAME_MAX)
		return err_set(err, QVM_E_VALUE,
			       "bad domain name '%.64s': longer than %d characters", name,
			       QVM_NAME_MAX);
	if (name_reserved(name))
		return err_set(err, QVM_E_VALUE, "bad domain name '%s': it is reserved",
			       name);
	return 0;
}

int feature_check(const char *name, const char *value, struct qvm_err *err)
{
	if (!*name || strlen(name) > 255 || !all_of(name, "_.-"))
		return err_set(err, QVM_E_VALUE,
			       "bad feature name '%.64s': only letters, digits, '_', '.' "
			       "and '-'",
			       name);
	for (const char *at = value; at && *at; at++)
		if (*at < 0x20 || *at > 0x7e)
			return err_set(err, QVM_E_VALUE,
				       "bad value of feature '%s': only printable ASCII",
				       name);
	return 0;
}

int tag_check(const char *tag, struct qvm_err *err)
{
	if (!*tag || strlen(tag) > 255 || !all_of(tag, "_-"))
		return err_set(err, QVM_E_VALUE,
			       "bad tag '%.64s': only letters, digits, '_' and '-'", tag);
	return 0;
}

int pool_name_check(const char *name, struct qvm_err *err)
{
	if (!is_letter(*name) || strlen(name) > QVM_NAME_MAX || !all_of(name, "_.-"))
		return err_set(
			err, QVM_E_VALUE,
			"bad pool name '%.64s': a letter, then letters, digits, '_', "
			"'.' and '-', at most %d",
			name, QVM_NAME_MAX);
	return 0;
}

const char *vm_state_name(enum vm_state state)
{
	static const char *const names[] = {
		[STATE_UNKNOWN] = "NA",		 [STATE_HALTED] = "Halted",
		[STATE_TRANSIENT] = "Transient", [STATE_RUNNING] = "Running",
		[STATE_PAUSED] = "Paused",	 [STATE_HALTING] = "Halting",
		[STATE_DYING] = "Dying",	 [STATE_CRASHED] = "Crashed",
	};

	return names[state];
}

bool vm_is_running(const struct vm *vm)
{
	enum vm_state state = vm->live.state;

	return state == STATE_TRANSIENT || state == STATE_RUNNING ||
	       state == STATE_PAUSED;
}

bool vm_is_there(const struct vm *vm)
{
	return vm->live.state > STATE_HALTED;
}

void vol_live_id(const struct vm_volume *vol, char ret[static 48])
{
	snprintf(ret, 48, "v%lld-g%u", (long long)vol->id, vol->generation);
}

void vol_revision_id(const struct vm_volume *vol, uint32_t serial, char ret[static 48])
{
	snprintf(ret, 48, "v%lld-r%u", (long long)vol->id, serial);
}

const struct vm_revision *vol_newest(const struct vm_volume *vol)
{
	for (size_t i = vol->revision_count; i-- > 0;)
		if (!vol->revisions[i].live)
			return &vol->revisions[i];
	return NULL;
}
