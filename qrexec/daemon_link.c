/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What broker and worker share: messages between them, and the table of ports. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/alloc.h"
#include "qrexec/daemon.h"

union fd_control {
	struct cmsghdr head;
	char space[CMSG_SPACE(sizeof(int))];
};

static size_t link_len(const struct link_msg *m)
{
	size_t head = offsetof(struct link_msg, call.service);

	return head + strlen(m->call.service) + 1;
}

int link_send(int sock, const struct link_msg *m, int fd)
{
	struct iovec data = {.iov_base = (void *)m, .iov_len = link_len(m)};
	union fd_control control = {0};
	struct msghdr h = {.msg_iov = &data, .msg_iovlen = 1};
	ssize_t n;

	if (fd >= 0) {
		h.msg_control = &control;
		h.msg_controllen = sizeof(control);
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	}
	do {
		n = sendmsg(sock, &h, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static bool terminated(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

int link_take(int sock, struct link_msg *ret, int *ret_fd)
{
	struct iovec data = {.iov_base = ret, .iov_len = sizeof(*ret)};
	union fd_control control = {0};
	struct msghdr h = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	cleanup_close int fd = -1;
	ssize_t n;

	do {
		n = recvmsg(sock, &h, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n == 0 || errno == ECONNRESET ? -EPIPE : -errno;
	if (h.msg_controllen >= sizeof(struct cmsghdr) &&
	    control.head.cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	if ((size_t)n <= offsetof(struct link_msg, call.service) ||
	    ((const char *)ret)[n - 1] != '\0' ||
	    !terminated(ret->call.source, sizeof(ret->call.source)) ||
	    !terminated(ret->call.target, sizeof(ret->call.target)))
		return -EPROTO;
	*ret_fd = steal_fd(&fd);
	return 0;
}

uint32_t ports_take(struct daemon_ports *p, uint32_t own, uint32_t domain)
{
	/* With dom0 every port; else the two ends keep apart by even and odd ones. */
	uint32_t first = domain != 0 && domain > own ? 1 : 0;
	uint32_t step = domain != 0 ? 2 : 1;

	for (uint32_t i = first; i < QREXEC_PORTS; i += step) {
		if (p->used[i])
			continue;
		p->used[i] = true;
		p->domain[i] = domain;
		return QREXEC_PORT_FIRST + i;
	}
	return 0;
}

void ports_release(struct daemon_ports *p, uint32_t domain, uint32_t port)
{
	uint32_t i = port - QREXEC_PORT_FIRST;

	if (qrexec_port_ok(port) && p->used[i] && p->domain[i] == domain)
		p->used[i] = false;
}

bool ports_any(const struct daemon_ports *p)
{
	return memchr(p->used, true, sizeof(p->used)) != NULL;
}
