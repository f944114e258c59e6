/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a channel needs of the kernel, for those users of the guest who may call others. */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/agent.h"

#define GROUP "qubes"

static const char *const devices[] = {
	"/dev/xen/evtchn",
	"/dev/xen/gntalloc",
	"/dev/xen/gntdev",
	"/dev/xen/xenbus",
};

/* Of the guest's own files: a static program has no name service. */
static bool group_find(gid_t *ret)
{
	FILE *f = fopen("/etc/group", "re");
	const struct group *gr;
	bool found = false;

	while (f && !found && (gr = fgetgrent(f))) {
		found = strcmp(gr->gr_name, GROUP) == 0;
		if (found)
			*ret = gr->gr_gid;
	}
	if (f)
		fclose(f);
	return found;
}

void devices_share(void)
{
	gid_t group = 0;
	bool found = group_find(&group);

	if (geteuid() != 0)
		return;
	for (size_t i = 0; i < array_len(devices); i++) {
		if (found && chown(devices[i], 0, group) < 0)
			continue; /* absent: then there is nobody to be refused */
		if (chmod(devices[i], found ? 0660 : 0666) < 0 && errno != ENOENT)
			dprintf(STDERR_FILENO, "qrexec-agent: '%s': %s\n", devices[i],
				strerror(errno));
	}
}
