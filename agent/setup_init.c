/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first program of a guest made of an image that has none, as those of containers: file
 * systems, the set-up, the agent, a shell on the console, and an orderly end.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "agent/agent.h"
#include "agent/setup.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/signals.h"

#define AGENT "/usr/lib/qvm/qvm-agent"
#define AGAIN_MS 1000 /* before what has ended is started again */
#define END_MS 5000   /* for programs to end by themselves */

static const struct {
	const char *type, *at, *options;
} mounts[] = {
	{"proc", "/proc", NULL},
	{"sysfs", "/sys", NULL},
	{"devtmpfs", "/dev", NULL},
	{"devpts", "/dev/pts", "gid=5,mode=620"},
	{"tmpfs", "/dev/shm", "mode=1777"},
	{"tmpfs", "/run", "mode=755"},
	{"tmpfs", "/tmp", "mode=1777"},
	{"xenfs", "/proc/xen", NULL},
};

/* What is kept running. */
static struct kept {
	const char *argv[3];
	bool terminal; /* on the console */
	pid_t pid;
	uint64_t since;
} kept[] = {
	{.argv = {AGENT, "qrexec-agent"}},
	{.argv = {"/bin/sh", "-l"}, .terminal = true},
};

static void mount_all(void)
{
	for (size_t i = 0; i < array_len(mounts); i++) {
		if (i && is_mounted(mounts[i].at))
			continue;
		(void)mkdir(mounts[i].at, 0755);
		if (mount(mounts[i].type, mounts[i].at, mounts[i].type, MS_NOSUID,
			  mounts[i].options) < 0 &&
		    errno != EBUSY && errno != ENODEV)
			setup_say("cannot mount %s: %s", mounts[i].at, strerror(errno));
	}
	(void)mount(NULL, "/", NULL, MS_REMOUNT, NULL);
}

static void loopback_up(void)
{
	cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
		setup_say("cannot bring lo up: %s", strerror(errno));
}

static void load_modules(void)
{
	const char *const argv[] = {"modprobe",	    "-aq",	  "xen-gntdev",
				    "xen-gntalloc", "xen-evtchn", NULL};

	(void)!setup_run(argv);
}

static void open_console(void)
{
	int fd = open("/dev/console", O_RDWR | O_NOCTTY);

	if (fd < 0)
		fd = open("/dev/null", O_RDWR);
	for (int i = 0; fd >= 0 && i < 3; i++)
		if (fd != i)
			(void)!dup2(fd, i);
	if (fd > 2)
		close(fd);
}

static noreturn void become(const struct kept *k)
{
	setsid();
	signals_unblock();
	if (k->terminal) {
		int fd = open("/dev/hvc0", O_RDWR);

		for (int i = 0; fd >= 0 && i < 3; i++)
			(void)!dup2(fd, i);
		(void)ioctl(0, TIOCSCTTY, 1);
		(void)!chdir("/root");
		setenv("HOME", "/root", 1);
		setenv("TERM", "vt220", 0);
	}
	execv(k->argv[0], (char *const *)k->argv);
	_exit(127);
}

static void start_kept(void)
{
	for (size_t i = 0; i < array_len(kept); i++) {
		struct kept *k = &kept[i];

		if (k->pid > 0 || access(k->argv[0], X_OK) < 0 ||
		    (k->since && clock_ms() < k->since + AGAIN_MS))
			continue;
		k->since = clock_ms();
		k->pid = fork();
		if (k->pid == 0)
			become(k);
	}
}

static void reap(void)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		for (size_t i = 0; i < array_len(kept); i++)
			if (kept[i].pid == pid)
				kept[i].pid = 0;
}

/* Everybody is asked, then made to end; what they wrote reaches the disks. */
static noreturn void end_all(int how)
{
	uint64_t until = clock_in(END_MS);

	kill(-1, SIGTERM);
	kill(-1, SIGHUP); /* shells mind nothing else */
	while (waitpid(-1, NULL, WNOHANG) >= 0 && clock_left(until, 50) > 0)
		(void)poll(NULL, 0, 50);
	kill(-1, SIGKILL);
	sync();
	(void)umount2("/rw", MNT_DETACH);
	(void)mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL);
	sync();
	reboot(how);
	_exit(1);
}

/* As other first programs understand them. */
static void obey(int signal)
{
	if (signal == SIGUSR1 || signal == SIGUSR2 || signal == SIGPWR)
		end_all(RB_POWER_OFF);
	if (signal == SIGTERM || signal == SIGINT)
		end_all(RB_AUTOBOOT);
}

static noreturn void serve(const sigset_t *set)
{
	const struct timespec tick = {.tv_sec = 1};

	for (;;) {
		int signal;

		reap();
		start_kept();
		signal = sigtimedwait(set, NULL, &tick);
		if (signal > 0)
			obey(signal);
	}
}

int init_main(int argc unused, char **argv)
{
	static const int wanted[] = {SIGCHLD, SIGTERM, SIGINT, SIGUSR1,
				     SIGUSR2, SIGPWR,  0};
	sigset_t set;

	if (is_initramfs())
		return initramfs_main(argv);
	if (getpid() != 1) {
		dprintf(STDERR_FILENO, "init: only for the kernel to start\n");
		return 1;
	}
	sigemptyset(&set);
	for (size_t i = 0; wanted[i]; i++)
		sigaddset(&set, wanted[i]);
	if (signals_block(wanted) < 0)
		return 1;
	mount_all();
	open_console();
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	reboot(RB_DISABLE_CAD);
	load_modules();
	loopback_up();
	(void)setup_main(0, NULL);
	serve(&set);
}

int poweroff_main(int argc unused, char **argv unused)
{
	return kill(1, SIGUSR2) < 0;
}
