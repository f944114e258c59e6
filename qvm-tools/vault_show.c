/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "qvm-tools/render.h"
#include "qvm-tools/vault.h"
#include "qvm-tools/volume.h"

static const struct column snapshot_columns[] = {
	{"snapshot", "SNAPSHOT", CELL_TEXT, 0, false, "its name"},
	{"time", "TIME", CELL_TEXT, 0, false, "when it was made"},
	{"vms", "VMS", CELL_INT, 0, false, "how many domains it has"},
	{"stored", "NEW", CELL_TEXT, 0, false, "what it added to the repository"},
	{"state", "STATE", CELL_TEXT, 0, false, "what becomes of it"},
};

static const struct column snapshot_json[] = {
	{"snapshot", "", CELL_TEXT, 0, false, ""}, {"time", "", CELL_TEXT, 0, false, ""},
	{"vms", "", CELL_INT, 0, false, ""},	   {"stored", "", CELL_INT, 0, false, ""},
	{"gone", "", CELL_BOOL, 0, false, ""},	   {"error", "", CELL_TEXT, 0, false, ""},
};

static void add_number(struct table *t, const char *key, uint64_t n)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	table_extra_json(t, key, text);
}

static void add_waste(const struct inv *inv, const struct vault_report *l,
		      struct table *t)
{
	char bytes[32], freed[32];

	if (!l->packs)
		return;
	if (inv->json) {
		add_number(t, "bytes", l->bytes);
		add_number(t, "freed", l->freed);
		add_number(t, "packs", l->packs);
		add_number(t, "packs_removed", l->removed);
		add_number(t, "packs_rewritten", l->rewritten);
		return;
	}
	size_format(l->bytes, bytes);
	size_format(l->freed, freed);
	printf("%s of %s %s\n", freed, bytes, inv->dry_run ? "would be freed" : "freed");
}

void vault_show_snapshots(const struct inv *inv, const struct vault_report *l)
{
	cleanup_table struct table t = {0};
	char text[32], when[TIME_TEXT];

	table_init(&t, "qvm-vault/1", "snapshots",
		   inv->json ? snapshot_json : snapshot_columns,
		   inv->json ? array_len(snapshot_json) : array_len(snapshot_columns));
	for (size_t i = 0; i < l->n; i++) {
		const struct vault_record *s = &l->v[i];

		time_text(s->time, when);
		size_format(s->stored, text);
		table_row(&t, 0);
		table_text(&t, s->name);
		table_text(&t, s->why ? NULL : when);
		table_int(&t, (long long)s->domain_count);
		if (inv->json) {
			table_int(&t, (long long)s->stored);
			table_bool(&t, s->gone);
			table_text(&t, s->why);
			continue;
		}
		table_text(&t, text);
		table_text(&t, s->why	 ? s->why
			       : s->gone ? inv->dry_run ? "would go" : "gone"
					 : "");
	}
	if (inv->json)
		add_waste(inv, l, &t);
	table_print(&t, inv->json ? RENDER_JSON : RENDER_TABLE, stdout);
	if (!inv->json)
		add_waste(inv, l, &t);
}

static const struct column volume_columns[] = {
	{"snapshot", "SNAPSHOT", CELL_TEXT, 0, false, "its name"},
	{"vm", "VM", CELL_TEXT, 0, false, "domain"},
	{"volume", "VOLUME", CELL_TEXT, 0, false, "its volume"},
	{"size", "SIZE", CELL_TEXT, 0, false, "its size"},
	{"data", "DATA", CELL_TEXT, 0, false, "what of it is not zeros"},
	{"state", "STATE", CELL_TEXT, 0, false, "damage"},
};

static const struct column volume_json[] = {
	{"snapshot", "", CELL_TEXT, 0, false, ""}, {"vm", "", CELL_TEXT, 0, false, ""},
	{"volume", "", CELL_TEXT, 0, false, ""},   {"size", "", CELL_INT, 0, false, ""},
	{"data", "", CELL_INT, 0, false, ""},	   {"error", "", CELL_TEXT, 0, false, ""},
};

static const struct vault_domain *owner_of(const struct vault_record *s, const char *path)
{
	for (size_t i = 0; i < s->domain_count; i++)
		if (strncmp(s->domains[i].path, path, strlen(s->domains[i].path)) == 0)
			return &s->domains[i];
	return NULL;
}

static void add_image(const struct inv *inv, struct table *t,
		      const struct vault_record *s, const struct vault_image *v)
{
	const struct vault_domain *d = owner_of(s, v->path);
	const char *file = d ? v->path + strlen(d->path) : v->path;
	cleanup_free char *role = xstrndup(file, strcspn(file, "."));
	char size[32], data[32];

	size_format(v->size, size);
	size_format(v->data, data);
	table_row(t, 0);
	table_text(t, s->name);
	table_text(t, d ? d->name : NULL);
	table_text(t, role);
	if (inv->json) {
		table_int(t, (long long)v->size);
		table_int(t, (long long)v->data);
		table_text(t, v->why);
		return;
	}
	table_text(t, size);
	table_text(t, data);
	table_text(t, v->why ? v->why : "");
}

void vault_show_volumes(const struct inv *inv, const struct vault_report *l)
{
	cleanup_table struct table t = {0};

	table_init(&t, "qvm-vault-volumes/1", "volumes",
		   inv->json ? volume_json : volume_columns, array_len(volume_columns));
	for (size_t i = 0; i < l->n; i++) {
		const struct vault_record *s = &l->v[i];

		for (size_t k = 0; k < s->image_count; k++)
			add_image(inv, &t, s, &s->images[k]);
		if (!s->why)
			continue;
		table_row(&t, 0);
		table_text(&t, s->name);
		for (int k = 0; k < 4; k++)
			table_text(&t, NULL);
		table_text(&t, s->why);
	}
	table_print(&t, inv->json ? RENDER_JSON : RENDER_TABLE, stdout);
}
