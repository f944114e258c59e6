/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking at all domains again and again, cheaply: the registry is read only after it has
 * changed, one request asks the hypervisor, and the counters come from three files of
 * dom0's kernel.
 *
 *	monitor_open → { wait for monitor_fd, or for a time → monitor_look } ... → close
 *
 * There is no daemon to subscribe to. Whatever qvm's commands do shows in the registry's
 * log or in a run folder, which inotify tells of; what only the hypervisor knows (a domain
 * that another toolstack paused, or that crashed) is found by looking once in a while.
 */
#ifndef QVM_OPS_MONITOR_H
#define QVM_OPS_MONITOR_H

#include <stdbool.h>

#include "core/hv.h"
#include "core/vm.h"

struct monitor;

enum monitor_flag {
	MONITOR_IO = 1 << 0,	 /* fill the counters */
	MONITOR_BEFORE = 1 << 1, /* keep the world of the look before */
};

/* Needs a hypervisor. Free it with monitor_close. */
int monitor_open(struct qvm_ctx *ctx, unsigned flags, struct monitor **ret,
		 struct qvm_err *err) must_check;
void monitor_close(struct monitor *m);
static inline void monitor_close_at(struct monitor **m)
{
	monitor_close(*m);
}
#define cleanup_monitor cleanup(monitor_close_at)

/* Brings the world up to date, dom0's memory and time included. */
int monitor_look(struct monitor *m, struct qvm_err *err) must_check;

/* Of the last look; valid until the next. */
const struct world *monitor_world(const struct monitor *m);
const struct hv_host *monitor_host(const struct monitor *m);
/* With MONITOR_BEFORE: of the look before; NULL at the first. */
const struct world *monitor_before(const struct monitor *m);

/*
 * With MONITOR_BEFORE: readable when a command may have changed something, until the next
 * look. -1: nothing can tell; then monitor_is_stale finds changes of the registry as well.
 */
int monitor_fd(const struct monitor *m);
/* Has the hypervisor anything new, of states and of which domains there are? Cheap. */
bool monitor_is_stale(struct monitor *m);

/* ---- what is different ---- */

enum change_kind {
	CHANGE_STATE,
	CHANGE_CREATED,
	CHANGE_REMOVED,
	CHANGE_RENAMED,
	CHANGE_PROPERTY,
	CHANGE_FEATURE,
	CHANGE_TAG,
	CHANGE_FIREWALL,
	CHANGE_VOLUME,
	CHANGE_KIND_COUNT,
};

extern const char *const change_names[CHANGE_KIND_COUNT]; /* "state", ... */

struct change {
	enum change_kind kind;
	const char *vm;	   /* NULL: of the system */
	const char *label; /* of that domain, or NULL */
	const char
		*what; /* property, feature, "private size", ...; NULL: says the kind */
	const char *before, *after; /* NULL: none */
};

/* Pure: calls FN for each difference; what it is given is valid for the call. */
void world_changes(const struct world *before, const struct world *after,
		   void (*fn)(void *arg, const struct change *c), void *arg);

#endif
