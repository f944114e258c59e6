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
	strv_dispose(&m->event_vms);
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

static unsigned char cpu_bar(double percent)
{
	return (unsigned char)((percent > 100 ? 100 : percent) * BAR_MAX / 100);
}

/* Rates differ by so much that each bar is ten times the one before: 1 kB/s to 1 GB/s. */
static unsigned char rate_bar(double bytes)
{
	unsigned char bar = 0;

	for (double limit = 1e3; bar < BAR_MAX && bytes >= limit; limit *= 10)
		bar++;
	return bar;
}

static void keep_history(struct dom *d, const struct dom *old)
{
	const unsigned char now[BARS_COUNT] = {
		[BARS_CPU] = cpu_bar(d->cpu),
		[BARS_DISK] = rate_bar(d->disk),
		[BARS_NET] = rate_bar(d->net),
	};

	for (int i = 0; i < BARS_COUNT; i++) {
		if (old)
			memcpy(d->history[i], old->history[i] + 1, HISTORY - 1);
		d->history[i][HISTORY - 1] = now[i];
	}
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
	ret->marked = old && old->marked;
	keep_history(ret, old);
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

static void drop_first(struct strv *s)
{
	free(s->v[0]);
	memmove(s->v, s->v + 1, s->n * sizeof(char *));
	s->n--;
}

void model_events_of(const struct model *m, const char *name, size_t limit,
		     struct buf *ret)
{
	size_t first = m->events.n;

	for (size_t found = 0; first && found < limit; first--)
		found += strcmp(m->event_vms.v[first - 1], name) == 0;
	for (; first < m->events.n; first++)
		if (strcmp(m->event_vms.v[first], name) == 0)
			buf_addf(ret, "%s\n", m->events.v[first]);
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
	if (m->events.n > m->event_vms.n)
		strv_add(&m->event_vms, text(o, "vm") ? text(o, "vm") : "");
	if (m->events.n > EVENTS_MAX) {
		drop_first(&m->events);
		drop_first(&m->event_vms);
	}
	json_object_put(o);
	return 0;
}
