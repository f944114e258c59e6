/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feeds the smaller things that others choose in a call: messages of the confined half of the
 * daemon, names of documents and addresses to open, what goes into the audit line. The
 * first byte chooses which. run.sh builds and runs it.
 */
#include <sys/socket.h>

#include "agent/open_serve.c"
#include "qrexec/audit.h"
#include "qrexec/daemon_link.c"

/* A failure must be seen in every build. */
#define check(x)                                                                         \
	do {                                                                             \
		if (!(x))                                                                \
			__builtin_trap();                                                \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int open_pump(int from unused, int to unused)
{
	return -ENOSYS;
}

void tell_all(const char *dir unused, const struct buf *line unused)
{
}

static void message(const uint8_t *data, size_t size)
{
	static struct link_msg m;
	int pair[2], fd = -1;

	check(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	memset(&m, 0x55, sizeof(m));
	if (send(pair[0], data, size, MSG_DONTWAIT) == (ssize_t)size &&
	    link_take(pair[1], &m, &fd) == 0) {
		check(strlen(m.call.service) < sizeof(m.call.service));
		check(strlen(m.call.target) < QREXEC_NAME);
		check(strlen(m.call.source) < QREXEC_NAME);
		check(fd == -1);
	}
	close(pair[0]);
	close(pair[1]);
}

static void document(const char *text, size_t size)
{
	char name[OPEN_NAME] = {0};
	bool view_only;

	memcpy(name, text, size < OPEN_NAME ? size : OPEN_NAME);
	if (open_name_check(name, &view_only))
		check(*name && *name != '-' && *name != '.' &&
		      !strpbrk(name, "/ $`'\"\\\n\033;&|<>"));
	if (open_is_url(text))
		check(!strpbrk(text, " \"<>\\`\n\033|{}"));
}

static void line(char *text)
{
	const struct audit a = {.source = "work",
				.service = text,
				.requested = text,
				.target = text,
				.rule = text,
				.reason = text};
	cleanup_buf struct buf out = BUF_INIT;

	audit_format(&a, &out);
	for (const char *at = buf_str(&out); *at; at++)
		check(*at >= ' ' && *at <= '~');
	check(out.len < 8192);
	audit_tell(&a, "/nonesuch");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *copy = NULL;

	if (size < 1)
		return 0;
	copy = xcalloc(1, size);
	memcpy(copy, data + 1, size - 1);
	if (data[0] % 3 == 0)
		message(data + 1, size - 1);
	else if (data[0] % 3 == 1)
		document(copy, size - 1);
	else
		line(copy);
	return 0;
}
