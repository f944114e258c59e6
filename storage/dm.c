/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/dm.h"

#include <errno.h>
#include <libdevmapper.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define UUID_PREFIX "QVM-"

#define UDEV_HANDS_OFF                                                                   \
	(DM_UDEV_DISABLE_DM_RULES_FLAG | DM_UDEV_DISABLE_SUBSYSTEM_RULES_FLAG |          \
	 DM_UDEV_DISABLE_DISK_RULES_FLAG | DM_UDEV_DISABLE_OTHER_RULES_FLAG |            \
	 DM_UDEV_DISABLE_LIBRARY_FALLBACK)

/*
 * The library's log callback has no argument of its own: while a function of this file
 * runs, this says for whom. Set by enter() and cleared on every way out.
 */
static struct dmap *current;

printf_like(5, 6) static void log_line(int level, const char *file, int line,
				       int errno_or_class, const char *fmt, ...)
{
	struct dmap *d = current;
	char text[DMAP_TEXT];
	va_list ap;

	(void)file;
	(void)line;
	(void)errno_or_class;
	if (!d)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* One failure gives several lines; the first real one says what happened. */
	if ((level & 7) <= 3 && !d->text[0] && text[0] != '<')
		memcpy(d->text, text, sizeof(text));
	if (d->ctx)
		ctx_log(d->ctx, QVM_LEVEL_DEBUG, "device-mapper: %s", text);
}

static struct dmap *enter(struct dmap *d)
{
	current = d;
	d->text[0] = '\0';
	dm_log_with_errno_init(log_line);
	/* Then a cookie carries flags only: no semaphore is made, nothing to wait for. */
	dm_udev_set_sync_support(0);
	return d;
}

static void leave(struct dmap **d)
{
	(void)d;
	current = NULL;
}

#define entered(d) struct dmap *entered_to cleanup(leave) unused = enter(d)

static void task_free(struct dm_task **task)
{
	if (*task)
		dm_task_destroy(*task);
}

#define cleanup_task cleanup(task_free)

/* One ioctl. */
struct call {
	int type;
	const char *name; /* in the kernel; only for devices of others and for creating */
	const char *uuid;
	const struct dmap_table *table;
	const char *message;
	bool deferred;
};

static int call_prepare(struct dm_task *task, const struct call *c)
{
	uint32_t cookie = 0;
	sectors start = 0;
	int ok = 1;

	if (c->name)
		ok = ok && dm_task_set_name(task, c->name);
	if (c->uuid)
		ok = ok && dm_task_set_uuid(task, c->uuid);
	if (c->table && c->table->secret)
		ok = ok && dm_task_secure_data(task);
	if (c->table && c->table->readonly)
		ok = ok && dm_task_set_ro(task);
	for (const struct dmap_table *t = c->table; t; t = t->then) {
		ok = ok && dm_task_add_target(task, start, t->len, t->type, t->params);
		start += t->len;
	}
	if (c->message)
		ok = ok && dm_task_set_message(task, c->message) &&
		     dm_task_set_sector(task, 0);
	if (c->deferred)
		ok = ok && dm_task_deferred_remove(task);
	if (c->type == DM_DEVICE_STATUS)
		ok = ok && dm_task_no_flush(task);
	/* No file system of dom0's is on it. */
	if (c->type == DM_DEVICE_SUSPEND)
		ok = ok && dm_task_skip_lockfs(task);
	/* Only a resume makes udev look; a removal has nothing to be told. */
	if (c->type == DM_DEVICE_RESUME)
		ok = ok && dm_task_set_cookie(task, &cookie, UDEV_HANDS_OFF);
	return ok ? 0 : -ENOMEM;
}

static int call_run(const struct call *c, struct dm_task **ret)
{
	struct dm_task *task cleanup_task = dm_task_create(c->type);
	int r;

	if (!task)
		return geteuid() ? -EPERM : -ENODEV;
	r = call_prepare(task, c);
	if (r < 0)
		return r;
	if (!dm_task_run(task)) {
		r = dm_task_get_errno(task);
		if (r)
			return -r;
		return geteuid() ? -EPERM : -EIO;
	}
	if (ret)
		*ret = steal(task);
	return 0;
}

/* Copies what the kernel said of the device; -ENODEV when it knows none. */
static int task_dev(struct dm_task *task, struct dmap_dev *ret)
{
	struct dm_info info = {0};
	const char *uuid;

	if (!dm_task_get_info(task, &info))
		return -EIO;
	if (!info.exists)
		return -ENODEV;
	uuid = dm_task_get_uuid(task);
	*ret = (struct dmap_dev){
		.major = info.major,
		.minor = info.minor,
		.live = info.live_table && !info.suspended,
	};
	snprintf(ret->uuid, sizeof(ret->uuid), "%s", uuid ? uuid : "");
	return 0;
}

static int find(struct dmap *d, const struct call *c, struct dmap_dev *ret)
{
	struct dm_task *task cleanup_task = NULL;
	int r;

	entered(d);
	r = call_run(c, &task);
	if (r == -ENXIO)
		return -ENODEV;
	return r < 0 ? r : task_dev(task, ret);
}

static int own_uuid(const char *name, char ret[static DMAP_UUID_MAX])
{
	int n = snprintf(ret, DMAP_UUID_MAX, UUID_PREFIX "%s", name);

	/* The name in the kernel is as long, and has one byte less. */
	return *name && n < DMAP_NAME_MAX ? 0 : -EINVAL;
}

int dmap_find(struct dmap *d, const char *dm_name, struct dmap_dev *ret)
{
	struct call c = {.type = DM_DEVICE_INFO, .name = dm_name};

	return find(d, &c, ret);
}

int dmap_find_own(struct dmap *d, const char *name, struct dmap_dev *ret)
{
	char uuid[DMAP_UUID_MAX];
	struct call c = {.type = DM_DEVICE_INFO, .uuid = uuid};
	int r = own_uuid(name, uuid);

	return r < 0 ? r : find(d, &c, ret);
}

static int status(struct dmap *d, const struct call *c, struct dmap_status *ret)
{
	struct dm_task *task cleanup_task = NULL;
	struct dmap_status s = {0};
	void *next = NULL;
	uint64_t start, len;
	char *type, *params;
	int r;

	entered(d);
	r = call_run(c, &task);
	if (r < 0)
		return r == -ENXIO ? -ENODEV : r;
	r = task_dev(task, &s.dev);
	if (r < 0)
		return r;
	do {
		start = len = 0;
		type = params = NULL;
		next = dm_get_next_target(task, next, &start, &len, &type, &params);
		if (!type)
			break;
		if (!s.type[0]) {
			snprintf(s.type, sizeof(s.type), "%s", type);
			snprintf(s.params, sizeof(s.params), "%s", params ? params : "");
		}
		s.len = start + len;
	} while (next);
	*ret = s;
	return 0;
}

int dmap_status(struct dmap *d, const char *dm_name, struct dmap_status *ret)
{
	struct call c = {.type = DM_DEVICE_STATUS, .name = dm_name};

	return status(d, &c, ret);
}

int dmap_table_of(struct dmap *d, const char *dm_name, struct dmap_status *ret)
{
	struct call c = {.type = DM_DEVICE_TABLE, .name = dm_name};

	return status(d, &c, ret);
}

static int own_status(struct dmap *d, const char *name, int type, struct dmap_status *ret)
{
	char uuid[DMAP_UUID_MAX];
	struct call c = {.type = type, .uuid = uuid};
	int r = own_uuid(name, uuid);

	return r < 0 ? r : status(d, &c, ret);
}

int dmap_status_own(struct dmap *d, const char *name, struct dmap_status *ret)
{
	return own_status(d, name, DM_DEVICE_STATUS, ret);
}

int dmap_table_own(struct dmap *d, const char *name, struct dmap_status *ret)
{
	return own_status(d, name, DM_DEVICE_TABLE, ret);
}

/* By UUID, so that the library, which then has no name, makes no node of its own. */
static int load_resume(const char *uuid, const struct dmap_table *table,
		       struct dmap_dev *ret)
{
	struct call load = {.type = DM_DEVICE_RELOAD, .uuid = uuid, .table = table};
	struct call resume = {.type = DM_DEVICE_RESUME, .uuid = uuid};
	struct dm_task *task cleanup_task = NULL;
	int r = call_run(&load, NULL);

	if (r < 0)
		return r;
	r = call_run(&resume, &task);
	return r < 0 ? r : task_dev(task, ret);
}

int dmap_make(struct dmap *d, const char *name, const struct dmap_table *table,
	      struct dmap_dev *ret)
{
	char uuid[DMAP_UUID_MAX], dm_name[DMAP_UUID_MAX];
	struct call create = {.type = DM_DEVICE_CREATE, .name = dm_name, .uuid = uuid};
	struct call undo = {.type = DM_DEVICE_REMOVE, .uuid = uuid};
	int r = own_uuid(name, uuid);

	if (r < 0)
		return r;
	entered(d);
	dmap_kernel_name(name, dm_name);
	r = call_run(&create, NULL);
	if (r < 0)
		return r;
	r = load_resume(uuid, table, ret);
	if (r < 0) {
		/* The reason is known; what the removal says would only hide it. */
		undo.deferred = true;
		(void)call_run(&undo, NULL);
	}
	return r;
}

int dmap_reload(struct dmap *d, const char *name, const struct dmap_table *table,
		struct dmap_dev *ret)
{
	char uuid[DMAP_UUID_MAX];
	int r = own_uuid(name, uuid);

	if (r < 0)
		return r;
	entered(d);
	r = load_resume(uuid, table, ret);
	if (r < 0) {
		char first[DMAP_TEXT];

		/* The kernel may have held it back for the change that it then refused. */
		memcpy(first, d->text, sizeof(first));
		(void)call_run(&(struct call){.type = DM_DEVICE_RESUME, .uuid = uuid},
			       NULL);
		memcpy(d->text, first, sizeof(first));
	}
	return r;
}

/* One request about our device, which the caller has not named yet. */
static int call_own(struct dmap *d, const char *name, struct call c)
{
	char uuid[DMAP_UUID_MAX];
	int r = own_uuid(name, uuid);

	if (r < 0)
		return r;
	c.uuid = uuid;
	entered(d);
	return call_run(&c, NULL);
}

int dmap_suspend(struct dmap *d, const char *name)
{
	return call_own(d, name, (struct call){.type = DM_DEVICE_SUSPEND});
}

int dmap_wake(struct dmap *d, const char *name)
{
	return call_own(d, name, (struct call){.type = DM_DEVICE_RESUME});
}

int dmap_remove(struct dmap *d, const char *name, bool deferred)
{
	int r = call_own(d, name,
			 (struct call){.type = DM_DEVICE_REMOVE, .deferred = deferred});

	return r == -ENXIO || r == -ENODEV ? 0 : r;
}

int dmap_message(struct dmap *d, const char *name, const char *message)
{
	return call_own(d, name,
			(struct call){.type = DM_DEVICE_TARGET_MSG, .message = message});
}

int dmap_message_to(struct dmap *d, const char *dm_name, const char *message)
{
	struct call c = {
		.type = DM_DEVICE_TARGET_MSG, .name = dm_name, .message = message};

	entered(d);
	return call_run(&c, NULL);
}

int dmap_list(struct dmap *d, struct strv *ret)
{
	struct call c = {.type = DM_DEVICE_LIST};
	struct dm_task *task cleanup_task = NULL;
	const struct dm_names *at;
	int r;

	entered(d);
	r = call_run(&c, &task);
	if (r < 0)
		return r;
	at = dm_task_get_names(task);
	if (!at || !at->dev)
		return 0;
	for (;;) {
		if (strncmp(at->name, DMAP_PREFIX, strlen(DMAP_PREFIX)) == 0)
			strv_add(ret, at->name + strlen(DMAP_PREFIX));
		if (!at->next)
			return 0;
		at = (const void *)((const char *)at + at->next);
	}
}

void dmap_node(const struct dmap_dev *dev, size_t size, char *ret)
{
	const char *dir = dm_dir();
	const char *slash = dir ? strrchr(dir, '/') : NULL;

	if (slash)
		snprintf(ret, size, "%.*s/dm-%u", (int)(slash - dir), dir, dev->minor);
	else
		snprintf(ret, size, "/dev/dm-%u", dev->minor);
}

void dmap_release(struct dmap *d)
{
	current = d; /* what failed before stays in d->text */
	dm_lib_release();
	current = NULL;
}
