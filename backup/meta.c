/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/meta.h"

#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"

static void pairs_dispose(struct meta_pairs *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].name);
		free(p->v[i].value);
	}
	free(p->v);
}

static void domain_dispose(struct meta_domain *d)
{
	free(d->name);
	free(d->klass);
	free(d->path);
	pairs_dispose(&d->props);
	pairs_dispose(&d->features);
	strv_dispose(&d->tags);
	for (size_t i = 0; i < d->volume_count; i++) {
		free(d->volumes[i].role);
		free(d->volumes[i].pool);
	}
	free(d->volumes);
}

void meta_dispose(struct meta *m)
{
	for (size_t i = 0; i < m->count; i++)
		domain_dispose(&m->domains[i]);
	free(m->domains);
	*m = (struct meta){0};
}

void meta_pair_add(struct meta_pairs *p, const char *name, const char *value)
{
	struct meta_pair *pair = &array_grow(p->v, p->n);

	p->n++;
	pair->name = xstrdup(name);
	pair->value = xstrdup(value ? value : "");
}

const char *meta_pair(const struct meta_pairs *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->v[i].name, name) == 0)
			return p->v[i].value;
	return NULL;
}

const struct meta_domain *meta_find(const struct meta *m, const char *name)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->domains[i].name && strcmp(m->domains[i].name, name) == 0)
			return &m->domains[i];
	return NULL;
}
