/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/apps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/utf8.h"
#include "ops/call.h"

#define LIST_SERVICE "qubes.GetAppmenus"
#define RUN_SERVICE "qubes.StartApp"
#define SUFFIX ".desktop"

enum {
	ANSWER_MAX = 4 * 1024 * 1024,
	APPS_MAX = 4096,
	ID_MAX = 128,
	TEXT_MAX = 256,
	CALL_MS = 120000,
	NO_APP = 127, /* its exit status then */
};

void app_list_dispose(struct app_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].id);
		free(l->v[i].name);
		free(l->v[i].categories);
		free(l->v[i].comment);
	}
	free(l->v);
	*l = (struct app_list){0};
}

/* ---- what a domain says ---- */

/* It is shown, typed again, and sent back as the argument of a service. */
static bool id_ok(const char *id)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";
	size_t len = strlen(id);

	return len && len <= ID_MAX && strspn(id, allowed) == len && *id != '-' &&
	       *id != '.';
}

/* ".../applications/kde/kate.desktop" is "kde-kate"; NULL: it is none. */
static char *id_of(const char *untrusted, size_t len)
{
	static const char folder[] = "/applications/";
	cleanup_free char *path = xstrndup(untrusted, len);
	char *id = strstr(path, folder);
	size_t n;

	id = id ? id + strlen(folder) : path;
	n = strlen(id);
	if (n <= strlen(SUFFIX) || strcmp(id + n - strlen(SUFFIX), SUFFIX) != 0)
		return NULL;
	id[n - strlen(SUFFIX)] = '\0';
	for (char *at = id; *at; at++)
		if (*at == '/')
			*at = '-';
	return id_ok(id) ? xstrdup(id) : NULL;
}

/* Empty where it is no text at all; a bound, and no control characters. */
static char *clean_text(const char *untrusted, size_t len)
{
	char *text;

	if (len > TEXT_MAX || !utf8_ok(untrusted, len))
		return xstrdup("");
	text = xstrndup(untrusted, len);
	for (char *at = text; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '_';
	return text;
}

static struct app *app_of(struct app_list *l, const char *id)
{
	struct app *app;

	/* Lines of one entry come together. */
	for (size_t i = l->n; i > 0; i--)
		if (strcmp(l->v[i - 1].id, id) == 0)
			return &l->v[i - 1];
	if (l->n >= APPS_MAX)
		return NULL;
	app = &array_grow(l->v, l->n);
	l->n++;
	*app = (struct app){.id = xstrdup(id),
			    .name = xstrdup(id),
			    .categories = xstrdup(""),
			    .comment = xstrdup("")};
	return app;
}

static void set_text(char **to, const char *untrusted, size_t len)
{
	char *text = clean_text(untrusted, len);

	if (!*text) {
		free(text);
		return;
	}
	free(*to);
	*to = text;
}

static void set_value(struct app *app, const char *key, size_t key_len,
		      const char *untrusted, size_t len)
{
	const struct {
		const char *key;
		char **to;
	} texts[] = {{"Name", &app->name},
		     {"Categories", &app->categories},
		     {"Comment", &app->comment}};

	for (size_t i = 0; i < array_len(texts); i++)
		if (strlen(texts[i].key) == key_len &&
		    strncmp(texts[i].key, key, key_len) == 0)
			set_text(texts[i].to, untrusted, len);
	if ((key_len == 9 && strncmp(key, "NoDisplay", 9) == 0) ||
	    (key_len == 6 && strncmp(key, "Hidden", 6) == 0))
		app->hidden = app->hidden || (len == 4 && !strncmp(untrusted, "true", 4));
	if (key_len == 4 && strncmp(key, "Type", 4) == 0)
		app->hidden = app->hidden ||
			      !(len == 11 && strncmp(untrusted, "Application", 11) == 0);
}

/* "PATH:KEY=VALUE"; false: there are too many. */
static bool take_line(struct app_list *l, const char *untrusted, size_t len)
{
	const char *equals = memchr(untrusted, '=', len);
	const char *colon = NULL;
	cleanup_free char *id = NULL;
	struct app *app;

	for (const char *at = untrusted; equals && at < equals; at++)
		if (*at == ':')
			colon = at;
	if (!colon)
		return true;
	id = id_of(untrusted, (size_t)(colon - untrusted));
	if (!id)
		return true;
	app = app_of(l, id);
	if (app)
		set_value(app, colon + 1, (size_t)(equals - colon - 1), equals + 1,
			  (size_t)(untrusted + len - equals - 1));
	return app != NULL;
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct app *)a)->id, ((const struct app *)b)->id);
}

int apps_parse(const char *untrusted, size_t len, struct app_list *ret,
	       struct qvm_err *err)
{
	const char *end = untrusted + len;

	while (untrusted < end) {
		const char *line_end = memchr(untrusted, '\n', (size_t)(end - untrusted));
		size_t n = (size_t)((line_end ? line_end : end) - untrusted);

		if (!take_line(ret, untrusted, n))
			return err_set(err, QVM_E_VALUE,
				       "it claims more than %d applications", APPS_MAX);
		untrusted += n + 1;
	}
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_id);
	return 0;
}

/* ---- asking ---- */

/* A file in memory that cannot grow: the domain decides what is written, not how much. */
static int bounded_file(struct qvm_err *err)
{
	cleanup_close int fd = memfd_create("apps", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, ANSWER_MAX) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return err_errno(err, -errno, "cannot make a file in memory");
	return steal_fd(&fd);
}

static int call_service(struct qvm_ctx *ctx, const char *vm, const char *service,
			bool no_start, int out, int *ret_status, struct qvm_err *err)
{
	const struct op_call call = {
		.domain = vm,
		.service = service,
		.no_start = no_start,
		.in = -1,
		.out = out,
		.errors = -1,
		.timeout_ms = CALL_MS,
	};

	return op_call(ctx, &call, ret_status, err);
}

static int read_answer(int fd, struct app_list *ret, struct qvm_err *err)
{
	off_t len = lseek(fd, 0, SEEK_CUR);
	cleanup_free char *text = NULL;

	if (len >= ANSWER_MAX)
		return err_set(err, QVM_E_VALUE, "its list is longer than %d MiB",
			       ANSWER_MAX >> 20);
	text = xcalloc(1, (size_t)len + 1);
	if (len < 0 || lseek(fd, 0, SEEK_SET) < 0 ||
	    fd_read_exactly(fd, text, (size_t)len) < 0)
		return err_set(err, QVM_E_FAILED, "cannot read its list");
	return apps_parse(text, (size_t)len, ret, err);
}

int op_apps(struct qvm_ctx *ctx, const char *vm, bool no_start, struct app_list *ret,
	    struct qvm_err *err)
{
	cleanup_close int fd = bounded_file(err);
	int status = 0, r, out;

	if (fd < 0)
		return fd;
	/* The call closes its own; the place in the file is shared. */
	out = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	r = call_service(ctx, vm, LIST_SERVICE, no_start, out, &status, err);
	if (r < 0)
		return r;
	if (status == NO_APP)
		return err_set(err, QVM_E_UNSUPPORTED, "'%s' has no service %s", vm,
			       LIST_SERVICE);
	r = read_answer(fd, ret, err);
	if (r == 0 && status != 0)
		r = err_set(err, QVM_E_FAILED, "its agent ended with %d", status);
	return r < 0 ? err_wrap(err, "cannot list the applications of '%s'", vm) : 0;
}

int op_app_run(struct qvm_ctx *ctx, const char *vm, const char *id, bool no_start,
	       struct qvm_err *err)
{
	cleanup_free char *service = NULL;
	int status = 0;
	int r;

	if (!id_ok(id))
		return err_set(err, QVM_E_VALUE, "bad name of an application '%.64s'",
			       id);
	service = xasprintf(RUN_SERVICE "+%s", id);
	r = call_service(ctx, vm, service, no_start, -1, &status, err);
	if (r == 0 && status == NO_APP)
		return err_set(err, QVM_E_NOT_FOUND,
			       "'%s' has no application '%s' that can be started", vm,
			       id);
	if (r == 0 && status != 0)
		return err_set(err, QVM_E_FAILED, "'%s' in '%s' ended with %d", id, vm,
			       status);
	return r;
}
