/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <xenstore.h> /* before ours: it uses a word that lib/macro.h defines */

#include "agent/net.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/netback.h"
#include "lib/alloc.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/proc.h"
#include "lib/signals.h"

#define NFT_MS 30000
#define LOOK_MS 15000 /* name servers may have changed, and nobody tells */

const uint8_t net_gateway_mac[6] = {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff};

/* ---- helpers of the parts ---- */

void net_say(const char *fmt, ...)
{
	cleanup_buf struct buf line = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_add(&line, "qvm-net: ");
	buf_vaddf(&line, fmt, ap);
	va_end(ap);
	buf_add_ch(&line, '\n');
	(void)!write(STDERR_FILENO, line.data, line.len);
}

char *net_read(struct net *n, const char *fmt, ...)
{
	cleanup_free char *path = NULL;
	unsigned len = 0;
	va_list ap;
	char *value;

	va_start(ap, fmt);
	path = xvasprintf(fmt, ap);
	va_end(ap);
	value = xs_read(n->xs, XBT_NULL, path, &len);
	n->broken |= !value && errno != ENOENT;
	if (value && (len > NET_TEXT_MAX || strlen(value) != len)) {
		free(value);
		value = NULL;
	}
	return value;
}

void net_list(struct net *n, const char *path, struct strv *ret)
{
	unsigned count = 0;
	char **names = xs_directory(n->xs, XBT_NULL, path, &count);

	n->broken |= !names && errno != ENOENT;
	for (unsigned i = 0; names && i < count; i++)
		strv_add(ret, names[i]);
	free(names);
}

int net_write(struct net *n, const char *path, const char *value)
{
	return xs_write(n->xs, XBT_NULL, path, value, (unsigned)strlen(value)) ? 0
									       : -errno;
}

int net_mac_parse(const char *text, uint8_t ret[6])
{
	unsigned b[6];
	char end;

	if (strlen(text) != 17 || strspn(text, "0123456789abcdef:") != 17 ||
	    sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &b[0], &b[1], &b[2], &b[3], &b[4],
		   &b[5], &end) != 6)
		return -EINVAL;
	for (int i = 0; i < 6; i++)
		ret[i] = (uint8_t)b[i];
	return 0;
}

void net_sysctl(const char *value, const char *fmt, ...)
{
	cleanup_free char *name = NULL, *path = NULL;
	cleanup_close int fd = -1;
	va_list ap;

	va_start(ap, fmt);
	name = xvasprintf(fmt, ap);
	va_end(ap);
	path = xasprintf("/proc/sys/net/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, value, strlen(value)) < 0)
		net_say("cannot set %s: %s", path, strerror(errno));
}

void net_path(void)
{
	(void)setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 0);
}

int net_nft(const struct buf *text)
{
	static const char *const argv[] = {"nft", "-f", "-", NULL};
	cleanup_buf struct buf said = BUF_INIT;
	struct proc_request req = {.argv = argv,
				   .input = text->data,
				   .input_len = text->len,
				   .err = &said,
				   .limit = 4096,
				   .timeout_ms = NFT_MS};
	int status = 0;
	int r = proc_run(&req, &status);

	if (r < 0)
		net_say("cannot run nft: %s", strerror(-r));
	else if (status)
		net_say("nft ended with %d: %.*s", status,
			(int)strcspn(buf_str(&said), "\n"), buf_str(&said));
	return r < 0 ? r : status ? -EIO : 0;
}

void net_look_in(struct net *n, uint64_t ms)
{
	uint64_t at = clock_in(ms);

	if (at < n->due)
		n->due = at;
}

/* ---- the loop ---- */

/* What is written in one go, or says what else was. */
static const char *const watched[] = {"qubes-vm-type", "backend/vif",
				      "qubes-firewall-version", "qubes-forward"};

static int open_all(struct net *n)
{
	n->xs = xs_open(0);
	if (!n->xs)
		return -errno;
	n->nl = nl_open(false);
	n->events = nl_open(true);
	if (n->nl < 0 || n->events < 0)
		return n->nl < 0 ? n->nl : n->events;
	n->watch = net_watch(watched, array_len(watched));
	return n->watch < 0 ? n->watch : 0;
}

/* 1: told to end. */
static int wait_round(struct net *n, int signals)
{
	struct pollfd p[] = {
		{.fd = n->watch, .events = POLLIN},
		{.fd = n->events, .events = POLLIN},
		{.fd = signals, .events = POLLIN},
		{.fd = back_fd(n), .events = POLLIN},
	};
	int r = poll(p, array_len(p), clock_left(n->due, LOOK_MS));

	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	if (p[1].revents)
		nl_drain(n->events);
	if (p[2].revents && signals_end(signals))
		return 1;
	return p[0].revents ? net_watch_drain(n->watch) : 0;
}

static int loop(struct net *n, int signals)
{
	int r = 0;

	while (r == 0) {
		n->due = clock_in(LOOK_MS);
		front_update(n);
		back_update(n);
		r = n->broken ? -EIO : wait_round(n, signals);
	}
	return r < 0 ? r : 0;
}

int net_main(int argc unused, char **argv unused)
{
	cleanup_free struct net *n = xcalloc(1, sizeof(*n));
	int signals, r;

	n->nl = n->events = n->watch = -1;
	net_path();
	signals = signals_open((const int[]){SIGTERM, SIGINT, 0});
	r = signals < 0 ? signals : open_all(n);
	if (r == 0)
		r = loop(n, signals);
	if (r < 0)
		net_say("%s", strerror(-r));
	/* Rules and interfaces stay as they are: who starts next takes them over. */
	if (n->xs)
		xs_close(n->xs);
	return r < 0;
}
