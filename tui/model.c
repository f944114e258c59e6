/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/model.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/alloc.h"

static void dom_dispose(struct dom *d)
{
	free(d->name);
	free(d->klass);
	free(d->state);
	free(d->label);
	free(d->template);
	free(d->netvm);
}

static void doms_free(struct dom *doms, size_t n)
{
	for (size_t i = 0; i < n; i++)
		dom_dispose(&doms[i]);
	free(doms);
}

void model_dispose(struct model *m)
{
	doms_free(m->doms, m->n);
	strv_dispose(&m->events);
	*m = (struct model){0};
}

struct dom *model_find(const struct model *m, const char *name)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->doms[i].name, name) == 0)
			return &m->doms[i];
	return NULL;
}

static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(o, key, &value);
	return value;
}

static const char *text(struct json_object *o, const char *key)
{
	struct json_object *value = member(o, key);

	return json_object_is_type(value, json_type_string)
		       ? json_object_get_string(value)
		       : NULL;
}

static double number(struct json_object *o, const char *key)
{
	return json_object_get_double(member(o, key));
}

static void dom_read(struct json_object *o, const struct dom *old, struct dom *ret)
{
	const char *name = text(o, "name"), *state = text(o, "state");

	ret->name = xstrdup(name ? name : "?");
	ret->klass = xstrdup(text(o, "class"));
	ret->state = xstrdup(state ? state : "?");
	ret->label = xstrdup(text(o, "label"));
	ret->template = xstrdup(text(o, "template"));
	ret->netvm = xstrdup(text(o, "netvm"));
	ret->runs = member(o, "xid") != NULL;
	ret->outdated = json_object_get_boolean(member(o, "outdated"));
	ret->orphan = json_object_get_boolean(member(o, "orphan"));
	ret->has_rates = member(o, "cpu") != NULL;
	ret->has_io = member(o, "read_rate") != NULL;
	ret->cpu = number(o, "cpu");
	ret->disk = number(o, "read_rate") + number(o, "write_rate");
	ret->net = number(o, "rx_rate") + number(o, "tx_rate");
	ret->memory = (uint64_t)json_object_get_int64(member(o, "memory"));
	ret->max_memory = (uint64_t)json_object_get_int64(member(o, "max_memory"));
	if (old) {
		ret->marked = old->marked;
		memcpy(ret->history, old->history + 1, HISTORY - 1);
	}
	ret->history[HISTORY - 1] = (unsigned char)(ret->cpu > 100 ? 100 : ret->cpu);
}

static int by_name(const void *a, const void *b)
{
	const struct dom *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int model_stats(struct model *m, const char *line)
{
	struct json_object *o = json_tokener_parse(line);
	struct json_object *list = o ? member(o, "domains") : NULL;
	struct json_object *host = o ? member(o, "host") : NULL;
	struct dom *doms;
	size_t n;

	if (!json_object_is_type(list, json_type_array)) {
		json_object_put(o);
		return -EPROTO;
	}
	n = json_object_array_length(list);
	doms = xcalloc(n + 1, sizeof(*doms));
	for (size_t i = 0; i < n; i++) {
		struct json_object *one = json_object_array_get_idx(list, i);
		const char *name = text(one, "name");

		dom_read(one, name ? model_find(m, name) : NULL, &doms[i]);
	}
	qsort(doms, n, sizeof(*doms), by_name);
	doms_free(m->doms, m->n);
	m->doms = doms;
	m->n = n;
	m->memory = (uint64_t)json_object_get_int64(member(host, "memory"));
	m->memory_free = (uint64_t)json_object_get_int64(member(host, "memory_free"));
	m->cpus = json_object_get_int(member(host, "cpus"));
	m->time = number(o, "time");
	json_object_put(o);
	return 0;
}

static const char *or_dash(const char *s)
{
	return s ? s : "-";
}

int model_event(struct model *m, const char *line)
{
	struct json_object *o = json_tokener_parse(line);
	const char *type = o ? text(o, "event") : NULL;
	time_t when = o ? (time_t)number(o, "time") : 0;
	char clock[16] = "";
	struct tm tm;

	if (!type) {
		json_object_put(o);
		return -EPROTO;
	}
	strftime(clock, sizeof(clock), "%H:%M:%S", localtime_r(&when, &tm));
	if (text(o, "service"))
		strv_addf(&m->events, "%s  %-16s %-9s %s to %s%s%s", clock,
			  or_dash(text(o, "vm")), type, text(o, "service"),
			  or_dash(text(o, "requested")), text(o, "decision") ? ": " : "",
			  text(o, "decision") ? text(o, "decision") : "");
	else if (strcmp(type, "ready") != 0)
		strv_addf(&m->events, "%s  %-16s %-9s %s %s -> %s", clock,
			  or_dash(text(o, "vm")), type,
			  text(o, "what") ? text(o, "what") : "",
			  or_dash(text(o, "before")), or_dash(text(o, "after")));
	if (m->events.n > EVENTS_MAX) {
		free(m->events.v[0]);
		memmove(m->events.v, m->events.v + 1, m->events.n * sizeof(char *));
		m->events.n--;
	}
	json_object_put(o);
	return 0;
}
