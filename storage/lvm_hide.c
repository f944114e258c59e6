/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The filter for the administrator's commands of LVM. Ours have it on their command lines
 * (LVM_BLIND); theirs read it from LVM's configuration.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/size.h"
#include "storage/lvm.h"

#define CONF_MAX MIB

/* What refuses the devices without a name; part of every such filter. */
static const char refusal[] = "r|^/dev/dm-|";

static const char text[] =
	"\n# Added by qvm-init: what domains write to their ephemeral volumes, devices "
	"without a\n"
	"# name in /dev/mapper, is not looked into.\n"
	"devices {\n"
	"\tglobal_filter = [ \"a|^/dev/mapper/|\", \"r|^/dev/dm-|\" ]\n"
	"}\n";

/* Is there a filter that somebody else has set? Where there is none LVM says so, and fails. */
static int filter_is_set(struct lvm *l, bool *ret, bool *ret_refuses, struct qvm_err *err)
{
	static const char *const argv[] = {"lvm", "lvmconfig", "-qq",
					   "devices/global_filter", NULL};
	cleanup_buf struct buf out = BUF_INIT;
	int r = lvm_run(l, argv, NULL, &out, err);

	if (r < 0 && r != -QVM_E_NOT_FOUND && r != -QVM_E_STORAGE)
		return r;
	*ret = r == 0 && strchr(buf_str(&out), '[');
	*ret_refuses = *ret && strstr(buf_str(&out), refusal);
	return 0;
}

static int add_filter(const char *path, struct qvm_err *err)
{
	cleanup_buf struct buf conf = BUF_INIT;
	int r = file_read(path, CONF_MAX, &conf);

	if (r == -ENOENT)
		r = 0;
	if (r == 0) {
		buf_add(&conf, text);
		r = file_replace(path, conf.data, conf.len, 0644, 1);
	}
	return r < 0 ? err_errno(err, r, "cannot add the filter for LVM to '%s'", path)
		     : 0;
}

int lvm_hide(struct lvm *l, const char *dir, struct qvm_err *err)
{
	cleanup_free char *path = xasprintf("%s/lvmlocal.conf", dir);
	bool set, refuses;
	int r = filter_is_set(l, &set, &refuses, err);

	if (r < 0)
		return r;
	if (!set)
		return add_filter(path, err);
	if (!refuses)
		ctx_log(l->ctx, QVM_LEVEL_WARN,
			"LVM has a global_filter already: add \"%s\" to it behind what "
			"it "
			"accepts, or LVM's commands look into volumes of domains",
			refusal);
	return 0;
}
