/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/thinpool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "storage/lvname.h"

static int locate_path(struct thinpool *p, struct qvm_err *err)
{
	cleanup_free char *path = realpath(p->location, NULL);
	struct stat st;

	if (!path || stat(path, &st) < 0)
		return err_set(err, errno == ENOENT ? QVM_E_NOT_FOUND : QVM_E_STORAGE,
			       "%s", strerror(errno));
	if (!S_ISBLK(st.st_mode))
		return err_set(err, QVM_E_VALUE, "it is no block device");
	p->dev.major = major(st.st_rdev);
	p->dev.minor = minor(st.st_rdev);
	if (strlen(path) >= sizeof(p->dev.path))
		return err_set(err, QVM_E_VALUE, "its path is too long");
	memcpy(p->dev.path, path, strlen(path) + 1);
	return 0;
}

static int locate_volume(struct thinpool *p, struct qvm_err *err)
{
	char dm_name[LV_DM_MAX];
	struct lv_location at;
	struct dmap_dev dev;
	int r = lv_location_parse(p->location, &at);

	if (r == 0)
		r = lv_dm_name(at.vg, at.lv, NULL, dm_name);
	if (r < 0)
		return err_set(err, QVM_E_VALUE,
			       "it takes the path of a block device, or a volume group, "
			       "a slash, and a logical volume");
	r = dmap_find(&p->dm, dm_name, &dev);
	if (r == -ENODEV && !p->dm.text[0])
		return err_set(err, QVM_E_NOT_FOUND,
			       "there is no active logical volume of that name");
	if (r < 0)
		return dmap_fail(&p->dm, r, err, "cannot look for it");
	if (!lv_uuid_is_plain(dev.uuid))
		return err_set(err, QVM_E_VALUE, "it is not a plain logical volume");
	dmap_block_dev(&dev, &p->dev);
	return 0;
}

int tp_locate(struct thinpool *p, struct qvm_err *err)
{
	return p->location[0] == '/' ? locate_path(p, err) : locate_volume(p, err);
}

static bool is_blank(const uint8_t *data, size_t len)
{
	return data[0] == 0 && memcmp(data, data + 1, len - 1) == 0;
}

int tp_label_read(int fd, struct tp_label *ret, struct qvm_err *err)
{
	cleanup_free uint8_t *data = xcalloc(1, TP_STATE_AT(0));
	int r = lseek(fd, 0, SEEK_SET) < 0 ? -errno
					   : fd_read_exactly(fd, data, TP_LABEL_LEN);

	if (r == 0 && tp_label_decode(data, ret) == 0)
		return 1;
	if (r == 0)
		r = fd_read_exactly(fd, data + TP_LABEL_LEN,
				    TP_STATE_AT(0) - TP_LABEL_LEN);
	if (r < 0)
		return err_errno(err, r, "it cannot be read");
	if (is_blank(data, TP_STATE_AT(0)))
		return 0;
	return err_set(err, QVM_E_IN_USE,
		       "something else is on it, see wipefs(8); it is taken when its "
		       "first MiB is zero");
}

int tp_find_label(struct thinpool *p, struct qvm_err *err)
{
	cleanup_close int fd = -1;
	int r = tp_locate(p, err);

	if (r < 0)
		return r;
	fd = open(p->dev.path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return err_errno(err, -errno, "cannot open '%s'", p->dev.path);
	return tp_label_read(fd, &p->label, err);
}

/* One copy, where the device has it whole. */
static int load_copy(int head, int copy, const struct uuid *pool, struct tp_state *ret)
{
	uint8_t fixed[TP_STATE_FIXED];
	off_t at = (off_t)TP_STATE_AT(copy);
	cleanup_free uint8_t *data = NULL;
	uint64_t seq;
	size_t len;
	int r;

	if (lseek(head, at, SEEK_SET) < 0)
		return -errno;
	r = fd_read_exactly(head, fixed, sizeof(fixed));
	if (r < 0)
		return r;
	len = tp_state_length(fixed, &seq);
	if (!len)
		return -EINVAL;
	data = xcalloc(1, len);
	memcpy(data, fixed, sizeof(fixed));
	r = fd_read_exactly(head, data + sizeof(fixed), len - sizeof(fixed));
	if (r < 0)
		return r;
	return tp_state_decode(data, len, pool, ret);
}

int tp_state_load(int head, const struct uuid *pool, struct tp_state *ret)
{
	struct tp_state copies[2] = {0};
	int r[2], newer;

	for (int i = 0; i < 2; i++)
		r[i] = load_copy(head, i, pool, &copies[i]);
	newer = r[1] == 0 && (r[0] < 0 || copies[1].seq > copies[0].seq);
	/* One that cannot be read may be the newer one: the other is none instead of it. */
	if (r[!newer] < 0 && r[!newer] != -EINVAL) {
		tp_state_dispose(&copies[newer]);
		return r[!newer];
	}
	*ret = copies[newer];
	tp_state_dispose(&copies[!newer]);
	return r[newer];
}

int tp_write(int fd, uint64_t at, const void *data, size_t len)
{
	int r;

	if (lseek(fd, (off_t)at, SEEK_SET) < 0)
		return -errno;
	r = fd_write_all(fd, data, len);
	return r == 0 && fdatasync(fd) < 0 ? -errno : r;
}

int tp_state_save(int head, const struct uuid *pool, struct tp_state *s)
{
	cleanup_buf struct buf data = BUF_INIT;
	int r;

	s->seq++;
	r = tp_state_encode(s, pool, &data);
	if (r == 0)
		r = tp_write(head, TP_STATE_AT(s->seq % 2), data.data, data.len);
	/* The next try is for this copy again: the other one is the last that is whole. */
	if (r < 0)
		s->seq--;
	return r;
}
