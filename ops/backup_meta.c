/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/clock.h"
#include "lib/size.h"
#include "ops/backup_internal.h"

/* ---- lists ---- */

void backup_list_dispose(struct backup_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].name);
		free(l->v[i].klass);
		free(l->v[i].as);
		free(l->v[i].why);
	}
	free(l->v);
	free(l->snapshot);
	*l = (struct backup_list){0};
}

struct backup_row *backup_row_add(struct backup_list *l, const char *name,
				  const char *klass)
{
	struct backup_row *row = &array_grow(l->v, l->n);

	l->n++;
	row->name = xstrdup(name);
	row->klass = xstrdup(klass);
	return row;
}

void backup_row_failed(struct backup_row *row, const struct qvm_err *err)
{
	row->done = false;
	if (!row->why)
		row->why = xstrdup(err->text);
}

/* ---- settings ---- */

size_t backup_labels(struct meta_label ret[static BACKUP_LABELS])
{
	size_t n = vm_label_count < BACKUP_LABELS ? vm_label_count : BACKUP_LABELS;

	for (size_t i = 0; i < n; i++)
		ret[i] = (struct meta_label){vm_labels[i].index, vm_labels[i].name,
					     vm_labels[i].rgb};
	return n;
}

static void add_props(const struct world *w, const struct vm *vm, struct meta_domain *d)
{
	char uuid[UUID_TEXT], qid[24];

	uuid_format(&vm->uuid, uuid);
	snprintf(qid, sizeof(qid), "%lld", (long long)vm->id);
	meta_pair_add(&d->props, "name", vm->name);
	meta_pair_add(&d->props, "qid", qid);
	meta_pair_add(&d->props, "uuid", uuid);
	for (int i = 0; i < PROP_G_FIRST; i++) {
		const struct vm_prop *p = &vm->props[i];
		const char *text = p->text;

		if (!p->set || i == PROP_NAME || i == PROP_QID || i == PROP_UUID)
			continue;
		if (prop_defs[i].type == PT_VM) {
			const struct vm *to = world_vm_by_id(w, p->ref);

			text = p->ref && to ? to->name : NULL;
		}
		meta_pair_add(&d->props, prop_defs[i].name, text);
	}
}

static void add_volumes(const struct vm *vm, struct meta_domain *d)
{
	for (int i = 0; i < VOL_ROLE_COUNT; i++) {
		const struct vm_volume *vol = &vm->volumes[i];
		struct meta_volume *v;

		if (!vm->has_volume[i])
			continue;
		v = &array_grow(d->volumes, d->volume_count);
		d->volume_count++;
		v->role = xstrdup(vol_role_names[i]);
		v->pool = xstrdup(vol->pool);
		v->size = vol->size;
		v->revisions_to_keep = vol->revisions_to_keep;
		v->rw = vol->rw;
		v->save = vol->persistent;
		v->snap = vol->snapshot;
	}
}

void backup_meta_add(const struct world *w, const struct vm *vm, uint64_t bytes,
		     struct meta *ret)
{
	struct meta_domain *d = &array_grow(ret->domains, ret->count);

	ret->count++;
	d->name = xstrdup(vm->name);
	d->klass = xstrdup(vm_classes[vm->klass].name);
	d->id = vm->id;
	d->included = true;
	d->path = xasprintf("vm%lld/", (long long)vm->id);
	d->bytes = bytes;
	add_props(w, vm, d);
	for (size_t i = 0; i < vm->feature_count; i++)
		meta_pair_add(&d->features, vm->features[i].name, vm->features[i].value);
	for (size_t i = 0; i < vm->tags.n; i++)
		strv_add(&d->tags, vm->tags.v[i]);
	add_volumes(vm, d);
}

/* ---- with the helper ---- */

static void show_rate(void *arg, uint64_t done)
{
	struct backup_rate *rate = arg;
	uint64_t ms = clock_ms() - rate->begun, speed = ms ? done * 1000 / ms : 0;
	char total[32], now[32], each[32];
	cleanup_free char *text = NULL;

	rate->done = done;
	size_format(done, now);
	size_format(rate->total, total);
	size_format(speed, each);
	if (rate->total && speed)
		text = xasprintf(
			"%s: %s of %s, %s/s, %llu s left", rate->what, now, total, each,
			(unsigned long long)(rate->total > done
						     ? (rate->total - done) / speed
						     : 0));
	else
		text = xasprintf("%s: %s, %s/s", rate->what, now, each);
	ctx_progress(rate->ctx, text,
		     rate->total && done <= rate->total ? (int)(done * 100 / rate->total)
							: -1);
}

void backup_rate_follow(struct backup_rate *rate, struct helper *h)
{
	rate->begun = clock_ms();
	h->progress = show_rate;
	h->arg = rate;
}

int backup_send_pass(struct helper *h, const struct secret *pass, struct qvm_err *err)
{
	return helper_send_text(h, "pass", pass->data, pass->len, err);
}

int backup_send_setting(struct helper *h, const char *key, const char *text,
			struct qvm_err *err)
{
	int r = text ? helper_ready(h, err) : 0;

	return r < 0 || !text ? r : helper_answer(h, -1, err, "set %s %s", key, text);
}
