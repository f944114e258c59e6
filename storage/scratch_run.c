/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/scratch_run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "storage/lvname.h"
#include "storage/scratch_key.h"
#include "storage/scratch_store.h"
#include "storage/thin.h"

#define SLICE "store-slice"
#define KEY "store-key"
#define COW "store-cow"

/*
 * Copied at the first write to a part of it, and the longest piece in which an origin is
 * read: smaller chunks are better for scattered writes and worse for all else.
 */
#define CHUNK ((sectors)64 * KIB / SECTOR)
#define ALIGN ((sectors)256 * KIB / SECTOR) /* a block of the pool */
#define BLANK ((sectors)64 * KIB / SECTOR)

/* --- names --- */

void part_dev(const struct part *p, char ret[static PART_DEV_MAX])
{
	snprintf(ret, PART_DEV_MAX, "%s.%u", p->name, p->id);
}

bool part_parse(const char *dev, struct part *ret)
{
	const char *dot = strrchr(dev, '.');
	long long id;

	if (!dot || dot - dev >= POOL_ID_MAX)
		return false;
	snprintf(ret->name, sizeof(ret->name), "%.*s", (int)(dot - dev), dev);
	if (!vol_id_ok(ret->name) || num_parse(dot + 1, 0, THIN_ID_MAX, &id) < 0)
		return false;
	ret->id = (uint32_t)id;
	return true;
}

bool part_is_volume(const struct part *p)
{
	return strncmp(p->name, STORE_PREFIX, strlen(STORE_PREFIX)) != 0;
}

bool part_is_foreign(struct scratch *s, const struct part *p)
{
	char dev[PART_DEV_MAX];
	struct dmap_dev found;

	part_dev(p, dev);
	return dmap_find_own(&s->dm, dev, &found) == -ENODEV;
}

int parts_list(struct scratch *s, struct parts *ret, struct qvm_err *err)
{
	cleanup_strv struct strv names = STRV_INIT;
	struct part p;
	int r = dmap_list(&s->dm, &names);

	if (r < 0)
		return dmap_fail(&s->dm, r, err, "cannot list the ephemeral volumes");
	for (size_t i = 0; i < names.n; i++)
		if (part_parse(names.v[i], &p)) {
			array_grow(ret->v, ret->n) = p;
			ret->n++;
		}
	return 0;
}

void parts_dispose(struct parts *ps)
{
	free(ps->v);
	*ps = (struct parts){0};
}

uint32_t run_free_id(const struct parts *ps)
{
	for (uint32_t id = 0;; id++) {
		size_t i = 0;

		while (i < ps->n && ps->v[i].id != id)
			i++;
		if (i == ps->n)
			return id;
	}
}

/* --- making --- */

/* Where a volume lies on the run's slice. */
struct place {
	sectors base; /* so much of it is over the origin; 0: none */
	sectors size;
	sectors at; /* its changes of that part, and behind them the rest */
};

static sectors aligned(sectors len)
{
	return (len + ALIGN - 1) / ALIGN * ALIGN;
}

static int find_base(const struct scratch_request *req, struct place *ret)
{
	sectors len = 0;
	int r = req->origin ? dmap_length(req->origin, &len) : 0;

	*ret = (struct place){.size = req->size / SECTOR};
	ret->base = len < ret->size ? len : ret->size;
	return r;
}

/* The first that is over an origin comes first. Returns the length of all. */
static sectors lay_out(struct place *places, size_t n, size_t *ret_first)
{
	sectors end = 0;
	size_t first = 0;

	while (first < n && !places[first].base)
		first++;
	if (first < n)
		end = aligned(places[first].base) +
		      aligned(places[first].size - places[first].base);
	for (size_t i = 0; i < n; i++) {
		if (i == first)
			continue;
		places[i].at = end;
		end += aligned(places[i].base) + aligned(places[i].size - places[i].base);
	}
	*ret_first = first;
	return end;
}

struct making {
	struct scratch *s;
	uint32_t id;
	const char *volume; /* the one at work, for messages */
	struct parts made;  /* lowest first */
	struct dmap_dev key;
};

static struct part *name_next(struct making *m, const char *name)
{
	struct part *p = &array_grow(m->made.v, m->made.n);

	snprintf(p->name, sizeof(p->name), "%s", name);
	p->id = m->id;
	return p;
}

static int make_part(struct making *m, const char *name, const struct dmap_table *table,
		     struct dmap_dev *ret)
{
	char dev[PART_DEV_MAX];
	int r;

	part_dev(name_next(m, name), dev);
	r = dmap_make(&m->s->dm, dev, table, ret);
	if (r == 0)
		m->made.n++;
	return r;
}

static int make_slice(struct making *m, sectors len)
{
	char dev[PART_DEV_MAX];
	struct thin_request thin = {
		.name = dev, .pool = &m->s->pool, .id = m->id, .len = len};
	struct dmap_dev slice;
	int r = thin_create(&m->s->dm, STORE_POOL, m->id);

	/* What a killed process left; its key is gone. */
	if (r == -EEXIST) {
		r = thin_delete(&m->s->dm, STORE_POOL, m->id);
		if (r == 0)
			r = thin_create(&m->s->dm, STORE_POOL, m->id);
	}
	if (r < 0)
		return r;
	part_dev(name_next(m, SLICE), dev);
	r = thin_make(&m->s->dm, &thin, &slice);
	if (r < 0)
		return r;
	m->made.n++;
	part_dev(name_next(m, KEY), dev);
	r = crypt_make(&m->s->dm, dev, &slice, len, &m->key);
	if (r == 0)
		m->made.n++;
	return r;
}

/* A part of the run's encrypted slice as a table. */
static void slice_table(const struct making *m, sectors at, sectors len,
			char params[static 48], struct dmap_table *ret)
{
	snprintf(params, 48, "%u:%u %" PRIu64, m->key.major, m->key.minor, at);
	*ret = (struct dmap_table){.type = "linear", .params = params, .len = len};
}

static int make_cow(struct making *m, const struct place *at, size_t i,
		    struct dmap_dev *ret)
{
	char name[POOL_ID_MAX], params[48];
	struct dmap_table table;

	snprintf(name, sizeof(name), COW "%zu", i);
	slice_table(m, at->at, aligned(at->base), params, &table);
	return make_part(m, name, &table, ret);
}

static int make_over(struct making *m, const struct scratch_request *req,
		     const struct place *at, const struct dmap_dev *cow,
		     struct dmap_dev *ret)
{
	char params[96], rest[48];
	struct dmap_table more,
		table = {.type = "snapshot", .params = params, .len = at->base};

	snprintf(params, sizeof(params), "%u:%u %u:%u N %" PRIu64, req->origin->major,
		 req->origin->minor, cow->major, cow->minor, CHUNK);
	if (at->size > at->base) {
		slice_table(m, at->at + aligned(at->base), at->size - at->base, rest,
			    &more);
		table.then = &more;
	}
	return make_part(m, req->name, &table, ret);
}

/* Its beginning reads as zeroes, where signatures are; the rest is noise until written. */
static int make_blank(struct making *m, const struct scratch_request *req,
		      const struct place *at, struct dmap_dev *ret)
{
	struct dmap_table table;
	char params[48];
	int r;

	slice_table(m, at->at, at->size, params, &table);
	r = make_part(m, req->name, &table, ret);
	if (r < 0)
		return r;
	return dmap_zero(ret, 0, at->size < BLANK ? at->size : BLANK, false);
}

static int make_volumes(struct making *m, const struct scratch_request *req,
			const struct place *places, size_t n, size_t first,
			struct block_dev *ret)
{
	for (size_t i = 0; i < n; i++) {
		struct dmap_dev cow = m->key, made;
		int r = 0;

		m->volume = req[i].name;
		if (places[i].base && i != first)
			r = make_cow(m, &places[i], i, &cow);
		if (r == 0)
			r = places[i].base
				    ? make_over(m, &req[i], &places[i], &cow, &made)
				    : make_blank(m, &req[i], &places[i], &made);
		if (r < 0)
			return r;
		dmap_block_dev(&made, &ret[i]);
	}
	return 0;
}

/* What stays is swept by whoever makes or removes the next. */
static void undo(struct making *m)
{
	struct dmap *d = &m->s->dm;
	char first[DMAP_TEXT];
	int r = 0;

	memcpy(first, d->text, sizeof(first));
	while (r == 0 && m->made.n > 0)
		r = part_remove(m->s, &m->made, m->made.n - 1);
	if (r == 0)
		r = thin_delete(d, STORE_POOL, m->id);
	if (r < 0)
		ctx_log(m->s->ctx, QVM_LEVEL_WARN, "a part of an ephemeral run stays: %s",
			d->text);
	memcpy(d->text, first, sizeof(first));
}

int run_make(struct scratch *s, uint32_t id, const struct scratch_request *req, size_t n,
	     struct block_dev *ret, struct qvm_err *err)
{
	cleanup_free struct place *places = xcalloc(n, sizeof(*places));
	struct making m = {.s = s, .id = id, .volume = req[0].name};
	size_t first;
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		r = find_base(&req[i], &places[i]);
		if (r < 0)
			return err_errno(err, r, "cannot look at the origin of '%s'",
					 req[i].name);
	}
	r = make_slice(&m, lay_out(places, n, &first));
	if (r == 0)
		r = make_volumes(&m, req, places, n, first, ret);
	if (r < 0) {
		undo(&m);
		r = dmap_fail(&s->dm, r, err, "cannot make the ephemeral volume '%s'",
			      m.volume);
	}
	parts_dispose(&m.made);
	return r;
}

/* --- removing --- */

int part_remove(struct scratch *s, struct parts *ps, size_t i)
{
	char dev[PART_DEV_MAX];
	int r;

	part_dev(&ps->v[i], dev);
	r = dmap_remove(&s->dm, dev, false);
	if (r < 0)
		return r;
	ps->n--;
	memmove(&ps->v[i], &ps->v[i + 1], (ps->n - i) * sizeof(*ps->v));
	return 0;
}

static bool has_volume(const struct parts *ps, uint32_t id)
{
	for (size_t i = 0; i < ps->n; i++)
		if (ps->v[i].id == id && part_is_volume(&ps->v[i]))
			return true;
	return false;
}

/* The number goes last: as long as a device has it, nobody else takes it. */
static int sweep(struct scratch *s, struct parts *ps, uint32_t id)
{
	static const char *const layers[] = {COW, KEY, SLICE};

	for (size_t k = 0; k < array_len(layers); k++)
		for (size_t i = 0; i < ps->n;) {
			int r = 0;

			if (ps->v[i].id != id ||
			    strncmp(ps->v[i].name, layers[k], strlen(layers[k])) != 0)
				i++;
			else
				r = part_remove(s, ps, i);
			if (r < 0)
				return r;
		}
	return thin_delete(&s->dm, STORE_POOL, id);
}

int runs_sweep(struct scratch *s, struct parts *ps)
{
	bool busy = false;
	size_t i = 0;

	while (i < ps->n) {
		int r;

		if (part_is_volume(&ps->v[i]) || has_volume(ps, ps->v[i].id)) {
			i++;
			continue;
		}
		r = sweep(s, ps, ps->v[i].id);
		if (r < 0 && r != -EBUSY)
			return r;
		busy |= r == -EBUSY;
		/* Its parts are off the list, or stay on it and are passed over. */
		i = r == 0 ? 0 : i + 1;
	}
	return busy ? -EBUSY : 0;
}
