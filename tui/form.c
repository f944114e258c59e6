/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A form: fields one below the other, each typed as a line; they make one command. */
#include <stdio.h>

#include "tui/app.h"

static void show(struct app *a, size_t field)
{
	const struct form_field *f = &a->pending->form[field];
	char prompt[INPUT_MAX];

	snprintf(prompt, sizeof(prompt), "%s: ", f->name);
	a->view.field = field;
	app_type(a, TYPE_FORM, prompt, a->fields[field]);
}

void form_begin(struct app *a)
{
	const struct form_field *f = a->pending->form;
	size_t n = 0;

	for (; f[n].name; n++) {
		snprintf(a->fields[n], INPUT_MAX, "%s", f[n].prefill);
		a->shown_fields[n] =
			(struct view_field){f[n].name, f[n].help, a->fields[n]};
	}
	a->view.fields = a->shown_fields;
	a->view.field_count = n;
	app_go(a, VIEW_FORM);
	app_say(a,
		"enter: the next field; ^D: that is all; tab completes; escape leaves");
	show(a, 0);
}

static void keep(struct app *a)
{
	snprintf(a->fields[a->view.field], INPUT_MAX, "%s", a->input);
}

void form_move(struct app *a, int by)
{
	size_t to = a->view.field + (size_t)by;

	keep(a);
	if (to == a->view.field_count)
		form_done(a);
	else if (to < a->view.field_count)
		show(a, to);
}

void form_done(struct app *a)
{
	const char *values[FORM_MAX];
	struct strv none = STRV_INIT;
	int r;

	keep(a);
	for (size_t i = 0; i < a->view.field_count; i++)
		values[i] = a->fields[i];
	strv_dispose(&a->argv);
	r = action_words(a->pending->command, &none, "", "", &a->argv);
	if (r == 0)
		r = action_form_words(a->pending->form, values, &a->argv);
	if (r < 0) {
		app_say(a, "a quote is not closed");
		return;
	}
	a->typing = TYPE_NOTHING;
	app_go(a, VIEW_DOMAINS);
	app_confirm(a, 0);
}
