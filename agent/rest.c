/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qvm.Rest and qvm.Wake: this guest is going to be paused until somebody needs it, and has
 * been let run again. The programs of its template for that are run in the order of their
 * names; what memory it can do without is told to dom0.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/rest.h"
#include "agent/setup.h"
#include "lib/alloc.h"
#include "lib/file.h"

#define MEMORY "/sys/devices/system/xen_memory/xen_memory0/info/current_kb"

static int is_program(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* The first that fails decides, but all are run. */
int hooks_run(const char *folder)
{
	struct dirent **names = NULL;
	int n = scandir(folder, &names, is_program, alphasort);
	int status = 0;

	for (int i = 0; i < n; i++) {
		cleanup_free char *path = xasprintf("%s/%s", folder, names[i]->d_name);
		const char *const argv[] = {path, NULL};
		int r = access(path, X_OK) < 0 ? 0 : setup_run(argv);

		if (r)
			dprintf(STDERR_FILENO, "%s: %s %d\n", path,
				r < 0 ? "error" : "status", r < 0 ? -r : r);
		if (r && !status)
			status = r;
		free(names[i]);
	}
	free(names);
	return status;
}

static bool has_hooks(const char *folder)
{
	struct dirent **names = NULL;
	int n = scandir(folder, &names, is_program, alphasort);

	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return n > 0;
}

/* A line of /proc/meminfo, in KiB. */
static unsigned long long meminfo(const char *text, const char *name)
{
	const char *line = strstr(text, name);

	return line ? strtoull(line + strlen(name), NULL, 10) : 0;
}

/* What MemTotal leaves out was taken by the kernel at its start, and is used as well. */
static unsigned long long memory_kib(unsigned long long total)
{
	cleanup_buf struct buf text = BUF_INIT;

	if (file_read(MEMORY, 32, &text) < 0)
		return total;
	return strtoull(buf_str(&text), NULL, 10);
}

static void drop_caches(void)
{
	cleanup_close int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	sync();
	if (fd >= 0)
		(void)!write(fd, "3", 1);
}

int rest_main(int argc unused, char **argv unused)
{
	cleanup_buf struct buf text = BUF_INIT;
	unsigned long long total, available;
	int r = hooks_run(HOOKS_REST);

	if (r)
		return 1;
	drop_caches();
	if (file_read("/proc/meminfo", 65536, &text) < 0)
		return 1;
	total = memory_kib(meminfo(buf_str(&text), "MemTotal:"));
	available = meminfo(buf_str(&text), "MemAvailable:");
	printf("%llu %d\n", total > available ? total - available : 0,
	       has_hooks(HOOKS_WAKE));
	return fflush(stdout) == 0 ? 0 : 1;
}

int wake_main(int argc unused, char **argv unused)
{
	return hooks_run(HOOKS_WAKE) ? 1 : 0;
}
