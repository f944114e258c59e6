/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/scratch_volume.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "storage/lvname.h"
#include "storage/scratch_store.h"
#include "storage/thin.h"

void volume_dev(const struct volume *v, char ret[static VOLUME_DEV_MAX])
{
	snprintf(ret, VOLUME_DEV_MAX, "%s.%u", v->name, v->id);
}

void volumes_dispose(struct volumes *vs)
{
	free(vs->v);
	*vs = (struct volumes){0};
}

bool volume_parse(const char *dev, struct volume *ret)
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

int volumes_list(struct scratch *s, struct volumes *ret, struct qvm_err *err)
{
	cleanup_strv struct strv names = STRV_INIT;
	struct volume v;
	int r = dmap_list(&s->dm, &names);

	if (r < 0)
		return dmap_fail(&s->dm, r, err, "cannot list the ephemeral volumes");
	for (size_t i = 0; i < names.n; i++)
		if (volume_parse(names.v[i], &v)) {
			array_grow(ret->v, ret->n) = v;
			ret->n++;
		}
	return 0;
}

uint32_t volumes_free_id(const struct volumes *vs)
{
	for (uint32_t id = 0;; id++) {
		size_t i = 0;

		while (i < vs->n && vs->v[i].id != id)
			i++;
		if (i == vs->n)
			return id;
	}
}

/* Device first: the pool does not let go of a number that is in use. */
int volume_remove(struct scratch *s, const struct volume *v)
{
	char dev[VOLUME_DEV_MAX];
	int r;

	volume_dev(v, dev);
	r = dmap_remove(&s->dm, dev, false);
	return r < 0 ? r : thin_delete(&s->dm, STORE_POOL, v->id);
}

int volume_make(struct scratch *s, const struct volume *v,
		const struct scratch_request *req, struct block_dev *ret)
{
	char dev[VOLUME_DEV_MAX];
	struct thin_request thin = {
		.name = dev,
		.pool = &s->pool,
		.id = v->id,
		.len = req->size / SECTOR,
		.origin = req->origin,
	};
	struct dmap_dev made;
	char first[DMAP_TEXT];
	int r = thin_create(&s->dm, STORE_POOL, v->id);

	if (r == -EEXIST) {
		r = thin_delete(&s->dm, STORE_POOL, v->id);
		if (r == 0)
			r = thin_create(&s->dm, STORE_POOL, v->id);
	}
	if (r < 0)
		return r;
	volume_dev(v, dev);
	r = thin_make(&s->dm, &thin, &made);
	if (r == 0) {
		dmap_block_dev(&made, ret);
		return 0;
	}
	memcpy(first, s->dm.text, sizeof(first));
	if (thin_delete(&s->dm, STORE_POOL, v->id) <
	    0) /* who takes the number next, does */
		ctx_log(s->ctx, QVM_LEVEL_WARN,
			"ephemeral volume %u stays in the pool: %s", v->id, s->dm.text);
	memcpy(s->dm.text, first, sizeof(first));
	return r;
}

/* What stays is replaced by whoever makes a volume of that name next. */
void volume_undo(struct scratch *s, const struct volume *v)
{
	if (volume_remove(s, v) < 0)
		ctx_log(s->ctx, QVM_LEVEL_WARN, "the ephemeral volume '%s' stays: %s",
			v->name, s->dm.text);
}
