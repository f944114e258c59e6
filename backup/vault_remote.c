/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/vault_remote.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/size.h"

#define LINE 64
#define STEP 65536
#define SCRATCH "/var/tmp" /* where files are while they are here; they have no name */

/*
 * A name is there when all of its file is on the disk. Where there is no flock, a file with the
 * shell's pid is the lock for as long as that process is there; of two that come at once both
 * may be refused.
 */
const char vault_remote_script[] =
	"umask 077; how=-s\n"
	"case $do in\n"
	"make)\n"
	"  mkdir -p \"$to\" && cd \"$to\" || exit\n"
	"  [ -z \"$(ls -A)\" ] || { echo taken; exit; }\n"
	"  mkdir packs snapshots tmp || exit\n"
	"  : >lock ;;\n"
	"alone) how=-x ;;\n"
	"esac\n"
	"[ -f \"$to/lock\" ] || { echo absent; exit; }\n"
	"cd \"$to\" && exec 9<lock || exit\n"
	"if command -v flock >/dev/null; then\n"
	"  flock -n $how 9 || { echo busy; exit; }\n"
	"else\n"
	"  boot=$(cat /proc/sys/kernel/random/boot_id) me=locks/$how.$$.$boot\n"
	"  mkdir -p locks && : >\"$me\" || [ $do = read ] || exit\n"
	"  trap 'rm -f \"$me\"' EXIT\n"
	"  for f in locks/*; do\n"
	"    pid=${f#locks/-?.}\n"
	"    [ \"$f\" != \"$me\" ] && [ -f \"$f\" ] || continue\n"
	"    if [ \"${f##*.}\" = \"$boot\" ] && [ -d /proc/${pid%%.*} ]; then\n"
	"      case $how$f in -x* | *locks/-x.*) echo busy; exit ;; esac\n"
	"    else rm -f \"$f\"; fi\n"
	"  done\n"
	"fi\n"
	"[ $do != alone ] || rm -f tmp/*\n"
	"echo ready\n"
	"while read -r verb name n; do\n"
	"  new=tmp/${name##*/}.$$ r=1\n"
	"  case $verb in\n"
	"  get)\n"
	"    size=-\n"
	"    [ ! -f \"$name\" ] || size=$(stat -c %s \"$name\")\n"
	"    if [ \"$size\" = - ]; then echo -; continue; fi\n"
	"    [ \"$n\" -gt 0 ] && [ \"$n\" -lt \"$size\" ] || n=$size\n"
	"    echo \"$size $n\"\n"
	"    head -c \"$n\" \"$name\" ;;\n"
	"  put | replace)\n"
	"    case $name in packs/*) mkdir -p \"${name%/*}\" ;; esac\n"
	"    head -c \"$n\" >\"$new\" && [ \"$(stat -c %s \"$new\")\" = \"$n\" ] && sync "
	"&&\n"
	"      { [ $verb = replace ] || [ ! -e \"$name\" ]; } && mv -f \"$new\" "
	"\"$name\" && sync && r=0\n"
	"    [ $r = 0 ] || rm -f \"$new\"\n"
	"    echo $r ;;\n"
	"  remove) rm -f \"$name\" && sync && r=0; echo $r ;;\n"
	"  list)\n"
	"    text=$(case $name in\n"
	"      packs) for f in packs/*/*; do echo \"packs/${f##*/}\"; done ;;\n"
	"      *) for f in snapshots/*; do echo \"$f\"; done ;;\n"
	"    esac)\n"
	"    echo ${#text}; printf %s \"$text\" ;;\n"
	"  esac\n"
	"done\n";

const char *vault_remote_word(enum vault_use use, bool make)
{
	static const char *const words[] = {
		[VAULT_READ] = "read", [VAULT_WRITE] = "write", [VAULT_ALONE] = "alone"};

	return make ? "make" : words[use];
}

void vault_remote_init(struct vault_remote *r)
{
	*r = (struct vault_remote){.channel = -1};
	for (size_t i = 0; i < REMOTE_PENDING; i++)
		r->pending[i].fd = -1;
}

void vault_remote_close(struct vault_remote *r)
{
	cleanup_close_at(&r->channel);
	for (size_t i = 0; i < REMOTE_PENDING; i++)
		cleanup_close_at(&r->pending[i].fd);
}

/* ---- over the channel ---- */

int vault_remote_limit(int channel, unsigned seconds, struct qvm_err *err)
{
	const struct timeval limit = {.tv_sec = (time_t)seconds};

	if (setsockopt(channel, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0 ||
	    setsockopt(channel, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
		return err_errno(err, -errno, "cannot limit the wait for a domain");
	return 0;
}

/* One that was late is not listened to again: what it says could belong to anything. */
static int gone(struct vault_remote *r, int got, struct qvm_err *err)
{
	if (got == -EAGAIN) {
		(void)shutdown(r->channel, SHUT_RDWR);
		return err_set(err, QVM_E_TIMEOUT,
			       "the domain with the repository has stopped answering");
	}
	return err_errno(err, got, "the domain with the repository does not answer");
}

static int put_bytes(struct vault_remote *r, const void *data, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = send(r->channel, (const char *)data + done, len - done,
				 MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int take_line(struct vault_remote *r, char line[static LINE])
{
	for (size_t len = 0; len < LINE; len++) {
		int got = fd_read_exactly(r->channel, line + len, 1);

		if (got < 0)
			return got;
		if (line[len] == '\n') {
			line[len] = '\0';
			return 0;
		}
	}
	return -EPROTO;
}

static int request(struct vault_remote *r, const char *verb, const char *path, uint64_t n,
		   char line[static LINE], int data, struct qvm_err *err)
{
	cleanup_free char *text =
		xasprintf("%s %s %llu\n", verb, path, (unsigned long long)n);
	cleanup_free char *block = data < 0 ? NULL : xcalloc(1, STEP);
	int got = put_bytes(r, text, strlen(text));

	for (uint64_t at = 0; got == 0 && block && at < n;) {
		ssize_t len = pread(data, block, n - at < STEP ? (size_t)(n - at) : STEP,
				    (off_t)at);

		got = len <= 0 ? -EIO : put_bytes(r, block, (size_t)len);
		at += len > 0 ? (uint64_t)len : 0;
	}
	if (got == 0)
		got = take_line(r, line);
	return got < 0 ? gone(r, got, err) : 0;
}

static int take_bytes(struct vault_remote *r, int to, uint64_t n)
{
	cleanup_free char *block = xcalloc(1, STEP);
	int got = 0;

	while (got == 0 && n) {
		size_t len = n < STEP ? (size_t)n : STEP;

		got = fd_read_exactly(r->channel, block, len);
		if (got == 0)
			got = fd_write_all(to, block, len);
		n -= len;
	}
	return got;
}

static int scratch_file(struct qvm_err *err)
{
	int fd = open(SCRATCH, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd < 0 ? err_errno(err, -errno, "cannot make a file in '" SCRATCH "'")
		      : fd;
}

/* ---- the table ---- */

static int refused(const char *what, const char *name, struct qvm_err *err)
{
	return err_set(err, QVM_E_FAILED,
		       "cannot %s '%s' of the repository: the domain refuses", what,
		       name);
}

/* "SIZE N": a file of that size, with its first N bytes. */
static int remote_open(void *arg, const char *name, uint64_t most, int *ret,
		       struct qvm_err *err)
{
	struct vault_remote *r = arg;
	cleanup_close int fd = -1;
	char path[VAULT_PATH_MAX], line[LINE];
	long long size = 0, n = 0;
	char *second;
	int got = vault_path_of(name, path, err);

	if (got == 0)
		got = request(r, "get", path, most, line, -1, err);
	if (got < 0)
		return got;
	if (strcmp(line, "-") == 0)
		return err_set(err, QVM_E_NOT_FOUND, "there is no '%s' in the repository",
			       name);
	second = strchr(line, ' ');
	if (second)
		*second++ = '\0';
	if (!second || num_parse(line, 0, REMOTE_FILE_MAX, &size) < 0 ||
	    num_parse(second, 0, size, &n) < 0)
		return gone(r, -EPROTO, err);
	fd = scratch_file(err);
	if (fd < 0)
		return fd;
	got = take_bytes(r, fd, (uint64_t)n);
	if (got < 0)
		return gone(r, got, err);
	if (ftruncate(fd, size) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_errno(err, -errno, "cannot read '%s'", name);
	*ret = steal_fd(&fd);
	return 0;
}

static int remote_create(void *arg, const char *name, int *ret, struct qvm_err *err)
{
	struct vault_remote *r = arg;
	size_t i = 0;
	int fd;

	while (i < REMOTE_PENDING && r->pending[i].fd >= 0)
		i++;
	if (!vault_name_ok(name) || i == REMOTE_PENDING || r->use == VAULT_READ)
		return refused("write", name, err);
	fd = scratch_file(err);
	if (fd < 0)
		return fd;
	r->pending[i].fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	snprintf(r->pending[i].name, sizeof(r->pending[i].name), "%s", name);
	*ret = fd;
	return 0;
}

static int hand_over(struct vault_remote *r, const char *verb, const char *name,
		     struct qvm_err *err)
{
	char path[VAULT_PATH_MAX], line[LINE];
	struct stat st;
	size_t i = 0;
	int got = vault_path_of(name, path, err);

	while (i < REMOTE_PENDING &&
	       (r->pending[i].fd < 0 || strcmp(r->pending[i].name, name) != 0))
		i++;
	if (got < 0)
		return got;
	if (i == REMOTE_PENDING || fstat(r->pending[i].fd, &st) < 0)
		return refused("write", name, err);
	got = request(r, verb, path, (uint64_t)st.st_size, line, r->pending[i].fd, err);
	cleanup_close_at(&r->pending[i].fd);
	if (got == 0 && strcmp(line, "0") != 0)
		got = refused("write", name, err);
	return got;
}

static int remote_keep(void *arg, const char *name, struct qvm_err *err)
{
	return hand_over(arg, "put", name, err);
}

static int remote_replace(void *arg, const char *name, struct qvm_err *err)
{
	struct vault_remote *r = arg;

	if (r->use != VAULT_ALONE || strcmp(name, "config") != 0)
		return refused("replace", name, err);
	return hand_over(r, "replace", name, err);
}

static int remote_remove(void *arg, const char *name, struct qvm_err *err)
{
	struct vault_remote *r = arg;
	char path[VAULT_PATH_MAX], line[LINE];
	int got = vault_path_of(name, path, err);

	if (got == 0 && (r->use != VAULT_ALONE || strcmp(name, "config") == 0))
		got = refused("remove", name, err);
	if (got == 0)
		got = request(r, "remove", path, 0, line, -1, err);
	if (got == 0 && strcmp(line, "0") != 0)
		got = refused("remove", name, err);
	return got;
}

/* What is no name of a repository is passed over, as in a folder here. */
static int remote_list(void *arg, const char *folder, struct buf *ret,
		       struct qvm_err *err)
{
	struct vault_remote *r = arg;
	cleanup_free char *text = NULL;
	char line[LINE], *at, *name;
	long long n = 0;
	int got = request(r, "list", folder, 0, line, -1, err);

	if (got == 0 && num_parse(line, 0, VAULT_LIST_MAX, &n) < 0)
		got = gone(r, -EPROTO, err);
	if (got < 0)
		return got;
	text = xcalloc(1, (size_t)n + 1);
	got = fd_read_exactly(r->channel, text, (size_t)n);
	if (got < 0)
		return gone(r, got, err);
	for (at = text; (name = strsep(&at, "\n")) != NULL;)
		if (vault_name_ok(name))
			buf_addf(ret, "%s\n", name);
	return 0;
}

struct vault_store vault_remote_store(struct vault_remote *r)
{
	return (struct vault_store){.arg = r,
				    .open = remote_open,
				    .create = remote_create,
				    .keep = remote_keep,
				    .replace = remote_replace,
				    .remove = remote_remove,
				    .list = remote_list};
}

/* ---- beginning ---- */

int vault_remote_open(struct vault_remote *r, int channel, enum vault_use use,
		      const char *path, struct qvm_err *err)
{
	char line[LINE];
	int got;

	r->channel = channel;
	r->use = use;
	got = take_line(r, line);
	if (got < 0)
		return gone(r, got, err);
	if (strcmp(line, "ready") == 0)
		return 0;
	if (strcmp(line, "busy") == 0)
		return err_set(err, QVM_E_BUSY,
			       "another command works on the repository '%s'", path);
	if (strcmp(line, "taken") == 0)
		return err_set(err, QVM_E_EXISTS, "the folder '%s' is not empty", path);
	if (strcmp(line, "absent") == 0)
		return err_set(err, QVM_E_NOT_FOUND, VAULT_NONE_THERE, path);
	return gone(r, -EPROTO, err);
}
