/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of a policy: lines, directives, and the order in which they come. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "qrexec/policy_int.h"

#define DIRECTIVE_FIELDS 4

/* One text that is being read. */
struct source {
	struct policy *p;
	const struct policy_files *files; /* NULL: includes are not followed */
	const char *base;		  /* of relative includes */
	const char *name;
	uint32_t file; /* the same, as an index */
	unsigned line;
	unsigned depth;
	/* of !include-service: put in front of each line; NULL: the new form */
	const char *service, *arg;
};

static void fail(const struct source *s, const char *why, const char *text)
{
	if (text)
		policy_note_add(s->p, true, s->name, s->line, "%s: '%.80s'", why, text);
	else
		policy_note_add(s->p, true, s->name, s->line, "%s", why);
}

static void text_read(struct source *s, const char *text, size_t len);

/* SUB has the place to go on with in `service` and `arg`; returns 0 or -errno. */
static int file_read_into(const struct source *s, const char *path, struct source *sub)
{
	cleanup_buf struct buf text = BUF_INIT;
	int r;

	if (s->p->read_count >= POLICY_FILES_MAX) {
		fail(s, "too many files are included", NULL);
		return 0;
	}
	s->p->read_count++;
	r = s->files->read(s->files->arg, path, &text);
	if (r < 0)
		return r;
	sub->name = path;
	text_read(sub, buf_str(&text), text.len);
	return 0;
}

static char *path_of(const struct source *s, const char *path)
{
	return *path == '/' ? xstrdup(path) : xasprintf("%s/%s", s->base, path);
}

/* SERVICE NULL: the new form. */
static void include_file(const struct source *s, const char *path, const char *service,
			 const char *arg)
{
	struct source sub = *s;
	cleanup_free char *full = path_of(s, path);
	int r;

	if (!s->files)
		return;
	if (s->depth >= POLICY_DEPTH_MAX) {
		fail(s, "includes are nested too deeply", path);
		return;
	}
	sub.depth++;
	sub.service = service;
	sub.arg = arg;
	r = file_read_into(s, full, &sub);
	if (r < 0)
		policy_note_add(s->p, true, s->name, s->line, "cannot include '%s': %s",
				full, strerror(-r));
}

/* Those of a folder that count, sorted. False: a name is bad. */
static bool names_filter(const struct source *s, const char *dir, struct strv *names,
			 struct strv *ret)
{
	const size_t suffix = strlen(POLICY_SUFFIX);

	for (size_t i = 0; i < names->n; i++) {
		const char *name = names->v[i];
		size_t len = strlen(name);
		const char *why;

		if (*name == '.' || len < suffix ||
		    strcmp(name + len - suffix, POLICY_SUFFIX) != 0)
			continue;
		why = lex_file_name(name);
		if (why) {
			cleanup_free char *full = xasprintf("%s/%s", dir, name);

			policy_note_add(s->p, true, full, 0, "%s", why);
			return false;
		}
		strv_add(ret, name);
	}
	strv_sort(ret);
	return true;
}

static void include_dir(const struct source *s, const char *path)
{
	cleanup_free char *full = path_of(s, path);
	cleanup_strv struct strv all = STRV_INIT;
	cleanup_strv struct strv names = STRV_INIT;
	int r;

	if (!s->files)
		return;
	r = s->files->list(s->files->arg, full, &all);
	if (r < 0) {
		policy_note_add(s->p, true, s->name, s->line, "cannot include '%s': %s",
				full, strerror(-r));
		return;
	}
	if (!names_filter(s, full, &all, &names))
		return;
	if (!names.n)
		policy_note_add(s->p, false, s->name, s->line,
				"no policy is in the folder '%s'", full);
	for (size_t i = 0; i < names.n; i++) {
		cleanup_free char *file = xasprintf("%s/%s", full, names.v[i]);

		include_file(s, file, NULL, NULL);
	}
}

static void line_add(struct source *s, char *line)
{
	cleanup_free char *shown = xstrndup(line, 80);
	struct rule rule;
	const char *why = rule_parse(line, &rule);

	if (why) {
		fail(s, why, shown);
		return;
	}
	rule.file = s->file;
	rule.line = s->line;
	if (s->p->rule_count >= POLICY_RULES_MAX) {
		fail(s, "there are too many rules", NULL);
		rule_dispose(&rule);
		return;
	}
	policy_rule_add(s->p, &rule);
}

/* By service, and within it the file without an argument last. */
static int by_legacy_name(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;
	size_t xlen = strcspn(x, "+"), ylen = strcspn(y, "+");
	int order = memcmp(x, y, xlen < ylen ? xlen : ylen);

	if (!order)
		order = (xlen > ylen) - (xlen < ylen);
	if (!order)
		order = (x[xlen] == '\0') - (y[ylen] == '\0');
	return order ? order : strcmp(x, y);
}

static void compat_file(const struct source *s, const char *name)
{
	size_t len = strcspn(name, "+");
	cleanup_free char *service = xstrndup(name, len);
	struct source sub = *s;
	static const char *const implied[] = {"@anyvm", "@adminvm"};
	uint32_t at = (uint32_t)s->p->files.n;

	sub.base = s->files->legacy;
	include_file(&sub, name, service, name[len] ? name + len : "*");
	if (!name[len] || s->p->files.n == at)
		return;
	/* the old policy ended there; the file for all arguments is not asked */
	sub.file = at;
	sub.line = 0;
	for (size_t i = 0; i < array_len(implied); i++)
		line_add(&sub, xasprintf("%s %s @anyvm %s deny", service, name + len,
					 implied[i]));
}

static void compat_read(const struct source *s)
{
	cleanup_strv struct strv names = STRV_INIT;
	int r;

	if (!s->files || !s->files->legacy)
		return;
	r = s->files->list(s->files->arg, s->files->legacy, &names);
	if (r == -ENOENT)
		policy_note_add(s->p, false, s->name, s->line, "there is no folder '%s'",
				s->files->legacy);
	else if (r < 0)
		policy_note_add(s->p, true, s->name, s->line, "cannot read '%s': %s",
				s->files->legacy, strerror(-r));
	if (r < 0)
		return;
	if (names.n)
		qsort(names.v, names.n, sizeof(*names.v), by_legacy_name);
	for (size_t i = 0; i < names.n; i++)
		if (lex_all_of(names.v[i], "+_.-") && *names.v[i] != '+' &&
		    *names.v[i] != '.')
			compat_file(s, names.v[i]);
}

/* By a rule made of them, as only rules check these columns. */
static bool service_is_good(const struct source *s, const char *service, const char *arg)
{
	struct rule rule;
	const char *why = rule_parse(xasprintf("%s %s * * deny", service, arg), &rule);

	if (why) {
		fail(s, why, service);
		return false;
	}
	rule_dispose(&rule);
	return true;
}

static void directive(const struct source *s, char *line)
{
	char *f[DIRECTIVE_FIELDS];
	size_t n = lex_fields(line, f, DIRECTIVE_FIELDS);

	if (strcmp(f[0], "!include") == 0 && n == 2)
		include_file(s, f[1], s->service, s->arg);
	else if (s->service)
		fail(s, "only !include can stand here", f[0]);
	else if (strcmp(f[0], "!include-dir") == 0 && n == 2)
		include_dir(s, f[1]);
	else if (strcmp(f[0], "!include-service") == 0 && n == 4) {
		if (service_is_good(s, f[1], f[2]))
			include_file(s, f[3], f[1], f[2]);
	} else if (strcmp(f[0], "!compat-4.0") == 0 && n == 1)
		compat_read(s);
	else
		fail(s, "no such directive, or a wrong number of words", f[0]);
}

/* '$' was '@', and a comma was a blank. */
static void legacy_convert(char *line)
{
	for (; *line; line++) {
		if (*line == '$')
			*line = '@';
		else if (*line == ',')
			*line = ' ';
	}
}

static void line_read(struct source *s, char *line)
{
	static const char old_include[] = "@include:";

	if (!s->service) {
		if (*line == '!')
			directive(s, line);
		else
			line_add(s, xstrdup(line));
		return;
	}
	legacy_convert(line);
	if (strncmp(line, old_include, strlen(old_include)) == 0)
		memcpy(line, "!include ", strlen(old_include));
	if (*line == '!')
		directive(s, line);
	else
		line_add(s, xasprintf("%s %s %s", s->service, s->arg, line));
}

static void text_read(struct source *s, const char *text, size_t len)
{
	const char *end = text + len;

	s->file = (uint32_t)s->p->files.n;
	s->line = 0;
	strv_add(&s->p->files, s->name);
	s->p->text_total += len;
	if (s->p->text_total > POLICY_TEXT_MAX) {
		fail(s, "the policy is too long as a whole", NULL);
		return;
	}
	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((stop ? stop : end) - text);
		const char *line = text;
		char copy[POLICY_LINE_MAX + 1];

		text = stop ? stop + 1 : end;
		s->line++;
		while (n && strchr(LEX_BLANKS, *line) && *line) {
			line++;
			n--;
		}
		if (!n || *line == '#')
			continue;
		if (n > POLICY_LINE_MAX || memchr(line, '\0', n)) {
			fail(s,
			     n > POLICY_LINE_MAX ? "the line is too long"
						 : "the line holds a zero byte",
			     NULL);
			continue;
		}
		memcpy(copy, line, n);
		copy[n] = '\0';
		line_read(s, copy);
	}
}

void policy_parse_text(struct policy *p, const struct policy_files *files,
		       const struct policy_text *text)
{
	struct source s = {
		.p = p,
		.files = files,
		.base = text->base,
		.name = text->name,
		.service = text->legacy ? "*" : NULL,
		.arg = text->legacy ? "*" : NULL,
	};

	text_read(&s, text->text, text->len);
}

struct found {
	char *name;
	const char *dir;
};

static int by_found_name(const void *a, const void *b)
{
	return strcmp(((const struct found *)a)->name, ((const struct found *)b)->name);
}

static bool found_has(const struct found *found, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(found[i].name, name) == 0)
			return true;
	return false;
}

static void dir_find(const struct source *s, const char *dir, struct found **found,
		     size_t *n)
{
	cleanup_strv struct strv all = STRV_INIT;
	cleanup_strv struct strv names = STRV_INIT;
	size_t before = *n;
	int r;

	r = s->files->list(s->files->arg, dir, &all);
	if (r < 0 && r != -ENOENT)
		policy_note_add(s->p, true, dir, 0, "cannot read the folder: %s",
				strerror(-r));
	if (r < 0 || !names_filter(s, dir, &all, &names))
		return;
	for (size_t i = 0; i < names.n && *n < POLICY_FILES_MAX; i++) {
		if (found_has(*found, before, names.v[i]))
			continue;
		array_grow(*found, *n) = (struct found){xstrdup(names.v[i]), dir};
		++*n;
	}
	if (*n >= POLICY_FILES_MAX)
		policy_note_add(s->p, true, dir, 0, "there are too many files");
}

void policy_parse_dirs(struct policy *p, const struct policy_files *files,
		       const char *const *dirs, size_t n)
{
	const struct source s = {.p = p, .files = files, .name = "policy"};
	cleanup_free struct found *found = NULL;
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		dir_find(&s, dirs[i], &found, &count);
	if (count)
		qsort(found, count, sizeof(*found), by_found_name);
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *path = xasprintf("%s/%s", found[i].dir, found[i].name);
		struct source sub = s;
		int r;

		sub.base = found[i].dir;
		r = file_read_into(&s, path, &sub);
		if (r < 0)
			policy_note_add(p, true, path, 0, "cannot be read: %s",
					strerror(-r));
		free(found[i].name);
	}
}
