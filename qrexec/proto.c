/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/proto.h"

#include <string.h>

void qrexec_u32_put(uint8_t *out, uint32_t value)
{
	memcpy(out, &value, sizeof(value));
}

uint32_t qrexec_u32_get(const uint8_t *in)
{
	uint32_t value;

	memcpy(&value, in, sizeof(value));
	return value;
}

void qrexec_header_put(uint8_t out[static QREXEC_HEADER], uint32_t type, uint32_t len)
{
	qrexec_u32_put(out, type);
	qrexec_u32_put(out + 4, len);
}

struct qrexec_header qrexec_header_get(const uint8_t in[static QREXEC_HEADER])
{
	return (struct qrexec_header){
		.type = qrexec_u32_get(in),
		.len = qrexec_u32_get(in + 4),
	};
}

uint32_t qrexec_hello(const struct qrexec_header *head, const uint8_t *untrusted_body,
		      uint32_t lowest)
{
	uint32_t version;

	if (head->type != QREXEC_HELLO || head->len != 4)
		return 0;
	version = qrexec_u32_get(untrusted_body);
	if (version < lowest)
		return 0;
	return version < QREXEC_VERSION ? version : QREXEC_VERSION;
}

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_one_of(char c, const char *extra)
{
	return is_alnum(c) || (c && strchr(extra, c));
}

static void sanitise(char *name, const char *extra)
{
	for (; *name; name++) {
		if (!is_one_of(*name, extra))
			*name = '_';
	}
}

void qrexec_service_sanitise(char *name)
{
	sanitise(name, "_.+-");
}

void qrexec_domain_sanitise(char *name)
{
	sanitise(name, "_.@:-");
}

void qrexec_output_sanitise(uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t c = bytes[i];

		if ((c < 0x20 || c > 0x7e) && c != '\t' && c != '\n' && c != '\r' &&
		    c != '\b' && c != '\a')
			bytes[i] = '_';
	}
}

bool qrexec_ident_ok(const char ident[static QREXEC_IDENT])
{
	size_t i = 0;

	while (i < QREXEC_IDENT && is_one_of(ident[i], "_. -"))
		i++;
	if (i == QREXEC_IDENT)
		return false;
	while (i < QREXEC_IDENT && ident[i] == '\0')
		i++;
	return i == QREXEC_IDENT;
}

bool qrexec_port_ok(uint32_t port)
{
	return port >= QREXEC_PORT_FIRST && port <= QREXEC_PORT_LAST;
}

uint32_t qrexec_chunk(uint32_t version)
{
	return version < 3 ? QREXEC_CHUNK2 : QREXEC_CHUNK;
}

bool qrexec_name_ok(const char *name)
{
	size_t len = strlen(name);

	if (len < 1 || len > 31 || !is_alnum(name[0]) ||
	    (name[0] >= '0' && name[0] <= '9'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!is_one_of(name[i], "_.-"))
			return false;
	}
	if (strcmp(name, "none") == 0 || strcmp(name, "default") == 0 ||
	    strcmp(name, "Domain-0") == 0)
		return false;
	return len < 3 || strcmp(name + len - 3, "-dm") != 0;
}

bool qrexec_from_agent(uint32_t version, const struct qrexec_header *head)
{
	switch (head->type) {
	case QREXEC_TRIGGER_SERVICE:
		return version == 2 && head->len == QREXEC_TRIGGER2;
	case QREXEC_TRIGGER_SERVICE3:
		return version >= 3 && head->len > QREXEC_TRIGGER3 &&
		       head->len <= QREXEC_TRIGGER3 + QREXEC_SERVICE_MAX;
	case QREXEC_TRIGGER_SERVICE4:
		return version >= 4 && head->len > QREXEC_TRIGGER4 &&
		       head->len <= QREXEC_TRIGGER4 + QREXEC_SERVICE_MAX;
	case QREXEC_CONNECTION_TERMINATED:
	case QREXEC_PUBLISH:
		return head->len == QREXEC_EXEC;
	default:
		return false;
	}
}

/* Where the fields of each version lie. */
struct trigger_layout {
	uint32_t type;
	size_t source, target, target_size, ident, service, service_size;
};

/* A source at 0 with no size means absent: only version 4 has one, at the start. */
static const struct trigger_layout layouts[] = {
	{QREXEC_TRIGGER_SERVICE, 1, 64, 32, 96, 0, 64},
	{QREXEC_TRIGGER_SERVICE3, 1, 0, 64, 64, 96, 0},
	{QREXEC_TRIGGER_SERVICE4, 0, 64, 64, 128, 160, 0},
};

static void take_domain(char out[QREXEC_NAME], const uint8_t *untrusted, size_t size)
{
	memset(out, 0, QREXEC_NAME);
	memcpy(out, untrusted, size);
	out[size - 1] = '\0';
	qrexec_domain_sanitise(out);
}

/* Non-empty, terminated by its last byte and by no other. */
static bool take_service(char *out, const uint8_t *untrusted, size_t size, bool padded)
{
	size_t len = strnlen((const char *)untrusted, size);

	if (len == 0 || len == size || (!padded && len != size - 1) ||
	    untrusted[0] == '+')
		return false;
	memcpy(out, untrusted, len);
	out[len] = '\0';
	qrexec_service_sanitise(out);
	if (!strchr(out, '+'))
		memcpy(out + len, "+", 2);
	return true;
}

enum qrexec_verdict qrexec_trigger(const struct qrexec_header *head,
				   const uint8_t *untrusted_body,
				   struct qrexec_trigger *ret)
{
	const struct trigger_layout *at = NULL;
	size_t size;

	for (size_t i = 0; i < array_len(layouts); i++) {
		if (layouts[i].type == head->type)
			at = &layouts[i];
	}
	if (!at || head->len < at->service + at->service_size + 1 ||
	    head->len < at->ident + QREXEC_IDENT ||
	    head->len > at->service + QREXEC_SERVICE_MAX)
		return QREXEC_FATAL;
	memcpy(ret->ident, untrusted_body + at->ident, QREXEC_IDENT);
	if (!qrexec_ident_ok(ret->ident))
		return QREXEC_REFUSE;
	ret->has_source = at->source == 0;
	memset(ret->source, 0, sizeof(ret->source));
	if (ret->has_source)
		take_domain(ret->source, untrusted_body, QREXEC_NAME);
	take_domain(ret->target, untrusted_body + at->target, at->target_size);
	size = at->service_size ? at->service_size : head->len - at->service;
	if (!take_service(ret->service, untrusted_body + at->service, size,
			  at->service_size != 0))
		return QREXEC_REFUSE;
	return QREXEC_OK;
}

void qrexec_told_put(uint8_t out[static QREXEC_TOLD], const struct qrexec_exec *told)
{
	qrexec_u32_put(out, told->type);
	qrexec_u32_put(out + 4, told->shared);
	qrexec_u32_put(out + 8, told->ring_ref);
	qrexec_u32_put(out + 12, told->event);
	qrexec_u32_put(out + 16, told->mark);
}

static bool take_told(const uint8_t *untrusted, struct qrexec_exec *ret)
{
	uint32_t type = qrexec_u32_get(untrusted);
	uint32_t event = qrexec_u32_get(untrusted + 12);

	if ((type != QREXEC_EXEC_CMDLINE && type != QREXEC_JUST_EXEC) || !event)
		return false;
	ret->type = type;
	ret->shared = qrexec_u32_get(untrusted + 4);
	ret->ring_ref = qrexec_u32_get(untrusted + 8);
	ret->event = event;
	ret->mark = qrexec_u32_get(untrusted + 16);
	return true;
}

enum qrexec_verdict qrexec_exec(const struct qrexec_header *head,
				const uint8_t *untrusted_body, struct qrexec_exec *ret)
{
	bool told = head->type == QREXEC_EXEC_TOLD;
	size_t params = QREXEC_EXEC + (told ? QREXEC_TOLD : 0);
	const char *command = (const char *)untrusted_body + params;
	size_t len = head->len - params;

	if (head->len < params || head->len > QREXEC_COMMAND_MAX)
		return QREXEC_FATAL;
	if (head->type == QREXEC_SERVICE_CONNECT) {
		if (len != QREXEC_IDENT || !qrexec_ident_ok(command))
			return QREXEC_FATAL;
		memcpy(ret->ident, command, QREXEC_IDENT);
	} else if (head->type == QREXEC_CONNECTION_TERMINATED ||
		   head->type == QREXEC_PUBLISH) {
		if (len != 0)
			return QREXEC_FATAL;
	} else if (len == 0 || strnlen(command, len) != len - 1 ||
		   (told && !take_told(untrusted_body + QREXEC_EXEC, ret))) {
		return QREXEC_FATAL;
	}
	if (!told) {
		ret->type = head->type;
		ret->shared = ret->ring_ref = ret->event = ret->mark = 0;
	}
	ret->domain = qrexec_u32_get(untrusted_body);
	ret->port = qrexec_u32_get(untrusted_body + 4);
	ret->command = len ? command : NULL;
	return QREXEC_OK;
}
