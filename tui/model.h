/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the dashboard knows: the last sample of qvm-stats, and a little history. */
#ifndef QVM_TUI_MODEL_H
#define QVM_TUI_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/macro.h"
#include "lib/strv.h"

enum bars { BARS_CPU, BARS_DISK, BARS_NET, BARS_COUNT };
enum { HISTORY = 8, BAR_MAX = 7, EVENTS_MAX = 1000, JSON_LINE_MAX = 16 << 20 };

struct dom {
	char *name, *klass, *state, *label, *template, *netvm;
	bool runs, outdated, orphan;
	bool has_rates, has_io;
	double cpu, disk, net;	     /* per cent; bytes a second */
	uint64_t memory, max_memory; /* bytes */
	bool marked;
	unsigned char history[BARS_COUNT][HISTORY]; /* oldest first, 0 to BAR_MAX */
};

struct model {
	struct dom *doms; /* by name */
	size_t n;
	uint64_t memory, memory_free; /* of the machine */
	int cpus;
	double time;	       /* of the sample, seconds since the epoch */
	struct strv events;    /* as shown, oldest first */
	struct strv event_vms; /* of each, the domain, or "" */
};

/* Takes a line of qvm-stats or of qvm-events. 0 or -EPROTO. */
int model_stats(struct model *m, const char *line) must_check;
int model_event(struct model *m, const char *line) must_check;
void model_dispose(struct model *m);

/* The last LIMIT events that are about that domain, one a line. */
void model_events_of(const struct model *m, const char *name, size_t limit,
		     struct buf *ret);

struct dom *model_find(const struct model *m, const char *name);

#endif
