/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netvm/store.h"

#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/strv.h"

void fw_list_dispose(struct fw_list *l)
{
	free(l->v);
	*l = (struct fw_list)FW_LIST_INIT;
}

void fw_list_load(const struct vm *vm, struct fw_list *ret)
{
	cleanup_strv struct strv lines = STRV_INIT;
	const char *why;

	strv_split(&lines, vm->firewall ? vm->firewall : "action=accept", "\n");
	ret->v = xcalloc(lines.n + 1, sizeof(*ret->v));
	ret->n = lines.n;
	for (size_t i = 0; i < lines.n; i++)
		if (fw_rule_parse(lines.v[i], &ret->v[i], &why) < 0)
			ret->v[i] = (struct fw_rule){0};
}

char *fw_list_text(const struct fw_list *l)
{
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < l->n; i++) {
		fw_rule_format(&l->v[i], false, &out);
		buf_add_ch(&out, '\n');
	}
	return buf_steal(&out);
}

void fw_list_insert(struct fw_list *l, size_t at, const struct fw_rule *rule)
{
	l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
	memmove(&l->v[at + 1], &l->v[at], (l->n - at) * sizeof(*l->v));
	l->v[at] = *rule;
	l->n++;
}

void fw_list_delete(struct fw_list *l, size_t at)
{
	l->n--;
	memmove(&l->v[at], &l->v[at + 1], (l->n - at) * sizeof(*l->v));
}

size_t fw_list_find(const struct fw_list *l, const struct fw_rule *rule)
{
	cleanup_buf struct buf wanted = BUF_INIT, text = BUF_INIT;
	size_t i = 0;

	fw_rule_format(rule, true, &wanted);
	for (; i < l->n; i++) {
		buf_reset(&text);
		fw_rule_format(&l->v[i], true, &text);
		if (strcmp(buf_str(&wanted), buf_str(&text)) == 0)
			break;
	}
	return i;
}
