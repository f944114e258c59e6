/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of the driver `lvm`: what to run, running it, and reading what it reports.
 * Nothing in here is seen outside this folder.
 */
#ifndef QVM_STORAGE_LVM_H
#define QVM_STORAGE_LVM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/pool.h"
#include "lib/buf.h"
#include "lib/macro.h"
#include "lib/strv.h"
#include "storage/dm.h"
#include "storage/lvname.h"
#include "storage/thin.h"

#define LVM_PREFIX "qvm-" /* of the names of our volumes */
#define LVM_TAG "qvm"

/*
 * For every command: devices of device-mapper that have no name in /dev/mapper are not
 * looked into. Those are ours, and a guest can write there what looks like a part of our
 * volume group. LVM's own volumes it leaves alone by default.
 */
#define LVM_BLIND "devices{filter=[\"a|^/dev/mapper/|\",\"r|^/dev/dm-|\"]}"

/* For those that activate volumes: dmeventd, where it runs, has nothing to do with them. */
#define LVM_UNWATCHED "activation{monitoring=0}" LVM_BLIND

struct lvm {
	struct qvm_ctx *ctx;
	struct dmap dm;
	struct lv_location at; /* group and thin pool */
	bool unblocked;	       /* by lvm_run: what failed may be run again */
};

/* --- lvm_cmd.c: steps to commands; no side effects --- */

struct lvm_command {
	struct strv argv; /* "lvm", "lvcreate", ...; no argument holds a space */
	size_t step;	  /* the first of the steps that it does */
	size_t n_steps;
};

struct lvm_commands {
	struct lvm_command *v;
	size_t n;
};

/* One command a step, except that removals next to each other become one. */
void lvm_commands(const struct lv_location *at, const struct pool_step *steps, size_t n,
		  struct lvm_commands *ret);
void lvm_commands_dispose(struct lvm_commands *cmds);
#define cleanup_commands cleanup(lvm_commands_dispose)

/*
 * The commands from FIRST on as a script for one `lvm` process, which ends at the first
 * that fails. After each one the script prints LVM_MARK on a line of its own, so that the
 * output tells how many were done. False where a line would be too long for LVM.
 */
bool lvm_script(const struct lvm_commands *cmds, size_t first, struct buf *ret);
#define LVM_MARK "archive=0"
size_t lvm_marks(const char *output);

/* The first line that says something, without blanks around it and full stop behind it. */
void lvm_first_message(const char *text, size_t size, char *ret);
/* The kind of error that a message of LVM stands for; QVM_E_STORAGE where unsure. */
int lvm_message_kind(const char *message);

/* --- lvm_run.c: the process --- */

/*
 * Runs ARGV; its standard output is added to OUT. A status other than 0 is an error whose
 * sentence is the first of its messages, to be wrapped by the caller. What fails at a volume
 * of the pool that LVM does not know is run again without that; a script, of which INPUT is
 * the text and a part may be done, by the caller (l->unblocked).
 */
int lvm_run(struct lvm *l, const char *const *argv, const struct buf *input,
	    struct buf *out, struct qvm_err *err) must_check;

/* `lvs` with the columns that lvm_report_parse knows, of TARGET (a group, or a volume). */
struct lvm_report;
int lvm_lvs(struct lvm *l, const char *target, struct lvm_report *ret,
	    struct qvm_err *err) must_check;

/* --- lvm.c --- */

/* 1: the pool's state, and how long it is; 0: it is not active. */
int lvm_pool_status(struct lvm *l, struct thin_status *ret, sectors *ret_len,
		    struct qvm_err *err) must_check;

/* --- lvm_orphan.c: volumes of the pool that LVM does not know --- */

/* The number of the one that LVM's messages say it failed at; 0: none. */
uint32_t lvm_orphan_named(const char *complaint);

/* Removes it, unless it turns out to be one of LVM's; under LVM's own lock. */
int lvm_drop_orphan(struct lvm *l, uint32_t id, struct qvm_err *err) must_check;

/* --- lvm_flush.c --- */

/* After changes: what LVM wrote about them is to outlast a power cut. */
void lvm_flush(struct lvm *l);

/* --- lvm_mend.c: pool_ops.mend, and reading what that needs; the latter no side effects --- */

int lvm_mend(void *pool, bool dry_run, bool *ret, struct qvm_err *err) must_check;

/* Of LVM's own copy of a group's metadata: its disk. */
struct lvm_backup {
	char pv_uuid[40]; /* without dashes */
	char device[256]; /* by the name that it had then */
};

/* -EINVAL when it is on more than one disk, or not understood. */
int lvm_backup_parse(const char *text, struct lvm_backup *ret) must_check;
/* By what `pvck --dump headers` says: is it that disk, and points it to a text that is none? */
bool lvm_headers_lost_text(const char *headers, const char *pv_uuid);

/* --- lvm_reserve.c: pool_ops.reserve and extend --- */

int lvm_reserve(struct lvm *l, uint64_t size, char **ret, struct qvm_err *err) must_check;
int lvm_extend(struct lvm *l, const struct pool_usage *u, uint64_t bytes,
	       struct qvm_err *err) must_check;

/* --- lvm_hide.c: pool_ops.hide --- */

/*
 * Adds a filter to LVM's configuration, DIR/lvmlocal.conf, where there is none; another's is
 * left alone, with a warning when it does not refuse our devices.
 */
int lvm_hide(struct lvm *l, const char *dir, struct qvm_err *err) must_check;

/* --- lvm_delta.c: pool_ops.ranges and delta --- */

/* FROM NULL: all that TO has. */
int lvm_delta(struct lvm *l, const char *from, const char *to, struct pool_range **ret,
	      size_t *ret_n, struct qvm_err *err) must_check;

/* --- lvm_report.c: reading JSON; no side effects --- */

struct lvm_row {
	char name[LVNAME_MAX];
	char pool[LVNAME_MAX];
	bool tagged; /* with LVM_TAG */
	uint64_t size, used;
	uint64_t meta_size, meta_used;
};

struct lvm_report {
	struct lvm_row *v;
	size_t n;
};

/* -EINVAL for anything that is not a whole and well-formed report. */
int lvm_report_parse(const char *text, size_t len, struct lvm_report *ret) must_check;
void lvm_report_dispose(struct lvm_report *report);
#define cleanup_report cleanup(lvm_report_dispose)

#endif
