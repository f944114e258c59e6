/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way create.c tells qvm-hotplug what to attach. Pure: text in, values out.
 *
 * The `params` node of a disk's backend holds "MAJOR:MINOR", in hex as blkback wants it.
 * A path behind it, after one space, is for the device model of an HVM guest: libxl
 * emulates a disk of which the helper names a path, and leaves others paravirtual. The
 * node is dom0's own; the guest cannot write it, but reads it: no path without need.
 */
#ifndef QVM_XEN_HOTPLUG_WIRE_H
#define QVM_XEN_HOTPLUG_WIRE_H

#include <stdint.h>

#include "lib/macro.h"

#define HOTPLUG_DEVICE_MAX 20 /* "ffffffff:ffffffff" and its NUL */

/*
 * "fd:5 /dev/dm-5" into the device as blkback takes it, its numbers, and where the path
 * begins in TEXT (NULL without one). 0 or -EINVAL.
 */
struct hotplug_disk {
	uint32_t major, minor;
	char device[HOTPLUG_DEVICE_MAX];
	const char *path;
};
int hotplug_disk_parse(const char *text, struct hotplug_disk *ret) must_check;

#endif
