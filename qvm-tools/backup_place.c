/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/backup_place.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/buf.h"
#include "lib/file.h"
#include "lib/proc.h"

/* Of a file in a folder. */
static void name_file(struct place *p)
{
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(p->name, sizeof(p->name), "qvm-backup-%Y-%m-%dT%H%M%S", &tm);
}

/* ---- in a domain ---- */

/*
 * For a shell there, after do=, to= and name= (of the file in a folder). What is no path is a
 * command, whose streams they are. A file has its name after `keep` only: a call that breaks
 * off looks like the end of the input there.
 */
#define THERE_EXISTS 17
static const char script[] =
	"case $to in\n"
	"/*) ;;\n"
	"*) case $do in write | read) exec sh -c \"$to\" ;; esac; exit ;;\n"
	"esac\n"
	"[ $do = read ] || [ ! -d \"$to\" ] || to=$to/$name\n"
	"part=$to.part\n"
	"[ ! -e \"$to\" ] || [ -f \"$to\" ] || part=$to\n"
	"umask 077\n"
	"case $do in\n"
	"check) [ ! -f \"$to\" ] || exit 17 ;;\n"
	"write) exec cat >\"$part\" ;;\n"
	"keep) sync; [ \"$part\" = \"$to\" ] || exec mv -f \"$part\" \"$to\" ;;\n"
	"drop) [ \"$part\" = \"$to\" ] || exec rm -f \"$part\" ;;\n"
	"read) exec cat \"$to\" ;;\n"
	"esac\n";

/* Begins to DO it there; IN and OUT, -1: none, are its streams. */
static int call(struct place *p, const char *what, int in, int out, struct qvm_err *err)
{
	cleanup_buf struct buf text = BUF_INIT;
	const char *argv[] = {p->ctx->self, "run", "-p", p->vm, NULL, NULL};
	int r;

	buf_addf(&text, "do=%s name=%s to=", what, p->name);
	buf_add_quoted(&text, p->path);
	buf_addf(&text, "\n%s", script);
	argv[4] = buf_str(&text);
	r = proc_spawn(argv, (int[]){in, out, PROC_INHERIT}, 3, &p->pid);
	return r < 0 ? err_errno(err, r, "cannot run '%s'", p->ctx->self) : 0;
}

/* 0, THERE_EXISTS, or a failure, of which the call has said more on standard error. */
static int call_ended(struct place *p, struct qvm_err *err)
{
	int r = proc_wait(p->pid);

	p->pid = 0;
	if (r < 0)
		return err_errno(err, r, "cannot wait for the call to '%s'", p->vm);
	return r == 0 || r == THERE_EXISTS
		       ? r
		       : err_set(err, QVM_E_FAILED,
				 "the call to '%s' for '%s' ended with %d", p->vm,
				 p->path, r);
}

static int call_through(struct place *p, const char *what, struct qvm_err *err)
{
	int r = call(p, what, -1, -1, err);

	return r < 0 ? r : call_ended(p, err);
}

static int there_open(struct place *p, bool writes, struct qvm_err *err)
{
	cleanup_close int theirs = -1;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(err, -errno, "cannot make a pipe");
	p->fd = ends[writes];
	theirs = ends[!writes];
	return call(p, writes ? "write" : "read", writes ? theirs : -1,
		    writes ? -1 : theirs, err);
}

static int there_write(struct place *p, bool force, struct qvm_err *err)
{
	int r = force ? 0 : call_through(p, "check", err);

	if (r == THERE_EXISTS)
		return err_set(err, QVM_E_EXISTS,
			       "there is a file '%s' in '%s' (--force)", p->path, p->vm);
	return r < 0 ? r : there_open(p, true, err);
}

static int there_keep(struct place *p, struct qvm_err *err)
{
	int r;

	cleanup_close_at(&p->fd);
	r = call_ended(p, err);
	return r == 0 ? call_through(p, "keep", err) : r;
}

/* Reading ends as it likes: whether all of it came the archive says. */
static void there_dispose(struct place *p)
{
	struct qvm_err ignored;

	cleanup_close_at(&p->fd);
	if (p->pid <= 0)
		return;
	kill(p->pid, SIGTERM);
	(void)call_ended(p, &ignored);
	if (p->writes)
		(void)call_through(p, "drop", &ignored);
}

/* ---- here ---- */

static void here_dispose(struct place *p)
{
	if (p->fd > STDERR_FILENO)
		close(steal_fd(&p->fd));
	if (p->tmp)
		unlink(p->tmp);
}

static int here_write(struct place *p, const char *to, bool force, struct qvm_err *err)
{
	struct stat st;
	bool there = stat(to, &st) == 0;

	if (strcmp(to, "-") == 0 ||
	    (there && !S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))) {
		p->fd = strcmp(to, "-") == 0 ? STDOUT_FILENO
					     : open(to, O_WRONLY | O_CLOEXEC);
		return p->fd < 0 ? err_errno(err, -errno, "cannot write '%s'", to) : 0;
	}
	if (there && S_ISREG(st.st_mode) && !force)
		return err_set(err, QVM_E_EXISTS, "the file '%s' exists (--force)", to);
	if (there && S_ISDIR(st.st_mode))
		p->path = xasprintf("%s/%s", to, p->name);
	else
		p->path = xstrdup(to);
	p->tmp = xasprintf("%s.part%d", p->path, (int)getpid());
	p->fd = open(p->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (p->fd >= 0)
		return 0;
	free(steal(p->tmp));
	return err_errno(err, -errno, "cannot write '%s'", p->path);
}

static int here_keep(struct place *p, struct qvm_err *err)
{
	if (!p->path)
		return 0;
	if (fsync(p->fd) < 0 || rename(p->tmp, p->path) < 0)
		return err_errno(err, -errno, "cannot write '%s'", p->path);
	free(steal(p->tmp));
	return 0;
}

/* ---- either ---- */

int place_write(const struct qvm_ctx *ctx, const char *vm, const char *to, bool force,
		struct place *ret, struct qvm_err *err)
{
	ret->ctx = ctx;
	ret->vm = vm;
	ret->writes = true;
	name_file(ret);
	if (!vm)
		return here_write(ret, to, force, err);
	ret->path = xstrdup(to);
	return there_write(ret, force, err);
}

int place_keep(struct place *p, struct qvm_err *err)
{
	return p->vm ? there_keep(p, err) : here_keep(p, err);
}

int place_read(const struct qvm_ctx *ctx, const char *vm, const char *from,
	       struct place *ret, struct qvm_err *err)
{
	ret->ctx = ctx;
	ret->vm = vm;
	if (vm) {
		ret->path = xstrdup(from);
		return there_open(ret, false, err);
	}
	ret->fd =
		strcmp(from, "-") == 0 ? STDIN_FILENO : open(from, O_RDONLY | O_CLOEXEC);
	return ret->fd < 0 ? err_errno(err, -errno, "cannot open '%s'", from) : 0;
}

void place_dispose(struct place *p)
{
	if (p->vm)
		there_dispose(p);
	else
		here_dispose(p);
	free(p->path);
	free(p->tmp);
	*p = PLACE_INIT;
}
