/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qvm-open-in-vm [--view-only] TARGET FILE-OR-URL, qvm-open-in-dvm ... FILE-OR-URL: opens
 * it in another domain; what is changed there comes back into the file
 * qopen-in-vm [--view-only] [--save=PATH] FILE: their half of the call, by qubes.OpenInVM
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "agent/agent.h"
#include "agent/open.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/strv.h"

enum { OPT_VIEW = 256, OPT_SAVE, PIECE = 256 << 10 };

struct open_in {
	const char *program;
	const char *target, *what; /* FILE-OR-URL */
	const char *socket;
	const char *save; /* what comes back; NULL: nowhere */
	bool view_only;
	struct stat st; /* of the file as it is sent */
	char *saved;	/* beside the file, or in /tmp */
	bool elsewhere; /* its folder is not ours to write */
};

static const struct option options[] = {
	{"view-only", no_argument, NULL, OPT_VIEW},
	{"save", required_argument, NULL, OPT_SAVE},
	{"agent-socket", required_argument, NULL, 'a'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static noreturn void usage(const struct open_in *o, bool named, int status)
{
	dprintf(status ? STDERR_FILENO : STDOUT_FILENO,
		"usage: %s [OPTION...] %sFILE-OR-URL\n"
		"Opens it in %s; what is changed there comes back into FILE.\n"
		"\n"
		"      --view-only          nothing comes back\n"
		"  -a, --agent-socket=PATH  where the agent listens\n"
		"  -h, --help               this text\n"
		"\n"
		"Example: %s %s--view-only ~/letter.pdf\n",
		o->program, named ? "TARGET " : "",
		named ? "domain TARGET" : "a new disposable", o->program,
		named ? "vault " : "");
	exit(status);
}

static int fail(const struct open_in *o, const char *what, int errnum)
{
	dprintf(STDERR_FILENO, "%s: '%s': %s\n", o->program, what, strerror(errnum));
	return 1;
}

static void arguments(struct open_in *o, bool named, int argc, char **argv)
{
	int opt;

	o->program = basename(argv[0]);
	while ((opt = getopt_long(argc, argv, "+a:h", options, NULL)) != -1) {
		if (opt == OPT_VIEW)
			o->view_only = true;
		else if (opt == OPT_SAVE)
			o->save = optarg;
		else if (opt == 'a')
			o->socket = optarg;
		else
			usage(o, named, opt == 'h' ? 0 : 2);
	}
	if (argc - optind != (named ? 2 : 1))
		usage(o, named, 2);
	o->target = named ? argv[optind++] : "@dispvm";
	o->what = argv[optind];
}

/* --- the call's local program ---------------------------------------------------------- */

int open_pump(int in, int out)
{
	cleanup_free char *piece = NULL;

	for (;;) {
		ssize_t n = sendfile(out, in, NULL, PIECE);
		int r;

		if (n < 0 && (errno == EINVAL || errno == ENOSYS)) {
			if (!piece)
				piece = xcalloc(1, PIECE);
			n = read(in, piece, PIECE);
			r = n > 0 ? fd_write_all(out, piece, (size_t)n) : 0;
			if (r < 0)
				return r;
		}
		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
}

int open_sender_main(int argc, char **argv)
{
	struct open_in o = {0};
	char name[OPEN_NAME];
	cleanup_close int fd = -1, back = -1;
	int r;

	arguments(&o, false, argc, argv);
	fd = open(o.what, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	back = open(o.save ? o.save : "/dev/null", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || back < 0)
		return fail(&o, fd < 0 ? o.what : o.save, errno);
	open_name_put(o.what, o.view_only, name);
	r = fd_write_all(STDOUT_FILENO, name, sizeof(name));
	if (r == 0)
		r = open_pump(fd, STDOUT_FILENO);
	if (r < 0)
		return fail(&o, o.what, -r);
	if (shutdown(STDOUT_FILENO, SHUT_WR) < 0)
		close(STDOUT_FILENO);
	r = open_pump(STDIN_FILENO, back);
	if (r == 0 && fsync(back) < 0 && errno != EINVAL)
		r = -errno;
	return r < 0 ? fail(&o, o.save ? o.save : "", -r) : 0;
}

/* --- what the user calls ----------------------------------------------------------------- */

/* Taken away when the process ends, however it does that: see client_vm_main. */
static void drop_saved(int status unused, void *arg)
{
	struct open_in *o = arg;

	if (o->saved)
		(void)unlink(o->saved);
}

static int save_prepare(struct open_in *o)
{
	int fd;

	o->saved = xasprintf("%s.XXXXXX", o->what);
	fd = mkostemp(o->saved, O_CLOEXEC);
	if (fd < 0) {
		free(o->saved);
		o->elsewhere = true;
		o->saved = xasprintf("/tmp/%s.XXXXXX", basename(o->what));
		fd = mkostemp(o->saved, O_CLOEXEC);
	}
	if (fd < 0) {
		int errnum = errno;

		free(steal(o->saved));
		return fail(o, "/tmp", errnum);
	}
	(void)fchmod(fd, o->st.st_mode & 0777);
	close(fd);
	return on_exit(drop_saved, o) ? 1 : 0;
}

/* Only after the call's good end: half of an edited file is none. */
static int save_finish(struct open_in *o)
{
	struct stat back;

	if (stat(o->saved, &back) < 0)
		return fail(o, o->saved, errno);
	if (back.st_size == 0)
		return 0; /* as it was */
	if (!o->elsewhere && file_is_unchanged(o->what, &o->st)) {
		if (rename(o->saved, o->what) < 0)
			return fail(o, o->what, errno);
		free(steal(o->saved));
		return 0;
	}
	dprintf(STDERR_FILENO, "%s: '%s' %s; what came back is in '%s'\n", o->program,
		o->what,
		o->elsewhere ? "is in a folder that cannot be written to"
			     : "has changed meanwhile",
		o->saved);
	free(steal(o->saved));
	return 1;
}

static int call(const struct open_in *o, bool url)
{
	struct strv argv = STRV_INIT;

	strv_add(&argv, "qrexec-client-vm");
	if (o->socket)
		strv_addf(&argv, "--agent-socket=%s", o->socket);
	if (url)
		strv_addf(&argv, "--prefix-data=%s\n", o->what);
	strv_add(&argv, "--");
	strv_add(&argv, o->target);
	strv_add(&argv, url ? "qubes.OpenURL" : "qubes.OpenInVM");
	if (!url) {
		strv_add(&argv, "/proc/self/exe");
		strv_add(&argv, "qopen-in-vm");
		if (o->view_only)
			strv_add(&argv, "--view-only");
		if (o->saved)
			strv_addf(&argv, "--save=%s", o->saved);
		strv_add(&argv, "--");
		strv_add(&argv, o->what);
	}
	optind = 0; /* getopt begins anew */
	return client_vm_main((int)argv.n, argv.v);
}

static int open_file(struct open_in *o)
{
	int status;

	if (stat(o->what, &o->st) < 0)
		return fail(o, o->what, errno);
	if (!S_ISREG(o->st.st_mode))
		return fail(o, o->what, S_ISDIR(o->st.st_mode) ? EISDIR : EINVAL);
	if (!o->view_only && save_prepare(o))
		return 1;
	status = call(o, false);
	return status || o->view_only ? status : save_finish(o);
}

int open_main(int argc, char **argv)
{
	static struct open_in o; /* lives as long as its exit handler */
	const char *program = basename(argv[0]);

	arguments(&o, strcmp(program, "qvm-open-in-dvm") != 0, argc, argv);
	if (open_is_url(o.what)) {
		int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

		if (null < 0 || dup2(null, STDIN_FILENO) < 0)
			return fail(&o, "/dev/null", errno);
		return call(&o, true);
	}
	return open_file(&o);
}
