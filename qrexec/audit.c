/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/audit.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "lib/json.h"
#include "lib/log_socket.h"
#include "lib/macro.h"
#include "qrexec/tell.h"

#define CUT "[...]"

/* A call that is on record matters more than one that is quick. */
enum { WAIT_MS = 2000 };

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr("_.+@:/$-", c));
}

static void add_value(struct buf *ret, const char *key, const char *text)
{
	size_t n = 0;

	buf_addf(ret, "%s=", key);
	if (!text || !*text)
		buf_add_ch(ret, '-');
	for (; text && *text && n < AUDIT_TEXT_MAX; text++, n++)
		buf_add_ch(ret, is_plain(*text) ? *text : '_');
	buf_add(ret, text && *text ? CUT " " : " ");
}

/* Sentences of our own: blanks may stay. */
static void add_reason(struct buf *ret, const char *text)
{
	buf_add(ret, "reason=\"");
	for (size_t n = 0; text && *text && n < AUDIT_TEXT_MAX; text++, n++)
		buf_add_ch(ret, is_plain(*text) || strchr(" ,;'=", *text) ? *text : '_');
	buf_add_ch(ret, '"');
}

static const char *const decisions[2][2] = {{"deny", "allow"}, {"ask-deny", "ask-allow"}};

void audit_format(const struct audit *a, struct buf *ret)
{
	add_value(ret, "source", a->source);
	add_value(ret, "service", a->service);
	add_value(ret, "requested", a->requested);
	add_value(ret, "decision", decisions[a->asked][a->allow]);
	add_value(ret, "target", a->target);
	add_value(ret, "user", a->user);
	add_value(ret, "rule", a->rule);
	add_reason(ret, a->reason);
}

void audit_write(const struct audit *a)
{
	cleanup_close int fd = log_socket_open(LOG_SOCKET, WAIT_MS);
	cleanup_buf struct buf line = BUF_INIT;
	char tag[32];

	if (fd < 0)
		return;
	audit_format(a, &line);
	snprintf(tag, sizeof(tag), "qrexec[%ld]", (long)getpid());
	log_socket_line(fd, LOG_AUTHPRIV | (a->allow ? LOG_INFO : LOG_NOTICE), tag,
			line.data, line.len);
}

/* Printable, cut, and null for nothing. */
static void add_member(struct buf *ret, const char *key, const char *text)
{
	char clean[AUDIT_TEXT_MAX + sizeof(CUT)];
	size_t n = 0;

	for (; text && *text && n < AUDIT_TEXT_MAX; text++, n++)
		clean[n] = *text;
	for (size_t i = 0; i < n; i++)
		if (!is_plain(clean[i]) && !strchr(" ,;'=", clean[i]))
			clean[i] = '_';
	strcpy(clean + n, text && *text ? CUT : "");
	json_put_text(ret, key, n ? clean : NULL);
}

void audit_tell(const struct audit *a, const char *dir)
{
	cleanup_buf struct buf line = BUF_INIT;

	json_put_open(&line, NULL, '{');
	json_put_text(&line, "event", "call");
	add_member(&line, "vm", a->source);
	add_member(&line, "service", a->service);
	add_member(&line, "requested", a->requested);
	json_put_text(&line, "decision", decisions[a->asked][a->allow]);
	add_member(&line, "target", a->target);
	add_member(&line, "rule", a->rule);
	add_member(&line, "reason", a->reason);
	buf_add_ch(&line, '}');
	tell_all(dir, &line);
}
