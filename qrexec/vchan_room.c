/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rings are memory that the kernel shares. It needs a module for that, which nothing loads by
 * itself, and shares no more pages than the module's limit: 1024 are 31 calls at once.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/proc.h"
#include "lib/size.h"
#include "qrexec/proto.h"
#include "qrexec/vchan.h"

#define DEVICE "/dev/xen/gntalloc"
#define LIMIT "/sys/module/xen_gntalloc/parameters/limit"

/* Of a call: two rings, and the page that both sides look at. */
enum {
	CALL_PAGES = 2 * QREXEC_DATA_RING / 4096 + 1,
	PAGES = 2 * QREXEC_PORTS * CALL_PAGES
};

static void load_module(void)
{
	static const char *const argv[] = {"modprobe", "-q", "xen-gntalloc", NULL};
	const struct proc_request run = {.argv = argv, .timeout_ms = 20000};
	int status;

	/* Where there is none, whoever needs it says so. */
	(void)!proc_run(&run, &status);
}

void vchan_make_room(const struct vchan_site *site)
{
	cleanup_buf struct buf text = BUF_INIT;
	cleanup_close int fd = -1;
	char number[16];
	long long limit;

	if (site->ops != &vchan_xen || geteuid() != 0)
		return;
	if (access(DEVICE, F_OK) < 0)
		load_module();
	if (file_read(LIMIT, sizeof(number), &text) < 0 || !text.len)
		return;
	text.data[strcspn(text.data, "\n")] = '\0';
	if (num_parse(text.data, 0, INT32_MAX, &limit) < 0 || limit >= PAGES)
		return;
	snprintf(number, sizeof(number), "%d\n", PAGES);
	fd = open(LIMIT, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || fd_write_all(fd, number, strlen(number)) < 0)
		dprintf(STDERR_FILENO, "qrexec: '" LIMIT "' stays at %lld\n", limit);
}
