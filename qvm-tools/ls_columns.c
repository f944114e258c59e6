/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "qvm-tools/ls.h"
#include "qvm-tools/prefs.h"

const struct ls_format ls_formats[] = {
	{"simple", "NAME,STATE,CLASS,LABEL,TEMPLATE,NETVM"},
	{"network", "NAME,STATE,NETVM,IP,IPBACK,GATEWAY"},
	{"kernel", "NAME,STATE,CLASS,TEMPLATE,KERNEL,KERNELOPTS"},
	{"full", "NAME,STATE,CLASS,LABEL,QID,XID,UUID"},
	{"prefs", "NAME,LABEL,TEMPLATE,NETVM,VCPUS,INITIALMEM,MAXMEM,VIRT_MODE"},
	{"disk",
	 "NAME,STATE,DISK,PRIV-CURR,PRIV-MAX,PRIV-USED,ROOT-CURR,ROOT-MAX,ROOT-USED"},
};
const size_t ls_format_count = array_len(ls_formats);

static void show_prop(const struct world *w, const struct vm *vm, enum prop_id id,
		      struct table *t)
{
	struct prop_value value = {0};

	if (vm && prop_applies(id, vm))
		prop_get(w, vm, id, &value);
	table_typed(t, prefs_cell_type(id), value.text);
}

static const struct vm *netvm_of(const struct world *w, const struct vm *vm)
{
	return prop_applies(PROP_NETVM, vm) ? prop_vm(w, vm, PROP_NETVM) : NULL;
}

static void value_name(struct ls *ls, const struct vm *vm, struct table *t)
{
	cleanup_free char *name =
		xasprintf("%s%s", ls->indent ? ls->indent : "", vm->name);

	table_text(t, name);
}

static void value_state(struct ls *ls unused, const struct vm *vm, struct table *t)
{
	table_text(t, vm_state_name(vm->klass == CLASS_ADMIN ? STATE_RUNNING
							     : vm->live.state));
}

static void value_class(struct ls *ls unused, const struct vm *vm, struct table *t)
{
	table_text(t, vm_classes[vm->klass].name);
}

static void value_ipback(struct ls *ls, const struct vm *vm, struct table *t)
{
	show_prop(ls->world, netvm_of(ls->world, vm), PROP_IP, t);
}

static void value_gateway(struct ls *ls, const struct vm *vm, struct table *t)
{
	show_prop(ls->world, netvm_of(ls->world, vm), PROP_GATEWAY, t);
}

static void value_xid(struct ls *ls unused, const struct vm *vm, struct table *t)
{
	if (vm->klass == CLASS_ADMIN)
		table_int(t, 0);
	else if (vm_is_there(vm))
		table_int(t, vm->live.domid);
	else
		table_typed(t, CELL_INT, NULL);
}

static void value_memory(struct ls *ls unused, const struct vm *vm, struct table *t)
{
	if (vm_is_there(vm) && vm->klass != CLASS_ADMIN)
		table_int(t, (long long)(vm->live.memory / MIB));
	else
		table_typed(t, CELL_INT, NULL);
}

static void value_tags(struct ls *ls unused, const struct vm *vm, struct table *t)
{
	cleanup_buf struct buf tags = BUF_INIT;

	for (size_t i = 0; i < vm->tags.n; i++)
		buf_addf(&tags, "%s%s", i ? "," : "", vm->tags.v[i]);
	table_text(t, tags.len ? buf_str(&tags) : NULL);
}

static void value_disk(struct ls *ls, const struct vm *vm, struct table *t)
{
	struct vol_stat stat;
	uint64_t sum = 0;
	bool any = false;

	for (int role = 0; role < VOL_ROLE_COUNT; role++)
		if (ls_volume_stat(ls, vm, role, &stat)) {
			sum += stat.used;
			any = true;
		}
	if (any)
		table_int(t, (long long)(sum / MIB));
	else
		table_typed(t, CELL_INT, NULL);
}

static void show_curr(struct ls *ls, const struct vm *vm, enum vol_role role,
		      struct table *t)
{
	struct vol_stat stat;

	if (ls_volume_stat(ls, vm, role, &stat))
		table_int(t, (long long)(stat.used / MIB));
	else
		table_typed(t, CELL_INT, NULL);
}

static void show_max(const struct vm *vm, enum vol_role role, struct table *t)
{
	if (vm->has_volume[role])
		table_int(t, (long long)(vm->volumes[role].size / MIB));
	else
		table_typed(t, CELL_INT, NULL);
}

static void show_used(struct ls *ls, const struct vm *vm, enum vol_role role,
		      struct table *t)
{
	struct vol_stat stat;

	if (ls_volume_stat(ls, vm, role, &stat) && stat.size)
		table_int(t, (long long)(stat.used * 100 / stat.size));
	else
		table_typed(t, CELL_INT, NULL);
}

static void show_pool(const struct vm *vm, enum vol_role role, struct table *t)
{
	table_text(t, vm->has_volume[role] ? vm->volumes[role].pool : NULL);
}

#define VOLUME_VALUES(word, role)                                                        \
	static void value_##word##_curr(struct ls *ls, const struct vm *vm,              \
					struct table *t)                                 \
	{                                                                                \
		show_curr(ls, vm, role, t);                                              \
	}                                                                                \
	static void value_##word##_max(struct ls *ls unused, const struct vm *vm,        \
				       struct table *t)                                  \
	{                                                                                \
		show_max(vm, role, t);                                                   \
	}                                                                                \
	static void value_##word##_used(struct ls *ls, const struct vm *vm,              \
					struct table *t)                                 \
	{                                                                                \
		show_used(ls, vm, role, t);                                              \
	}                                                                                \
	static void value_##word##_pool(struct ls *ls unused, const struct vm *vm,       \
					struct table *t)                                 \
	{                                                                                \
		show_pool(vm, role, t);                                                  \
	}

VOLUME_VALUES(priv, VOL_PRIVATE)
VOLUME_VALUES(root, VOL_ROOT)

static bool flag(const struct world *w, const struct vm *vm, enum prop_id id)
{
	return prop_applies(id, vm) && prop_bool(w, vm, id);
}

static char class_letter(const struct world *w, const struct vm *vm)
{
	struct prop_value mode = {0};

	if (prop_applies(PROP_VIRT_MODE, vm))
		prop_get(w, vm, PROP_VIRT_MODE, &mode);
	if (mode.text && strcmp(mode.text, "hvm") == 0)
		return (char)toupper((unsigned char)vm_classes[vm->klass].letter);
	return vm_classes[vm->klass].letter;
}

static char power_letter(const struct vm *vm)
{
	static const char letters[] = {
		[STATE_UNKNOWN] = '?', [STATE_HALTED] = '-',  [STATE_TRANSIENT] = 't',
		[STATE_RUNNING] = 'r', [STATE_PAUSED] = 'p',  [STATE_HALTING] = 's',
		[STATE_DYING] = 'd',   [STATE_CRASHED] = 'c',
	};

	return letters[vm->klass == CLASS_ADMIN ? STATE_RUNNING : vm->live.state];
}

static void value_flags(struct ls *ls, const struct vm *vm, struct table *t)
{
	const struct world *w = ls->world;
	const char *internal = vm_feature(vm, "internal");
	char text[9] = {
		class_letter(w, vm),
		power_letter(vm),
		flag(w, vm, PROP_UPDATEABLE) ? 'U' : '-',
		flag(w, vm, PROP_PROVIDES_NETWORK) ? 'N' : '-',
		flag(w, vm, PROP_INSTALLED_BY_RPM) ? 'R' : '-',
		internal && *internal ? 'i' : '-',
		flag(w, vm, PROP_DEBUG) ? 'D' : '-',
		flag(w, vm, PROP_AUTOSTART) ? 'A' : '-',
	};

	table_text(t, text);
}

#define PROPERTY(name, heading, type, id, help)                                          \
	{                                                                                \
		{name, heading, type, 0, false, help}, NULL, id, false                   \
	}
#define COMPUTED(name, heading, type, value, live, help)                                 \
	{                                                                                \
		{name, heading, type, 0, false, help}, value, PROP_NONE, live            \
	}

const struct ls_column ls_columns[] = {
	{{"name", "NAME", CELL_TEXT, 0, true, "name of the domain"},
	 value_name,
	 PROP_NONE,
	 false},
	COMPUTED("state", "STATE", CELL_TEXT, value_state, true, "what it does now"),
	COMPUTED("class", "CLASS", CELL_TEXT, value_class, false, "its class"),
	{{"label", "LABEL", CELL_TEXT, 0, true, "its colour"}, NULL, PROP_LABEL, false},
	PROPERTY("template", "TEMPLATE", CELL_TEXT, PROP_TEMPLATE, "its template"),
	PROPERTY("netvm", "NETVM", CELL_TEXT, PROP_NETVM, "its network domain"),
	PROPERTY("ip", "IP", CELL_TEXT, PROP_IP, "its IPv4 address"),
	COMPUTED("ipback", "IPBACK", CELL_TEXT, value_ipback, false,
		 "address of its network domain"),
	COMPUTED("gateway", "GATEWAY", CELL_TEXT, value_gateway, false,
		 "gateway that its network domain is for it"),
	PROPERTY("kernel", "KERNEL", CELL_TEXT, PROP_KERNEL, "its kernel"),
	PROPERTY("kernelopts", "KERNELOPTS", CELL_TEXT, PROP_KERNELOPTS,
		 "options of its kernel"),
	PROPERTY("qid", "QID", CELL_INT, PROP_QID, "its number in the registry"),
	COMPUTED("xid", "XID", CELL_INT, value_xid, true, "its number in Xen"),
	PROPERTY("uuid", "UUID", CELL_TEXT, PROP_UUID, "its UUID"),
	PROPERTY("vcpus", "VCPUS", CELL_INT, PROP_VCPUS, "number of processors"),
	PROPERTY("initialmem", "INITIALMEM", CELL_INT, PROP_MEMORY,
		 "memory at start, MiB"),
	PROPERTY("maxmem", "MAXMEM", CELL_INT, PROP_MAXMEM, "most memory, MiB"),
	PROPERTY("virt_mode", "VIRT_MODE", CELL_TEXT, PROP_VIRT_MODE, "pvh, pv or hvm"),
	COMPUTED("memory", "MEMORY", CELL_INT, value_memory, true, "memory in use, MiB"),
	COMPUTED("disk", "DISK", CELL_INT, value_disk, false, "disk space in use, MiB"),
	COMPUTED("priv_curr", "PRIV-CURR", CELL_INT, value_priv_curr, false,
		 "space that its private volume takes, MiB"),
	COMPUTED("priv_max", "PRIV-MAX", CELL_INT, value_priv_max, false,
		 "size of its private volume, MiB"),
	COMPUTED("priv_used", "PRIV-USED", CELL_INT, value_priv_used, false,
		 "how full its private volume is, percent"),
	COMPUTED("priv_pool", "PRIV-POOL", CELL_TEXT, value_priv_pool, false,
		 "pool of its private volume"),
	COMPUTED("root_curr", "ROOT-CURR", CELL_INT, value_root_curr, false,
		 "space that its root volume takes, MiB"),
	COMPUTED("root_max", "ROOT-MAX", CELL_INT, value_root_max, false,
		 "size of its root volume, MiB"),
	COMPUTED("root_used", "ROOT-USED", CELL_INT, value_root_used, false,
		 "how full its root volume is, percent"),
	COMPUTED("root_pool", "ROOT-POOL", CELL_TEXT, value_root_pool, false,
		 "pool of its root volume"),
	COMPUTED("flags", "FLAGS", CELL_TEXT, value_flags, true,
		 "class, power, Updateable, Network, Rpm, internal, Debug, Autostart"),
	COMPUTED("tags", "TAGS", CELL_TEXT, value_tags, false, "its tags, by commas"),
};
const size_t ls_column_count = array_len(ls_columns);

/* '-' and '_' are the same, and so are letters of both cases. */
static bool same_word(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		int x = *a == '_' ? '-' : tolower((unsigned char)*a);
		int y = *b == '_' ? '-' : tolower((unsigned char)*b);

		if (x != y)
			return false;
	}
	return *a == *b;
}

int ls_column_find(const char *name, struct strv *text, struct ls_column *ret,
		   struct qvm_err *err)
{
	cleanup_free char *word = xstrdup(name);
	enum prop_id id;
	int r;

	for (size_t i = 0; i < ls_column_count; i++)
		if (same_word(ls_columns[i].col.heading, name)) {
			*ret = ls_columns[i];
			return 0;
		}
	for (char *c = word; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	r = prop_find(word, false, &id, err);
	if (r < 0)
		return err_wrap(err, "column '%s'", name);
	strv_add(text, prop_defs[id].name);
	for (char *c = text->v[text->n - 1]; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	*ret = (struct ls_column){
		.col = {.name = prop_defs[id].name,
			.heading = text->v[text->n - 1],
			.type = prefs_cell_type(id),
			.help = prop_defs[id].help},
		.id = id,
		.live = id == PROP_START_TIME,
	};
	return 0;
}

void ls_value(struct ls *ls, const struct ls_column *column, const struct vm *vm,
	      struct table *t)
{
	if (column->value)
		column->value(ls, vm, t);
	else
		show_prop(ls->world, vm, column->id, t);
}
