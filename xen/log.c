/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/log.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"

/* What our own hotplug program had to say: better than libxl's line about its status. */
static const char script_prefix[] = "script: ";

static const char *skip_while(const char *at, int (*class)(int))
{
	while (class((unsigned char)*at) || *at == '_')
		at++;
	return at;
}

/* "function: " in front of the domain builder's own sentences, behind its place. */
static const char *skip_function(const char *text)
{
	const char *at = skip_while(text, isalnum);

	return strncmp(text, "xc_", 3) == 0 && strncmp(at, ": ", 2) == 0 ? at + 2 : text;
}

static const char *skip_place(const char *text)
{
	const char *at = skip_while(text, isalnum);

	if (at == text || strncmp(at, ".c:", 3) != 0)
		return text;
	at += 3;
	at += strspn(at, "0123456789");
	if (*at == ':' && at[1] != ' ')
		at = skip_while(at + 1, isalnum);
	return strncmp(at, ": ", 2) == 0 ? skip_function(at + 2) : text;
}

const char *xen_log_trim(const char *text)
{
	static const char domain[] = "Domain ";
	static const char panic[] = "panic: ";
	bool builder = strncmp(text, panic, strlen(panic)) == 0;
	const char *at = skip_place(builder ? text + strlen(panic) : text);
	const char *digits = at + strlen(domain);

	if (strncmp(at, domain, strlen(domain)) == 0) {
		const char *end = digits + strspn(digits, "0123456789");

		if (end > digits && *end == ':')
			at = end + 1;
	}
	return at;
}

static enum qvm_level level_of(xentoollog_level level)
{
	if (level >= XTL_ERROR)
		return QVM_LEVEL_INFO; /* the caller reports it; this is the detail */
	return QVM_LEVEL_DEBUG;
}

static void keep(struct xen_log *log, int errnum, const char *text)
{
	bool script = strncmp(text, script_prefix, strlen(script_prefix)) == 0;

	if (log->text[0] && !script)
		return;
	snprintf(log->text, sizeof(log->text), "%s",
		 script ? text + strlen(script_prefix) : text);
	log->errnum = errnum > 0 ? errnum : 0;
}

static void on_message(xentoollog_logger *base, xentoollog_level level, int errnum,
		       const char *context, const char *format, va_list ap)
{
	struct xen_log *log = (struct xen_log *)base;
	bool forward = log->ctx && log->ctx->level >= level_of(level);
	cleanup_free char *text = NULL;
	const char *reason = errnum > 0 ? strerror(errnum) : "";

	if (level < XTL_ERROR && !forward)
		return;
	text = xvasprintf(format, ap);
	text[strcspn(text, "\n")] = '\0';
	for (size_t n = strlen(text); n && text[n - 1] == '.'; n--)
		text[n - 1] = '\0';
	if (forward)
		ctx_log(log->ctx, level_of(level), "%s: %s%s%s",
			context ? context : "xen", text, *reason ? ": " : "", reason);
	if (level >= XTL_ERROR)
		keep(log, errnum, xen_log_trim(text));
}

static void on_progress(xentoollog_logger *base, const char *context unused,
			const char *what, int percent, unsigned long done unused,
			unsigned long total unused)
{
	struct xen_log *log = (struct xen_log *)base;

	if (log->ctx)
		ctx_progress(log->ctx, what, percent);
}

static void on_destroy(xentoollog_logger *base unused)
{
}

void xen_log_init(struct xen_log *log, struct qvm_ctx *ctx)
{
	*log = (struct xen_log){
		.base = {on_message, on_progress, on_destroy},
		.ctx = ctx,
	};
}

void xen_log_reset(struct xen_log *log)
{
	log->errnum = 0;
	log->text[0] = '\0';
}
