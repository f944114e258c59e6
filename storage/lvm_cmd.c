/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/lvm.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"

/*
 * A copy of the metadata for each change would fill /etc/lvm/archive, which then slows
 * every command down; the newest state is still kept in /etc/lvm/backup. Monitoring is
 * left as the administrator has it.
 */
#define CONFIG "backup{archive=0}" LVM_UNWATCHED

#define LINE_MAX_LVM 240 /* LVM reads lines of 255 */
#define SELECT_MAX 110	 /* of the names in one removal */

static struct strv *command_add(struct lvm_commands *cmds, const char *verb, size_t step)
{
	struct lvm_command *c = &array_grow(cmds->v, cmds->n);

	cmds->n++;
	c->step = step;
	c->n_steps = 1;
	strv_add(&c->argv, "lvm");
	strv_add(&c->argv, verb);
	strv_add(&c->argv, "-y");
	strv_add(&c->argv, "-qq");
	strv_add(&c->argv, "--config");
	strv_add(&c->argv, CONFIG);
	return &c->argv;
}

/* -kn: active like any other, so that it is found in device-mapper without LVM. */
static void add_new(struct strv *argv, const char *id)
{
	strv_add(argv, "-kn");
	strv_add(argv, "--addtag");
	strv_add(argv, LVM_TAG);
	strv_add(argv, "-n");
	strv_addf(argv, LVM_PREFIX "%s", id);
}

static void add_create(struct lvm_commands *cmds, const struct lv_location *at,
		       const struct pool_step *step, size_t i)
{
	struct strv *argv = command_add(cmds, "lvcreate", i);

	add_new(argv, step->to);
	/* Nothing is read from it to look for old signatures: a new volume is blank. */
	strv_add(argv, "-Wn");
	strv_add(argv, "-V");
	strv_addf(argv, "%" PRIu64 "b", step->size);
	strv_add(argv, "-T");
	strv_addf(argv, "%s/%s", at->vg, at->lv);
}

static void add_snapshot(struct lvm_commands *cmds, const struct lv_location *at,
			 const struct pool_step *step, size_t i)
{
	struct strv *argv = command_add(cmds, "lvcreate", i);

	add_new(argv, step->to);
	if (step->readonly)
		strv_add(argv, "-pr");
	strv_add(argv, "-s");
	strv_addf(argv, "%s/" LVM_PREFIX "%s", at->vg, step->from);
}

static void add_resize(struct lvm_commands *cmds, const struct lv_location *at,
		       const struct pool_step *step, size_t i)
{
	struct strv *argv = command_add(cmds, "lvresize", i);

	strv_add(argv, "-f");
	strv_add(argv, "-L");
	strv_addf(argv, "%" PRIu64 "b", step->size);
	strv_addf(argv, "%s/" LVM_PREFIX "%s", at->vg, step->to);
}

/*
 * By selection: what is absent is then no error, and what lacks our tag or lies in another
 * pool of the group is safe.
 */
static size_t add_remove(struct lvm_commands *cmds, const struct lv_location *at,
			 const struct pool_step *steps, size_t n, size_t i)
{
	struct strv *argv = command_add(cmds, "lvremove", i);
	cleanup_buf struct buf names = BUF_INIT;
	size_t end = i;

	while (end < n && steps[end].kind == POOL_REMOVE && names.len < SELECT_MAX - 60) {
		buf_addf(&names, "%slv_name=" LVM_PREFIX "%s", end > i ? "||" : "",
			 steps[end].to);
		end++;
	}
	strv_add(argv, "-f");
	strv_add(argv, "-S");
	strv_addf(argv, "lv_tags=" LVM_TAG "&&pool_lv=%s&&(%s)", at->lv, buf_str(&names));
	strv_add(argv, at->vg);
	cmds->v[cmds->n - 1].n_steps = end - i;
	return end - i;
}

void lvm_commands(const struct lv_location *at, const struct pool_step *steps, size_t n,
		  struct lvm_commands *ret)
{
	for (size_t i = 0; i < n; i++) {
		switch (steps[i].kind) {
		case POOL_CREATE:
			add_create(ret, at, &steps[i], i);
			break;
		case POOL_SNAPSHOT:
			add_snapshot(ret, at, &steps[i], i);
			break;
		case POOL_RESIZE:
			add_resize(ret, at, &steps[i], i);
			break;
		case POOL_REMOVE:
			i += add_remove(ret, at, steps, n, i) - 1;
			break;
		}
	}
}

void lvm_commands_dispose(struct lvm_commands *cmds)
{
	for (size_t i = 0; i < cmds->n; i++)
		strv_dispose(&cmds->v[i].argv);
	free(cmds->v);
	*cmds = (struct lvm_commands){0};
}

bool lvm_script(const struct lvm_commands *cmds, size_t first, struct buf *ret)
{
	buf_add(ret, "#!lvm\n");
	for (size_t i = first; i < cmds->n; i++) {
		const struct strv *argv = &cmds->v[i].argv;
		size_t start = ret->len;

		for (size_t k = 1; k < argv->n; k++)
			buf_addf(ret, "%s%s", k > 1 ? " " : "", argv->v[k]);
		if (ret->len - start > LINE_MAX_LVM)
			return false;
		buf_add(ret,
			"\nlvmconfig -qq --config backup{archive=0} backup/archive\n");
	}
	return true;
}

size_t lvm_marks(const char *output)
{
	size_t n = 0;

	for (const char *at = output; (at = strstr(at, LVM_MARK "\n")); at++)
		if (at == output || at[-1] == '\n')
			n++;
	return n;
}

static bool says_nothing(const char *line)
{
	return !*line || strncmp(line, "WARNING:", 8) == 0 ||
	       strncmp(line, "File descriptor ", 16) == 0;
}

void lvm_first_message(const char *text, size_t size, char *ret)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		const char *end = text + len;

		while (isspace((unsigned char)*text) && text < end)
			text++;
		snprintf(ret, size, "%.*s", (int)(end - text), text);
		if (!says_nothing(ret)) {
			len = strlen(ret);
			if (len && ret[len - 1] == '.')
				ret[len - 1] = '\0';
			return;
		}
		text = *end ? end + 1 : end;
	}
	snprintf(ret, size, "it gave no reason");
}

int lvm_message_kind(const char *message)
{
	static const struct {
		const char *part;
		int kind;
	} known[] = {
		{"already exists", QVM_E_EXISTS},
		{"Failed to find logical volume", QVM_E_NOT_FOUND},
		{"not found", QVM_E_NOT_FOUND},
		{" in use", QVM_E_BUSY},
		{"is used by another device", QVM_E_BUSY},
		{"insufficient free space", QVM_E_NO_SPACE},
		{"Insufficient free space", QVM_E_NO_SPACE},
		{"free space in", QVM_E_NO_SPACE},
		{"Permission denied", QVM_E_PERMISSION},
	};

	for (size_t i = 0; i < array_len(known); i++)
		if (strstr(message, known[i].part))
			return known[i].kind;
	return QVM_E_STORAGE;
}
