/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A name server of one answer, and its client, in RFC 1035's format.
 *
 *	names serve SERVER NAME ADDRESS	answers NAME's A queries with ADDRESS for ten seconds,
 *					all others with "no such name"
 *	names ask SERVER NAME		prints the address; 1: there is none, 3: nobody answers
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { HEADER = 12, MESSAGE_MAX = 512, TRIES = 3 };

static int open_at(const char *address, struct sockaddr_in *ret)
{
	*ret = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(53)};
	if (inet_pton(AF_INET, address, &ret->sin_addr) != 1)
		return -1;
	return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

/* Of an A query for NAME, behind the header; 0 when that is too long. */
static size_t put_question(uint8_t *m, const char *name)
{
	size_t at = HEADER;

	while (*name) {
		size_t len = strcspn(name, ".");

		if (!len || len > 63 || at + len + 6 > MESSAGE_MAX)
			return 0;
		m[at++] = (uint8_t)len;
		memcpy(m + at, name, len);
		at += len;
		name += len + (name[len] == '.');
	}
	memcpy(m + at, "\0\0\1\0\1", 5);
	return at + 5;
}

static int serve(const char *server, const char *name, const char *address)
{
	static const uint8_t record[] = {0xc0, HEADER, 0, 1, 0, 1, 0, 0, 0, 10, 0, 4};
	uint8_t m[MESSAGE_MAX + 16], known[MESSAGE_MAX];
	size_t len = put_question(known, name);
	struct sockaddr_in at, from;
	int fd = open_at(server, &at);

	if (fd < 0 || !len || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return 2;
	for (;;) {
		socklen_t size = sizeof(from);
		ssize_t n =
			recvfrom(fd, m, MESSAGE_MAX, 0, (struct sockaddr *)&from, &size);

		if (n < HEADER)
			continue;
		m[2] = 0x84; /* an answer, by who knows */
		m[3] = (size_t)n == len && memcmp(m + HEADER, known + HEADER,
						  len - HEADER) == 0
			       ? 0
			       : 3;
		if (!m[3]) {
			m[7] = 1;
			memcpy(m + n, record, sizeof(record));
			inet_pton(AF_INET, address, m + n + sizeof(record));
			n += (ssize_t)sizeof(record) + 4;
		}
		(void)sendto(fd, m, (size_t)n, 0, (struct sockaddr *)&from, size);
	}
}

static int ask(const char *server, const char *name)
{
	const struct timeval patience = {.tv_sec = 3};
	uint8_t query[MESSAGE_MAX] = {0x71, 0x76, 1, 0, 0, 1}, m[MESSAGE_MAX];
	size_t len = put_question(query, name);
	char text[INET_ADDRSTRLEN];
	struct sockaddr_in at;
	int fd = open_at(server, &at);

	if (fd < 0 || !len || connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return 2;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	for (int i = 0; i < TRIES; i++) {
		ssize_t n;

		if (send(fd, query, len, 0) < 0)
			continue;
		n = recv(fd, m, sizeof(m), 0);
		if (n < (ssize_t)len)
			continue;
		if (m[3] & 15 || !m[7] || n < (ssize_t)len + 16)
			return 1;
		puts(inet_ntop(AF_INET, m + len + 12, text, sizeof(text)));
		return 0;
	}
	return 3;
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "serve") == 0)
		return serve(argv[2], argv[3], argv[4]);
	if (argc == 4 && strcmp(argv[1], "ask") == 0)
		return ask(argv[2], argv[3]);
	fprintf(stderr,
		"usage: names serve SERVER NAME ADDRESS | names ask SERVER NAME\n");
	return 2;
}
