/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "qvm-tools/prefs.h"

/* How many names sort before that of ID: its place, as no two are the same within one of
 * the two sets; the global ones come behind. */
static size_t place_of(enum prop_id id)
{
	bool global = id >= PROP_G_FIRST;
	size_t place = global ? PROP_G_FIRST : 0;

	for (int i = 0; i < PROP_COUNT; i++)
		if ((i >= PROP_G_FIRST) == global &&
		    strcmp(prop_defs[i].name, prop_defs[id].name) < 0)
			place++;
	return place;
}

enum prop_id prefs_sorted(size_t i)
{
	for (int id = 0; id < PROP_COUNT; id++)
		if (place_of(id) == i)
			return id;
	return PROP_NAME;
}

static void describe_choices(const struct prop_def *def, struct buf *ret)
{
	for (const char *const *c = def->choices; c && *c; c++)
		buf_addf(ret, "%s%s", c == def->choices ? "" : ", ", *c);
}

void prefs_describe_values(enum prop_id id, struct buf *ret)
{
	static const char *const words[] = {
		[PT_STRING] = "text",	     [PT_INT] = "number",
		[PT_BOOL] = "True or False", [PT_VM] = "domain",
		[PT_LABEL] = "label",	     [PT_IP4] = "IPv4 address",
		[PT_IP6] = "IPv6 address",   [PT_MAC] = "MAC address",
		[PT_KERNEL] = "kernel",	     [PT_POOL] = "pool",
	};
	const struct prop_def *def = &prop_defs[id];

	if (def->type == PT_CHOICE)
		describe_choices(def, ret);
	else
		buf_add(ret, words[def->type]);
	if (def->type == PT_INT && def->max > def->min)
		buf_addf(ret, " %lld..%lld", def->min, def->max);
	if (def->unit)
		buf_addf(ret, " %s", def->unit);
	if (def->flags & PROP_NONE_OK && !(def->flags & PROP_READONLY))
		buf_add(ret, " or none");
}

void prefs_describe_default(enum prop_id id, struct buf *ret)
{
	const struct prop_def *def = &prop_defs[id];
	const char *glue = "";

	if (def->flags & PROP_READONLY) {
		buf_add(ret, "(read-only)");
		return;
	}
	if (def->flags & PROP_INHERIT) {
		buf_add(ret, "the template's");
		glue = ", else ";
	}
	if (def->global != PROP_NONE && def->global != PROP_NAME) {
		buf_addf(ret, "%s%s", glue, prop_defs[def->global].name);
		glue = ", else ";
	}
	if (def->compute)
		buf_addf(ret, "%scomputed", glue);
	else if (def->fallback)
		buf_addf(ret, "%s%s", glue, *def->fallback ? def->fallback : "empty");
	else if (!*glue)
		buf_add(ret, def->flags & PROP_REQUIRED ? "(always set)" : "none");
}

void prefs_describe_classes(enum prop_id id, struct buf *ret)
{
	const struct prop_def *def = &prop_defs[id];
	unsigned all = 0;
	const char *glue = "";

	for (int c = 0; c < CLASS_COUNT; c++)
		if (c != CLASS_ADMIN)
			all |= CLASS_BIT(c);
	if ((def->classes & all) == all) {
		buf_add(ret, def->classes & CLASS_BIT(CLASS_ADMIN) ? "all"
								   : "all but AdminVM");
		return;
	}
	for (int c = 0; c < CLASS_COUNT; c++) {
		if (!(def->classes & CLASS_BIT(c)))
			continue;
		buf_addf(ret, "%s%s", glue, vm_classes[c].name);
		glue = ", ";
	}
}

static const struct column help_columns[] = {
	{"name", "PROPERTY", CELL_TEXT, 0, false, "name of the property"},
	{"values", "VALUES", CELL_TEXT, 0, false, "what it takes"},
	{"default", "DEFAULT", CELL_TEXT, 0, false, "where its default comes from"},
	{"help", "DESCRIPTION", CELL_TEXT, 0, false, "what it means"},
};

int prefs_help(bool global, bool json)
{
	cleanup_table struct table t = {0};

	table_init(&t, "qvm-properties/1", "properties", help_columns,
		   array_len(help_columns));
	for (size_t i = 0; i < PROP_COUNT; i++) {
		enum prop_id id = prefs_sorted(i);
		cleanup_buf struct buf values = BUF_INIT;
		cleanup_buf struct buf standard = BUF_INIT;

		if ((id >= PROP_G_FIRST) != global)
			continue;
		prefs_describe_values(id, &values);
		prefs_describe_default(id, &standard);
		table_row(&t, 0);
		table_text(&t, prop_defs[id].name);
		table_text(&t, buf_str(&values));
		table_text(&t, buf_str(&standard));
		table_text(&t, prop_defs[id].help);
	}
	table_print(&t, json ? RENDER_JSON : RENDER_TABLE, stdout);
	return 0;
}
