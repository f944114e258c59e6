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

#define MAJOR_NR 253
#define DEVS_MAX 256
#define IDS_MAX 256

struct table {
	char type[16];
	char params[512];
	uint64_t len;
	bool set;
};

struct dev {
	char name[128], uuid[129];
	struct table live, loaded;
	int minor, busy;
	bool used;
	char status_type[16], status[256];
};

static struct {
	struct dev devs[DEVS_MAX];
	uint32_t ids[IDS_MAX];
	int aside; /* metadata snapshots that are reserved */
	int n_ids;
	char keys[16][129];
	int n_keys;
	int fail_in, fail_errno;
	bool absent;
	int sync_on, sync_used;
	bool open;
	char dir[200];
	struct strv log;
	dm_log_with_errno_fn log_fn;
} fake;

struct dm_task {
	int type, err;
	char *name, *uuid, *message;
	struct table table;
	bool secret, deferred;
	uint16_t flags;
	struct dev *dev; /* what it was about, as of afterwards */
	struct table status;
	void *names;
};

/* --- what tests use --- */

void dm_fake_reset(const char *dir)
{
	dm_fake_dispose();
	fake.sync_on = 1;
	snprintf(fake.dir, sizeof(fake.dir), "%s/mapper", dir);
}

void dm_fake_dispose(void)
{
	strv_dispose(&fake.log);
	memset(&fake, 0, sizeof(fake));
}

static struct dev *dev_of(const char *name, const char *uuid)
{
	for (int i = 0; i < DEVS_MAX; i++) {
		struct dev *d = &fake.devs[i];

		if (d->used && ((name && strcmp(d->name, name) == 0) ||
				(uuid && *uuid && strcmp(d->uuid, uuid) == 0)))
			return d;
	}
	return NULL;
}

static struct dev *dev_new(const char *name, const char *uuid)
{
	int i = 0;

	while (fake.devs[i].used)
		if (++i == DEVS_MAX)
			abort();
	fake.devs[i] = (struct dev){.used = true, .minor = i};
	snprintf(fake.devs[i].name, sizeof(fake.devs[i].name), "%s", name);
	snprintf(fake.devs[i].uuid, sizeof(fake.devs[i].uuid), "%s", uuid ? uuid : "");
	return &fake.devs[i];
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
	fake.fail_in = n;
	fake.fail_errno = err;
}

void dm_fake_absent(bool absent)
{
	fake.absent = absent;
}

void dm_fake_busy(const char *name, int times)
{
	dev_of(name, NULL)->busy = times;
}

const struct strv *dm_fake_log(void)
{
	return &fake.log;
}

void dm_fake_log_clear(void)
{
	strv_dispose(&fake.log);
	fake.log = (struct strv)STRV_INIT;
}

bool dm_fake_has(const char *name)
{
	return dev_of(name, NULL);
}

int dm_fake_count(void)
{
	int n = 0;

	for (int i = 0; i < DEVS_MAX; i++)
		n += fake.devs[i].used;
	return n;
}

int dm_fake_thin_ids(void)
{
	return fake.n_ids;
}

bool dm_fake_has_thin(uint32_t id)
{
	for (int i = 0; i < fake.n_ids; i++)
		if (fake.ids[i] == id)
			return true;
	return false;
}

void dm_fake_leak_thin(uint32_t id)
{
	fake.ids[fake.n_ids++] = id;
}

int dm_fake_sync_used(void)
{
	return fake.sync_used;
}

bool dm_fake_open(void)
{
	return fake.open;
}

int dm_fake_keys(void)
{
	return fake.n_keys;
}

/* --- the kernel --- */

/* "crypt" tables: the key is taken out of what is shown. */
static void hide_key(const struct table *t, size_t size, char *ret)
{
	char key[129], cipher[64];
	int i = 0, at = 0;

	snprintf(ret, size, "%s", t->params);
	if (strcmp(t->type, "crypt") != 0 ||
	    sscanf(t->params, "%63s %128[0-9a-f]%n", cipher, key, &at) != 2)
		return;
	while (i < fake.n_keys && strcmp(fake.keys[i], key) != 0)
		i++;
	if (i == fake.n_keys && i < 16)
		snprintf(fake.keys[fake.n_keys++], sizeof(key), "%s", key);
	snprintf(ret, size, "%s KEY%s", cipher, t->params + at);
}

static void record(const struct dm_task *t)
{
	static const char *const names[] = {
		[DM_DEVICE_CREATE] = "create",	 [DM_DEVICE_RELOAD] = "reload",
		[DM_DEVICE_REMOVE] = "remove",	 [DM_DEVICE_RESUME] = "resume",
		[DM_DEVICE_INFO] = "info",	 [DM_DEVICE_STATUS] = "status",
		[DM_DEVICE_LIST] = "list",	 [DM_DEVICE_TARGET_MSG] = "message",
		[DM_DEVICE_SUSPEND] = "suspend", [DM_DEVICE_TABLE] = "table",
	};
	cleanup_buf struct buf line = BUF_INIT;
	char params[600];

	buf_addf(&line, "%s%s%s", names[t->type], t->secret ? "-secret" : "",
		 t->deferred ? "-deferred" : "");
	if (t->name)
		buf_addf(&line, " %s", t->name);
	if (t->uuid)
		buf_addf(&line, " %s", t->uuid);
	if (t->message)
		buf_addf(&line, " %s", t->message);
	if (t->table.set) {
		hide_key(&t->table, sizeof(params), params);
		buf_addf(&line, " %llu %s %s", (unsigned long long)t->table.len,
			 t->table.type, params);
	}
	if (t->flags)
		buf_addf(&line, " 0x%x", (unsigned)t->flags);
	strv_add(&fake.log, buf_str(&line));
}

/* Does a table of another device name this one? */
static bool held(const struct dev *d)
{
	char number[32];

	snprintf(number, sizeof(number), "%d:%d", MAJOR_NR, d->minor);
	for (int i = 0; i < DEVS_MAX; i++) {
		cleanup_strv struct strv words = STRV_INIT;

		if (!fake.devs[i].used || &fake.devs[i] == d)
			continue;
		strv_split(&words, fake.devs[i].live.params, " ");
		if (strv_has(&words, number))
			return true;
	}
	return false;
}

static bool thin_in_use(uint32_t id)
{
	for (int i = 0; i < DEVS_MAX; i++) {
		const struct table *t = &fake.devs[i].live;
		unsigned used;

		if (fake.devs[i].used && strcmp(t->type, "thin") == 0 &&
		    sscanf(t->params, "%*s %u", &used) == 1 && used == id)
			return true;
	}
	return false;
}

static int message(const struct dev *d, const char *text)
{
	unsigned id;

	if (d && strcmp(text, "reserve_metadata_snap") == 0) {
		fake.aside++;
		return fake.aside == 1 ? 0 : EINVAL;
	}
	if (d && strcmp(text, "release_metadata_snap") == 0) {
		fake.aside--;
		return fake.aside >= 0 ? 0 : EINVAL;
	}
	if (!d || (strcmp(d->live.type, "thin-pool") != 0 &&
		   strcmp(d->status_type, "thin-pool") != 0))
		return ENXIO;
	if (sscanf(text, "create_thin %u", &id) == 1) {
		if (dm_fake_has_thin(id))
			return EEXIST;
		fake.ids[fake.n_ids++] = id;
		return 0;
	}
	if (sscanf(text, "delete %u", &id) != 1)
		return EINVAL;
	if (!dm_fake_has_thin(id))
		return ENODATA;
	if (thin_in_use(id))
		return EBUSY;
	for (int i = 0; i < fake.n_ids; i++)
		if (fake.ids[i] == id)
			fake.ids[i] = fake.ids[--fake.n_ids];
	return 0;
}

static int load(struct dev *d, const struct table *t)
{
	unsigned id;

	if (!d)
		return ENXIO;
	if (strcmp(t->type, "thin") == 0 &&
	    (sscanf(t->params, "%*s %u", &id) != 1 || !dm_fake_has_thin(id)))
		return ENODATA;
	d->loaded = *t;
	return 0;
}

/* The kernel makes the node; here it is a file full of ones. */
static int resume(struct dev *d)
{
	char path[256], ones[65536 * 2];
	cleanup_close int fd = -1;

	if (!d)
		return ENXIO;
	if (d->loaded.set)
		d->live = d->loaded;
	d->loaded.set = false;
	if (strcmp(d->live.type, "linear") != 0)
		return 0;
	snprintf(path, sizeof(path), "%.*s/dm-%d",
		 (int)(strlen(fake.dir) - strlen("/mapper")), fake.dir, d->minor);
	fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	memset(ones, 1, sizeof(ones));
	if (fd < 0 || write(fd, ones, sizeof(ones)) != sizeof(ones))
		abort();
	return 0;
}

static int drop(struct dm_task *t)
{
	if (!t->dev)
		return ENXIO;
	if (t->dev->busy || held(t->dev)) {
		if (t->dev->busy > 0)
			t->dev->busy--;
		return t->deferred ? 0 : EBUSY;
	}
	if (strcmp(t->dev->live.type, "thin-pool") == 0)
		fake.n_ids = 0;
	memset(t->dev, 0, sizeof(*t->dev));
	t->dev = NULL;
	return 0;
}

static void status(struct dm_task *t)
{
	t->status = t->dev->live;
	if (t->type == DM_DEVICE_TABLE)
		return;
	if (t->dev->status[0]) {
		memcpy(t->status.type, t->dev->status_type, sizeof(t->status.type));
		snprintf(t->status.params, sizeof(t->status.params), "%s",
			 t->dev->status);
	} else if (strcmp(t->status.type, "thin-pool") == 0) {
		snprintf(t->status.params, sizeof(t->status.params),
			 "1 10/1000 5/1000 - rw discard_passdown error_if_no_space - "
			 "1024");
	} else {
		t->status.params[0] = '\0';
	}
}

static void list(struct dm_task *t)
{
	size_t size = 0, at = 0, last = 0;
	char *mem = xcalloc(1, (sizeof(struct dm_names) + 136) * (DEVS_MAX + 1));

	for (int i = 0; i < DEVS_MAX; i++) {
		struct dm_names *n = (void *)(mem + at);

		if (!fake.devs[i].used)
			continue;
		if (at)
			((struct dm_names *)(void *)(mem + last))->next = (uint32_t)size;
		n->dev = (uint64_t)MAJOR_NR << 8 | (uint64_t)i;
		memcpy(n->name, fake.devs[i].name, strlen(fake.devs[i].name) + 1);
		size = (sizeof(*n) + strlen(n->name) + 8) / 8 * 8;
		last = at;
		at += size;
	}
	t->names = mem;
}

static int perform(struct dm_task *t)
{
	t->dev = dev_of(t->name, t->uuid);
	if (fake.fail_in && --fake.fail_in == 0)
		return fake.fail_errno;
	switch (t->type) {
	case DM_DEVICE_CREATE:
		if (t->dev)
			return EBUSY;
		t->dev = dev_new(t->name, t->uuid);
		return 0;
	case DM_DEVICE_RELOAD:
		return load(t->dev, &t->table);
	case DM_DEVICE_RESUME:
		return resume(t->dev);
	case DM_DEVICE_REMOVE:
		return drop(t);
	case DM_DEVICE_TARGET_MSG:
		return message(t->dev, t->message);
	case DM_DEVICE_LIST:
		list(t);
		return 0;
	case DM_DEVICE_STATUS:
	case DM_DEVICE_TABLE:
		if (t->dev)
			status(t);
		return 0;
	case DM_DEVICE_INFO:
		return 0;
	default:
		return EINVAL;
	}
}

/* --- the library --- */

void dm_log_with_errno_init(dm_log_with_errno_fn fn)
{
	fake.log_fn = fn;
}

void dm_udev_set_sync_support(int sync_with_udev)
{
	fake.sync_on = sync_with_udev;
}

const char *dm_dir(void)
{
	return fake.dir;
}

void dm_lib_release(void)
{
	fake.open = false;
}

struct dm_task *dm_task_create(int type)
{
	struct dm_task *t;

	if (fake.absent) {
		fake.log_fn(3, "f.c", 1, 0, "/dev/mapper/control: open failed: %s",
			    "No such device");
		fake.log_fn(3, "f.c", 2, 0, "Incompatible libdevmapper");
		return NULL;
	}
	t = xcalloc(1, sizeof(*t));
	fake.open = true;
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
	record(t);
	t->err = perform(t);
	if (!t->err)
		return 1;
	fake.log_fn(7, "f.c", 3, 0, "dm ioctl");
	fake.log_fn(3, "f.c", 3, 0, "<backtrace>");
	fake.log_fn(3, "f.c", 4, t->err, "device-mapper: ioctl on %s failed: %s",
		    t->uuid   ? t->uuid
		    : t->name ? t->name
			      : "",
		    strerror(t->err));
	fake.log_fn(3, "f.c", 5, 0, "<backtrace>");
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

int dm_task_set_cookie(struct dm_task *t, uint32_t *cookie, uint16_t flags)
{
	(void)cookie;
	t->flags = flags;
	fake.sync_used += fake.sync_on;
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
