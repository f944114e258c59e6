/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/service.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/strv.h"
#include "qrexec/proto.h"

enum { CONFIG_MAX = 65536 };

void command_dispose(struct command *c)
{
	free(c->user);
	free(c->shell);
	free(c->descriptor);
	free(c->full);
	free(c->service);
	free(c->argument);
	free(c->source);
	free(c->target_type);
	free(c->target);
	*c = (struct command){0};
}

/* The next word of *TEXT, which ends at one space; NULL at the end, "" for a second one. */
static char *word(const char **text)
{
	const char *at = *text;
	const char *space = at ? strchr(at, ' ') : NULL;

	if (!at)
		return NULL;
	*text = space ? space + 1 : NULL;
	return space ? xstrndup(at, (size_t)(space - at)) : xstrdup(at);
}

static int service_words(const char *rest, struct command *ret)
{
	const char *plus;

	ret->descriptor = xstrdup(rest);
	ret->full = word(&rest);
	ret->source = word(&rest);
	if (!*ret->full || !ret->source || !*ret->source ||
	    strlen(ret->full) >= QREXEC_SERVICE_MAX)
		return QREXEC_EXIT_TROUBLE;
	plus = strchr(ret->full, '+');
	ret->service = plus ? xstrndup(ret->full, (size_t)(plus - ret->full))
			    : xstrdup(ret->full);
	ret->argument = plus ? xstrdup(plus + 1) : NULL;
	if (!*ret->service || strlen(ret->service) > NAME_MAX)
		return QREXEC_EXIT_TROUBLE;
	ret->words_ok = rest == NULL;
	ret->target_type = rest ? word(&rest) : xstrdup("");
	if (rest) {
		ret->target = word(&rest);
		ret->words_ok = rest == NULL;
	}
	return 0;
}

int command_parse(const char *text, bool has_user, struct command *ret)
{
	static const char rpc[] = "QUBESRPC", nogui[] = "nogui:";
	const char *colon = strchr(text, ':');

	*ret = (struct command){0};
	if (has_user) {
		if (!colon)
			return QREXEC_EXIT_TROUBLE;
		ret->user = xstrndup(text, (size_t)(colon - text));
		text = colon + 1;
	}
	if (strncmp(text, nogui, strlen(nogui)) == 0) {
		ret->nogui = true;
		text += strlen(nogui);
	}
	if (strncmp(text, rpc, strlen(rpc)) != 0) {
		ret->shell = xstrdup(text);
		return 0;
	}
	text += strlen(rpc);
	return *text == ' ' ? service_words(text + 1, ret) : QREXEC_EXIT_TROUBLE;
}

void service_dispose(struct service *s)
{
	free(s->path);
	free(s->host);
	free(s->port);
	*s = (struct service){0};
}

/*
 * DIR/NAME for the two names, in each folder. 0 and the path, QREXEC_EXIT_NO_SERVICE, or
 * QREXEC_EXIT_TROUBLE for anything but absence. Links are not followed when LINKS.
 */
static int find(const struct command *c, const char *paths, char **ret)
{
	cleanup_strv struct strv dirs = STRV_INIT;
	cleanup_free char *long_name =
		xasprintf("%s+%s", c->service, c->argument ? c->argument : "");
	const char *names[] = {long_name, c->service};

	if (strchr(c->full, '/') || c->service[0] == '.')
		return QREXEC_EXIT_NO_SERVICE;
	strv_split(&dirs, paths, ":");
	for (size_t n = 0; n < array_len(names); n++) {
		if (strlen(names[n]) > NAME_MAX)
			continue;
		for (size_t i = 0; i < dirs.n; i++) {
			cleanup_free char *path = xasprintf("%s/%s", dirs.v[i], names[n]);
			cleanup_free char *target = xcalloc(1, PATH_MAX);
			struct stat st;

			if (stat(path, &st) == 0 ||
			    (readlink(path, target, PATH_MAX - 1) > 0 &&
			     strncmp(target, "/dev/tcp", 8) == 0)) {
				*ret = steal(path);
				return 0;
			}
			if (errno != ENOENT)
				return QREXEC_EXIT_TROUBLE;
		}
	}
	return QREXEC_EXIT_NO_SERVICE;
}

int service_find(const struct command *c, const char *paths, struct service *ret)
{
	cleanup_free char *link = xcalloc(1, PATH_MAX);
	struct stat st;
	int r;

	*ret = (struct service){0};
	r = find(c, paths, &ret->path);
	if (r)
		return r;
	if (readlink(ret->path, link, PATH_MAX - 1) > 0 &&
	    strncmp(link, "/dev/tcp", 8) == 0 && (link[8] == '/' || link[8] == '\0'))
		return service_tcp(link + 8, c->argument, ret);
	if (stat(ret->path, &st) < 0)
		return QREXEC_EXIT_TROUBLE;
	if (S_ISSOCK(st.st_mode)) {
		ret->kind = SERVICE_SOCKET;
		return 0;
	}
	ret->kind = SERVICE_EXEC;
	if (!c->words_ok || !S_ISREG(st.st_mode) || euidaccess(ret->path, X_OK) < 0)
		return QREXEC_EXIT_TROUBLE;
	return 0;
}

static bool port_ok(const char *port)
{
	size_t len = strlen(port);

	return len >= 1 && len <= 5 && strspn(port, "0123456789") == len &&
	       port[0] != '0' && atoi(port) <= 65535;
}

int service_tcp(const char *link, const char *argument, struct service *ret)
{
	const char *at = *link == '/' ? link + 1 : link;
	const char *slash = strchr(at, '/');
	bool argument_empty = !argument || !*argument;

	ret->kind = SERVICE_TCP;
	if (*link == '/' && !*at)
		return QREXEC_EXIT_TROUBLE;
	if (slash) {
		ret->host = xstrndup(at, (size_t)(slash - at));
		ret->port = xstrdup(slash + 1);
		if (!argument_empty)
			return QREXEC_EXIT_TROUBLE;
	} else if (*at) {
		ret->host = xstrdup(at);
		ret->port = xstrdup(argument_empty ? "" : argument);
	} else {
		const char *plus = argument_empty ? NULL : strrchr(argument, '+');

		if (!plus || strchr(argument, '_'))
			return QREXEC_EXIT_TROUBLE;
		ret->host = xstrndup(argument, (size_t)(plus - argument));
		ret->port = xstrdup(plus + 1);
		for (char *p = ret->host; *p; p++)
			*p = *p == '+' ? ':' : *p;
	}
	return *ret->host && port_ok(ret->port) ? 0 : QREXEC_EXIT_TROUBLE;
}

int service_config_find(const struct command *c, const char *paths,
			struct service_config *ret)
{
	cleanup_free char *path = NULL;
	cleanup_buf struct buf text = BUF_INIT;
	int r = find(c, paths, &path);

	*ret = (struct service_config){0};
	if (r)
		return r == QREXEC_EXIT_NO_SERVICE ? 0 : r;
	if (file_read(path, CONFIG_MAX, &text) < 0)
		return QREXEC_EXIT_TROUBLE;
	return service_config_parse(buf_str(&text), text.len, ret);
}
