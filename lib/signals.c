/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/signals.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

static sigset_t set_of(const int *list)
{
	sigset_t set;

	sigemptyset(&set);
	for (; *list; list++)
		sigaddset(&set, *list);
	return set;
}

int signals_block(const int *list)
{
	const sigset_t set = set_of(list);

	return sigprocmask(SIG_BLOCK, &set, NULL) < 0 ? -errno : 0;
}

int signals_open(const int *list)
{
	const sigset_t set = set_of(list);
	int r = signals_block(list);
	int fd;

	if (r < 0)
		return r;
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

bool signals_end(int fd)
{
	struct signalfd_siginfo info;

	while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo != SIGCHLD)
			return true;
	}
	return false;
}

void signals_unblock(void)
{
	const sigset_t none = set_of((const int[]){0});

	sigprocmask(SIG_SETMASK, &none, NULL);
}
