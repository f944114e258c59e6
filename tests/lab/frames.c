/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frames: what a client that lies sends, and who hears of it.
 *
 *	frames send N IFACE KEY=VALUE...	every kind of frame N times, each with its mark
 *	frames flood SECONDS IFACE KEY=VALUE...	the same without a pause, through every
 *						interface that comes and goes under that name
 *	frames hear IFACE...			counts marked frames, either way, until it is
 *						told to end; then "KIND COUNT" for each
 *	frames kinds				their names; the first are those that may pass
 *
 * Keys: mac, ip, ip6 of the sender; other, other6, other_mac of another client; gw, gw6 of
 * the gateway; to, to6 of somebody beyond it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MARK "qvm-frame:"
enum { FRAME_MAX = 256, IFACES_MAX = 16 };

/* ---- who is who ---- */

enum who { NOBODY, OWN, OTHER, GATEWAY, TO, WRONG, LOOPBACK, LINK_LOCAL, ALL, MANY };

static const char *const macs_default[] = {[OWN] = "",
					   [OTHER] = "",
					   [GATEWAY] = "fe:ff:ff:ff:ff:ff",
					   [TO] = "",
					   [WRONG] = "02:16:3e:77:77:77",
					   [ALL] = "ff:ff:ff:ff:ff:ff",
					   [MANY] = "33:33:00:00:00:01"};
static const char *ip4[MANY + 1] = {
	[NOBODY] = "0.0.0.0",	      [WRONG] = "10.9.9.9",	 [LOOPBACK] = "127.0.0.1",
	[LINK_LOCAL] = "169.254.7.7", [ALL] = "255.255.255.255", [MANY] = "224.0.0.251"};
static const char *ip6[MANY + 1] = {
	[NOBODY] = "::",	   [WRONG] = "2001:db8::77", [LOOPBACK] = "::1",
	[LINK_LOCAL] = "fe80::77", [ALL] = "ff02::1",	     [MANY] = "ff02::fb"};
static const char *mac[MANY + 1];

static const struct {
	const char *key;
	const char **where;
} keys[] = {
	{"mac=", &mac[OWN]},	{"other_mac=", &mac[OTHER]}, {"ip=", &ip4[OWN]},
	{"ip6=", &ip6[OWN]},	{"other=", &ip4[OTHER]},     {"other6=", &ip6[OTHER]},
	{"gw=", &ip4[GATEWAY]}, {"gw6=", &ip6[GATEWAY]},     {"to=", &ip4[TO]},
	{"to6=", &ip6[TO]},
};

/* ---- the kinds ---- */

enum payload { UDP, DHCP, ADVERT, ARP_REPLY, ARP_ASK };

struct kind {
	const char *name;
	enum who mac_from, from, to, mac_to; /* NOBODY as mac_to: the gateway */
	enum payload payload;
	uint16_t tag, inner; /* 802.1Q id + 1, 0 for none; of a second tag */
	uint16_t type;	     /* instead of the right one */
};

enum { MAY_PASS = 2 };
static const struct kind kinds[] = {
	{"honest4", OWN, OWN, TO},
	{"honest6", OWN, OWN, TO, .type = ETHERTYPE_IPV6},
	{"wrong-source", OWN, WRONG, TO},
	{"other-source", OWN, OTHER, TO},
	{"gateway-source", OWN, GATEWAY, TO},
	{"outside-source", OWN, TO, TO},
	{"loopback-source", OWN, LOOPBACK, TO},
	{"link-local-source", OWN, LINK_LOCAL, TO},
	{"no-source", OWN, NOBODY, TO},
	{"wrong-mac", WRONG, OWN, TO},
	{"gateway-mac", GATEWAY, OWN, TO},
	{"other-mac", OTHER, OWN, TO},
	{"other-both", OTHER, OTHER, TO},
	{"to-other", OWN, OWN, OTHER},
	{"to-other-mac", OWN, OWN, OTHER, OTHER},
	{"broadcast", OWN, OWN, ALL, ALL},
	{"multicast", OWN, OWN, MANY, MANY},
	{"dhcp", OWN, NOBODY, ALL, ALL, DHCP},
	{"vlan", OWN, OWN, TO, .tag = 6},
	{"vlan-0", OWN, OWN, TO, .tag = 1},
	{"vlan-twice", OWN, OWN, TO, .tag = 6, .inner = 8},
	{"vlan-0-twice", OWN, OWN, TO, .tag = 1, .inner = 1},
	{"no-ip", OWN, OWN, TO, .type = 0x88b5},
	{"pppoe", OWN, OWN, TO, .type = 0x8863},
	{"v6-wrong", OWN, WRONG, TO, .type = ETHERTYPE_IPV6},
	{"v6-other", OWN, OTHER, TO, .type = ETHERTYPE_IPV6},
	{"v6-link-local", OWN, LINK_LOCAL, TO, .type = ETHERTYPE_IPV6},
	{"v6-gateway", OWN, GATEWAY, TO, .type = ETHERTYPE_IPV6},
	{"v6-no-source", OWN, NOBODY, TO, .type = ETHERTYPE_IPV6},
	{"v6-to-other", OWN, OWN, OTHER, .type = ETHERTYPE_IPV6},
	{"v6-router", OWN, LINK_LOCAL, ALL, MANY, ADVERT, .type = ETHERTYPE_IPV6},
	{"v6-all", OWN, OWN, ALL, MANY, .type = ETHERTYPE_IPV6},
	{"v6-vlan", OWN, OWN, TO, .tag = 6, .type = ETHERTYPE_IPV6},
	{"arp-gateway", OWN, GATEWAY, GATEWAY, ALL, ARP_REPLY},
	{"arp-gateway-ask", OWN, GATEWAY, OTHER, ALL, ARP_ASK},
	{"arp-other", OWN, OTHER, OTHER, ALL, ARP_REPLY},
	{"arp-other-mac", OTHER, OWN, GATEWAY, ALL, ARP_REPLY},
	{"arp-vlan", OWN, OWN, GATEWAY, ALL, ARP_ASK, .tag = 6},
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* ---- building a frame ---- */

struct frame {
	uint8_t bytes[FRAME_MAX];
	size_t len;
};

static void put(struct frame *f, const void *data, size_t len)
{
	memcpy(f->bytes + f->len, data, len);
	f->len += len;
}

static void put16(struct frame *f, uint16_t value)
{
	uint16_t wire = htons(value);

	put(f, &wire, 2);
}

static void put_mac(struct frame *f, enum who who)
{
	const char *text = mac[who] && *mac[who] ? mac[who] : macs_default[WRONG];
	unsigned b[6] = {0};
	uint8_t bytes[6];

	sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]);
	for (int i = 0; i < 6; i++)
		bytes[i] = (uint8_t)b[i];
	put(f, bytes, 6);
}

static void put_ip(struct frame *f, int family, enum who who)
{
	const char *text = (family == AF_INET ? ip4 : ip6)[who];
	uint8_t bytes[16] = {0};

	if (!text || inet_pton(family, text, bytes) != 1) {
		fprintf(stderr, "frames: an address is missing\n");
		exit(2);
	}
	put(f, bytes, family == AF_INET ? 4 : 16);
}

static uint32_t sum(const uint8_t *data, size_t len)
{
	uint32_t total = 0;

	for (size_t i = 0; i < len; i++)
		total += i % 2 ? data[i] : (uint32_t)data[i] << 8;
	return total;
}

static uint16_t fold(uint32_t total)
{
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)~total;
}

static void set16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* What is above IP: a datagram or a router's advertisement, and the mark. */
static void put_upper(struct frame *f, const struct kind *k, const char *mark)
{
	size_t len = strlen(mark);

	if (k->payload == ADVERT) {
		put(f, (uint8_t[16]){134, 0, 0, 0, 64, 0, 0xff, 0xff}, 16);
	} else {
		put16(f, k->payload == DHCP ? 68 : 4000);
		put16(f, k->payload == DHCP ? 67 : 9);
		put16(f, (uint16_t)(8 + len));
		put16(f, 0);
	}
	put(f, mark, len);
}

static void put_ip4(struct frame *f, const struct kind *k, const char *mark)
{
	size_t at = f->len;

	put(f, (uint8_t[12]){0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17}, 12);
	put_ip(f, AF_INET, k->from);
	put_ip(f, AF_INET, k->to);
	put_upper(f, k, mark);
	set16(f->bytes + at + 2, (uint16_t)(f->len - at));
	set16(f->bytes + at + 10, fold(sum(f->bytes + at, 20)));
}

static void put_ip6(struct frame *f, const struct kind *k, const char *mark)
{
	bool icmp = k->payload == ADVERT;
	size_t at = f->len, upper;

	put(f, (uint8_t[8]){0x60, 0, 0, 0, 0, 0, icmp ? 58 : 17, icmp ? 255 : 64}, 8);
	put_ip(f, AF_INET6, k->from);
	put_ip(f, AF_INET6, k->to);
	upper = f->len;
	put_upper(f, k, mark);
	set16(f->bytes + at + 4, (uint16_t)(f->len - upper));
	set16(f->bytes + upper + (icmp ? 2 : 6),
	      fold(sum(f->bytes + at + 8, f->len - at - 8) + (icmp ? 58 : 17) +
		   (uint32_t)(f->len - upper)));
}

static void put_arp(struct frame *f, const struct kind *k, const char *mark)
{
	put(f, (uint8_t[8]){0, 1, 8, 0, 6, 4, 0, k->payload == ARP_REPLY ? 2 : 1}, 8);
	put_mac(f, k->mac_from);
	put_ip(f, AF_INET, k->from);
	put_mac(f, ALL);
	put_ip(f, AF_INET, k->to);
	put(f, mark, strlen(mark));
}

static void build(struct frame *f, const struct kind *k)
{
	bool arp = k->payload == ARP_REPLY || k->payload == ARP_ASK;
	uint16_t type = arp ? ETHERTYPE_ARP : ETHERTYPE_IP;
	char mark[64];

	snprintf(mark, sizeof(mark), MARK "%s;", k->name);
	f->len = 0;
	put_mac(f, k->mac_to ? k->mac_to : GATEWAY);
	put_mac(f, k->mac_from);
	for (int i = 0; i < 2; i++) {
		uint16_t tag = i ? k->inner : k->tag;

		if (!tag)
			continue;
		put16(f, k->inner && i == 0 ? 0x88a8 : ETHERTYPE_VLAN);
		put16(f, (uint16_t)(tag - 1));
	}
	put16(f, k->type ? k->type : type);
	if (arp)
		put_arp(f, k, mark);
	else if (k->type == ETHERTYPE_IPV6)
		put_ip6(f, k, mark);
	else
		put_ip4(f, k, mark);
	while (f->len < 60)
		f->bytes[f->len++] = 0;
}

static bool possible(const struct kind *k)
{
	return k->type != ETHERTYPE_IPV6 || (ip6[OWN] && ip6[TO]);
}

/* ---- sending ---- */

static volatile sig_atomic_t over;

static void end(int number)
{
	(void)number;
	over = 1;
}

static int bind_to(const char *iface)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(ETH_P_ALL),
				 .sll_ifindex = (int)if_nametoindex(iface)};
	int fd = at.sll_ifindex ? socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)) : -1;

	if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void read_keys(int argc, char **argv)
{
	for (size_t i = 0; i <= MANY && i < sizeof(macs_default) / sizeof(char *); i++)
		mac[i] = macs_default[i];
	for (int i = 0; i < argc; i++)
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
			if (strncmp(argv[i], keys[k].key, strlen(keys[k].key)) == 0 &&
			    argv[i][strlen(keys[k].key)])
				*keys[k].where = argv[i] + strlen(keys[k].key);
}

/* How many the kernel took. */
static unsigned long send_all(int fd, unsigned long times)
{
	unsigned long sent = 0;

	for (size_t i = 0; i < KINDS; i++) {
		struct frame f;

		if (!possible(&kinds[i]))
			continue;
		build(&f, &kinds[i]);
		for (unsigned long n = 0; n < times; n++)
			sent += send(fd, f.bytes, f.len, 0) == (ssize_t)f.len;
	}
	return sent;
}

static int send_some(unsigned long times, const char *iface)
{
	int fd = bind_to(iface);

	if (fd < 0) {
		fprintf(stderr, "frames: no interface %s\n", iface);
		return 1;
	}
	printf("%lu\n", send_all(fd, times));
	return 0;
}

/* It does not wait for anybody to bring the interface up. */
static void bring_up(const char *iface)
{
	struct ifreq req = {0};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", iface);
	if (ioctl(fd, SIOCGIFFLAGS, &req) == 0) {
		req.ifr_flags |= IFF_UP;
		(void)ioctl(fd, SIOCSIFFLAGS, &req);
	}
	close(fd);
}

static int flood(unsigned long seconds, const char *iface)
{
	time_t end_at = time(NULL) + (time_t)seconds;
	unsigned long sent = 0, interfaces = 0;

	while (!over && time(NULL) < end_at) {
		int fd;

		bring_up(iface);
		fd = bind_to(iface);
		interfaces += fd >= 0;
		while (fd >= 0 && !over && time(NULL) < end_at) {
			unsigned long now = send_all(fd, 1);

			sent += now;
			if (!now && (errno == ENXIO || errno == ENODEV))
				break;
			usleep(now ? 2000 : 5000);
		}
		if (fd >= 0)
			close(fd);
		usleep(2000);
	}
	printf("%lu frames through %lu interfaces\n", sent, interfaces);
	return 0;
}

/* ---- hearing ---- */

static void count(const uint8_t *data, size_t len, unsigned long counts[KINDS])
{
	const char *at = memmem(data, len, MARK, strlen(MARK));

	if (!at)
		return;
	at += strlen(MARK);
	for (size_t i = 0; i < KINDS; i++) {
		size_t n = strlen(kinds[i].name);

		if ((size_t)((const uint8_t *)at - data) + n < len &&
		    strncmp(at, kinds[i].name, n) == 0 && at[n] == ';')
			counts[i]++;
	}
}

static int hear(int n, char **ifaces)
{
	unsigned long counts[KINDS] = {0};
	struct pollfd p[IFACES_MAX];
	uint8_t data[2048];

	for (int i = 0; i < n && i < IFACES_MAX; i++)
		p[i] = (struct pollfd){.fd = bind_to(ifaces[i]), .events = POLLIN};
	while (!over) {
		if (poll(p, (nfds_t)n, 200) <= 0)
			continue;
		for (int i = 0; i < n; i++) {
			ssize_t len = p[i].revents ? recv(p[i].fd, data, sizeof(data),
							  MSG_DONTWAIT)
						   : 0;

			if (len > 0)
				count(data, (size_t)len, counts);
		}
	}
	for (size_t i = 0; i < KINDS; i++)
		printf("%s %lu\n", kinds[i].name, counts[i]);
	return 0;
}

int main(int argc, char **argv)
{
	(void)signal(SIGTERM, end);
	(void)signal(SIGINT, end);
	read_keys(argc, argv);
	if (argc > 3 && strcmp(argv[1], "send") == 0)
		return send_some(strtoul(argv[2], NULL, 10), argv[3]);
	if (argc > 3 && strcmp(argv[1], "flood") == 0)
		return flood(strtoul(argv[2], NULL, 10), argv[3]);
	if (argc > 2 && argc - 2 <= IFACES_MAX && strcmp(argv[1], "hear") == 0)
		return hear(argc - 2, argv + 2);
	if (argc == 2 && strcmp(argv[1], "kinds") == 0) {
		for (size_t i = MAY_PASS; i < KINDS; i++)
			puts(kinds[i].name);
		return 0;
	}
	fprintf(stderr, "usage: frames send|flood|hear|kinds ...\n");
	return 2;
}
