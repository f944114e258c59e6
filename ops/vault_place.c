/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/alloc.h"
#include "lib/proc.h"
#include "ops/vault_internal.h"

/* Starts the shell there, whose input and output are one socket. */
static int call(struct qvm_ctx *ctx, const struct op_vault *vault, const char *what,
		int socket, pid_t *ret, struct qvm_err *err)
{
	cleanup_buf struct buf text = BUF_INIT;
	const char *argv[] = {ctx->self, "run", "-p", vault->vm, NULL, NULL};
	int r;

	buf_addf(&text, "do=%s to=", what);
	buf_add_quoted(&text, vault->path);
	buf_addf(&text, "\n%s", vault_remote_script);
	argv[4] = buf_str(&text);
	r = proc_spawn(argv, (int[]){socket, socket, PROC_INHERIT}, 3, ret);
	return r < 0 ? err_errno(err, r, "cannot run '%s'", ctx->self) : 0;
}

static int open_there(struct qvm_ctx *ctx, const struct op_vault *vault,
		      enum vault_use use, bool make, struct vault_place *ret,
		      struct qvm_err *err)
{
	cleanup_close int theirs = -1;
	int ends[2], r;

	vault_remote_init(&ret->remote);
	if (*vault->path != '/')
		return err_set(err, QVM_E_VALUE,
			       "a folder in a domain is an absolute path, not '%s'",
			       vault->path);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_errno(err, -errno, "cannot make a socket");
	theirs = ends[1];
	ret->remote.channel = ends[0];
	r = vault_remote_limit(ends[0], REMOTE_SILENCE_S, err);
	if (r == 0)
		r = call(ctx, vault, vault_remote_word(use, make), theirs, &ret->pid,
			 err);
	cleanup_close_at(&theirs);
	return r < 0 ? r
		     : vault_remote_open(&ret->remote, ends[0], use, vault->path, err);
}

int vault_place_open(struct qvm_ctx *ctx, const struct op_vault *vault,
		     enum vault_use use, struct vault_place *ret, struct qvm_err *err)
{
	return vault->vm ? open_there(ctx, vault, use, false, ret, err)
			 : vault_dir_open(vault->path, use, &ret->dir, err);
}

int vault_place_make(struct qvm_ctx *ctx, const struct op_vault *vault,
		     struct vault_place *ret, struct qvm_err *err)
{
	return vault->vm ? open_there(ctx, vault, VAULT_WRITE, true, ret, err)
			 : vault_dir_make(vault->path, &ret->dir, err);
}

struct vault_store vault_place_store(struct vault_place *place)
{
	return place->pid ? vault_remote_store(&place->remote)
			  : vault_dir_store(&place->dir);
}

/* The shell ends at the end of its input. */
void vault_place_close(struct vault_place *place)
{
	vault_dir_close(&place->dir);
	if (place->remote.channel >= 0)
		vault_remote_close(&place->remote);
	if (!place->pid)
		return;
	kill(place->pid, SIGTERM);
	if (proc_wait(place->pid) < 0)
		return;
	place->pid = 0;
}
