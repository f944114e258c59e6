/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libdevmapper without a kernel: the devices are a table in memory, every request is
 * recorded as one line, and any of them can be made to fail. A test that includes or links
 * dm_fake.c gets these functions instead of the library's.
 */
#ifndef QVM_TESTS_FAKE_DM_FAKE_H
#define QVM_TESTS_FAKE_DM_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/strv.h"

/* Forgets everything; device nodes become plain files below DIR. */
void dm_fake_reset(const char *dir);
void dm_fake_dispose(void);

/* A device of somebody else, live, with one linear target of LEN sectors; its minor. */
int dm_fake_add(const char *name, const char *uuid, uint64_t len);
/* Sets what a status request reports of it. */
void dm_fake_status(const char *name, const char *type, const char *params);

/* The N-th request from now on (1: the next) fails with ERR and does nothing. */
void dm_fake_fail(int n, int err);
/* No device-mapper in this kernel: not even a task can be made. */
void dm_fake_absent(bool absent);
/* So many removals of the device find it open. */
void dm_fake_busy(const char *name, int times);

/*
 * "create NAME UUID", "reload UUID LEN TYPE PARAMS", "resume UUID FLAGS", "remove UUID",
 * "message UUID TEXT", "info X", "status X", "list". A key in a table is shown as KEY and a
 * secret table as "reload-secret", a device that is read-only as "reload-readonly".
 */
const struct strv *dm_fake_log(void);
void dm_fake_log_clear(void);

bool dm_fake_has(const char *name);
int dm_fake_count(void);    /* of all devices */
int dm_fake_thin_ids(void); /* of all pools */
bool dm_fake_has_thin(uint32_t id);
void dm_fake_leak_thin(uint32_t id); /* the pool knows it, no device does */
int dm_fake_sync_used(void);	     /* requests that wanted a semaphore */
bool dm_fake_open(void);	     /* is the control device open? */
int dm_fake_keys(void);		     /* different keys seen */

#endif
