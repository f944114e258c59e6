/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/backup_profile.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "qrexec/policy_load.h"
#include "qvm-tools/yaml_file.h"

#define FOLDER "/etc/qubes/backup"

/* It becomes a part of a path. */
static int file_of(const struct qvm_ctx *ctx, const char *name, char **ret,
		   struct qvm_err *err)
{
	cleanup_free char *root = policy_root(ctx);
	bool fine = *name && *name != '.' && strlen(name) < 64;

	for (const char *c = name; *c; c++)
		fine &= isalnum((unsigned char)*c) || strchr("-_.", *c) != NULL;
	if (!fine)
		return err_set(err, QVM_E_VALUE, "'%.64s' is no name of a profile", name);
	*ret = xasprintf("%s" FOLDER "/%s.conf", root, name);
	return 0;
}

/* ---- reading ---- */

static int add_item(struct yaml_at item, void *names, struct qvm_err *err)
{
	const char *text = NULL;
	int r = yaml_text(item, &text, err);

	if (r == 0)
		strv_add(names, text);
	return r;
}

/* What the command line has said stands. */
static void keep(struct backup_opts *o, const char **to, const char *text)
{
	if (*to)
		return;
	strv_add(&o->texts, text);
	*to = o->texts.v[o->texts.n - 1];
}

static const char *filter_of(const char *text)
{
	if (strcasecmp(text, "true") == 0)
		return "gzip";
	return strcasecmp(text, "false") == 0 ? "none" : text;
}

static int read_word(const char *key, struct yaml_at value, void *arg,
		     struct qvm_err *err)
{
	struct backup_opts *o = arg;
	const struct {
		const char *key, **to;
	} words[] = {{"destination_path", &o->to},     {"destination_vm", &o->vm},
		     {"compression", &o->save.filter}, {"passphrase_file", &o->pass},
		     {"passphrase_text", &o->secret},  {"passphrase_vm", &o->secret_vm}};
	const char *text = NULL;
	int r;

	if (strcmp(key, "include") == 0)
		return yaml_items(value, add_item, &o->names, err);
	if (strcmp(key, "exclude") == 0)
		return yaml_items(value, add_item, &o->exclude, err);
	r = yaml_text(value, &text, err);
	for (size_t i = 0; r == 0 && i < array_len(words); i++)
		if (strcmp(words[i].key, key) == 0) {
			keep(o, words[i].to,
			     words[i].to == &o->save.filter ? filter_of(text) : text);
			return 0;
		}
	return r < 0 ? r : yaml_bad(value, err, "its word is not known");
}

int profile_read(const struct qvm_ctx *ctx, const char *name, struct backup_opts *o,
		 struct qvm_err *err)
{
	cleanup_free char *path = NULL;
	int r = file_of(ctx, name, &path, err);

	return r < 0 ? r : yaml_file_read(path, read_word, o, err);
}

/* ---- writing ---- */

static void add_text(struct buf *to, const char *text)
{
	buf_add_ch(to, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			buf_add_ch(to, '\'');
		buf_add_ch(to, *text);
	}
	buf_add_ch(to, '\'');
}

static int add_word(struct buf *to, const char *key, const char *text,
		    struct qvm_err *err)
{
	if (!text)
		return 0;
	for (const char *c = text; *c; c++)
		if (iscntrl((unsigned char)*c))
			return err_set(err, QVM_E_VALUE,
				       "a profile cannot hold the %s '%.64s'", key, text);
	buf_addf(to, "%s: ", key);
	add_text(to, text);
	buf_add_ch(to, '\n');
	return 0;
}

static void add_list(struct buf *to, const char *key, const struct strv *names)
{
	if (!names->n)
		return;
	buf_addf(to, "%s: [", key);
	for (size_t i = 0; i < names->n; i++) {
		buf_add(to, i ? ", " : "");
		add_text(to, names->v[i]);
	}
	buf_add(to, "]\n");
}

/* It is read from wherever the next command is called. */
static char *absolute(const char *path)
{
	char *whole = path ? realpath(path, NULL) : NULL;

	return whole ? whole : xstrdup(path);
}

int profile_save(const struct qvm_ctx *ctx, const char *name, const struct backup_opts *o,
		 struct qvm_err *err)
{
	cleanup_buf struct buf text = BUF_INIT;
	bool typed = !o->pass || strcmp(o->pass, "-") == 0;
	cleanup_free char *path = NULL, *pass = absolute(typed ? NULL : o->pass);
	cleanup_free char *to = o->vm ? xstrdup(o->to) : absolute(o->to), *folder = NULL;
	int r = file_of(ctx, name, &path, err);

	add_list(&text, "include", &o->names);
	add_list(&text, "exclude", &o->exclude);
	if (r == 0)
		r = add_word(&text, "destination_path", to, err);
	if (r == 0)
		r = add_word(&text, "destination_vm", o->vm, err);
	if (r == 0)
		r = add_word(&text, "compression", o->save.filter, err);
	if (r == 0)
		r = add_word(&text, "passphrase_file", pass, err);
	if (r < 0)
		return r;
	folder = xstrndup(path, (size_t)(strrchr(path, '/') - path));
	r = dir_make(folder, 0755);
	if (r == 0)
		r = file_replace(path, buf_str(&text), text.len, 0600, 1);
	return r < 0 ? err_errno(err, r, "cannot write the profile '%s'", path) : 0;
}

/* ---- many at once ---- */

static bool is_tagged(const struct vm *vm, const char *tag)
{
	return strv_has(&vm->tags, tag);
}

static bool is_of_class(const struct vm *vm, const char *klass)
{
	return strcmp(vm_classes[vm->klass].name, klass) == 0;
}

static int expand(const struct world *w, const char *name, struct strv *to,
		  struct qvm_err *err)
{
	const struct {
		const char *begin;
		bool (*fits)(const struct vm *vm, const char *text);
	} kinds[] = {{"tag:", is_tagged}, {"type:", is_of_class}};

	/* '$' is how Qubes wrote it once. */
	if (*name != '@' && *name != '$') {
		strv_add(to, name);
		return 0;
	}
	for (size_t k = 0; k < array_len(kinds); k++) {
		size_t len = strlen(kinds[k].begin);

		if (strncmp(name + 1, kinds[k].begin, len) != 0)
			continue;
		for (size_t i = 0; i < w->vm_count; i++)
			if (w->vms[i].klass != CLASS_ADMIN &&
			    kinds[k].fits(&w->vms[i], name + 1 + len))
				strv_add(to, w->vms[i].name);
		return 0;
	}
	return err_set(err, QVM_E_VALUE, "'%.64s' stands for no domains", name);
}

int profile_expand(const struct world *w, struct strv *names, struct qvm_err *err)
{
	struct strv all = STRV_INIT;
	int r = 0;

	for (size_t i = 0; r == 0 && i < names->n; i++)
		r = expand(w, names->v[i], &all, err);
	strv_dispose(names);
	*names = all;
	return r;
}
