/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel does with a request. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/buf.h"
#include "tests/fake/dm_fake.h"
#include "tests/fake/dm_fake_state.h"

struct dev *dev_of(const char *name, const char *uuid)
{
	for (int i = 0; i < DEVS_MAX; i++) {
		struct dev *d = &dm_fake.devs[i];

		if (d->used && ((name && strcmp(d->name, name) == 0) ||
				(uuid && *uuid && strcmp(d->uuid, uuid) == 0)))
			return d;
	}
	return NULL;
}

struct dev *dev_new(const char *name, const char *uuid)
{
	int i = 0;

	while (dm_fake.devs[i].used)
		if (++i == DEVS_MAX)
			abort();
	dm_fake.devs[i] = (struct dev){.used = true, .minor = i};
	snprintf(dm_fake.devs[i].name, sizeof(dm_fake.devs[i].name), "%s", name);
	snprintf(dm_fake.devs[i].uuid, sizeof(dm_fake.devs[i].uuid), "%s",
		 uuid ? uuid : "");
	return &dm_fake.devs[i];
}

/* "crypt" tables: the key is taken out of what is shown. */
static void hide_key(const struct table *t, size_t size, char *ret)
{
	char key[129], cipher[64];
	int i = 0, at = 0;

	snprintf(ret, size, "%s", t->params);
	if (strcmp(t->type, "crypt") != 0 ||
	    sscanf(t->params, "%63s %128[0-9a-f]%n", cipher, key, &at) != 2)
		return;
	while (i < dm_fake.n_keys && strcmp(dm_fake.keys[i], key) != 0)
		i++;
	if (i == dm_fake.n_keys && i < 16)
		snprintf(dm_fake.keys[dm_fake.n_keys++], sizeof(key), "%s", key);
	snprintf(ret, size, "%s KEY%s", cipher, t->params + at);
}

void dm_fake_record(const struct dm_task *t)
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

	buf_addf(&line, "%s%s%s%s", names[t->type], t->secret ? "-secret" : "",
		 t->deferred ? "-deferred" : "", t->readonly ? "-readonly" : "");
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
	strv_add(&dm_fake.log, buf_str(&line));
}

/* Does a table of another device name this one? */
static bool held(const struct dev *d)
{
	char number[32];

	snprintf(number, sizeof(number), "%d:%d", MAJOR_NR, d->minor);
	for (int i = 0; i < DEVS_MAX; i++) {
		cleanup_strv struct strv words = STRV_INIT;

		if (!dm_fake.devs[i].used || &dm_fake.devs[i] == d)
			continue;
		strv_split(&words, dm_fake.devs[i].live.params, " ");
		if (strv_has(&words, number))
			return true;
	}
	return false;
}

static bool thin_in_use(uint32_t id)
{
	for (int i = 0; i < DEVS_MAX; i++) {
		const struct table *t = &dm_fake.devs[i].live;
		unsigned used;

		if (dm_fake.devs[i].used && strcmp(t->type, "thin") == 0 &&
		    sscanf(t->params, "%*s %u", &used) == 1 && used == id)
			return true;
	}
	return false;
}

/* Its device is there and is not held back: a snapshot would be torn. */
static bool thin_is_written_to(uint32_t id)
{
	for (int i = 0; i < DEVS_MAX; i++) {
		const struct dev *d = &dm_fake.devs[i];
		unsigned used;

		if (d->used && !d->suspended && strcmp(d->live.type, "thin") == 0 &&
		    sscanf(d->live.params, "%*s %u", &used) == 1 && used == id)
			return true;
	}
	return false;
}

static int message(const struct dev *d, const char *text)
{
	unsigned id, origin;

	if (d && strcmp(text, "reserve_metadata_snap") == 0) {
		dm_fake.aside++;
		return dm_fake.aside == 1 ? 0 : EINVAL;
	}
	if (d && strcmp(text, "release_metadata_snap") == 0) {
		if (!dm_fake.aside)
			return EINVAL;
		dm_fake.aside--;
		return 0;
	}
	if (!d || (strcmp(d->live.type, "thin-pool") != 0 &&
		   strcmp(d->status_type, "thin-pool") != 0))
		return ENXIO;
	if (sscanf(text, "create_thin %u", &id) == 1) {
		if (dm_fake_has_thin(id))
			return EEXIST;
		dm_fake.ids[dm_fake.n_ids++] = id;
		return 0;
	}
	if (sscanf(text, "create_snap %u %u", &id, &origin) == 2) {
		if (dm_fake_has_thin(id))
			return EEXIST;
		if (!dm_fake_has_thin(origin))
			return ENODATA;
		if (thin_is_written_to(origin))
			abort();
		dm_fake.ids[dm_fake.n_ids++] = id;
		return 0;
	}
	if (sscanf(text, "delete %u", &id) != 1)
		return EINVAL;
	if (!dm_fake_has_thin(id))
		return ENODATA;
	if (thin_in_use(id))
		return EBUSY;
	for (int i = 0; i < dm_fake.n_ids; i++)
		if (dm_fake.ids[i] == id)
			dm_fake.ids[i] = dm_fake.ids[--dm_fake.n_ids];
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

static void node_path(int minor, size_t size, char *ret)
{
	snprintf(ret, size, "%.*s/dm-%d", (int)(strlen(dm_fake.dir) - strlen("/mapper")),
		 dm_fake.dir, minor);
}

/* The beginning of a device that a file stands for is that file. */
static bool node_is_shared(const struct dev *d, const char *path)
{
	char below[256];
	int minor, at = 0;

	if (sscanf(d->live.params, "%*d:%d 0%n", &minor, &at) != 1 || !at ||
	    d->live.params[at])
		return false;
	node_path(minor, sizeof(below), below);
	unlink(path);
	return link(below, path) == 0;
}

/* The kernel makes the node; here it is a file full of ones. */
static int resume(struct dev *d)
{
	char path[256], ones[65536 * 2];
	cleanup_close int fd = -1;

	if (!d || (!d->loaded.set && !d->live.set))
		return d ? EINVAL : ENXIO;
	if (d->loaded.set)
		d->live = d->loaded;
	d->loaded.set = d->suspended = false;
	if (strcmp(d->live.type, "linear") != 0)
		return 0;
	node_path(d->minor, sizeof(path), path);
	if (node_is_shared(d, path))
		return 0;
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
	/* Any other keeps them on its disk. */
	if (strcmp(t->dev->live.type, "thin-pool") == 0 &&
	    strstr(t->dev->live.params, "skip_block_zeroing"))
		dm_fake.n_ids = 0;
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
	} else if (strcmp(t->status.type, "thin") == 0) {
		snprintf(t->status.params, sizeof(t->status.params), "2048 4095");
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

		if (!dm_fake.devs[i].used)
			continue;
		if (at)
			((struct dm_names *)(void *)(mem + last))->next = (uint32_t)size;
		n->dev = (uint64_t)MAJOR_NR << 8 | (uint64_t)i;
		memcpy(n->name, dm_fake.devs[i].name, strlen(dm_fake.devs[i].name) + 1);
		size = (sizeof(*n) + strlen(n->name) + 8) / 8 * 8;
		last = at;
		at += size;
	}
	t->names = mem;
}

int dm_fake_perform(struct dm_task *t)
{
	t->dev = dev_of(t->name, t->uuid);
	if (dm_fake.fail_in && --dm_fake.fail_in == 0)
		return dm_fake.fail_errno;
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
	case DM_DEVICE_SUSPEND:
		if (t->dev)
			t->dev->suspended = true;
		return t->dev ? 0 : ENXIO;
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
