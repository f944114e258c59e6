/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device becomes a pool; and a pool takes in what its device has gained. */
#include "storage/thinpool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "storage/hold.h"
#include "storage/store_place.h"

#define LEN_MIN ((sectors)64 * MIB / SECTOR)

/* KEPT: for the ephemeral store. */
static int first_state(struct thinpool *p, sectors kept, struct tp_state *ret,
		       struct qvm_err *err)
{
	sectors len, start = TP_HEAD_LEN + kept;
	int r = dmap_length(&p->dev, &len);

	if (r < 0)
		return err_errno(err, r, "cannot look at '%s'", p->dev.path);
	if (len < LEN_MIN)
		return err_set(err, QVM_E_NO_SPACE, "it takes at least 64 MiB");
	if (!p->label.block) /* written once */
		p->label.block = tp_block(len);
	*ret = (struct tp_state){.segment_count = 1};
	if (start > len ||
	    !tp_divide(start, len - start, p->label.block, 0, ret->segments))
		return err_set(err, QVM_E_NO_SPACE, "it is too small");
	return 0;
}

/* The label last: without it nothing is there. */
static int write_pool(struct thinpool *p, int fd, struct tp_state *s)
{
	uint8_t label[TP_LABEL_LEN] = {0};
	int r = tp_write(fd, 0, label, sizeof(label));

	/* Zeroes at the beginning of the metadata make the kernel make a new pool. */
	if (r == 0)
		r = tp_write(fd, s->segments[0].meta * SECTOR, label, sizeof(label));
	if (r == 0)
		r = tp_state_save(fd, &p->label.uuid, s);
	tp_label_encode(&p->label, label);
	if (r == 0)
		r = tp_write(fd, 0, label, sizeof(label));
	return r;
}

/* One of these may be made anew while nothing is in it; what it keeps stays. */
static int check_empty(int fd, const struct tp_label *label, sectors *ret_kept,
		       struct qvm_err *err)
{
	struct tp_state s;
	size_t n;

	if (tp_state_load(fd, &label->uuid, &s) < 0)
		return err_set(err, QVM_E_IN_USE, "it is the pool '%s', and damaged",
			       label->name);
	n = s.n;
	*ret_kept = tp_kept(&s);
	tp_state_dispose(&s);
	if (!n)
		return 0;
	return err_set(err, QVM_E_IN_USE, "it is the pool '%s', with %zu volumes",
		       label->name, n);
}

static int make(struct thinpool *p, bool dry_run, struct qvm_err *err)
{
	/* Whoever has it mounted, or has devices over it, has it for himself. */
	cleanup_close int fd = open(p->dev.path, O_RDWR | O_EXCL | O_CLOEXEC);
	struct tp_label there;
	struct tp_state s;
	sectors kept = 0;
	int r;

	if (fd < 0)
		return err_set(err, errno == EBUSY ? QVM_E_IN_USE : QVM_E_STORAGE,
			       "it cannot be had alone: %s", strerror(errno));
	r = tp_label_read(fd, &there, err);
	if (r > 0)
		r = check_empty(fd, &there, &kept, err);
	if (r == 0)
		r = first_state(p, kept, &s, err);
	if (r < 0 || dry_run)
		return r;
	r = uuid_random(&p->label.uuid);
	if (r == 0)
		r = write_pool(p, fd, &s);
	return r < 0 ? err_errno(err, r, "cannot write to '%s'", p->dev.path) : 0;
}

int tp_make(struct qvm_ctx *ctx, const struct pool_config *config, bool dry_run,
	    struct qvm_err *err)
{
	cleanup_free char *location = xstrdup(config->location);
	struct thinpool p = {.ctx = ctx, .dm.ctx = ctx, .location = location};
	cleanup_close int lock = -1;
	dmap_scope(&p.dm);
	int r = storage_lock(ctx, "pool-make", &lock, err);

	snprintf(p.label.name, sizeof(p.label.name), "%s", config->name);
	if (r == 0)
		r = tp_locate(&p, err);
	if (r == 0)
		r = make(&p, dry_run, err);
	return r < 0 ? err_wrap(err, "the pool '%s' cannot be at '%s'", config->name,
				config->location)
		     : 0;
}

/* --- room for the ephemeral store --- */

/* Until the state is written the old pool is where it was, and empty. */
static int divide_anew(struct tp_hold *h, sectors kept, struct qvm_err *err)
{
	struct thinpool *p = h->p;
	cleanup_close int fd = open(p->dev.path, O_RDWR | O_CLOEXEC);
	uint8_t zero[TP_LABEL_LEN] = {0};
	struct tp_state s;
	int r = fd < 0 ? -errno : 0;

	if (r < 0)
		return err_errno(err, r, "cannot open '%s'", p->dev.path);
	r = first_state(p, kept, &s, err);
	if (r < 0)
		return r;
	r = tp_pool_down(p);
	if (r < 0)
		return tp_refused(p, r, err);
	r = tp_write(fd, s.segments[0].meta * SECTOR, zero, sizeof(zero));
	if (r < 0)
		return err_errno(err, r, "cannot write to '%s'", p->dev.path);
	h->state.segment_count = s.segment_count;
	h->state.segments[0] = s.segments[0];
	return tp_save(h, err);
}

int tp_reserve(struct tp_hold *h, uint64_t size, struct qvm_err *err)
{
	sectors len;
	int r;

	if (tp_kept(&h->state))
		return 0;
	if (h->state.n)
		return err_set(err, QVM_E_IN_USE,
			       "there are %zu volumes in it: name another place with "
			       "--scratch",
			       h->state.n);
	r = dmap_length(&h->p->dev, &len);
	if (r < 0)
		return err_errno(err, r, "cannot look at '%s'", h->p->dev.path);
	r = store_size(size, (len - TP_HEAD_LEN) * SECTOR, h->p->location, &size, err);
	return r < 0 ? r : divide_anew(h, size / SECTOR, err);
}

/* --- more room --- */

static sectors meta_of(const struct tp_state *s)
{
	sectors len = 0;

	for (size_t i = 0; i < s->segment_count; i++)
		len += s->segments[i].meta_len;
	return len;
}

static int too_little(const struct thinpool *p, sectors at, sectors len,
		      struct qvm_err *err)
{
	struct tp_segment most = {0};
	char room[32];

	(void)!(len > at && tp_divide(at, len - at, p->label.block, 0, &most));
	size_format(most.data_len * SECTOR, room);
	return err_set(err, QVM_E_NO_SPACE,
		       "'%s' has room for %s more: enlarge the device first", p->location,
		       room);
}

/* A segment of BYTES of data behind the last one. */
static int next_segment(struct tp_hold *h, uint64_t bytes, struct tp_segment *ret,
			struct qvm_err *err)
{
	const struct tp_segment *last = &h->state.segments[h->state.segment_count - 1];
	sectors block = h->p->label.block, at = last->data + last->data_len, len;
	sectors want = (bytes / SECTOR + block - 1) / block * block;
	int r = dmap_length(&h->p->dev, &len);

	if (r < 0)
		return err_errno(err, r, "cannot look at '%s'", h->p->dev.path);
	if (!want)
		return err_set(err, QVM_E_VALUE, "a size is needed");
	if (len <= at || want > len || !tp_divide(at, len - at, block, want, ret))
		return too_little(h->p, at, len, err);
	if (meta_of(&h->state) + ret->meta_len > THIN_META_MAX)
		ret->meta_len = 0;
	return 0;
}

int tp_extend(struct tp_hold *h, uint64_t bytes, struct qvm_err *err)
{
	struct tp_segment more;
	int r;

	if (h->state.segment_count == TP_SEGMENTS_MAX)
		return err_set(err, QVM_E_UNSUPPORTED,
			       "it has been enlarged %d times already",
			       TP_SEGMENTS_MAX - 1);
	r = next_segment(h, bytes, &more, err);
	if (r < 0)
		return r;
	h->state.segments[h->state.segment_count++] = more;
	h->state.growing = true;
	r = tp_save(h, err);
	if (r < 0)
		return r;
	r = tp_grow(h->p, &h->state);
	if (r == 0)
		r = tp_written(h->p);
	if (r < 0)
		return tp_refused(h->p, r, err);
	h->state.growing = false;
	return tp_save(h, err);
}
