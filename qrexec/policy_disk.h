/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading policy files from the disk, remembering what was looked at. */
#ifndef QVM_QREXEC_POLICY_DISK_H
#define QVM_QREXEC_POLICY_DISK_H

#include <sys/stat.h>

#include "qrexec/policy.h"

/* One file or folder, as it was. */
struct stamp {
	char *path; /* with the root */
	bool absent;
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime, ctime;
};

struct disk {
	const char *root;
	struct stamp *stamps; /* of everything that was looked at */
	size_t stamp_count;
	const char *replaced; /* this path reads as `text`; NULL: none */
	const char *text;     /* NULL: as if it were absent */
	size_t len;
};

void disk_dispose(struct disk *d);
#define cleanup_disk cleanup(disk_dispose)

/* Reads the whole policy; the result is finished. */
struct policy *disk_read_policy(struct disk *d) must_check;

/* Is everything as it was? */
bool disk_is_fresh(const struct disk *d);

#endif
