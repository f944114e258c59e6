/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a disposable is made of, as text. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/alloc.h"
#include "ops/internal.h"
#include "ops/spare.h"

/* A name that is never given out. */
#define NOBODY "disp0"

static void add_file(struct buf *out, const char *path)
{
	struct stat st = {0};

	if (path && stat(path, &st) < 0)
		st.st_ino = 0;
	buf_addf(out, "file %s %llu %lld %lld.%ld\n", path ? path : "",
		 (unsigned long long)st.st_ino, (long long)st.st_size,
		 (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

static void add_volumes(struct qvm_ctx *ctx, struct buf *out, const struct world *w,
			const struct vm *vm)
{
	for (int i = 0; i < VOL_ROLE_COUNT; i++) {
		const struct vm *owner;
		const struct vm_volume *source =
			volume_source(w, vm, (enum vol_role)i, &owner);
		char id[POOL_ID_MAX] = "";

		/* Whatever is there already was made of the one before. */
		if (source && vm_is_ending(ctx, owner))
			snprintf(id, sizeof(id), "next");
		else if (source && vol_newest(source))
			vol_revision_id(source, vol_newest(source)->serial, id);
		buf_addf(out, "volume %d %" PRIu64 " %s\n", i, vm->volumes[i].size, id);
	}
}

/* All but what each has of its own: its name and its addresses. */
static void add_plan(struct buf *out, const struct run_plan *p)
{
	const struct hv_config *c = &p->config;

	buf_addf(out, "type %d memory %" PRIu64 " vcpus %u debug %d nics %zu\n",
		 (int)c->type, c->memory, c->vcpus, c->debug, c->nic_count);
	buf_addf(out, "cmdline %s\n", c->cmdline ? c->cmdline : "");
	add_file(out, c->kernel);
	add_file(out, c->ramdisk);
	add_file(out, p->modules);
	for (size_t i = 0; i < c->key_count; i++)
		if (strcmp(c->keys[i].name, "qvm/name") != 0 &&
		    !strstr(c->keys[i].name, "ip"))
			buf_addf(out, "key %s=%s\n", c->keys[i].name, c->keys[i].value);
}

static void add_settings(struct buf *out, const struct vm *vm)
{
	for (int i = 0; i < PROP_G_FIRST; i++)
		if (vm->props[i].set && i != PROP_DISPID)
			buf_addf(out, "%s=%s/%lld\n", prop_defs[i].name,
				 vm->props[i].text ? vm->props[i].text : "",
				 (long long)vm->props[i].ref);
	for (size_t i = 0; i < vm->feature_count; i++)
		buf_addf(out, "feature %s=%s\n", vm->features[i].name,
			 vm->features[i].value);
	for (size_t i = 0; i < vm->tags.n; i++)
		buf_addf(out, "tag %s\n", vm->tags.v[i]);
	buf_addf(out, "firewall %s\n", vm->firewall ? vm->firewall : "");
}

int disp_basis(struct qvm_ctx *ctx, const struct world *w, const char *tpl, char **ret,
	       struct qvm_err *err)
{
	const struct op_create req = {
		.name = NOBODY, .klass = CLASS_DISP, .template = tpl, .number = 1};
	cleanup_run_plan struct run_plan plan = RUN_PLAN_INIT;
	cleanup(vm_dispose) struct vm draft = {0};
	cleanup_buf struct buf out = BUF_INIT;
	struct prop_value netvm;
	int r = vm_draft(ctx, w, &req, &draft, err);

	if (r == 0)
		r = run_plan_make(ctx, w, &draft, &plan, err);
	if (r < 0)
		return r;
	prop_get(w, &draft, PROP_NETVM, &netvm);
	buf_addf(&out, "netvm %s\n", netvm.text ? netvm.text : "");
	add_plan(&out, &plan);
	add_volumes(ctx, &out, w, &draft);
	add_settings(&out, &draft);
	*ret = buf_steal(&out);
	return 0;
}
