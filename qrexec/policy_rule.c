/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One rule: SERVICE +ARG SOURCE TARGET ACTION [PARAM=VALUE ...] */
#include <stdlib.h>
#include <string.h>

#include "qrexec/policy_int.h"

#define FIELDS_MAX 16
#define COLUMNS 5
#define USER_MAX 64

const char *const policy_action_names[] = {"deny", "allow", "ask"};

enum param { P_TARGET, P_DEFAULT_TARGET, P_USER, P_NOTIFY, P_AUTOSTART, P_COUNT };

#define BIT(action) (1u << (action))

static const struct param_row {
	const char *name;
	unsigned actions;
} param_rows[P_COUNT] = {
	[P_TARGET] = {"target", BIT(POLICY_ALLOW) | BIT(POLICY_ASK)},
	[P_DEFAULT_TARGET] = {"default_target", BIT(POLICY_ASK)},
	[P_USER] = {"user", BIT(POLICY_ALLOW) | BIT(POLICY_ASK)},
	[P_NOTIFY] = {"notify", BIT(POLICY_DENY) | BIT(POLICY_ALLOW) | BIT(POLICY_ASK)},
	[P_AUTOSTART] = {"autostart", BIT(POLICY_ALLOW) | BIT(POLICY_ASK)},
};

void rule_dispose(struct rule *r)
{
	free(r->store);
	*r = (struct rule){0};
}

static const char *service_parse(const char *service, const char *arg, struct rule *ret)
{
	if (strcmp(service, "*") == 0) {
		if (strcmp(arg, "*") != 0)
			return "with '*' as service the argument must be '*'";
		return NULL;
	}
	if (!lex_all_of(service, "_.-"))
		return "a service has only letters, digits, '_', '.' and '-'";
	if (strlen(service) > POLICY_SERVICE_MAX)
		return "the service's name is too long";
	ret->service = service;
	if (strcmp(arg, "*") == 0)
		return NULL;
	if (*arg != '+')
		return "an argument is '*' or begins with '+'";
	if (!lex_all_of(arg, "+_.-"))
		return "an argument has only letters, digits, '+', '_', '.' and '-'";
	ret->arg = arg;
	return NULL;
}

static const char *action_parse(const char *text, struct rule *ret)
{
	for (int i = POLICY_DENY; i <= POLICY_ASK; i++)
		if (strcmp(text, policy_action_names[i]) == 0) {
			ret->action = i;
			ret->notify = i == POLICY_DENY;
			ret->autostart = true;
			return NULL;
		}
	return "the action is not allow, deny or ask";
}

static const char *bool_parse(const char *text, bool *ret)
{
	if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
		return "the value is not yes or no";
	*ret = *text == 'y';
	return NULL;
}

/* It becomes the first word of a command, in front of a ':'. */
static const char *user_parse(const char *text, struct rule *ret)
{
	if (!*text || strlen(text) > USER_MAX || !lex_all_of(text, "_.-$"))
		return "that is no name of a user";
	ret->user = text;
	return NULL;
}

static const char *value_parse(enum param param, const char *value, struct rule *ret)
{
	switch (param) {
	case P_TARGET:
		return token_parse(value, IN_REDIRECT, &ret->redirect);
	case P_DEFAULT_TARGET:
		return token_parse(value, IN_REDIRECT, &ret->fallback);
	case P_USER:
		return user_parse(value, ret);
	case P_NOTIFY:
		return bool_parse(value, &ret->notify);
	default:
		return bool_parse(value, &ret->autostart);
	}
}

static const char *param_parse(char *field, unsigned *seen, struct rule *ret)
{
	char *value = strchr(field, '=');

	if (!value)
		return "a parameter has the form NAME=VALUE";
	*value++ = '\0';
	for (int i = 0; i < P_COUNT; i++) {
		if (strcmp(field, param_rows[i].name) != 0)
			continue;
		if (*seen & (1u << i))
			return "a parameter is given twice";
		*seen |= 1u << i;
		if (!(param_rows[i].actions & BIT(ret->action)))
			return "the action does not take that parameter";
		return value_parse(i, value, ret);
	}
	return "there is no such parameter";
}

static const char *fields_parse(char **fields, size_t n, struct rule *ret)
{
	const char *why = service_parse(fields[0], fields[1], ret);
	unsigned seen = 0;

	if (!why)
		why = token_parse(fields[2], IN_SOURCE, &ret->source);
	if (!why)
		why = token_parse(fields[3], IN_TARGET, &ret->target);
	if (!why)
		why = action_parse(fields[4], ret);
	for (size_t i = COLUMNS; !why && i < n; i++)
		why = param_parse(fields[i], &seen, ret);
	if (!why && ret->target.kind == TOKEN_DEFAULT && ret->action == POLICY_ALLOW &&
	    ret->redirect.kind == TOKEN_NONE)
		why = "allow on @default needs target=";
	return why;
}

const char *rule_parse(char *line, struct rule *ret)
{
	char *fields[FIELDS_MAX];
	size_t n = lex_fields(line, fields, FIELDS_MAX);
	const char *why;

	*ret = (struct rule){.store = line};
	if (n < COLUMNS)
		why = "a rule has at least five columns";
	else if (n > FIELDS_MAX)
		why = "a rule has too many columns";
	else
		why = fields_parse(fields, n, ret);
	if (why)
		rule_dispose(ret);
	return why;
}

static void format_token_param(const char *name, const struct token *t, struct buf *ret)
{
	if (t->kind == TOKEN_NONE)
		return;
	buf_addf(ret, " %s=", name);
	token_format(t, ret);
}

void rule_format(const struct rule *r, struct buf *ret)
{
	buf_addf(ret, "%s %s ", r->service ? r->service : "*", r->arg ? r->arg : "*");
	token_format(&r->source, ret);
	buf_add_ch(ret, ' ');
	token_format(&r->target, ret);
	buf_addf(ret, " %s", policy_action_names[r->action]);
	format_token_param("target", &r->redirect, ret);
	format_token_param("default_target", &r->fallback, ret);
	if (r->user)
		buf_addf(ret, " user=%s", r->user);
	if (r->notify != (r->action == POLICY_DENY))
		buf_addf(ret, " notify=%s", r->notify ? "yes" : "no");
	if (!r->autostart)
		buf_add(ret, " autostart=no");
}
