/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records as lines of words, the first of which tells what it is. */
#include <stdlib.h>
#include <string.h>

#include "backup/channel.h"
#include "backup/meta.h"
#include "lib/alloc.h"
#include "lib/size.h"

static void line(struct buf *to, char kind, const char *first, const char *second)
{
	buf_addf(to, "%c ", kind);
	word_add(to, first);
	buf_add_ch(to, ' ');
	word_add(to, second ? second : "");
	buf_add_ch(to, '\n');
}

static void domain_format(const struct meta_domain *d, struct buf *to)
{
	line(to, 'd', d->name ? d->name : "", d->klass);
	if (d->included) {
		buf_addf(to, "i %llu ", (unsigned long long)d->bytes);
		word_add(to, d->path);
		buf_add_ch(to, '\n');
	}
	for (size_t i = 0; i < d->props.n; i++)
		line(to, 'p', d->props.v[i].name, d->props.v[i].value);
	for (size_t i = 0; i < d->features.n; i++)
		line(to, 'f', d->features.v[i].name, d->features.v[i].value);
	for (size_t i = 0; i < d->tags.n; i++)
		line(to, 't', d->tags.v[i], NULL);
	for (size_t i = 0; i < d->volume_count; i++) {
		const struct meta_volume *v = &d->volumes[i];

		buf_addf(to, "v %llu %d %d%d%d%d ", (unsigned long long)v->size,
			 v->revisions_to_keep, v->rw, v->save, v->snap, v->excluded);
		word_add(to, v->role);
		buf_add_ch(to, ' ');
		word_add(to, v->pool);
		buf_add_ch(to, '\n');
	}
}

void meta_format(const struct meta *m, struct buf *ret)
{
	for (size_t i = 0; i < m->count; i++)
		domain_format(&m->domains[i], ret);
}

/* ---- back ---- */

#define WORDS 6

static size_t split(char *text, char *words[static WORDS])
{
	size_t n = 0;

	while (text && n < WORDS) {
		words[n++] = strsep(&text, " ");
		if (!word_decode(words[n - 1]))
			return 0;
	}
	return text ? 0 : n;
}

static bool read_volume(struct meta_domain *d, char *const *w)
{
	struct meta_volume *v = &array_grow(d->volumes, d->volume_count);
	long long size, keep;

	d->volume_count++;
	v->role = xstrdup(w[4]);
	v->pool = xstrdup(w[5]);
	if (num_parse(w[1], 0, INT64_MAX, &size) < 0 ||
	    num_parse(w[2], -1, 1000000, &keep) < 0 || strlen(w[3]) != 4)
		return false;
	v->size = (uint64_t)size;
	v->revisions_to_keep = (int)keep;
	v->rw = w[3][0] == '1';
	v->save = w[3][1] == '1';
	v->snap = w[3][2] == '1';
	v->excluded = w[3][3] == '1';
	return true;
}

static bool read_domain(struct meta *m, char *const *w)
{
	struct meta_domain *d;

	if (m->count >= META_DOMAINS_MAX)
		return false;
	d = &array_grow(m->domains, m->count);
	m->count++;
	d->name = xstrdup(w[1]);
	d->klass = xstrdup(w[2]);
	return true;
}

static bool read_included(struct meta_domain *d, char *const *w)
{
	long long bytes;

	if (d->included || num_parse(w[1], 0, INT64_MAX, &bytes) < 0)
		return false;
	d->included = true;
	d->bytes = (uint64_t)bytes;
	d->path = xstrdup(w[2]);
	return true;
}

static bool read_line(struct meta *m, char *text)
{
	char *w[WORDS];
	size_t n = split(text, w);
	struct meta_domain *d = m->count ? &m->domains[m->count - 1] : NULL;

	if (n < 3 || strlen(w[0]) != 1 || (!d && *w[0] != 'd'))
		return false;
	switch (*w[0]) {
	case 'd':
		return n == 3 && read_domain(m, w);
	case 'i':
		return n == 3 && read_included(d, w);
	case 'p':
		meta_pair_add(&d->props, w[1], w[2]);
		return n == 3;
	case 'f':
		meta_pair_add(&d->features, w[1], w[2]);
		return n == 3;
	case 't':
		strv_add(&d->tags, w[1]);
		return n == 3;
	case 'v':
		return n == 6 && read_volume(d, w);
	default:
		return false;
	}
}

int meta_read(char *text, struct meta *ret, struct qvm_err *err)
{
	char *next;

	while ((next = strsep(&text, "\n")) != NULL)
		if (*next && !read_line(ret, next))
			return err_set(err, QVM_E_VALUE,
				       "the list of its domains is not understood");
	return 0;
}
