/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qvm.Sleep: this guest is going to be saved, and each copy of it that wakes is to be another
 * one. From here on everything but init and the agent stands still. The agent, when that
 * call has ended, closes all channels, for the kernel does not survive that they are closed
 * after the copy; then it waits until it finds itself in another domain. Only when the copy
 * has randomness of its own from dom0, its name, and nothing of what made it recognisable,
 * the others go on, and the agent begins anew.
 */
#include <xenstore.h> /* before ours: it uses a word that lib/macro.h defines */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/rest.h"
#include "agent/setup.h"
#include "lib/alloc.h"
#include "lib/buf.h"
#include "lib/file.h"

#define MARK "/run/qvm-sleep"

enum { LOOK_MS = 20, SEED = 64, ANCESTORS = 8, CLOCK_S = 1 };

/* ---- who stands still ---- */

struct awake {
	pid_t pids[ANCESTORS + 2];
	size_t n;
};

static pid_t parent_of(pid_t pid)
{
	cleanup_free char *path = xasprintf("/proc/%d/status", (int)pid);
	cleanup_buf struct buf text = BUF_INIT;
	const char *line;

	if (file_read(path, 65536, &text) < 0)
		return 0;
	line = strstr(buf_str(&text), "PPid:");
	return line ? (pid_t)strtol(line + 5, NULL, 10) : 0;
}

/* Init, the agent, and what serves this call. */
static void awake_find(struct awake *a)
{
	pid_t pid = getpid();

	a->pids[a->n++] = 1;
	for (int i = 0; i < ANCESTORS && pid > 1; i++) {
		a->pids[a->n++] = pid;
		pid = parent_of(pid);
	}
}

static bool is_awake(const struct awake *a, pid_t pid)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->pids[i] == pid)
			return true;
	return pid == getpid();
}

static void tell_others(const struct awake *a, int signal)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		pid_t pid = isdigit((unsigned char)*entry->d_name)
				    ? (pid_t)strtol(entry->d_name, NULL, 10)
				    : 0;

		if (pid > 0 && !is_awake(a, pid))
			(void)kill(pid, signal); /* one that has ended is fine */
	}
	if (dir)
		closedir(dir);
}

/* ---- another one ---- */

static bool hex_read(const char *text, uint8_t *ret, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (sscanf(text + 2 * i, "%2hhx", &ret[i]) != 1)
			return false;
	return true;
}

/* The generator forgets the state that it shares with every other copy. */
static void reseed(const uint8_t *seed)
{
	struct {
		struct rand_pool_info head;
		uint8_t bytes[SEED];
	} pool = {.head = {.entropy_count = SEED * 8, .buf_size = SEED}};
	cleanup_close int fd = open("/dev/urandom", O_RDWR | O_CLOEXEC);

	memcpy(pool.bytes, seed, SEED);
	if (ioctl(fd, RNDADDENTROPY, &pool) < 0 || ioctl(fd, RNDRESEEDCRNG) < 0)
		setup_say("cannot give the kernel randomness: %s", strerror(errno));
	explicit_bzero(&pool, sizeof(pool));
}

static void set_clock(time_t now)
{
	struct timespec at = {.tv_sec = now};
	time_t here = time(NULL);

	if (here < now - CLOCK_S || here > now + CLOCK_S)
		(void)clock_settime(CLOCK_REALTIME, &at);
}

/* "SECONDS HEX", written by dom0 for this copy alone. */
static bool take_seed(struct xs_handle *xs)
{
	cleanup_free char *text = xs_read(xs, XBT_NULL, "qvm/seed", NULL);
	uint8_t seed[SEED];
	long long now;
	int used = 0;

	if (!text || sscanf(text, "%18lld %n", &now, &used) != 1 || !used ||
	    strlen(text + used) != 2 * SEED || !hex_read(text + used, seed, SEED))
		return false;
	reseed(seed);
	set_clock((time_t)now);
	explicit_bzero(seed, sizeof(seed));
	explicit_bzero(text, strlen(text));
	return true;
}

static void renew_machine_id(void)
{
	static const char *const paths[] = {"/etc/machine-id",
					    "/var/lib/dbus/machine-id"};
	char line[34];
	uint8_t id[16];
	struct stat st;

	if (getrandom(id, sizeof(id), 0) != sizeof(id))
		return;
	for (size_t i = 0; i < sizeof(id); i++)
		snprintf(line + 2 * i, 3, "%02x", id[i]);
	line[32] = '\n';
	for (size_t i = 0; i < array_len(paths); i++)
		if (lstat(paths[i], &st) == 0 && S_ISREG(st.st_mode) &&
		    file_replace(paths[i], line, 33, 0444, 0) < 0)
			setup_say("cannot write %s", paths[i]);
}

/* What was made of the old randomness: keys by which a server is known. */
static void renew_keys(void)
{
	static const char folder[] = "/etc/ssh";
	const char *const argv[] = {"ssh-keygen", "-A", NULL};
	DIR *dir = opendir(folder);
	struct dirent *entry;
	bool any = false;

	while (dir && (entry = readdir(dir)))
		if (strncmp(entry->d_name, "ssh_host_", 9) == 0)
			any |= unlinkat(dirfd(dir), entry->d_name, 0) == 0;
	if (dir)
		closedir(dir);
	if (any && setup_run(argv))
		setup_say("cannot make new keys in %s", folder);
	(void)unlink("/var/lib/systemd/random-seed"); /* often absent */
}

/* ---- sleeping ---- */

/* The domain's path of its own in xenstore, with the UUID: no copy has that of another. */
static char *where(struct xs_handle *xs)
{
	return xs_read(xs, XBT_NULL, "vm", NULL);
}

bool sleep_is_due(void)
{
	return unlink(MARK) == 0;
}

int sleep_until_copied(void)
{
	const struct awake nobody = {0};
	struct xs_handle *xs = xs_open(0);
	cleanup_free char *before = xs ? where(xs) : NULL;
	cleanup_free char *now = NULL;

	if (!before)
		return -EIO;
	while (!now || strcmp(now, before) == 0) {
		(void)poll(NULL, 0, LOOK_MS);
		free(now);
		now = where(xs);
	}
	/* Without it nobody may wake: each would be the same. */
	while (!take_seed(xs))
		(void)poll(NULL, 0, LOOK_MS);
	xs_close(xs);
	setup_identity();
	renew_machine_id();
	renew_keys();
	tell_others(&nobody, SIGCONT);
	return 0;
}

int sleep_main(int argc, char **argv)
{
	cleanup_close int mark = -1;
	struct awake awake = {0};
	int status = rest_main(argc, argv);

	if (status)
		return status;
	awake_find(&awake);
	mark = open(MARK, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (mark < 0)
		return 1;
	tell_others(&awake, SIGSTOP);
	tell_others(&awake, SIGSTOP); /* those that were made meanwhile */
	return 0;
}
