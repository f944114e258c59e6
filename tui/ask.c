/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions of the call policy: qvm-ask listens for us, and says what is answered. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/json.h"
#include "lib/size.h"
#include "tui/app.h"

static void question_dispose(struct question *q)
{
	free(q->id);
	free(q->text);
	free(q->label);
	strv_dispose(&q->targets);
}

void ask_dispose(struct app *a)
{
	for (size_t i = 0; i < a->question_count; i++)
		question_dispose(&a->questions[i]);
	free(a->questions);
	free(a->answer_id);
	free(a->answer_target);
}

static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *value = NULL;

	if (json_object_is_type(o, json_type_object))
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

static void add(struct app *a, struct json_object *o)
{
	struct json_object *source = member(o, "source"), *list = member(o, "targets");
	struct question *q;

	if (!text(o, "id") || !text(source, "name") || !text(o, "service"))
		return;
	q = &array_grow(a->questions, a->question_count);
	a->question_count++;
	q->id = xstrdup(text(o, "id"));
	q->label = xstrdup(text(source, "label"));
	q->text = xasprintf("QUESTION  %s (%s) calls %s%s%s, asks for %s",
			    text(source, "name"), q->label ? q->label : "?",
			    text(o, "service"),
			    text(o, "argument") && *text(o, "argument") ? "+" : "",
			    text(o, "argument") ? text(o, "argument") : "",
			    text(o, "requested") ? text(o, "requested") : "?");
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		const char *name = text(json_object_array_get_idx(list, i), "name");

		if (name)
			strv_add(&q->targets, name);
	}
}

static void forget(struct app *a, const char *id)
{
	for (size_t i = 0; i < a->question_count; i++) {
		if (strcmp(a->questions[i].id, id) != 0)
			continue;
		question_dispose(&a->questions[i]);
		memmove(a->questions + i, a->questions + i + 1,
			(a->question_count - i - 1) * sizeof(*a->questions));
		a->question_count--;
		i--;
	}
	if (a->answer_id && strcmp(a->answer_id, id) == 0 &&
	    (a->typing == TYPE_TARGET || a->typing == TYPE_ALLOW))
		a->typing = TYPE_NOTHING;
}

void ask_line(struct app *a, const char *line)
{
	struct json_object *o = json_tokener_parse(line);

	if (member(o, "question"))
		add(a, member(o, "question"));
	else if (text(o, "end") && text(o, "id")) {
		app_say(a, "the question has ended: %s", text(o, "end"));
		forget(a, text(o, "id"));
	}
	json_object_put(o);
}

void ask_show(struct app *a)
{
	struct question *q = a->question_count ? &a->questions[0] : NULL;

	a->view.question = q ? q->text : NULL;
	a->view.question_label = q ? q->label : NULL;
}

void ask_begin(struct app *a)
{
	struct question *q = a->question_count ? &a->questions[0] : NULL;
	cleanup_buf struct buf prompt = BUF_INIT;

	if (!q) {
		app_say(a, "no question waits");
		return;
	}
	free(a->answer_id);
	a->answer_id = xstrdup(q->id);
	for (size_t i = 0; i < q->targets.n && prompt.len < INPUT_MAX / 2; i++)
		buf_addf(&prompt, "%zu %s  ", i + 1, q->targets.v[i]);
	snprintf(a->prompt, sizeof(a->prompt),
		 "%snumber, name, or no: ", buf_str(&prompt));
	a->input[0] = '\0';
	a->typing = TYPE_TARGET;
}

static void answer(struct app *a, const char *target)
{
	cleanup_buf struct buf line = BUF_INIT;

	json_put_open(&line, NULL, '{');
	json_put_text(&line, "schema", "qvm-ask/1");
	json_put_open(&line, "answer", '{');
	json_put_text(&line, "id", a->answer_id);
	json_put_text(&line, "target", target);
	buf_add(&line, "}}\n");
	if (a->ask.in < 0 || fd_write_all(a->ask.in, line.data, line.len) < 0)
		app_say(a, "qvm-ask has ended: the question was not answered");
	a->typing = TYPE_NOTHING;
}

void ask_target(struct app *a)
{
	const struct question *q = NULL;
	const char *target = NULL;
	long long number;

	for (size_t i = 0; i < a->question_count; i++)
		if (strcmp(a->questions[i].id, a->answer_id) == 0)
			q = &a->questions[i];
	if (q && strcmp(a->input, "no") == 0) {
		answer(a, NULL);
		return;
	}
	if (q && num_parse(a->input, 1, (long long)q->targets.n, &number) == 0)
		target = q->targets.v[number - 1];
	for (size_t i = 0; q && i < q->targets.n; i++)
		if (strcmp(q->targets.v[i], a->input) == 0)
			target = q->targets.v[i];
	a->typing = TYPE_NOTHING;
	if (!target) {
		app_say(a, "'%s' is none of the targets", a->input);
		return;
	}
	free(a->answer_target);
	a->answer_target = xstrdup(target);
	snprintf(a->prompt, sizeof(a->prompt), "let it reach %s? y or no: ", target);
	a->input[0] = '\0';
	a->typing = TYPE_ALLOW;
}

void ask_allow(struct app *a)
{
	if (strcmp(a->input, "y") == 0)
		answer(a, a->answer_target);
	else if (strcmp(a->input, "no") == 0)
		answer(a, NULL);
	else
		a->typing = TYPE_NOTHING;
}
