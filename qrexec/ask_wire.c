/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions, answers and all else that goes between decider and prompter, as JSON. */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "lib/alloc.h"
#include "qrexec/ask.h"

enum { DEPTH_MAX = 8 };

const char *const ask_end_names[] = {
	[ASK_END_TAKEN] = "taken",
	[ASK_END_ELSEWHERE] = "elsewhere",
	[ASK_END_TIMEOUT] = "timeout",
	[ASK_END_GONE] = "gone",
};

static void object_put(struct json_object **object)
{
	json_object_put(*object);
}
#define cleanup_object cleanup(object_put)

static void tokener_free(struct json_tokener **tokener)
{
	if (*tokener)
		json_tokener_free(*tokener);
}

/* ---- what is said, as memory ---- */

static void name_dispose(struct ask_name *n)
{
	free(n->name);
	free(n->label);
}

static void call_dispose(struct ask_call *c)
{
	name_dispose(&c->source);
	free(c->service);
	free(c->argument);
	free(c->requested);
}

void ask_question_dispose(struct ask_question *q)
{
	free(q->id);
	call_dispose(&q->call);
	for (size_t i = 0; i < q->target_count; i++)
		name_dispose(&q->targets[i]);
	free(q->targets);
	free(q->default_target);
	*q = (struct ask_question){0};
}

void ask_notice_dispose(struct ask_notice *n)
{
	call_dispose(&n->call);
	free(n->target);
	*n = (struct ask_notice){0};
}

void ask_message_dispose(struct ask_message *m)
{
	ask_question_dispose(&m->question);
	ask_notice_dispose(&m->notice);
}

bool ask_offers(const struct ask_question *q, const char *target)
{
	for (size_t i = 0; i < q->target_count; i++)
		if (strcmp(q->targets[i].name, target) == 0)
			return true;
	return false;
}

static bool is_printable(char c)
{
	return c >= ' ' && c <= '~';
}

/* At most MAX bytes of TEXT, fit for a terminal. */
static char *clean(const char *text, size_t max)
{
	char *copy = xstrndup(text, max);

	for (char *at = copy; *at; at++)
		if (!is_printable(*at))
			*at = '_';
	return copy;
}

void ask_call_fill(const struct policy_request *req, const char *label,
		   const char *requested, struct ask_call *ret)
{
	const char *arg = req->arg ? req->arg : "";

	*ret = (struct ask_call){
		.source = {clean(req->source, ASK_NAME_MAX), xstrdup(label)},
		.service = clean(req->service, POLICY_SERVICE_MAX),
		.argument = clean(arg, ASK_TEXT_MAX),
		.argument_length = strlen(arg),
		.requested = clean(requested ? requested : "@default", ASK_NAME_MAX),
	};
}

/* ---- writing ---- */

static void add_text(struct json_object *to, const char *key, const char *text)
{
	json_object_object_add(to, key, text ? json_object_new_string(text) : NULL);
}

static struct json_object *name_object(const struct ask_name *n)
{
	struct json_object *o = json_object_new_object();

	add_text(o, "name", n->name);
	add_text(o, "label", n->label);
	return o;
}

static struct json_object *call_object(const struct ask_call *c)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "source", name_object(&c->source));
	add_text(o, "service", c->service);
	add_text(o, "argument", c->argument);
	json_object_object_add(o, "argument_length",
			       json_object_new_int64((int64_t)c->argument_length));
	add_text(o, "requested", c->requested);
	return o;
}

static void line_add(struct json_object *o, struct buf *ret)
{
	buf_add(ret, json_object_to_json_string_ext(
			     o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	buf_add_ch(ret, '\n');
}

/* {"schema": ..., KIND: BODY} */
static struct json_object *said(const char *kind, struct json_object *body)
{
	struct json_object *o = json_object_new_object();

	add_text(o, "schema", ASK_SCHEMA);
	json_object_object_add(o, kind, body);
	return o;
}

void ask_question_encode(const struct ask_question *q, struct buf *ret)
{
	struct json_object *o = call_object(&q->call);
	cleanup_object struct json_object *line = said("question", o);
	struct json_object *targets = json_object_new_array();

	add_text(o, "id", q->id);
	for (size_t i = 0; i < q->target_count; i++)
		json_object_array_add(targets, name_object(&q->targets[i]));
	json_object_object_add(o, "targets", targets);
	add_text(o, "default_target", q->default_target);
	json_object_object_add(o, "seconds", json_object_new_int(q->seconds));
	line_add(line, ret);
}

void ask_notice_encode(const struct ask_notice *n, struct buf *ret)
{
	struct json_object *o = call_object(&n->call);
	cleanup_object struct json_object *line = said("notice", o);

	json_object_object_add(o, "allowed", json_object_new_boolean(n->allowed));
	add_text(o, "target", n->target);
	line_add(line, ret);
}

void ask_end_encode(const char *id, enum ask_end end, struct buf *ret)
{
	cleanup_object struct json_object *line =
		said("end", json_object_new_string(ask_end_names[end]));

	add_text(line, "id", id);
	line_add(line, ret);
}

void ask_answer_encode(const char *id, const char *target, struct buf *ret)
{
	struct json_object *o = json_object_new_object();
	cleanup_object struct json_object *line = said("answer", o);

	add_text(o, "id", id);
	add_text(o, "target", target);
	line_add(line, ret);
}

/* ---- reading ---- */

static struct json_object *parse(const char *line, size_t len)
{
	cleanup(tokener_free) struct json_tokener *t = json_tokener_new_ex(DEPTH_MAX);
	struct json_object *o;

	if (!t || len > ASK_LINE_MAX)
		return NULL;
	json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(t, line, (int)len);
	if (json_tokener_get_error(t) == json_tokener_success &&
	    json_tokener_get_parse_end(t) == len &&
	    json_object_is_type(o, json_type_object))
		return o;
	json_object_put(o);
	return NULL;
}

static struct json_object *member(struct json_object *o, const char *key,
				  enum json_type type)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(o, key, &value);
	return json_object_is_type(value, type) ? value : NULL;
}

/* Is it there, and is it null? */
static bool is_null(struct json_object *o, const char *key)
{
	struct json_object *value = NULL;

	return json_object_object_get_ex(o, key, &value) && !value;
}

/* Printable, and at most MAX bytes; NULL for anything else. */
static char *text(struct json_object *o, const char *key, size_t max)
{
	struct json_object *value = member(o, key, json_type_string);
	size_t len = value ? (size_t)json_object_get_string_len(value) : 0;
	const char *at = value ? json_object_get_string(value) : NULL;

	if (!at || len > max)
		return NULL;
	for (size_t i = 0; i < len; i++)
		if (!is_printable(at[i]))
			return NULL;
	return xstrdup(at);
}

/* The same, but it may be null. */
static bool text_or_null(struct json_object *o, const char *key, size_t max, char **ret)
{
	*ret = is_null(o, key) ? NULL : text(o, key, max);
	return *ret || is_null(o, key);
}

static bool number(struct json_object *o, const char *key, int64_t max, int64_t *ret)
{
	struct json_object *value = member(o, key, json_type_int);

	*ret = value ? json_object_get_int64(value) : -1;
	return *ret >= 0 && *ret <= max;
}

static bool name_take(struct json_object *o, struct ask_name *ret)
{
	if (!json_object_is_type(o, json_type_object))
		return false;
	ret->name = text(o, "name", ASK_NAME_MAX);
	return text_or_null(o, "label", ASK_NAME_MAX, &ret->label) && ret->name &&
	       *ret->name;
}

static bool call_take(struct json_object *o, struct ask_call *ret)
{
	int64_t length;
	bool ok;

	ok = name_take(member(o, "source", json_type_object), &ret->source);
	ret->service = text(o, "service", POLICY_SERVICE_MAX);
	ret->argument = text(o, "argument", ASK_TEXT_MAX);
	ret->requested = text(o, "requested", ASK_NAME_MAX);
	ok &= number(o, "argument_length", POLICY_CALL_MAX, &length);
	ret->argument_length = (size_t)length;
	return ok && ret->service && *ret->service && ret->argument && ret->requested &&
	       strlen(ret->argument) <= ret->argument_length;
}

static bool targets_take(struct json_object *list, struct ask_question *ret)
{
	size_t n = list ? json_object_array_length(list) : 0;

	if (!n || n > ASK_TARGETS_MAX)
		return false;
	ret->targets = xcalloc(n, sizeof(*ret->targets));
	ret->target_count = n;
	for (size_t i = 0; i < n; i++)
		if (!name_take(json_object_array_get_idx(list, i), &ret->targets[i]))
			return false;
	return true;
}

static bool question_take(struct json_object *o, struct ask_question *ret)
{
	int64_t seconds;
	bool ok = call_take(o, &ret->call);

	ret->id = text(o, "id", ASK_ID_LEN);
	ok &= text_or_null(o, "default_target", ASK_NAME_MAX, &ret->default_target);
	ok &= number(o, "seconds", ASK_SECONDS_MAX, &seconds);
	ret->seconds = (int)seconds;
	ok &= targets_take(member(o, "targets", json_type_array), ret);
	return ok && ret->id && *ret->id &&
	       (!ret->default_target || ask_offers(ret, ret->default_target));
}

static bool notice_take(struct json_object *o, struct ask_notice *ret)
{
	struct json_object *allowed = member(o, "allowed", json_type_boolean);
	bool ok = call_take(o, &ret->call);

	ok &= text_or_null(o, "target", ASK_NAME_MAX, &ret->target);
	ret->allowed = json_object_get_boolean(allowed);
	return ok && allowed && ret->allowed == (ret->target != NULL);
}

static bool end_take(struct json_object *value, enum ask_end *ret)
{
	for (int i = 0; i < ASK_END_GONE; i++)
		if (strcmp(json_object_get_string(value), ask_end_names[i]) == 0) {
			*ret = i;
			return true;
		}
	return false;
}

static bool message_take(struct json_object *o, struct ask_message *ret)
{
	struct json_object *question = member(o, "question", json_type_object);
	struct json_object *notice = member(o, "notice", json_type_object);
	struct json_object *end = member(o, "end", json_type_string);

	if (!!question + !!notice + !!end != 1)
		return false;
	if (question) {
		ret->kind = ASK_SAYS_QUESTION;
		return question_take(question, &ret->question);
	}
	if (notice) {
		ret->kind = ASK_SAYS_NOTICE;
		return notice_take(notice, &ret->notice);
	}
	ret->kind = ASK_SAYS_END;
	return end_take(end, &ret->end);
}

static bool schema_ok(struct json_object *o)
{
	struct json_object *schema = member(o, "schema", json_type_string);

	return schema && strcmp(json_object_get_string(schema), ASK_SCHEMA) == 0;
}

int ask_message_decode(const char *line, size_t len, struct ask_message *ret)
{
	cleanup_object struct json_object *o = parse(line, len);
	struct ask_message m = {0};

	if (!o || !schema_ok(o) || !message_take(o, &m)) {
		ask_message_dispose(&m);
		return -EPROTO;
	}
	*ret = m;
	return 0;
}

int ask_answer_decode(const char *line, size_t len, char **ret_id, char **ret_target)
{
	cleanup_object struct json_object *o =
		len <= ASK_ANSWER_MAX ? parse(line, len) : NULL;
	struct json_object *answer = o ? member(o, "answer", json_type_object) : NULL;
	cleanup_free char *id = NULL;
	char *target = NULL;

	if (!answer || !schema_ok(o))
		return -EPROTO;
	id = text(answer, "id", ASK_ID_LEN);
	if (!id || !text_or_null(answer, "target", ASK_NAME_MAX, &target))
		return -EPROTO;
	*ret_id = steal(id);
	*ret_target = target;
	return 0;
}
