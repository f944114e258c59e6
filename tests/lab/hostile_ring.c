/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hostile_ring: an agent that answers each call by breaking the shared memory. It serves
 * dom0's daemon like an honest one; the command of a call names what becomes of it:
 *
 *	u:NAME	of `data` below, on the data connection
 *	u:NAME	of `control` below, on the control connection, which is then made anew
 */
#include <libxenvchan.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	PORT_CONTROL = 512,
	HELLO = 0x300,
	EXEC = 0x200,
	STDOUT = 0x191,
	EXIT = 0x193,
	TERMINATED = 0x211
};

struct message {
	uint32_t type, len;
};

static void say(struct libxenvchan *v, uint32_t type, const void *body, uint32_t len)
{
	struct message head = {type, len};

	libxenvchan_write(v, &head, sizeof(head));
	if (len)
		libxenvchan_write(v, body, len);
}

static int hear(struct libxenvchan *v, struct message *head, char *body, size_t size)
{
	if (libxenvchan_recv(v, head, sizeof(*head)) != sizeof(*head) ||
	    head->len >= size)
		return -1;
	if (head->len && libxenvchan_recv(v, body, head->len) != (int)head->len)
		return -1;
	body[head->len] = '\0';
	return 0;
}

/* Tells the other side to look, whatever it has asked for. */
static void ring(struct libxenvchan *v)
{
	xenevtchn_notify(v->event, v->event_port);
}

static void prod_far(struct libxenvchan *v)
{
	v->write.shr->prod = v->write.shr->cons + 0x7fffffff;
}

static void prod_back(struct libxenvchan *v)
{
	v->write.shr->prod = v->write.shr->cons - 1;
}

static void cons_far(struct libxenvchan *v)
{
	v->read.shr->cons = v->read.shr->prod + 12345;
}

/* All pages of both rings and every word of the control page. */
static void noise(struct libxenvchan *v)
{
	unsigned char *all[] = {(unsigned char *)v->ring, v->read.buffer,
				v->write.buffer};

	for (size_t i = 0; i < 3; i++) {
		for (size_t n = 0; n < 4096; n++)
			all[i][n] = (unsigned char)rand();
	}
}

static void orders(struct libxenvchan *v)
{
	v->ring->left_order = 31;
	v->ring->right_order = 0xffff;
	memset(v->ring->grants, 0xff, 128);
	say(v, EXIT, "\5\0\0\0", 4); /* both are of no interest any more */
}

static void gone(struct libxenvchan *v)
{
	if (v->is_server)
		v->ring->srv_live = 0;
	else
		v->ring->cli_live = 0;
}

static void live_odd(struct libxenvchan *v)
{
	v->ring->srv_live = v->ring->cli_live = 77;
}

static void deaf(struct libxenvchan *v)
{
	(void)v;
	pause();
}

static void huge(struct libxenvchan *v)
{
	struct message head = {STDOUT, 0x7fffffff};

	libxenvchan_write(v, &head, sizeof(head));
}

/* Signals without end, and nothing behind them. */
static void storm(struct libxenvchan *v)
{
	for (int i = 0; i < 20000; i++)
		ring(v);
	say(v, EXIT, "\6\0\0\0", 4);
}

static const struct {
	const char *name;
	void (*act)(struct libxenvchan *v);
} deeds[] = {
	{"prod-far", prod_far}, {"prod-back", prod_back}, {"cons-far", cons_far},
	{"noise", noise},	{"orders", orders},	  {"gone", gone},
	{"live-odd", live_odd}, {"deaf", deaf},		  {"huge", huge},
	{"storm", storm},
};

static void act(struct libxenvchan *v, const char *name)
{
	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		if (strcmp(deeds[i].name, name) == 0)
			deeds[i].act(v);
	}
	ring(v);
}

static struct libxenvchan *join(uint32_t self, uint32_t port)
{
	struct libxenvchan *v = NULL;
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/0/data/vchan/%u/%u", self, port);
	for (int tries = 0; !v && tries < 200; tries++) {
		usleep(50000);
		v = libxenvchan_client_init(NULL, 0, path);
	}
	if (v)
		v->blocking = 1;
	return v;
}

/* One call, in a process of its own. */
static void call(uint32_t self, uint32_t port, const char *name)
{
	static const uint32_t version = 4;
	struct libxenvchan *v = join(self, port);
	struct message head;
	char body[64];

	if (!v)
		exit(1);
	if (strcmp(name, "silent") != 0)
		say(v, HELLO, &version, sizeof(version));
	if (strcmp(name, "silent") == 0 || hear(v, &head, body, sizeof(body)) < 0)
		sleep(60);
	act(v, name);
	sleep(60); /* closing is an end of its own: not before it was seen */
	exit(0);
}

static void request(struct libxenvchan *control, uint32_t self, const char *body)
{
	uint32_t port;
	const char *name = strchr(body + 8, ':');

	memcpy(&port, body + 4, sizeof(port));
	if (!name)
		return;
	if (strncmp(++name, "control-", 8) == 0) {
		act(control, name + 8);
		sleep(2);
	} else if (fork() == 0) {
		call(self, port, name);
	}
}

static void serve(struct libxenvchan *v, uint32_t self)
{
	static const uint32_t version = 4;
	static char body[70000];
	struct message head;

	v->blocking = 1;
	say(v, HELLO, &version, sizeof(version));
	while (hear(v, &head, body, sizeof(body)) == 0) {
		if (head.type != EXEC)
			continue;
		request(v, self, body + 0);
		if (strstr(body + 8, ":control-"))
			break;
	}
}

int main(int argc, char **argv)
{
	uint32_t self = argc > 1 ? (uint32_t)atoi(argv[1]) : 0;

	for (;;) {
		struct libxenvchan *v = libxenvchan_server_init(
			NULL, 0, "data/vchan/0/512", 65536, 65536);

		if (!v)
			return 1;
		serve(v, self);
		/* It may be unusable: left as it is, as a process that was killed leaves it. */
	}
}
