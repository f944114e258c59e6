/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/backup_common.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/size.h"
#include "ops/call.h"
#include "qvm-tools/backup_profile.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/render.h"

void passphrase_wipe(struct passphrase *p)
{
	explicit_bzero(p, sizeof(*p));
}

/* To the end of a line or of the file, byte by byte: what follows is somebody else's. */
static int read_line(int fd, struct passphrase *ret)
{
	ssize_t n;

	for (ret->len = 0; ret->len < sizeof(ret->text); ret->len++) {
		n = read(fd, ret->text + ret->len, 1);
		if (n < 0)
			return -errno;
		if (n == 0 || ret->text[ret->len] == '\n')
			break;
	}
	if (ret->len == sizeof(ret->text))
		return -EFBIG;
	while (ret->len && strchr(" \t\r\v\f", ret->text[ret->len - 1]))
		ret->len--;
	return 0;
}

static int ask(const char *question, struct passphrase *ret)
{
	struct termios before, quiet;
	int r;

	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return -errno;
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	fputs(question, stderr);
	fflush(stderr);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	r = read_line(STDIN_FILENO, ret);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	fputc('\n', stderr);
	return r;
}

static int from_terminal(const char *question, bool twice, struct passphrase *ret,
			 struct qvm_err *err)
{
	cleanup(passphrase_wipe) struct passphrase again = {.len = 0};
	int r;

	if (!isatty(STDIN_FILENO))
		return usage_error(err, "there is no terminal to ask for the passphrase: "
					"--passphrase-file");
	r = ask(question, ret);
	if (r == 0 && twice)
		r = ask("Once more: ", &again);
	if (r < 0)
		return err_errno(err, r, "cannot read the passphrase");
	if (twice &&
	    (again.len != ret->len || memcmp(again.text, ret->text, ret->len) != 0))
		return err_set(err, QVM_E_VALUE, "the two passphrases differ");
	return 0;
}

/* The first line of a text. */
static int passphrase_take(const char *text, struct passphrase *ret, struct qvm_err *err)
{
	size_t len = strcspn(text, "\n");

	while (len && strchr(" \t\r\v\f", text[len - 1]))
		len--;
	if (len >= sizeof(ret->text))
		return err_set(err, QVM_E_VALUE, "the passphrase is too long");
	memcpy(ret->text, text, len);
	ret->len = len;
	return 0;
}

int passphrase_read(const char *file, const char *question, bool twice,
		    struct passphrase *ret, struct qvm_err *err)
{
	cleanup_close int opened = -1;
	int fd = STDIN_FILENO, r;

	if (!file)
		return from_terminal(question, twice, ret, err);
	if (strcmp(file, "-") != 0)
		fd = opened = open(file, O_RDONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : read_line(fd, ret);
	return r < 0 ? err_errno(err, r, "cannot read the passphrase from '%s'", file)
		     : 0;
}

bool backup_confirmed(const char *question)
{
	char answer[16] = "";

	fputs(question, stderr);
	fflush(stderr);
	if (!fgets(answer, sizeof(answer), stdin))
		return false;
	return strcmp(answer, "y\n") == 0 || strcmp(answer, "Y\n") == 0;
}

/* ---- options ---- */

int backup_option(struct backup_opts *o, int id, const char *value, struct qvm_err *err)
{
	switch (id) {
	case BO_EXCLUDE:
		strv_add(&o->exclude, value);
		break;
	case BO_PASS:
		o->pass = value;
		break;
	case BO_VM:
		o->vm = value;
		break;
	case BO_YES:
		o->yes = true;
		break;
	case BO_OLDER:
		return opt_number("--if-older-than", value, 1, 1000000, &o->older, err);
	case BO_SNAPSHOT:
		o->save.snapshot = true;
		break;
	case BO_PROFILE:
		o->profile = value;
		break;
	case BO_SKIP_BROKEN:
		o->restore.skip_broken = true;
		break;
	case BO_MISSING:
		o->restore.ignore_missing = true;
		break;
	case BO_SKIP_CLASH:
		o->restore.clash = CLASH_SKIP;
		break;
	case BO_RENAME:
		o->restore.clash = CLASH_RENAME;
		break;
	case BO_POOL:
		o->restore.pool = value;
		break;
	}
	return 0;
}

void backup_opts_dispose(struct backup_opts *o)
{
	strv_dispose(&o->names);
	strv_dispose(&o->exclude);
	strv_dispose(&o->texts);
}

void backup_choose(struct backup_opts *o, char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		strv_add(&o->names, names[i]);
	o->save.names = o->restore.names = (const char *const *)o->names.v;
	o->save.name_count = o->restore.name_count = o->names.n;
	o->save.exclude = o->restore.exclude = (const char *const *)o->exclude.v;
	o->save.exclude_count = o->restore.exclude_count = o->exclude.n;
}

int backup_choose_here(struct inv *inv, struct backup_opts *o, char *const *names,
		       size_t n, struct qvm_err *err)
{
	size_t given;
	int r = inv_world(inv, err);

	if (r == 0 && o->profile)
		r = profile_read(inv->ctx, o->profile, o, err);
	for (size_t i = 0; r == 0 && i < n; i++)
		strv_add(&o->names, names[i]);
	given = o->names.n;
	if (r == 0)
		r = profile_expand(inv->world, &o->names, err);
	if (r == 0)
		r = profile_expand(inv->world, &o->exclude, err);
	if (r == 0 && given && !o->names.n)
		r = err_set(err, QVM_E_NO_VM, "what is named stands for no domain");
	backup_choose(o, NULL, 0);
	return r;
}

/* The first line of what a domain says. */
static int ask_domain(struct inv *inv, const struct backup_opts *o,
		      struct passphrase *ret, struct qvm_err *err)
{
	cleanup_free char *service = xasprintf("qubes.BackupPassphrase+%s", o->profile);
	const struct op_call c = {.domain = o->secret_vm,
				  .service = service,
				  .in = -1,
				  .out = -1,
				  .errors = -1};
	cleanup_buf struct buf text = BUF_INIT;
	int status = 0,
	    r = op_call_text(inv->ctx, &c, sizeof(ret->text), &text, &status, err);

	if (r == 0 && status)
		r = err_set(err, QVM_E_FAILED, "'%s' does not tell the passphrase",
			    o->secret_vm);
	if (r == 0)
		r = passphrase_take(buf_str(&text), ret, err);
	if (text.data)
		explicit_bzero(text.data, text.size);
	return r;
}

int backup_passphrase(struct inv *inv, const struct backup_opts *o, bool twice,
		      struct passphrase *ret, struct qvm_err *err)
{
	if (!o->pass && o->secret)
		return passphrase_take(o->secret, ret, err);
	if (!o->pass && o->secret_vm)
		return ask_domain(inv, o, ret, err);
	return passphrase_read(o->pass, "Passphrase: ", twice, ret, err);
}

int backup_restore(struct inv *inv, const struct backup_opts *o, struct qvm_err *err)
{
	cleanup_backup_list struct backup_list l = {0};
	int r = op_restore(inv->ctx, &o->restore, &l, err);

	if (l.n && (r == 0 || r == -QVM_E_PARTIAL || inv->json))
		backup_table(inv, &l, r, stdout);
	return r;
}

/* ---- the table ---- */

static const struct column columns[] = {
	{"vm", "VM", CELL_TEXT, 0, false, "domain, as in the backup"},
	{"class", "CLASS", CELL_TEXT, 0, false, "its class"},
	{"size", "SIZE", CELL_TEXT, 0, false, "data of its volumes"},
	{"as", "AS", CELL_TEXT, 0, false, "its name here"},
	{"state", "STATE", CELL_TEXT, 0, false, "what becomes of it"},
};

static const struct column json_columns[] = {
	{"vm", "", CELL_TEXT, 0, false, ""},   {"class", "", CELL_TEXT, 0, false, ""},
	{"bytes", "", CELL_INT, 0, false, ""}, {"as", "", CELL_TEXT, 0, false, ""},
	{"done", "", CELL_BOOL, 0, false, ""}, {"error", "", CELL_TEXT, 0, false, ""},
};

static void print_json(const struct backup_list *l, int r, FILE *out)
{
	cleanup_table struct table t = {0};
	char number[32];

	table_init(&t, "qvm-backup/1", "domains", json_columns, array_len(json_columns));
	snprintf(number, sizeof(number), "%llu", (unsigned long long)l->bytes);
	table_extra_json(&t, "bytes", number);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)l->written);
	table_extra_json(&t, "archive_bytes", number);
	table_extra(&t, "result",
		    r == 0		  ? "complete"
		    : r == -QVM_E_PARTIAL ? "partial"
					  : "failed");
	if (l->snapshot)
		table_extra(&t, "snapshot", l->snapshot);
	for (size_t i = 0; i < l->n; i++) {
		const struct backup_row *row = &l->v[i];

		table_row(&t, 0);
		table_text(&t, row->name);
		table_text(&t, row->klass);
		table_int(&t, (long long)row->bytes);
		table_text(&t, row->as);
		table_bool(&t, row->done);
		table_text(&t, row->why);
	}
	table_print(&t, RENDER_JSON, out);
}

void backup_table(const struct inv *inv, const struct backup_list *l, int r, FILE *out)
{
	cleanup_table struct table t = {0};
	char size[32];

	if (inv->json) {
		print_json(l, r, out);
		return;
	}
	table_init(&t, "qvm-backup/1", "domains", columns, array_len(columns));
	for (size_t i = 0; i < l->n; i++) {
		const struct backup_row *row = &l->v[i];

		size_format(row->bytes, size);
		table_row(&t, 0);
		table_text(&t, row->name);
		table_text(&t, row->klass);
		table_text(&t, size);
		table_text(&t, row->as);
		table_text(&t, row->why			  ? row->why
			       : row->done		  ? "done"
			       : row->running && row->now ? "running: as it is now"
			       : row->running		  ? "running: as before its start"
							  : "");
	}
	table_print(&t, RENDER_TABLE, out);
}
