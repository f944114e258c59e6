/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The devices that dm_fake.h stands for, and what is asked of them. */
#ifndef QVM_TESTS_FAKE_DM_FAKE_STATE_H
#define QVM_TESTS_FAKE_DM_FAKE_STATE_H

#include <libdevmapper.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/strv.h"

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
	bool used, suspended;
	char status_type[16], status[256];
};

struct dm_fake {
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
};

extern struct dm_fake dm_fake;

struct dm_task {
	int type, err;
	char *name, *uuid, *message;
	struct table table;
	bool secret, deferred, readonly;
	uint16_t flags;
	struct dev *dev; /* what it was about, as of afterwards */
	struct table status;
	void *names;
};

/* By either; NULL: none. */
struct dev *dev_of(const char *name, const char *uuid);
struct dev *dev_new(const char *name, const char *uuid);

/* One line of the log. */
void dm_fake_record(const struct dm_task *t);
/* Does it; 0 or an errno. */
int dm_fake_perform(struct dm_task *t);

#endif
