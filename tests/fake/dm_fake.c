/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fake/dm_fake.h"

#include <errno.h>
#include <fcntl.h>
#include <libdevmapper.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/buf.h"
#include "tests/fake/dm_fake_state.h"

struct dm_fake dm_fake;

/* --- what tests use --- */

void dm_fake_reset(const char *dir)
{
	dm_fake_dispose();
	dm_fake.sync_on = 1;
	snprintf(dm_fake.dir, sizeof(dm_fake.dir), "%s/mapper", dir);
}

void dm_fake_dispose(void)
{
	strv_dispose(&dm_fake.log);
	memset(&dm_fake, 0, sizeof(dm_fake));
}

int dm_fake_add(const char *name, const char *uuid, uint64_t len)
{
	struct dev *d = dev_new(name, uuid);

	d->live = (struct table){.type = "linear", .len = len, .set = true};
	return d->minor;
}

void dm_fake_status(const char *name, const char *type, const char *params)
{
	struct dev *d = dev_of(name, NULL);

	snprintf(d->status_type, sizeof(d->status_type), "%s", type);
	snprintf(d->status, sizeof(d->status), "%s", params);
}

void dm_fake_fail(int n, int err)
{
	dm_fake.fail_in = n;
	dm_fake.fail_errno = err;
}

void dm_fake_absent(bool absent)
{
	dm_fake.absent = absent;
}

void dm_fake_busy(const char *name, int times)
{
	dev_of(name, NULL)->busy = times;
}

const struct strv *dm_fake_log(void)
{
	return &dm_fake.log;
}

void dm_fake_log_clear(void)
{
	strv_dispose(&dm_fake.log);
	dm_fake.log = (struct strv)STRV_INIT;
}

bool dm_fake_has(const char *name)
{
	return dev_of(name, NULL);
}

int dm_fake_count(void)
{
	int n = 0;

	for (int i = 0; i < DEVS_MAX; i++)
		n += dm_fake.devs[i].used;
	return n;
}

int dm_fake_thin_ids(void)
{
	return dm_fake.n_ids;
}

bool dm_fake_has_thin(uint32_t id)
{
	for (int i = 0; i < dm_fake.n_ids; i++)
		if (dm_fake.ids[i] == id)
			return true;
	return false;
}

void dm_fake_leak_thin(uint32_t id)
{
	dm_fake.ids[dm_fake.n_ids++] = id;
}

int dm_fake_sync_used(void)
{
	return dm_fake.sync_used;
}

bool dm_fake_open(void)
{
	return dm_fake.open;
}

int dm_fake_keys(void)
{
	return dm_fake.n_keys;
}

/* --- the library --- */

void dm_log_with_errno_init(dm_log_with_errno_fn fn)
{
	dm_fake.log_fn = fn;
}

void dm_udev_set_sync_support(int sync_with_udev)
{
	dm_fake.sync_on = sync_with_udev;
}

const char *dm_dir(void)
{
	return dm_fake.dir;
}

void dm_lib_release(void)
{
	dm_fake.open = false;
}

struct dm_task *dm_task_create(int type)
{
	struct dm_task *t;

	if (dm_fake.absent) {
		dm_fake.log_fn(3, "f.c", 1, 0, "/dev/mapper/control: open failed: %s",
			       "No such device");
		dm_fake.log_fn(3, "f.c", 2, 0, "Incompatible libdevmapper");
		return NULL;
	}
	t = xcalloc(1, sizeof(*t));
	dm_fake.open = true;
	t->type = type;
	return t;
}

void dm_task_destroy(struct dm_task *t)
{
	free(t->name);
	free(t->uuid);
	free(t->message);
	free(t->names);
	free(t);
}

int dm_task_run(struct dm_task *t)
{
	dm_fake_record(t);
	t->err = dm_fake_perform(t);
	if (!t->err)
		return 1;
	dm_fake.log_fn(7, "f.c", 3, 0, "dm ioctl");
	dm_fake.log_fn(3, "f.c", 3, 0, "<backtrace>");
	dm_fake.log_fn(3, "f.c", 4, t->err, "device-mapper: ioctl on %s failed: %s",
		       t->uuid	 ? t->uuid
		       : t->name ? t->name
				 : "",
		       strerror(t->err));
	dm_fake.log_fn(3, "f.c", 5, 0, "<backtrace>");
	return 0;
}

int dm_task_get_errno(struct dm_task *t)
{
	return t->err;
}

int dm_task_set_name(struct dm_task *t, const char *name)
{
	t->name = xstrdup(name);
	return 1;
}

int dm_task_set_uuid(struct dm_task *t, const char *uuid)
{
	t->uuid = xstrdup(uuid);
	return 1;
}

int dm_task_secure_data(struct dm_task *t)
{
	t->secret = true;
	return 1;
}

int dm_task_add_target(struct dm_task *t, uint64_t start, uint64_t size,
		       const char *ttype, const char *params)
{
	size_t len = strlen(t->table.params);

	if (start != t->table.len)
		abort();
	t->table.len += size;
	if (t->table.set) {
		snprintf(t->table.params + len, sizeof(t->table.params) - len,
			 " then %llu %s %s", (unsigned long long)size, ttype, params);
		return 1;
	}
	t->table.set = true;
	snprintf(t->table.type, sizeof(t->table.type), "%s", ttype);
	snprintf(t->table.params, sizeof(t->table.params), "%s", params);
	return 1;
}

int dm_task_set_message(struct dm_task *t, const char *text)
{
	t->message = xstrdup(text);
	return 1;
}

int dm_task_set_sector(struct dm_task *t, uint64_t sector)
{
	(void)t;
	(void)sector;
	return 1;
}

int dm_task_deferred_remove(struct dm_task *t)
{
	t->deferred = true;
	return 1;
}

int dm_task_no_flush(struct dm_task *t)
{
	(void)t;
	return 1;
}

int dm_task_skip_lockfs(struct dm_task *t)
{
	(void)t;
	return 1;
}

int dm_task_set_ro(struct dm_task *t)
{
	t->readonly = true;
	return 1;
}

int dm_task_set_cookie(struct dm_task *t, uint32_t *cookie, uint16_t flags)
{
	(void)cookie;
	t->flags = flags;
	dm_fake.sync_used += dm_fake.sync_on;
	return 1;
}

int dm_task_get_info(struct dm_task *t, struct dm_info *info)
{
	memset(info, 0, sizeof(*info));
	if (!t->dev)
		return 1;
	info->exists = 1;
	info->major = MAJOR_NR;
	info->minor = (uint32_t)t->dev->minor;
	info->live_table = t->dev->live.set;
	info->suspended = t->dev->suspended;
	return 1;
}

const char *dm_task_get_uuid(const struct dm_task *t)
{
	return t->dev ? t->dev->uuid : "";
}

void *dm_get_next_target(struct dm_task *t, void *next, uint64_t *start, uint64_t *length,
			 char **target_type, char **params)
{
	(void)next;
	if (!t->status.set)
		return NULL;
	*start = 0;
	*length = t->status.len;
	*target_type = t->status.type;
	*params = t->status.params;
	return NULL;
}

struct dm_names *dm_task_get_names(struct dm_task *t)
{
	return t->names;
}
