/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What domains have moved, by the counters of dom0's kernel: three files are read at each
 * look, however many domains there are. /proc/diskstats has every block device; which of
 * them serves which domain is in sysfs, looked up when the set of domains has changed, and
 * again a while later, as a domain's devices come after the domain. /proc/net/dev has the
 * interfaces whose other end is dom0.
 */
#ifndef QVM_XEN_IO_H
#define QVM_XEN_IO_H

#include <stddef.h>
#include <stdint.h>

#include "core/hv.h"
#include "lib/buf.h"
#include "lib/macro.h"

/* A block device that serves one domain and nobody else. */
struct io_disk {
	uint32_t major, minor;
	uint32_t domid;
};

struct io {
	const char *root;      /* in front of /sys and /proc; "" but in tests */
	struct io_disk *disks; /* by number */
	size_t disk_count;
	uint32_t *domids; /* that they were looked up for */
	size_t domid_count;
	uint64_t look_again; /* deadline */
	struct buf text;
};

/* 0 or a negative errno. Ids in the order of domid, as for hv_view_ops.io. */
int io_read(struct io *io, const struct hv_id *ids, size_t n, struct hv_io *ret)
	must_check;
void io_dispose(struct io *io);

#endif
