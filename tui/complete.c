/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tab makes of the word that is being typed. */
#include <stdio.h>
#include <string.h>

#include "core/prop.h"
#include "lib/alloc.h"
#include "tui/app.h"

static void add_domains(const struct app *a, const char *klass, struct strv *ret)
{
	for (size_t i = 0; i < a->model.n; i++) {
		const struct dom *d = &a->model.doms[i];

		if (!klass || (d->klass && strcmp(d->klass, klass) == 0))
			strv_add(ret, d->name);
	}
}

static void add_labels(struct strv *ret)
{
	for (size_t i = 0; i < vm_label_count; i++)
		strv_add(ret, vm_labels[i].name);
}

static void add_columns(struct strv *ret)
{
	for (size_t i = 0; i < COL_COUNT; i++)
		strv_add(ret, view_columns[i].name);
}

static void add_properties(struct strv *ret)
{
	for (int i = 0; i < PROP_G_FIRST; i++)
		if (!(prop_defs[i].flags & PROP_READONLY))
			strv_add(ret, prop_defs[i].name);
}

/* What the property that LINE begins with may be. */
static void add_values(const struct app *a, const char *line, struct strv *ret)
{
	cleanup_free char *name = xstrndup(line, strcspn(line, " "));
	const struct prop_def *def;
	struct qvm_err ignored;
	enum prop_id id;

	if (prop_find(name, false, &id, &ignored) < 0)
		return;
	def = &prop_defs[id];
	if (def->flags & PROP_NONE_OK)
		strv_add(ret, "none");
	if (def->type == PT_VM)
		add_domains(a, NULL, ret);
	else if (def->type == PT_LABEL)
		add_labels(ret);
	for (size_t i = 0; def->type == PT_CHOICE && def->choices[i]; i++)
		strv_add(ret, def->choices[i]);
	if (def->type != PT_BOOL)
		return;
	strv_add(ret, "True");
	strv_add(ret, "False");
}

static void add_offer(const struct app *a, enum offer offer, struct strv *ret)
{
	switch (offer) {
	case OFFER_DOMAINS:
		strv_add(ret, "none");
		add_domains(a, NULL, ret);
		break;
	case OFFER_TEMPLATES:
		add_domains(a, "TemplateVM", ret);
		break;
	case OFFER_LABELS:
		add_labels(ret);
		break;
	case OFFER_COLUMNS:
		add_columns(ret);
		break;
	case OFFER_PROPERTY:
		if (strchr(a->input, ' '))
			add_values(a, a->input, ret);
		else
			add_properties(ret);
		break;
	case OFFER_ALL:
		add_domains(a, NULL, ret);
		add_labels(ret);
		add_properties(ret);
		break;
	case OFFER_TRASH:
	case OFFER_NOTHING:
		break;
	}
}

static enum offer offer_now(const struct app *a)
{
	switch (a->typing) {
	case TYPE_FORM:
		return a->pending->form[a->view.field].offer;
	case TYPE_WORDS:
		return a->pending->offer;
	case TYPE_COLUMN:
		return OFFER_COLUMNS;
	case TYPE_FILTER:
		return OFFER_ALL;
	default:
		return OFFER_NOTHING;
	}
}

void app_complete(struct app *a)
{
	cleanup_strv struct strv all = STRV_INIT;
	cleanup_buf struct buf more = BUF_INIT, choices = BUF_INIT;
	const char *word = strrchr(a->input, ' ');
	size_t len = strlen(a->input);

	add_offer(a, offer_now(a), &all);
	action_complete(&all, word ? word + 1 : a->input, &more, &choices);
	snprintf(a->input + len, sizeof(a->input) - len, "%s", buf_str(&more));
	app_say(a, "%s", buf_str(&choices));
}
