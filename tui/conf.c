/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration: lines of words, each checked; one that is wrong is an error. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/file.h"
#include "lib/size.h"
#include "tui/app.h"

enum { CONF_MAX = 64 << 10 };

static int find_column(const char *name)
{
	for (size_t i = 0; i < COL_COUNT; i++)
		if (strcmp(view_columns[i].name, name) == 0)
			return (int)i;
	return -1;
}

static int key_of(const char *word)
{
	if (strcmp(word, "space") == 0)
		return ' ';
	if (strcmp(word, "enter") == 0)
		return '\r';
	return word[0] > ' ' && word[0] < 127 && !word[1] ? word[0] : -1;
}

/* key ACTION KEY; a key that another action had is taken away from it. */
static int set_key(struct app *a, const char *name, int key)
{
	for (size_t i = 0; i < action_count; i++) {
		if (strcmp(actions[i].name, name) != 0)
			continue;
		for (size_t k = 0; k < action_count; k++)
			if (a->keys[k] == key)
				a->keys[k] = 0;
		a->keys[i] = key;
		return 0;
	}
	return -EINVAL;
}

static int take(struct app *a, const struct strv *w)
{
	const char *word = w->v[0], *value = w->n > 1 ? w->v[1] : "";
	bool on = strcmp(value, "on") == 0;
	long long number;
	int column = find_column(value);

	if (strcmp(word, "key") == 0 && w->n == 3 && key_of(w->v[2]) >= 0)
		return set_key(a, value, key_of(w->v[2]));
	if (strcmp(word, "colour") == 0 && w->n == 3)
		return num_parse(w->v[2], 0, 255, &number) == 0 &&
				       label_set_colour(&a->view, value, (int)number)
			       ? 0
			       : -EINVAL;
	if (w->n != 2)
		return -EINVAL;
	if (strcmp(word, "hide") == 0 && column > 0)
		a->view.hidden |= 1u << column;
	else if (strcmp(word, "sort") == 0 && column >= 0)
		a->view.sort = (size_t)column;
	else if (strcmp(word, "interval") == 0 && num_parse(value, 1, 3600, &number) == 0)
		a->interval = (int)number;
	else if (!on && strcmp(value, "off") != 0)
		return -EINVAL;
	else if (strcmp(word, "colour") == 0)
		a->colour = on;
	else if (strcmp(word, "ascii") == 0)
		a->view.ascii = on;
	else if (strcmp(word, "running") == 0)
		a->view.running = on;
	else
		return -EINVAL;
	return 0;
}

int conf_read(struct app *a, const char *path, char *text, size_t size)
{
	cleanup_buf struct buf content = BUF_INIT;
	int r = file_read(path, CONF_MAX, &content);
	char *rest = content.data, *line;

	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0) {
		snprintf(text, size, "cannot read '%s': %s", path, strerror(-r));
		return r;
	}
	for (int number = 1; (line = strsep(&rest, "\n")); number++) {
		cleanup_strv struct strv words = STRV_INIT;

		line[strcspn(line, "#")] = '\0';
		strv_split(&words, line, " \t");
		if (words.n && take(a, &words) < 0) {
			snprintf(text, size, "%s:%d: not understood: '%s'", path, number,
				 line);
			return -EINVAL;
		}
	}
	return 0;
}
