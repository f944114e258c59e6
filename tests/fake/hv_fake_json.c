/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <json-c/json.h>

#include "tests/fake/hv_fake_state.h"

#include <stdio.h>

#include "lib/alloc.h"

static struct json_object *text(const char *s)
{
	return s ? json_object_new_string(s) : NULL;
}

static struct json_object *number(uint64_t n)
{
	return json_object_new_int64((int64_t)n);
}

static struct json_object *disk_json(const struct hv_disk *disk)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "vdev", text(disk->vdev));
	json_object_object_add(o, "path", text(disk->path));
	json_object_object_add(o, "major", number(disk->major));
	json_object_object_add(o, "minor", number(disk->minor));
	json_object_object_add(o, "readonly", json_object_new_boolean(disk->readonly));
	json_object_object_add(o, "cdrom", json_object_new_boolean(disk->cdrom));
	return o;
}

static struct json_object *nic_json(const struct hv_nic *nic)
{
	struct json_object *o = json_object_new_object();
	char mac[18];

	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", nic->mac[0],
		 nic->mac[1], nic->mac[2], nic->mac[3], nic->mac[4], nic->mac[5]);
	json_object_object_add(o, "devid", number(nic->devid));
	json_object_object_add(o, "mac", text(mac));
	json_object_object_add(o, "backend_domid", number(nic->backend_domid));
	json_object_object_add(o, "ip", text(nic->ip));
	return o;
}

static struct json_object *pcis_json(const struct hv_config *cfg)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < cfg->pci_count; i++) {
		struct json_object *o = json_object_new_object();
		char name[PCI_TEXT];

		pci_name(&cfg->pcis[i], name);
		json_object_object_add(o, "device", text(name));
		json_object_object_add(o, "permissive",
				       json_object_new_boolean(cfg->pcis[i].permissive));
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *devices_json(const struct hv_config *cfg, bool nics)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; nics && i < cfg->nic_count; i++)
		json_object_array_add(list, nic_json(&cfg->nics[i]));
	for (size_t i = 0; !nics && i < cfg->disk_count; i++)
		json_object_array_add(list, disk_json(&cfg->disks[i]));
	return list;
}

static struct json_object *keys_json(const struct hv_config *cfg)
{
	struct json_object *o = json_object_new_object();

	for (size_t i = 0; i < cfg->key_count; i++)
		json_object_object_add(o, cfg->keys[i].name, text(cfg->keys[i].value));
	return o;
}

char *fake_json(const struct hv_config *cfg)
{
	static const char *const types[] = {"pvh", "pv", "hvm"};
	struct json_object *o = json_object_new_object();
	char uuid[UUID_TEXT];
	char *out;

	uuid_format(&cfg->uuid, uuid);
	json_object_object_add(o, "name", text(cfg->name));
	json_object_object_add(o, "uuid", text(uuid));
	json_object_object_add(o, "type", text(types[cfg->type]));
	json_object_object_add(o, "memory", number(cfg->memory));
	json_object_object_add(o, "max_memory", number(cfg->max_memory));
	json_object_object_add(o, "vcpus", number(cfg->vcpus));
	json_object_object_add(o, "kernel", text(cfg->kernel));
	json_object_object_add(o, "ramdisk", text(cfg->ramdisk));
	json_object_object_add(o, "cmdline", text(cfg->cmdline));
	json_object_object_add(o, "debug", json_object_new_boolean(cfg->debug));
	json_object_object_add(o, "stubdom_memory", number(cfg->stubdom_memory));
	json_object_object_add(o, "disks", devices_json(cfg, false));
	json_object_object_add(o, "nics", devices_json(cfg, true));
	if (cfg->pci_count)
		json_object_object_add(o, "pcis", pcis_json(cfg));
	json_object_object_add(o, "keys", keys_json(cfg));
	out = xstrdup(json_object_to_json_string_ext(
		o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
	return out;
}
