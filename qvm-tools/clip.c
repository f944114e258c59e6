/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qvm-clip: text from one domain to another, only by command, once, and not for long. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/alloc.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/proc.h"
#include "lib/utf8.h"
#include "ops/call.h"
#include "qvm-tools/clip_store.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/msg.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/render.h"

#define GET_SERVICE "qvm.ClipboardGet"
#define SET_SERVICE "qvm.ClipboardSet"

enum { O_TIMEOUT = 1, O_SHOW };
enum { KEEP_SECONDS = 120, KEEP_MAX = 3600, CALL_MS = 20000 };

struct clip_opts {
	int seconds;
	bool show;
};

static const struct opt clip_opts[] = {
	{"timeout", 't', O_TIMEOUT, "SECONDS", "copy: clear it after so long (120)"},
	{"show", 0, O_SHOW, NULL, "status: print the text too"},
	{0},
};

static const struct cmd_example clip_examples[] = {
	{"qvm-clip copy work", "take the text that 'qvm-clip-set' was given in work"},
	{"qvm-clip paste vault", "hand it to vault, for 'qvm-clip-get', and forget it"},
	{"qvm-clip status --show", "what would be pasted"},
	{0},
};

static int clip_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct clip_opts *o = opts;

	if (id == O_TIMEOUT)
		return opt_number("--timeout", value, 1, KEEP_MAX, &o->seconds, err);
	o->show = true;
	return 0;
}

/* ---- the guest's side ---- */

/* TEXT is what it says, or IN a file of ours, at its beginning, and TEXT is NULL. */
static int call(struct inv *inv, const char *service, int in, struct buf *text,
		struct qvm_err *err)
{
	const char *domain = inv->args.v[1];
	const struct op_call c = {
		.domain = domain,
		.service = service,
		.no_start = true,
		.in = in < 0 ? -1 : dup(in),
		.out = -1,
		.errors = STDERR_FILENO,
		.filter_err = true,
		.timeout_ms = CALL_MS,
	};
	int status = 0;
	int r = text ? op_call_text(inv->ctx, &c, CLIP_MAX, text, &status, err)
		     : op_call(inv->ctx, &c, &status, err);

	if (r < 0)
		return r;
	if (status == 127)
		return err_set(err, QVM_E_UNSUPPORTED, "'%s' has no service '%s'", domain,
			       service);
	if (status)
		return err_set(err, QVM_E_FAILED, "service '%s' of '%s' ended with %d",
			       service, domain, status);
	return 0;
}

static int fetch(struct inv *inv, struct buf *ret, struct qvm_err *err)
{
	cleanup_buf struct buf untrusted = BUF_INIT;
	int r = call(inv, GET_SERVICE, -1, &untrusted, err);

	if (r == 0 && !utf8_ok(buf_str(&untrusted), untrusted.len))
		r = err_set(err, QVM_E_VALUE, "the text of '%s' is not valid UTF-8",
			    inv->args.v[1]);
	else if (r == 0)
		buf_add_mem(ret, untrusted.data, untrusted.len);
	if (untrusted.data)
		explicit_bzero(untrusted.data, untrusted.len);
	return r;
}

static int hand_over(struct inv *inv, const struct clip *c, struct qvm_err *err)
{
	cleanup_close int fd = memfd_create("qvm-clip", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : fd_write_all(fd, buf_str(&c->text), c->text.len);

	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	if (r < 0)
		return err_errno(err, r, "cannot hold the text in memory");
	return call(inv, SET_SERVICE, fd, NULL, err);
}

/* ---- what can be done ---- */

/* Somebody must be there when its time is over. */
static int watch_over(const struct qvm_ctx *ctx, const char *token, struct qvm_err *err)
{
	const char *const argv[] = {ctx->self, "__clip-expire", token, NULL};
	int r = proc_spawn_detached(argv, -1, -1, -1, -1);

	return r < 0 ? err_errno(err, r, "cannot run '%s'", ctx->self) : 0;
}

static int clip_copy(struct inv *inv, struct qvm_err *err)
{
	const struct clip_opts *o = inv->opts;
	int seconds = o->seconds ? o->seconds : KEEP_SECONDS;
	cleanup_buf struct buf text = BUF_INIT;
	char token[UUID_TEXT];
	int r = fetch(inv, &text, err);

	if (r < 0)
		return r;
	r = clip_put(inv->ctx, inv->args.v[1], &text, seconds, token, err);
	if (r == 0)
		r = watch_over(inv->ctx, token, err);
	if (r == 0 && inv->verbose >= 0)
		msg_linef(inv->ctx->log_arg,
			  "%zu bytes of '%s' can be pasted once, within %d s", text.len,
			  inv->args.v[1], seconds);
	explicit_bzero(text.data, text.size);
	return r;
}

static int clip_paste(struct inv *inv, struct qvm_err *err)
{
	cleanup_clip struct clip c = CLIP_INIT;
	int r = clip_take(inv->ctx, &c, err);

	if (r == 0)
		r = hand_over(inv, &c, err);
	if (r < 0)
		return r; /* what did not arrive can still be pasted elsewhere */
	clip_wipe(&c);
	if (inv->verbose >= 0)
		msg_linef(inv->ctx->log_arg, "%zu bytes of '%s' are in '%s' now",
			  c.text.len, c.source, inv->args.v[1]);
	return 0;
}

static const struct column clip_columns[] = {
	{"source", "SOURCE", CELL_TEXT, 0, false, "the domain that it comes from"},
	{"bytes", "BYTES", CELL_INT, 0, false, "its length"},
	{"seconds", "SECONDS", CELL_INT, 0, false, "until it is cleared"},
	{"text", "TEXT", CELL_TEXT, 0, false, "with --show: itself"},
};

static int clip_status(struct inv *inv, struct qvm_err *err)
{
	const struct clip_opts *o = inv->opts;
	cleanup_clip struct clip c = CLIP_INIT;
	cleanup_table struct table t = {0};
	int r = clip_take(inv->ctx, &c, err);

	if (r < 0 && r != -QVM_E_NOT_FOUND)
		return r;
	table_init(&t, "qvm-clip/1", "texts", clip_columns,
		   array_len(clip_columns) - (o->show ? 0 : 1));
	if (r == 0) {
		table_row(&t, 0);
		table_text(&t, c.source);
		table_int(&t, (long long)c.text.len);
		table_int(&t, clock_left(c.expires, -1) / 1000);
		if (o->show)
			table_text(&t, buf_str(&c.text));
	}
	table_print(&t, inv->json ? RENDER_JSON : RENDER_TABLE, stdout);
	return 0;
}

static int clip_clear(struct inv *inv, struct qvm_err *err)
{
	cleanup_clip struct clip c = CLIP_INIT;
	int r = clip_take(inv->ctx, &c, err);

	if (r == 0)
		clip_wipe(&c);
	return r == -QVM_E_NOT_FOUND ? 0 : r;
}

/* ---- the command ---- */

static const char *const clip_actions[] = {"copy", "paste", "status", "clear", NULL};

static const struct clip_action {
	const char *name;
	size_t args;
	int (*run)(struct inv *inv, struct qvm_err *err);
} actions[] = {
	{"copy", 2, clip_copy},
	{"paste", 2, clip_paste},
	{"status", 1, clip_status},
	{"clear", 1, clip_clear},
};

static const struct clip_action *action_of(const struct inv *inv)
{
	for (size_t i = 0; i < array_len(actions); i++)
		if (strcmp(actions[i].name, inv->args.v[0]) == 0)
			return &actions[i];
	return NULL;
}

static int clip_verify(struct inv *inv, struct qvm_err *err)
{
	const struct clip_opts *o = inv->opts;
	const struct clip_action *a = action_of(inv);

	if (!a)
		return usage_error(err, "'%s' is not copy, paste, status or clear",
				   inv->args.v[0]);
	if (inv->args.n != a->args)
		return usage_error(err, "%s takes %s", a->name,
				   a->args == 2 ? "one domain" : "no domain");
	if (o->seconds && a->run != clip_copy)
		return usage_error(err, "--timeout goes with copy only");
	if ((o->show || inv->json) && a->run != clip_status)
		return usage_error(err, "--show and --json go with status only");
	return 0;
}

static int clip_run(struct inv *inv, struct qvm_err *err)
{
	return action_of(inv)->run(inv, err);
}

const struct cmd cmd_clip = {
	.name = "qvm-clip",
	.summary = "move text from one domain to another",
	.args = "ACTION [VMNAME]",
	.actions = clip_actions,
	.opts = clip_opts,
	.examples = clip_examples,
	.flags = CMD_ROOT | CMD_JSON,
	.exits = EXIT(NO_VM) | EXIT(NOT_FOUND) | EXIT(VALUE) | EXIT(NOT_RUNNING) |
		 EXIT(BUSY) | EXIT(PERMISSION) | EXIT(NO_XEN) | EXIT(DATABASE) |
		 EXIT(TIMEOUT) | EXIT(UNSUPPORTED),
	.min_args = 1,
	.max_args = 2,
	.opts_size = sizeof(struct clip_opts),
	.option = clip_option,
	.verify = clip_verify,
	.run = clip_run,
};
