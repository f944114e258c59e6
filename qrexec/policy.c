/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A policy as a whole: its rules, findings and index. */
#include "qrexec/policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "qrexec/policy_int.h"

struct policy *policy_new(void)
{
	return xcalloc(1, sizeof(struct policy));
}

void policy_free(struct policy *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->rule_count; i++)
		rule_dispose(&p->rules[i]);
	free(p->rules);
	for (size_t i = 0; i < p->service_count; i++)
		free(p->services[i].at);
	free(p->services);
	free(p->any.at);
	for (size_t i = 0; i < p->note_count; i++) {
		free(p->notes[i].file);
		free(p->notes[i].text);
	}
	free(p->notes);
	strv_dispose(&p->files);
	free(p);
}

/* What a file holds may end on a terminal or in a log. */
static void printable(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

void policy_note_add(struct policy *p, bool error, const char *file, unsigned line,
		     const char *fmt, ...)
{
	struct policy_note *note;
	va_list ap;

	p->error_count += error;
	if (p->note_count < POLICY_NOTES_MAX) {
		note = &array_grow(p->notes, p->note_count);
		p->note_count++;
	} else if (error && p->error_count == 1) {
		/* the error that breaks it must be seen behind any number of warnings */
		note = &p->notes[p->note_count - 1];
		free(note->file);
		free(note->text);
	} else {
		return;
	}
	va_start(ap, fmt);
	*note = (struct policy_note){
		.error = error,
		.file = xstrdup(file),
		.line = line,
		.text = xvasprintf(fmt, ap),
	};
	va_end(ap);
	printable(note->file);
	printable(note->text);
}

const struct policy_note *policy_notes(const struct policy *p, size_t *ret_n)
{
	*ret_n = p->note_count;
	return p->notes;
}

bool policy_is_broken(const struct policy *p)
{
	return p->error_count != 0;
}

size_t policy_rule_count(const struct policy *p)
{
	return p->rule_count;
}

void policy_rule_add(struct policy *p, const struct rule *r)
{
	if (p->rule_count == p->rule_room) {
		p->rule_room = p->rule_room ? p->rule_room * 2 : 64;
		p->rules = xreallocarray(p->rules, p->rule_room, sizeof(*p->rules));
	}
	p->rules[p->rule_count++] = *r;
}

void policy_dump(const struct policy *p, struct buf *ret)
{
	for (size_t i = 0; i < p->rule_count; i++) {
		const struct rule *r = &p->rules[i];

		buf_addf(ret, "%s:%u: ", p->files.v[r->file], r->line);
		rule_format(r, ret);
		buf_add_ch(ret, '\n');
	}
}

static int by_service(const void *a, const void *b)
{
	const struct rule *x = *(const struct rule *const *)a;
	const struct rule *y = *(const struct rule *const *)b;
	int order = x->service && y->service ? strcmp(x->service, y->service)
					     : !!x->service - !!y->service;

	if (order)
		return order;
	return x < y ? -1 : x > y;
}

static struct rule_list *list_of(struct policy *p, const struct rule *r)
{
	struct rule_list *last =
		p->service_count ? &p->services[p->service_count - 1] : NULL;

	if (!r->service)
		return &p->any;
	if (last && strcmp(last->service, r->service) == 0)
		return last;
	last = &array_grow(p->services, p->service_count);
	p->service_count++;
	last->service = r->service;
	return last;
}

void policy_finish(struct policy *p)
{
	cleanup_free const struct rule **order = NULL;

	if (!p->rule_count)
		return;
	order = xcalloc(p->rule_count, sizeof(const struct rule *));
	for (size_t i = 0; i < p->rule_count; i++)
		order[i] = &p->rules[i];
	qsort(order, p->rule_count, sizeof(const struct rule *), by_service);
	for (size_t i = 0; i < p->rule_count; i++) {
		struct rule_list *list = list_of(p, order[i]);

		array_grow(list->at, list->n) = (uint32_t)(order[i] - p->rules);
		list->n++;
	}
}

static int compare_service(const void *name, const void *list)
{
	return strcmp(name, ((const struct rule_list *)list)->service);
}

void rule_walk_init(struct rule_walk *w, const struct policy *p, const char *service)
{
	*w = (struct rule_walk){.p = p};
	if (p->service_count)
		w->own = bsearch(service, p->services, p->service_count,
				 sizeof(*p->services), compare_service);
}

void rule_walk_end(struct rule_walk *w)
{
	w->own_at = w->own ? w->own->n : 0;
	w->any_at = w->p->any.n;
}

/* Both lists ascend, so the lower index of the two comes first. */
const struct rule *rule_walk_next(struct rule_walk *w)
{
	const struct rule_list *any = &w->p->any;
	uint32_t own =
		w->own && w->own_at < w->own->n ? w->own->at[w->own_at] : UINT32_MAX;

	if (w->any_at < any->n && any->at[w->any_at] < own)
		return &w->p->rules[any->at[w->any_at++]];
	if (own == UINT32_MAX)
		return NULL;
	w->own_at++;
	return &w->p->rules[own];
}

const struct rule *rule_walk_prev(struct rule_walk *w)
{
	int64_t own = w->own_at ? (int64_t)w->own->at[w->own_at - 1] : -1;
	int64_t any = w->any_at ? (int64_t)w->p->any.at[w->any_at - 1] : -1;

	if (own < 0 && any < 0)
		return NULL;
	if (own > any) {
		w->own_at--;
		return &w->p->rules[own];
	}
	w->any_at--;
	return &w->p->rules[any];
}

int policy_call_split(const char *call, char ret_service[static POLICY_SERVICE_MAX + 1],
		      const char **ret_arg)
{
	size_t len = strcspn(call, "+");

	if (len > POLICY_SERVICE_MAX || strlen(call) > POLICY_CALL_MAX)
		return -ENAMETOOLONG;
	memcpy(ret_service, call, len);
	ret_service[len] = '\0';
	*ret_arg = call[len] ? call + len + 1 : NULL;
	return 0;
}
