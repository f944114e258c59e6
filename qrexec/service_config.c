/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration of a service: the small part of TOML that Qubes reads. */
#include <string.h>

#include "lib/alloc.h"
#include "qrexec/proto.h"
#include "qrexec/service.h"

enum key { KEY_WAIT, KEY_USER, KEY_SKIP, KEY_CLIENT, KEY_SERVICE, KEY_COUNT };

static const char *const keys[KEY_COUNT] = {
	[KEY_WAIT] = "wait-for-session",	[KEY_USER] = "force-user",
	[KEY_SKIP] = "skip-service-descriptor", [KEY_CLIENT] = "exit-on-client-eof",
	[KEY_SERVICE] = "exit-on-service-eof",
};

enum value_kind { VALUE_BOOL, VALUE_NUMBER, VALUE_STRING };

struct value {
	enum value_kind kind;
	unsigned number;
	const char *text;
	size_t len;
};

void service_config_dispose(struct service_config *c)
{
	free(c->force_user);
	*c = (struct service_config){0};
}

static const char *skip_blank(const char *at)
{
	return at + strspn(at, " \t");
}

static bool number(const char **at, struct value *ret)
{
	size_t len = strspn(*at, "0123456789");

	if (len < 1 || len > 9 || ((*at)[0] == '0' && len > 1))
		return false;
	ret->kind = VALUE_NUMBER;
	ret->number = (unsigned)strtoul(*at, NULL, 10);
	*at += len;
	return true;
}

static bool value(const char **at, struct value *ret)
{
	const char *end;

	if (strncmp(*at, "true", 4) == 0 || strncmp(*at, "false", 5) == 0) {
		ret->kind = VALUE_BOOL;
		ret->number = (*at)[0] == 't';
		*at += ret->number ? 4 : 5;
		return true;
	}
	if (**at != '\'')
		return number(at, ret);
	end = strchr(*at + 1, '\'');
	if (!end)
		return false;
	ret->kind = VALUE_STRING;
	ret->text = *at + 1;
	ret->len = (size_t)(end - ret->text);
	*at = end + 1;
	return true;
}

static bool apply(struct service_config *c, enum key key, const struct value *v)
{
	bool flag = v->number != 0;

	if (key == KEY_USER) {
		if (v->kind != VALUE_STRING || v->len == 0)
			return false;
		c->force_user = xstrndup(v->text, v->len);
		return true;
	}
	if (v->kind == VALUE_STRING || v->number > 1 ||
	    (v->kind == VALUE_NUMBER && key != KEY_WAIT))
		return false;
	switch (key) {
	case KEY_WAIT:
		c->wait_for_session = flag;
		break;
	case KEY_SKIP:
		c->skip_descriptor = flag;
		break;
	case KEY_CLIENT:
		c->end_on_client = flag;
		break;
	default:
		c->end_on_service = flag;
	}
	return true;
}

/* One line without its end; comments and empty ones are fine. */
static bool line_parse(const char *line, unsigned *seen, struct service_config *ret)
{
	size_t len = strspn(line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789_-");
	const char *at = skip_blank(line + len);
	struct value v = {0};
	int key = 0;

	if (len == 0) /* a key may not be indented */
		return *skip_blank(line) == '\0' || *skip_blank(line) == '#';
	if (*at != '=')
		return false;
	at = skip_blank(at + 1);
	if (!value(&at, &v))
		return false;
	at = skip_blank(at);
	if (*at && *at != '#')
		return false;
	while (key < KEY_COUNT &&
	       (strlen(keys[key]) != len || memcmp(keys[key], line, len) != 0))
		key++;
	if (key == KEY_COUNT)
		return true; /* of a later version */
	if (*seen & 1u << key)
		return false;
	*seen |= 1u << key;
	return apply(ret, (enum key)key, &v);
}

int service_config_parse(const char *text, size_t len, struct service_config *ret)
{
	const unsigned socket_keys =
		1u << KEY_SKIP | 1u << KEY_CLIENT | 1u << KEY_SERVICE;
	cleanup_free char *copy = xstrndup(text, len);
	unsigned seen = 0;

	*ret = (struct service_config){0};
	if (strlen(copy) != len)
		return QREXEC_EXIT_TROUBLE;
	for (char *at = copy; at;) {
		char *end = strchr(at, '\n');

		if (end)
			*end++ = '\0';
		if (!line_parse(at, &seen, ret)) {
			service_config_dispose(ret);
			return QREXEC_EXIT_TROUBLE;
		}
		at = end;
	}
	if (ret->force_user && seen & socket_keys) {
		service_config_dispose(ret);
		return QREXEC_EXIT_TROUBLE;
	}
	return 0;
}
