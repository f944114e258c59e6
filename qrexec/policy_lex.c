/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words of a policy line: fields, character classes, tokens. */
#include <string.h>

#include "qrexec/policy_int.h"

#define VALUE_MAX 255

bool lex_all_of(const char *text, const char *extra)
{
	for (; *text; text++) {
		char c = *text;
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9');

		if (!plain && !strchr(extra, c))
			return false;
	}
	return true;
}

const char *lex_file_name(const char *name)
{
	for (const char *c = name; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			return "a file's name has only lower-case letters";
	if (!lex_all_of(name, "_.-"))
		return "a file's name has only a-z, 0-9, '_', '.' and '-'";
	return NULL;
}

size_t lex_fields(char *line, char **fields, size_t max)
{
	size_t n = 0;

	for (;;) {
		line += strspn(line, LEX_BLANKS);
		if (!*line)
			return n;
		if (n == max)
			return max + 1;
		fields[n++] = line;
		line += strcspn(line, LEX_BLANKS);
		if (!*line)
			return n;
		*line++ = '\0';
	}
}

/* Longer prefixes before those they begin with. */
static const struct token_row {
	const char *text;
	enum token_kind kind;
	unsigned where;
	bool is_prefix;
} token_rows[] = {
	{"*", TOKEN_ANY, IN_SOURCE | IN_TARGET, false},
	{"@anyvm", TOKEN_ANYVM, IN_SOURCE | IN_TARGET, false},
	{"@adminvm", TOKEN_ADMINVM, IN_SOURCE | IN_TARGET | IN_REDIRECT | IN_REQUEST,
	 false},
	{"@default", TOKEN_DEFAULT, IN_TARGET | IN_REQUEST, false},
	{"@dispvm", TOKEN_DISPVM, IN_TARGET | IN_REDIRECT | IN_REQUEST, false},
	{"@type:", TOKEN_TYPE, IN_SOURCE | IN_TARGET, true},
	{"@tag:", TOKEN_TAG, IN_SOURCE | IN_TARGET, true},
	{"@dispvm:@tag:", TOKEN_DISPVM_TAG, IN_SOURCE | IN_TARGET, true},
	{"@dispvm:uuid:", TOKEN_DISPVM_UUID,
	 IN_SOURCE | IN_TARGET | IN_REDIRECT | IN_REQUEST, true},
	{"@dispvm:", TOKEN_DISPVM_NAME, IN_SOURCE | IN_TARGET | IN_REDIRECT | IN_REQUEST,
	 true},
	{"uuid:", TOKEN_UUID, IN_SOURCE | IN_TARGET | IN_REDIRECT | IN_REQUEST, true},
};

static const struct token_row *row_find(const char *text)
{
	for (size_t i = 0; i < array_len(token_rows); i++) {
		const struct token_row *row = &token_rows[i];

		if (row->is_prefix ? strncmp(text, row->text, strlen(row->text)) == 0
				   : strcmp(text, row->text) == 0)
			return row;
	}
	return NULL;
}

static const char *value_check(const char *value)
{
	if (!*value)
		return "nothing stands behind the ':'";
	if (strlen(value) > VALUE_MAX)
		return "a name is too long";
	if (!lex_all_of(value, "_.-"))
		return "a name has only letters, digits, '_', '.' and '-'";
	return NULL;
}

static const char *uuid_check(const char *value, struct token *ret)
{
	static const struct uuid zero;

	if (uuid_parse(value, &ret->uuid) < 0)
		return "that is no UUID";
	/* dom0 goes by the UUID of zeros */
	if (ret->kind == TOKEN_UUID && uuid_equal(&ret->uuid, &zero))
		ret->kind = TOKEN_ADMINVM;
	return NULL;
}

static const char *name_parse(const char *text, struct token *ret)
{
	if (*text == '@')
		return "there is no such keyword";
	if (*text == '$')
		return "keywords begin with '@' here, not with '$'";
	ret->value = text;
	ret->kind = strcmp(text, "dom0") == 0 ? TOKEN_ADMINVM : TOKEN_NAME;
	return *text ? value_check(text) : "a name is missing";
}

const char *token_parse(const char *text, enum token_where where, struct token *ret)
{
	const struct token_row *row = row_find(text);

	*ret = (struct token){0};
	if (!row)
		return name_parse(text, ret);
	if (!(row->where & where))
		return "that keyword cannot stand here";
	ret->kind = row->kind;
	if (!row->is_prefix)
		return NULL;
	ret->value = text + strlen(row->text);
	if (row->kind == TOKEN_UUID || row->kind == TOKEN_DISPVM_UUID)
		return uuid_check(ret->value, ret);
	return value_check(ret->value);
}

void token_format(const struct token *t, struct buf *ret)
{
	for (size_t i = 0; i < array_len(token_rows); i++)
		if (token_rows[i].kind == t->kind) {
			buf_add(ret, token_rows[i].text);
			if (!token_rows[i].is_prefix)
				return;
		}
	if (t->value)
		buf_add(ret, t->value);
}
