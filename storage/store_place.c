/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/store_place.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/loop.h"
#include "lib/size.h"
#include "storage/lvname.h"
#include "storage/thinpool.h"

#define SIZE_MIN (64 * MIB)
#define SIZE_DEFAULT (8 * GIB)

int store_size(uint64_t want, uint64_t space, const char *where, uint64_t *ret,
	       struct qvm_err *err)
{
	uint64_t half = space / 2 < SIZE_DEFAULT ? space / 2 : SIZE_DEFAULT;
	uint64_t size = (want ? want : half) / MIB * MIB;
	char text[32];

	if (size >= SIZE_MIN && size <= space) {
		*ret = size;
		return 0;
	}
	if (want && want < SIZE_MIN)
		return err_set(err, QVM_E_VALUE, "a scratch store takes at least 64 MiB");
	size_format(space, text);
	return err_set(err, QVM_E_NO_SPACE,
		       "no room for the scratch store: %s has %s free", where, text);
}

/* --- a logical volume: it must be a visible one, no thin pool and no inner layer --- */

static int in_volume(struct dmap *d, const struct lv_location *at,
		     struct store_place *ret, struct qvm_err *err)
{
	struct dmap_status lv;
	char dm_name[LV_DM_MAX];
	int r = lv_dm_name(at->vg, at->lv, NULL, dm_name);

	if (r < 0)
		return err_set(err, QVM_E_VALUE, "the name is too long");
	r = dmap_status(d, dm_name, &lv);
	if (r == -ENODEV && !d->text[0])
		return err_set(err, QVM_E_NOT_FOUND,
			       "there is no active logical volume of that name");
	if (r < 0)
		return dmap_fail(d, r, err, "cannot look for it");
	if (!lv_uuid_is_plain(lv.dev.uuid))
		return err_set(err, QVM_E_STORAGE, "it is not a plain logical volume");
	*ret = (struct store_place){
		.major = lv.dev.major, .minor = lv.dev.minor, .len = lv.len};
	return 0;
}

/* --- beside the volumes of a pool of our own --- */

static int in_pool(struct qvm_ctx *ctx, const char *location, struct store_place *ret,
		   struct qvm_err *err)
{
	struct thinpool p = {.ctx = ctx, .dm.ctx = ctx, .location = (char *)location};
	cleanup_tp_hold struct tp_hold hold = TP_HOLD_INIT;
	dmap_scope(&p.dm);
	int r = tp_find_label(&p, err);

	if (r == 0 || r == -QVM_E_IN_USE)
		return err_set(
			err, QVM_E_VALUE,
			"the store would overwrite it, and it is none that was made "
			"for that: it takes VG/" SCRATCH_LV
			", a device that is a pool of the driver thin, or a file "
			"of the name " SCRATCH_LV);
	if (r > 0)
		r = tp_look(&p, &hold, err);
	if (r < 0)
		return r;
	*ret = (struct store_place){
		.major = p.dev.major,
		.minor = p.dev.minor,
		.start = TP_HEAD_LEN,
		.len = tp_kept(&hold.state),
	};
	if (!ret->len)
		return err_set(err, QVM_E_NOT_FOUND, "the pool '%s' keeps no room for it",
			       p.label.name);
	return 0;
}

/* --- a file --- */

static bool is_file(const char *location, struct stat *ret)
{
	const char *slash = strrchr(location, '/');

	return location[0] == '/' && strcmp(slash + 1, SCRATCH_LV) == 0 &&
	       lstat(location, ret) == 0 && S_ISREG(ret->st_mode);
}

static int loop_of(const char *location, const struct stat *file, struct block_dev *ret)
{
	struct loop_request req = {.name = SCRATCH_LV, .direct = true};
	cleanup_close int fd = -1;
	int r = loop_find(file, true, ret);

	if (r != -ENODEV)
		return r;
	fd = open(location, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	req.fd = fd;
	return loop_make(&req, ret);
}

static int in_file(const char *location, const struct stat *file, struct store_place *ret,
		   struct qvm_err *err)
{
	struct block_dev loop;
	int r;

	if (file->st_uid != geteuid() || file->st_mode & 077)
		return err_set(err, QVM_E_PERMISSION,
			       "others than its user may open the file");
	r = loop_of(location, file, &loop);
	if (r < 0)
		return err_errno(err, r, "no loop device can be had for it");
	*ret = (struct store_place){
		.major = loop.major,
		.minor = loop.minor,
		.len = (sectors)file->st_size / SECTOR,
		.keep = true,
	};
	return 0;
}

void store_place_end(struct qvm_ctx *ctx, const char *location)
{
	struct block_dev loop;
	struct stat file;

	if (!is_file(location, &file) || loop_find(&file, false, &loop) < 0)
		return;
	if (loop_detach(&loop, &file) < 0)
		ctx_log(ctx, QVM_LEVEL_WARN, "'%s' keeps its loop device %s", location,
			loop.path);
}

/* --- any --- */

static int find(struct qvm_ctx *ctx, struct dmap *d, const char *location,
		struct store_place *ret, struct qvm_err *err)
{
	struct lv_location at;
	struct stat file;

	if (is_file(location, &file))
		return in_file(location, &file, ret, err);
	if (lv_location_parse(location, &at) == 0 && strcmp(at.lv, SCRATCH_LV) == 0)
		return in_volume(d, &at, ret, err);
	return in_pool(ctx, location, ret, err);
}

int store_place(struct qvm_ctx *ctx, struct dmap *d, const char *location,
		struct store_place *ret, struct qvm_err *err)
{
	int r = find(ctx, d, location, ret, err);

	return r < 0 ? err_wrap(err, "the ephemeral store cannot be at '%s'", location)
		     : 0;
}
