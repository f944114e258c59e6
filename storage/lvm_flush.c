/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LVM writes its metadata around the page cache and leaves them in the cache of the disk: a
 * text, and then where in a ring the newest text is. A power cut that takes the one and leaves
 * the other leaves a group that is not found. A thin pool flushes its disk at each of its own
 * transactions, but LVM writes once more after the last of them.
 */
#include "storage/lvm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"

static int flush(struct lvm *l, const char *dm_name)
{
	cleanup_close int fd = -1;
	struct block_dev node;
	struct dmap_dev dev;
	int r = dmap_find(&l->dm, dm_name, &dev);

	if (r < 0)
		return r;
	dmap_block_dev(&dev, &node);
	fd = open(node.path, O_RDONLY | O_CLOEXEC);
	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

void lvm_flush(struct lvm *l)
{
	char meta[LVNAME_MAX + 8], names[2][LV_DM_MAX];
	dmap_scope(&l->dm);
	int r;

	/* Of the disks of its data and of its metadata, which may be others. */
	snprintf(meta, sizeof(meta), "%s_tmeta", l->at.lv);
	r = lv_dm_name(l->at.vg, l->at.lv, "tpool", names[0]);
	if (r == 0)
		r = lv_dm_name(l->at.vg, meta, NULL, names[1]);
	for (size_t i = 0; r == 0 && i < array_len(names); i++)
		r = flush(l, names[i]);
	if (r < 0)
		ctx_log(l->ctx, QVM_LEVEL_INFO,
			"the disk beneath '%s/%s' was not told to keep what LVM wrote: "
			"%s",
			l->at.vg, l->at.lv, strerror(-r));
}
