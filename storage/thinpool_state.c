/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/thinpool.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/hash.h"
#include "storage/lvname.h"

static const char label_magic[8] = "QVMTHIN", state_magic[8] = "QVMLIST";

#define VERSION 1
#define GROWING 1
#define BLOCK_MIN ((sectors)64 * KIB / SECTOR)
#define BLOCK_MAX ((sectors)GIB / SECTOR)
#define BLOCKS_MANY 2097152 /* 128 MiB of metadata */
#define ALIGN ((sectors)MIB / SECTOR)

struct disk_label {
	char magic[8];
	uint32_t version, block;
	uint8_t uuid[16];
	char name[TP_NAME_MAX];
	uint64_t check; /* of all before it */
};

struct disk_state {
	char magic[8];
	uint64_t check; /* of all behind it */
	uint64_t seq;
	uint8_t uuid[16];
	uint32_t next, flags, segments, volumes;
	uint64_t spare;
};

struct disk_volume {
	char id[POOL_ID_MAX];
	uint32_t thin, flags;
	uint64_t size;
};

_Static_assert(sizeof(struct disk_label) == 40 + TP_NAME_MAX, "label");
_Static_assert(sizeof(struct disk_state) == TP_STATE_FIXED, "state");
_Static_assert(sizeof(struct tp_segment) == 32, "segment");
_Static_assert(sizeof(struct disk_volume) == POOL_ID_MAX + 16, "volume");

static uint64_t label_check(const struct disk_label *d)
{
	return fnv_bytes(FNV_START, d, offsetof(struct disk_label, check));
}

void tp_label_encode(const struct tp_label *label, uint8_t ret[static TP_LABEL_LEN])
{
	struct disk_label d = {.version = htole32(VERSION),
			       .block = htole32((uint32_t)label->block)};

	memcpy(d.magic, label_magic, sizeof(d.magic));
	memcpy(d.uuid, label->uuid.b, sizeof(d.uuid));
	memcpy(d.name, label->name, strnlen(label->name, sizeof(d.name) - 1));
	d.check = htole64(label_check(&d));
	memset(ret, 0, TP_LABEL_LEN);
	memcpy(ret, &d, sizeof(d));
}

static bool block_ok(sectors block)
{
	return block >= BLOCK_MIN && block <= BLOCK_MAX && block % BLOCK_MIN == 0;
}

int tp_label_decode(const uint8_t data[static TP_LABEL_LEN], struct tp_label *ret)
{
	struct disk_label d;

	memcpy(&d, data, sizeof(d));
	if (memcmp(d.magic, label_magic, sizeof(d.magic)) != 0 ||
	    le32toh(d.version) != VERSION || le64toh(d.check) != label_check(&d) ||
	    !block_ok(le32toh(d.block)) || d.name[sizeof(d.name) - 1])
		return -EINVAL;
	memcpy(ret->name, d.name, sizeof(d.name));
	ret->block = le32toh(d.block);
	memcpy(ret->uuid.b, d.uuid, sizeof(d.uuid));
	return 0;
}

static uint64_t state_check(const void *data, size_t len)
{
	size_t skip = offsetof(struct disk_state, seq);

	return fnv_bytes(FNV_START, (const uint8_t *)data + skip, len - skip);
}

int tp_state_encode(const struct tp_state *s, const struct uuid *pool, struct buf *ret)
{
	struct disk_state d = {
		.seq = htole64(s->seq),
		.next = htole32(s->next),
		.flags = htole32(s->growing ? GROWING : 0),
		.segments = htole32((uint32_t)s->segment_count),
		.volumes = htole32((uint32_t)s->n),
	};

	memcpy(d.magic, state_magic, sizeof(d.magic));
	memcpy(d.uuid, pool->b, sizeof(d.uuid));
	buf_add_mem(ret, &d, sizeof(d));
	for (size_t i = 0; i < s->segment_count; i++) {
		const struct tp_segment *g = &s->segments[i];
		const uint64_t four[] = {htole64(g->meta), htole64(g->meta_len),
					 htole64(g->data), htole64(g->data_len)};

		buf_add_mem(ret, four, sizeof(four));
	}
	for (size_t i = 0; i < s->n; i++) {
		struct disk_volume v = {.thin = htole32(s->v[i].thin),
					.flags = htole32(s->v[i].flags),
					.size = htole64(s->v[i].size)};

		memcpy(v.id, s->v[i].id, strlen(s->v[i].id));
		buf_add_mem(ret, &v, sizeof(v));
	}
	if (ret->len > TP_STATE_MAX)
		return -EFBIG;
	d.check = htole64(state_check(ret->data, ret->len));
	memcpy(ret->data, &d, sizeof(d));
	return 0;
}

size_t tp_state_length(const uint8_t data[static TP_STATE_FIXED], uint64_t *ret_seq)
{
	struct disk_state d;
	uint64_t len;

	memcpy(&d, data, sizeof(d));
	len = sizeof(d) + le32toh(d.segments) * (uint64_t)sizeof(struct tp_segment) +
	      le32toh(d.volumes) * (uint64_t)sizeof(struct disk_volume);
	if (memcmp(d.magic, state_magic, sizeof(d.magic)) != 0 ||
	    le32toh(d.segments) > TP_SEGMENTS_MAX || len > TP_STATE_MAX)
		return 0;
	*ret_seq = le64toh(d.seq);
	return len;
}

static const uint8_t *take_segments(const uint8_t *at, struct tp_state *s)
{
	for (size_t i = 0; i < s->segment_count; i++) {
		uint64_t four[4];

		memcpy(four, at, sizeof(four));
		at += sizeof(four);
		s->segments[i] = (struct tp_segment){le64toh(four[0]), le64toh(four[1]),
						     le64toh(four[2]), le64toh(four[3])};
	}
	return at;
}

static int take_volumes(const uint8_t *at, struct tp_state *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct tp_volume *v = &s->v[i];
		struct disk_volume d;

		memcpy(&d, at, sizeof(d));
		at += sizeof(d);
		if (d.id[sizeof(d.id) - 1] || !vol_id_ok(d.id))
			return -EINVAL;
		memcpy(v->id, d.id, sizeof(v->id));
		v->thin = le32toh(d.thin);
		v->flags = le32toh(d.flags);
		v->size = le64toh(d.size);
		if (v->thin > THIN_ID_MAX)
			return -EINVAL;
	}
	return 0;
}

int tp_state_decode(const uint8_t *data, size_t len, const struct uuid *pool,
		    struct tp_state *ret)
{
	struct tp_state s = {0};
	struct disk_state d;
	int r;

	if (len < sizeof(d) || tp_state_length(data, &s.seq) != len)
		return -EINVAL;
	memcpy(&d, data, sizeof(d));
	if (le64toh(d.check) != state_check(data, len) ||
	    memcmp(d.uuid, pool->b, sizeof(d.uuid)) != 0)
		return -EINVAL;
	s.next = le32toh(d.next);
	s.growing = le32toh(d.flags) & GROWING;
	s.segment_count = le32toh(d.segments);
	s.n = le32toh(d.volumes);
	s.v = xcalloc(s.n + 1, sizeof(*s.v));
	r = take_volumes(take_segments(data + sizeof(d), &s), &s);
	if (r < 0)
		tp_state_dispose(&s);
	else
		*ret = s;
	return r;
}

void tp_state_dispose(struct tp_state *s)
{
	free(s->v);
	*s = (struct tp_state){0};
}

bool tp_is_marked(const struct tp_state *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].flags & TP_MARKED)
			return true;
	return s->growing;
}

sectors tp_kept(const struct tp_state *s)
{
	return s->segments[0].meta > TP_HEAD_LEN ? s->segments[0].meta - TP_HEAD_LEN : 0;
}

struct tp_volume *tp_find(const struct tp_state *s, const char *id)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i].id, id) == 0)
			return &s->v[i];
	return NULL;
}

static bool number_is_free(const struct tp_state *s, uint32_t number)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].thin == number)
			return false;
	return true;
}

struct tp_volume *tp_add(struct tp_state *s, const char *id)
{
	struct tp_volume *v;

	if (s->n > THIN_ID_MAX)
		return NULL;
	if (s->next > THIN_ID_MAX)
		s->next = 0;
	while (!number_is_free(s, s->next))
		s->next = s->next < THIN_ID_MAX ? s->next + 1 : 0;
	s->v = xreallocarray(s->v, s->n + 1, sizeof(*s->v));
	v = &s->v[s->n++];
	*v = (struct tp_volume){.thin = s->next++};
	memcpy(v->id, id, strnlen(id, sizeof(v->id) - 1));
	return v;
}

void tp_drop(struct tp_state *s, struct tp_volume *v)
{
	*v = s->v[--s->n];
}

sectors tp_block(sectors len)
{
	sectors block = BLOCK_MIN;

	while (len / block > BLOCKS_MANY && block < BLOCK_MAX)
		block *= 2;
	return block;
}

bool tp_divide(sectors start, sectors len, sectors block, sectors want,
	       struct tp_segment *ret)
{
	sectors meta_len = thin_meta_len(want ? want : len, block), from,
		end = start + len;

	start = (start + ALIGN - 1) / ALIGN * ALIGN;
	from = (start + meta_len + ALIGN - 1) / ALIGN * ALIGN;
	if (from + (want ? want : block) > end)
		return false;
	*ret = (struct tp_segment){start, meta_len, from,
				   want ? want : (end - from) / block * block};
	return true;
}
