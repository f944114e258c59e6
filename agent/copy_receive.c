/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qubes.Filecopy [allow-all-names], and qfile-unpacker [--allow-all-names]
 *	[--max-bytes=SIZE] [--max-files=N]: takes files from another domain on standard
 * input, into ~/QubesIncoming/SOURCE.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "agent/agent.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/size.h"
#include "qrexec/proto.h"
#include "qrexec/qfile.h"
#include "qrexec/sandbox.h"

enum { OPT_ANY = 256, OPT_BYTES, OPT_FILES };

static const struct option options[] = {
	{"allow-all-names", no_argument, NULL, OPT_ANY},
	{"max-bytes", required_argument, NULL, OPT_BYTES},
	{"max-files", required_argument, NULL, OPT_FILES},
	{NULL, 0, NULL, 0},
};

/* Making and removing below the folder of this source, and nothing else anywhere. */
enum {
	INSIDE = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
		 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
		 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM,
	ABOVE = LANDLOCK_ACCESS_FS_REMOVE_DIR, /* this folder, when it stayed empty */
};

static const struct sandbox_call calls[] = {
	{SYS_read},
	{SYS_write},
	{SYS_openat},
	{SYS_openat2},
	{SYS_close},
	{SYS_lseek},
	{SYS_ftruncate},
	{SYS_fchmod},
	{SYS_utimensat},
	{SYS_fstat},
	{SYS_newfstatat},
	{SYS_fstatfs},
	{SYS_mkdirat},
	{SYS_symlinkat},
	{SYS_unlinkat},
	{SYS_syncfs},
	{SYS_sync_file_range},
	{SYS_brk},
	{SYS_mmap},
	{SYS_munmap},
	{SYS_mremap},
	{SYS_madvise},
	{SYS_futex},
	{SYS_rt_sigreturn},
	{SYS_restart_syscall},
	{SYS_exit_group},
	{SYS_getrandom, true},
	{SYS_fcntl, true},
};

static noreturn void die(const char *what, int errnum)
{
	dprintf(STDERR_FILENO, "qubes.Filecopy: %s: %s\n", what, strerror(errnum));
	exit(1);
}

static void option(struct qfile_unpack *u, int opt)
{
	long long files;

	if (opt == OPT_ANY)
		u->any_name = true;
	else if (opt == OPT_BYTES && size_parse(optarg, &u->max_bytes) == 0)
		return;
	else if (opt == OPT_FILES && num_parse(optarg, 0, INT64_MAX, &files) == 0)
		u->max_files = (uint64_t)files;
	else
		die(optarg ? optarg : "option", EINVAL);
}

/* Of the service its argument is the only one; the program has options. */
static void arguments(struct qfile_unpack *u, int argc, char **argv)
{
	int opt;

	if (argc == 2 && strcmp(argv[1], "allow-all-names") == 0) {
		u->any_name = true;
		return;
	}
	while ((opt = getopt_long(argc, argv, "+", options, NULL)) != -1)
		option(u, opt);
	if (optind < argc)
		die("an argument that is not known", EINVAL);
}

static ssize_t from_caller(void *from unused, void *buf, size_t len)
{
	return read(STDIN_FILENO, buf, len);
}

static int confine(int root, int parent)
{
	const struct sandbox_folder folders[] = {{root, INSIDE}, {parent, ABOVE}};
	int r;

	/* a superuser's rights are not needed to leave, so that goes first */
	if (geteuid() == 0 && (fchdir(root) < 0 || chroot(".") < 0))
		return -errno;
	r = sandbox_folders(folders, array_len(folders));
	return r < 0 ? r : sandbox_calls(calls, array_len(calls));
}

int copy_receiver_main(int argc, char **argv)
{
	const char *source = getenv("QREXEC_REMOTE_DOMAIN");
	const char *home = getenv("HOME");
	cleanup_free struct qfile_answer *answer = xcalloc(1, sizeof(*answer));
	cleanup_free uint8_t *bytes = xcalloc(1, QFILE_ANSWER_MAX);
	struct qfile_unpack u = {.read = from_caller, .max_files = QFILE_FILES_MAX};
	cleanup_close int parent = -1;
	int r;

	arguments(&u, argc, argv);
	if (!source || !qrexec_name_ok(source))
		die("QREXEC_REMOTE_DOMAIN", EINVAL);
	umask(0077);
	u.root = qfile_incoming(home ? home : "/", source, &parent);
	if (u.root < 0)
		die("~/QubesIncoming", -u.root);
	r = confine(u.root, parent);
	if (r < 0)
		die("cannot be confined", -r);
	(void)!qfile_unpack(&u, answer); /* its code is in the answer */
	if (!u.files)
		(void)unlinkat(parent, source, AT_REMOVEDIR); /* only when it is empty */
	r = fd_write_all(STDOUT_FILENO, bytes, qfile_answer_put(bytes, answer));
	return answer->code || r < 0;
}
