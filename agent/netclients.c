/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which interfaces of clients there are, by xenstore. */
#include <stdio.h>
#include <string.h>

#include "agent/netback.h"
#include "lib/alloc.h"

#define CLIENTS_MAX 512

static bool is_number(const char *text)
{
	size_t len = strlen(text);

	return len >= 1 && len <= 6 && strspn(text, "0123456789") == len;
}

static void see_client(struct back *b, const char *domid, const char *devid)
{
	struct client *c;

	for (size_t i = 0; i < b->n; i++)
		if (strcmp(b->clients[i].domid, domid) == 0 &&
		    strcmp(b->clients[i].devid, devid) == 0) {
			b->clients[i].seen = true;
			return;
		}
	if (b->n >= CLIENTS_MAX)
		return;
	c = &array_grow(b->clients, b->n);
	b->n++;
	c->seen = true;
	snprintf(c->domid, sizeof(c->domid), "%s", domid);
	snprintf(c->devid, sizeof(c->devid), "%s", devid);
	snprintf(c->vif, sizeof(c->vif), "vif%s.%s", domid, devid);
}

/* Gone, or closing for good: 6 is Closed, and nobody wants it any more. */
static bool is_over(struct net *n, const char *domid, const char *devid)
{
	cleanup_free char *online = net_read(n, "backend/vif/%s/%s/online", domid, devid);

	return !online || strcmp(online, "1") != 0;
}

void clients_look(struct net *n, struct back *b)
{
	cleanup_strv struct strv domids = STRV_INIT;

	for (size_t i = 0; i < b->n; i++)
		b->clients[i].seen = false;
	net_list(n, "backend/vif", &domids);
	for (size_t i = 0; i < domids.n; i++) {
		cleanup_free char *path = xasprintf("backend/vif/%s", domids.v[i]);
		cleanup_strv struct strv devids = STRV_INIT;

		if (!is_number(domids.v[i]))
			continue;
		net_list(n, path, &devids);
		for (size_t k = 0; k < devids.n; k++)
			if (is_number(devids.v[k]) &&
			    !is_over(n, domids.v[i], devids.v[k]))
				see_client(b, domids.v[i], devids.v[k]);
	}
}
