/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qvm-clip-set and qvm-clip-get, which are also the services that dom0's qvm-clip calls.
 * Each user has a folder of his own below one that all can write to, like /tmp; it is
 * looked at before it is used.
 */
#include "agent/clip.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/utf8.h"

static const char *folder(void)
{
	const char *dir = getenv("QVM_CLIP_DIR");

	return dir && *dir ? dir : CLIP_DIR;
}

static char *own_folder(void)
{
	return xasprintf("%s/%u", folder(), (unsigned)geteuid());
}

static int complain(const char *what, const char *why)
{
	dprintf(STDERR_FILENO, "qvm-clip: %s: %s\n", what, why);
	return 1;
}

void clip_prepare(void)
{
	/* without it qvm-clip-set says so */
	if (mkdir(folder(), 01777) == 0)
		(void)!chmod(folder(), 01777);
}

/* 0, or a negative errno; -EPERM: somebody else was first. */
static int own_folder_check(const char *path, bool make)
{
	struct stat st;

	if (make && geteuid() == 0)
		clip_prepare();
	if (make && mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	if (lstat(path, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & 077)
		       ? 0
		       : -EPERM;
}

static int keep(const char *dir, const struct buf *text)
{
	cleanup_free char *path = xasprintf("%s/text", dir);

	if (text->len)
		return file_replace(path, text->data, text->len, 0600, 0);
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

int clip_set_main(int argc, char **argv)
{
	cleanup_free char *dir = own_folder();
	cleanup_buf struct buf text = BUF_INIT;
	int r;

	(void)argc;
	(void)argv;
	r = fd_read_all(STDIN_FILENO, CLIP_MAX, &text);
	if (r == -EFBIG)
		return complain("the text", "has more than 65536 bytes");
	if (r < 0)
		return complain("the text", strerror(-r));
	if (!utf8_ok(buf_str(&text), text.len))
		return complain("the text", "is not valid UTF-8");
	r = own_folder_check(dir, true);
	if (r == 0)
		r = keep(dir, &text);
	return r < 0 ? complain(dir, strerror(-r)) : 0;
}

int clip_get_main(int argc, char **argv)
{
	cleanup_free char *dir = own_folder();
	cleanup_free char *path = xasprintf("%s/text", dir);
	cleanup_buf struct buf text = BUF_INIT;
	int r = own_folder_check(dir, false);

	(void)argc;
	(void)argv;
	if (r == 0)
		r = file_read(path, CLIP_MAX, &text);
	if (r == -ENOENT)
		return complain("nothing to copy", "qvm-clip-set was given no text");
	if (r == 0)
		r = fd_write_all(STDOUT_FILENO, buf_str(&text), text.len);
	return r < 0 ? complain(path, strerror(-r)) : 0;
}
