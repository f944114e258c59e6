/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qvm.NetStat: what dom0 shows of a guest's network.
 *
 *	no argument	"link NAME up|down RECEIVED SENT" for each interface, in bytes
 *	a client's key	"rule ID PACKETS BYTES" for each of its rules (netvm/nft.h)
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/net.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/proc.h"

enum { LIST_MAX = 8 << 20, LIST_MS = 30000 };

/* ---- links ---- */

/* NULL: it cannot be read. */
static char *read_word(const char *link, const char *file)
{
	cleanup_free char *path = xasprintf("/sys/class/net/%s/%s", link, file);
	cleanup_buf struct buf text = BUF_INIT;

	if (file_read(path, 64, &text) < 0)
		return NULL;
	return xasprintf("%.*s", (int)strcspn(buf_str(&text), "\n"), buf_str(&text));
}

/* Up: something at the other end takes frames. An interface that is down cannot be asked. */
static void print_link(const char *name)
{
	cleanup_free char *carrier = read_word(name, "carrier");
	cleanup_free char *rx = read_word(name, "statistics/rx_bytes");
	cleanup_free char *tx = read_word(name, "statistics/tx_bytes");
	bool up = carrier && strcmp(carrier, "1") == 0;

	if (rx && tx)
		printf("link %s %s %s %s\n", name, up ? "up" : "down", rx, tx);
}

static int print_links(void)
{
	DIR *dir = opendir("/sys/class/net");
	struct dirent *e;

	if (!dir)
		return 1;
	while ((e = readdir(dir)))
		if (e->d_name[0] != '.' && strcmp(e->d_name, "lo") != 0)
			print_link(e->d_name);
	closedir(dir);
	return 0;
}

/* ---- rules ---- */

/* `... counter packets 3 bytes 180 goto ... comment "1ff434b9"` */
static void print_rule(const char *line)
{
	const char *counter = strstr(line, "counter packets ");
	const char *comment = strstr(line, "comment \"");
	unsigned long long packets, bytes;

	if (counter && comment &&
	    sscanf(counter, "counter packets %llu bytes %llu", &packets, &bytes) == 2)
		printf("rule %.8s %llu %llu\n", comment + 9, packets, bytes);
}

static void print_rules(const char *text, const char *key)
{
	cleanup_strv struct strv lines = STRV_INIT;
	cleanup_free char *ours = xasprintf("\tchain fw-%s-", key);
	bool in = false;

	strv_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.n; i++) {
		const char *line = lines.v[i];

		if (strncmp(line, "\tchain ", 7) == 0)
			in = strncmp(line, ours, strlen(ours)) == 0;
		else if (in)
			print_rule(line);
	}
}

static int list_rules(const char *key)
{
	static const char *const argv[] = {"nft", "list", "table", "inet", "qvm", NULL};
	cleanup_buf struct buf text = BUF_INIT;
	struct proc_request req = {
		.argv = argv, .out = &text, .limit = LIST_MAX, .timeout_ms = LIST_MS};
	int status = 0;
	int r = proc_run(&req, &status);

	if (r < 0 || status)
		return 1;
	print_rules(buf_str(&text), key);
	return 0;
}

int net_stat_main(int argc, char **argv)
{
	net_path();
	return argc > 1 && *argv[1] ? list_rules(argv[1]) : print_links();
}
