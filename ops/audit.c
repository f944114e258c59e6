/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/audit.h"

#include <dirent.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/strv.h"
#include "ops/image.h"
#include "ops/internal.h"

/* Files that Xen's own daemons and toolstacks keep, NAME standing in the middle. */
static const char *const xen_logs[][2] = {
	{"/var/log/xen/console/guest-", ".log"},
	{"/var/log/xen/qemu-dm-", ".log"},
	{"/var/log/xen/xl-", ".log"},
};

void audit_dispose(struct audit *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->v[i].where);
	free(a->v);
	*a = (struct audit){0};
}

static void add(struct audit *a, const char *what, char *where, bool lasts)
{
	array_grow(a->v, a->n) =
		(struct audit_place){.what = what, .where = where, .lasts = lasts};
	a->n++;
}

/* Is it on a disk? A file system in memory is gone with the power. */
static bool is_on_disk(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) < 0 ||
	       (fs.f_type != TMPFS_MAGIC && fs.f_type != RAMFS_MAGIC);
}

static void add_file(struct audit *a, const char *what, char *path)
{
	if (access(path, F_OK) == 0)
		add(a, what, path, is_on_disk(path));
	else
		free(path);
}

/* What is in the folder DIR, as far as WANTED (NULL: all) says yes. */
static void add_folder(struct audit *a, const char *what, const char *dir,
		       bool (*wanted)(const char *file, const struct vm *vm),
		       const struct vm *vm)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	while (d && (entry = readdir(d))) {
		const char *file = entry->d_name;

		if (strcmp(file, ".") == 0 || strcmp(file, "..") == 0 ||
		    (wanted && !wanted(file, vm)))
			continue;
		add_file(a, what, xasprintf("%s/%s", dir, file));
	}
	if (d)
		closedir(d);
}

/* qrexec.NAME, qrexec.DOMID and their kind. */
static bool is_socket_of(const char *file, const struct vm *vm)
{
	const char *end = strrchr(file, '.');
	char domid[16];

	snprintf(domid, sizeof(domid), "%d", vm->live.domid);
	return end && (strcmp(end + 1, vm->name) == 0 || strcmp(end + 1, domid) == 0);
}

static void add_files(struct audit *a, const struct qvm_ctx *ctx, const struct vm *vm)
{
	cleanup_free char *dir = ctx_vm_run_dir(ctx, vm->id);

	add_folder(a, "file", dir, NULL, vm);
	if (vm->id < DISP_ID_FIRST)
		add_file(a, "log", ctx_console_log(ctx, vm->id, vm->name));
	for (size_t i = 0; i < array_len(xen_logs); i++)
		add_file(a, "log",
			 xasprintf("%s%s%s", xen_logs[i][0], vm->name, xen_logs[i][1]));
	add_folder(a, "socket", ctx->call_dir, is_socket_of, vm);
}

static void add_registry(struct audit *a, const struct qvm_ctx *ctx, const struct vm *vm)
{
	char *path = vm->id < DISP_ID_FIRST ? ctx_state_path(ctx, "qvm.db")
					    : xasprintf("%s/disp.db", ctx->run_dir);

	add(a, "registry", path, is_on_disk(path));
}

/* The scratch store's key is the kernel's alone, and of this boot. */
static int add_volumes(struct audit *a, struct qvm_ctx *ctx, const struct world *w,
		       const struct vm *vm, struct qvm_err *err)
{
	cleanup_strv struct strv scratch = STRV_INIT;
	char id[POOL_ID_MAX];
	int r = w->scratch ? scratch_get(ctx, w->scratch, err) : 0;

	if (r == 0 && w->scratch)
		r = ctx->scratch->list(ctx->scratch_handle, &scratch, err);
	for (int i = 0; r == 0 && i < VOL_ROLE_COUNT; i++) {
		const struct vm_volume *vol = &vm->volumes[i];

		if (!vm->has_volume[i])
			continue;
		if (vol->persistent) {
			vol_live_id(vol, id);
			add(a, "volume", xasprintf("%s:%s", vol->pool, id), true);
		}
		scratch_name(vm, (enum vol_role)i, id);
		if (strv_has(&scratch, id))
			add(a, "volume", xasprintf("%s:%s", w->scratch, id), false);
	}
	image_volume(vm->id, id);
	if (r == 0 && strv_has(&scratch, id))
		add(a, "volume", xasprintf("%s:%s", w->scratch, id), false);
	return r;
}

static void add_domain(struct audit *a, const struct vm *vm)
{
	char uuid[UUID_TEXT];

	if (!vm_is_there(vm))
		return;
	uuid_format(&vm->uuid, uuid);
	add(a, "domain", xasprintf("%d", vm->live.domid), false);
	add(a, "node", xasprintf("/local/domain/%d", vm->live.domid), false);
	add(a, "node", xasprintf("/libxl/%d", vm->live.domid), false);
	add(a, "node", xasprintf("/vm/%s", uuid), false);
}

int op_audit(struct qvm_ctx *ctx, const char *name, struct audit *ret,
	     struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	struct vm *vm;
	int r = op_world(ctx, true, &w, err);

	if (r == 0)
		r = vm_find(w, name, &vm, err);
	if (r < 0)
		return r;
	add_registry(ret, ctx, vm);
	add_domain(ret, vm);
	r = add_volumes(ret, ctx, w, vm, err);
	add_files(ret, ctx, vm);
	return r;
}
