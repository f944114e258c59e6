/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "templates/template.h"

#include "lib/alloc.h"
#include "lib/file.h"
#include "templates/run_fill.h"

int template_fill(struct qvm_ctx *ctx, const struct block_dev *dev, const char *tar,
		  const char *fs_label, struct qvm_err *err)
{
	cleanup_free char *folder = xasprintf("%s/fill", ctx->run_dir);
	const char *const args[] = {"root", dev->path, tar, fs_label, folder, NULL};
	int r = dir_make(folder, 0700);

	/* Every helper mounts there in a mount namespace of its own. */
	if (r < 0)
		return err_errno(err, r, "cannot make the folder '%s'", folder);
	r = fill_run(ctx, "filling the root volume", args, err);
	if (r < 0)
		return err_wrap(err, "cannot use the archive '%s'", tar);
	return 0;
}
