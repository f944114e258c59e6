/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "qvm-tools/names.h"
#include "qvm-tools/render.h"
#include "qvm-tools/volume.h"

/* ---- list ---- */

static const struct column list_columns[] = {
	{"volume", "POOL:VOLUME", CELL_TEXT, 0, false, "where it is"},
	{"vm", "VMNAME", CELL_TEXT, 0, false, "domain that it belongs to"},
	{"name", "VOLUME_NAME", CELL_TEXT, 0, false, "root, private or volatile"},
	{"revertible", "REVERT_POSSIBLE", CELL_BOOL, 0, false,
	 "whether there is an older state"},
};

static bool is_wanted(const struct inv *inv, const struct volume_filter *f, size_t first,
		      const struct vm *vm)
{
	for (size_t i = 0; i < f->exclude.n; i++)
		if (name_matches(f->exclude.v[i], vm->name))
			return false;
	for (size_t i = first; i < inv->args.n; i++)
		if (name_matches(inv->args.v[i], vm->name))
			return true;
	return inv->args.n <= first;
}

static void add_volume(const struct inv *inv, struct table *t, const struct vm *vm,
		       const struct vm_volume *vol)
{
	cleanup_free char *place = NULL;
	bool revertible = volume_revertible(vol);
	char id[48];

	if (vol->persistent) {
		vol_live_id(vol, id);
		place = xasprintf("%s:%s", vol->pool, id);
	} else {
		place = xasprintf("%s:r%" PRId64 "-%s", vol->pool, vm->id,
				  vol_role_names[vol->role]);
	}
	table_row(t, 0);
	table_text(t, place);
	table_text(t, vm->name);
	table_text(t, vol_role_names[vol->role]);
	if (inv->json)
		table_bool(t, revertible);
	else
		table_text(t, revertible ? "Yes" : "No");
}

static void add_raw(struct table *t, const struct vm *vm, const struct vm_volume *vol)
{
	cleanup_free char *name = xasprintf("%s:%s", vm->name, vol_role_names[vol->role]);

	table_row(t, 0);
	table_text(t, name);
}

static int check_names(const struct inv *inv, const struct volume_filter *f, size_t first,
		       struct qvm_err *err)
{
	struct vm *vm;
	int r = 0;

	for (size_t i = first; r == 0 && i < inv->args.n; i++)
		if (!name_is_pattern(inv->args.v[i]))
			r = vm_find(inv->world, inv->args.v[i], &vm, err);
	for (size_t i = 0; r == 0 && i < f->pools.n; i++)
		if (!world_pool(inv->world, f->pools.v[i]))
			r = err_set(err, QVM_E_NOT_FOUND, "no such pool: '%s'",
				    f->pools.v[i]);
	return r;
}

int volume_list(struct inv *inv, const struct volume_filter *f, size_t first,
		struct qvm_err *err)
{
	cleanup_table struct table t = {0};
	int r = inv_world(inv, err);

	if (r == 0)
		r = check_names(inv, f, first, err);
	if (r < 0)
		return r;
	table_init(&t, "qvm-volume/1", "volumes", list_columns,
		   f->raw ? 1 : array_len(list_columns));
	for (size_t i = 0; i < inv->world->vm_count; i++) {
		const struct vm *vm = &inv->world->vms[i];

		for (int k = 0; k < VOL_ROLE_COUNT; k++) {
			const struct vm_volume *vol = &vm->volumes[k];

			if (!vm->has_volume[k] || !is_wanted(inv, f, first, vm) ||
			    (f->pools.n && !strv_has(&f->pools, vol->pool)))
				continue;
			if (f->raw)
				add_raw(&t, vm, vol);
			else
				add_volume(inv, &t, vm, vol);
		}
	}
	table_print(&t, list_mode(inv, f->raw), stdout);
	return 0;
}

/* ---- info ---- */

static const struct column revision_columns[] = {
	{"revision", "REVISION", CELL_INT, 0, false, "its number"},
	{"created", "CREATED", CELL_TEXT, 0, false, "when it was taken"},
	{"name", "NAME", CELL_TEXT, 0, false, "the name it was given"},
	{"current", "CURRENT", CELL_BOOL, 0, false, "what children and clones read"},
	{"pinned", "PINNED", CELL_BOOL, 0, false, "stays until it is unpinned"},
	{"live", "LIVE", CELL_BOOL, 0, false, "taken while the domain ran"},
	{"size", "SIZE", CELL_INT, 0, false, "bytes"},
	{"used", "USED", CELL_INT, 0, false, "bytes that it takes, shared ones too"},
	{"diff", "DIFF", CELL_INT, 0, false, "used, less that of the one before"},
};

/* One property as text, and as JSON where that is not a string. */
struct field {
	const char *name;
	char text[128];
	bool is_text, is_null;
};

#define FIELDS 11

static void set_bool(struct field *f, const char *name, bool value)
{
	f->name = name;
	snprintf(f->text, sizeof(f->text), "%s", value ? "True" : "False");
}

static void set_int(struct field *f, const char *name, long long value)
{
	f->name = name;
	snprintf(f->text, sizeof(f->text), "%lld", value);
}

static void set_text(struct field *f, const char *name, const char *value)
{
	f->name = name;
	f->is_text = true;
	f->is_null = !*value;
	snprintf(f->text, sizeof(f->text), "%s", value);
}

static void fill_fields(const struct volume_info *info, struct field f[static FIELDS])
{
	const struct vm_volume *vol = info->volume;

	set_text(&f[0], "pool", vol->pool);
	set_text(&f[1], "vid", info->vid);
	set_bool(&f[2], "rw", vol->rw);
	set_text(&f[3], "source", info->source);
	set_bool(&f[4], "save_on_stop", vol->persistent);
	set_bool(&f[5], "snap_on_start", vol->snapshot);
	set_int(&f[6], "size", (long long)vol->size);
	set_int(&f[7], "usage", (long long)info->usage);
	f[7].is_null = !info->has_usage;
	set_int(&f[8], "revisions_to_keep", vol->revisions_to_keep);
	set_bool(&f[9], "ephemeral", info->ephemeral);
	set_bool(&f[10], "is_outdated", info->outdated);
}

static void add_revisions(const struct volume_info *info, struct table *t)
{
	const struct vm_volume *vol = info->volume;

	for (size_t i = 0; i < vol->revision_count; i++) {
		const struct vm_revision *rev = &vol->revisions[i];
		uint64_t before = i ? info->used[i - 1] : 0;
		char created[TIME_TEXT];

		time_text(rev->created, created);
		table_row(t, 0);
		table_int(t, rev->serial);
		table_text(t, created);
		table_text(t, rev->label);
		table_bool(t, rev == vol_newest(vol));
		table_bool(t, rev->pinned);
		table_bool(t, rev->live);
		table_int(t, (long long)info->sizes[i]);
		table_int(t, (long long)info->used[i]);
		table_int(t, (long long)(info->used[i] - before));
	}
}

static void print_json(const struct volume_info *info, const struct field *f,
		       const char *vm)
{
	cleanup_table struct table t = {0};

	table_init(&t, "qvm-volume-info/1", "revisions", revision_columns,
		   array_len(revision_columns));
	table_extra(&t, "vm", vm);
	table_extra(&t, "name", vol_role_names[info->volume->role]);
	for (int i = 0; i < FIELDS; i++) {
		const char *text = f[i].text;

		if (f[i].is_null)
			table_extra(&t, f[i].name, NULL);
		else if (f[i].is_text)
			table_extra(&t, f[i].name, text);
		else
			table_extra_json(&t, f[i].name,
					 strcmp(text, "True") == 0    ? "true"
					 : strcmp(text, "False") == 0 ? "false"
								      : text);
	}
	add_revisions(info, &t);
	table_print(&t, RENDER_JSON, stdout);
}

static void print_tables(const struct volume_info *info, const struct field *f)
{
	cleanup_table struct table t = {0}, revisions = {0};

	table_init(&t, "", "properties", info_columns, array_len(info_columns));
	for (int i = 0; i < FIELDS; i++) {
		table_row(&t, 0);
		table_text(&t, f[i].name);
		table_text(&t, f[i].is_null ? NULL : f[i].text);
	}
	table_print(&t, RENDER_PLAIN, stdout);
	if (!info->volume->revision_count)
		return;
	putchar('\n');
	table_init(&revisions, "", "revisions", revision_columns,
		   array_len(revision_columns));
	add_revisions(info, &revisions);
	table_print(&revisions, RENDER_TABLE, stdout);
}

static int print_one(const struct volume_info *info, const struct field *f,
		     const char *property, struct qvm_err *err)
{
	if (strcmp(property, "revisions") == 0) {
		for (size_t i = 0; i < info->volume->revision_count; i++)
			printf("%u\n", info->volume->revisions[i].serial);
		return 0;
	}
	for (int i = 0; i < FIELDS; i++) {
		if (strcmp(f[i].name, property) != 0)
			continue;
		puts(f[i].is_null ? "" : f[i].text);
		return 0;
	}
	return err_set(err, QVM_E_NOT_FOUND, "volumes have no property '%.64s'",
		       property);
}

int volume_info_show(struct inv *inv, const struct op_volume *req, const char *property,
		     struct qvm_err *err)
{
	cleanup(volume_info_dispose) struct volume_info info = {0};
	struct field fields[FIELDS] = {0};
	int r = op_volume_info(inv->ctx, req, &info, err);

	if (r < 0)
		return r;
	fill_fields(&info, fields);
	if (property)
		return print_one(&info, fields, property, err);
	if (inv->json)
		print_json(&info, fields, req->vm);
	else
		print_tables(&info, fields);
	return 0;
}
