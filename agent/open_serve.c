/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qubes.OpenInVM and qubes.OpenURL: another domain has something opened here. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/agent.h"
#include "agent/open.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/proc.h"
#include "qrexec/qfile.h"

/* Tried in this order; the first one waits until the document is closed. */
static const char *const openers[] = {"qubes-open", "xdg-open", "run-mailcap"};

static int fail(const char *what, int errnum)
{
	dprintf(STDERR_FILENO, "qubes.OpenInVM: %s: %s\n", what, strerror(errnum));
	return 1;
}

static int opener(const char *what)
{
	/* its output must not get between what we answer */
	struct buf said = BUF_INIT;
	int status = 127;

	for (size_t i = 0; i < array_len(openers); i++) {
		const char *const argv[] = {openers[i], what, NULL};
		const struct proc_request req = {.argv = argv, .out = &said};
		int r = proc_run(&req, &status);

		if (r == -ENOENT)
			continue;
		buf_dispose(&said);
		return r < 0 ? fail(openers[i], -r) : status;
	}
	dprintf(STDERR_FILENO,
		"no program opens files here: qubes-open, xdg-open or run-mailcap\n");
	return 1;
}

int open_url_main(int argc, char **argv)
{
	cleanup_buf struct buf url = BUF_INIT;
	int r = fd_read_all(STDIN_FILENO, OPEN_URL_MAX, &url);

	(void)argc;
	(void)argv;
	if (r == 0 && url.len)
		url.data[strcspn(url.data, "\n")] = '\0';
	if (r < 0 || !open_is_url(buf_str(&url))) {
		dprintf(STDERR_FILENO, "qubes.OpenURL: this is no address to open\n");
		return 1;
	}
	return opener(buf_str(&url));
}

/* --- a file --------------------------------------------------------------------------------- */

static int take_all(void *out, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = read(STDIN_FILENO, (char *)out + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EPIPE;
		done += (size_t)n;
	}
	return 0;
}

static int take_file(const char *path, bool view_only, struct stat *ret)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int r = fd < 0 ? -errno : open_pump(STDIN_FILENO, fd);

	if (r == 0 && fchmod(fd, view_only ? 0400 : 0600) < 0)
		r = -errno;
	if (r == 0 && fstat(fd, ret) < 0)
		r = -errno;
	return r;
}

static int give_back(const char *path, const struct stat *before)
{
	/* an editor may have put a new file in its place, but no link to another */
	cleanup_close int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat now;

	if (fd < 0 || fstat(fd, &now) < 0)
		return -errno;
	if (now.st_ino == before->st_ino && now.st_size == before->st_size &&
	    memcmp(&now.st_mtim, &before->st_mtim, sizeof(now.st_mtim)) == 0)
		return 0;
	return open_pump(fd, STDOUT_FILENO);
}

static int serve(const char *path, bool view_only)
{
	struct stat before;
	int r = take_file(path, view_only, &before);
	int status;

	if (r < 0)
		return fail(path, -r);
	status = opener(path);
	if (status || view_only)
		return status;
	r = give_back(path, &before);
	return r < 0 ? fail(path, -r) : 0;
}

int open_receiver_main(int argc, char **argv)
{
	char name[OPEN_NAME], folder[] = "/tmp/qopen-XXXXXX";
	cleanup_free char *path = NULL;
	bool view_only;
	int r = take_all(name, sizeof(name));
	int status;

	(void)argc;
	(void)argv;
	if (r < 0 || !open_name_check(name, &view_only))
		return fail("the file's name", r < 0 ? -r : EINVAL);
	umask(0077);
	if (!mkdtemp(folder))
		return fail("/tmp", errno);
	path = xasprintf("%s/%s", folder, name);
	status = serve(path, view_only);
	r = tree_remove(folder);
	return status ? status : r < 0 ? fail(folder, -r) : 0;
}
