/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work on all processors with one thread that knows the order: it submits jobs, and waits
 * for the oldest before it goes on. A job lives in its owner's memory until it was waited for.
 */
#ifndef QVM_BACKUP_PARALLEL_H
#define QVM_BACKUP_PARALLEL_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/macro.h"

struct par;

struct par_job {
	void (*run)(struct par_job *job); /* in a thread; touches nothing but the job */
	struct par_job *next;
	bool done;
};

/* THREADS 0: as many as there are processors, at most 16. */
struct par *par_new(unsigned threads) must_check; /* NULL: errno tells why */
unsigned par_width(const struct par *p);
void par_submit(struct par *p, struct par_job *job);
void par_wait(struct par *p, struct par_job *job);
void par_free(struct par *p); /* after what was submitted */

#endif
