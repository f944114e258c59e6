/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Spares: disposables that were started before anybody asked, and wait, paused, for their
 * first use. Each has one file below the run folder, "spares/ID", which says what it is and
 * what it was made of; taking the file away under the folder's lock is taking the spare.
 *
 * A spare belongs to nobody: its watcher holds it as any other domain, and whoever comes
 * next keeps the pool (spare_kick), so that nothing has to run for it.
 */
#ifndef QVM_OPS_SPARE_H
#define QVM_OPS_SPARE_H

#include "core/hv.h"
#include "core/vm.h"
#include "ops/disp.h"

struct spare {
	int64_t vm_id;
	int64_t template_id;
	char name[QVM_NAME_MAX + 1];
	struct hv_id id;
	uint64_t memory; /* that it was started with; it has less now */
	bool hooks;	 /* its template has programs for after a wake */
	char *basis;	 /* see disp_basis */
};

/* What the agent of a guest that rests says. */
struct disp_rest {
	uint64_t used; /* bytes of its memory */
	bool hooks;    /* see struct spare */
};

struct spares {
	struct spare *v;
	size_t n;
};

void spares_dispose(struct spares *s);
#define cleanup_spares cleanup(spares_dispose)

/* All that are there. Files that cannot be read are left out. */
void spares_list(struct qvm_ctx *ctx, struct spares *ret);

/*
 * What a disposable of the template TPL would be made of now: kernel, memory, settings,
 * revisions, as text to be compared; free it. A spare of another basis is of no use.
 */
int disp_basis(struct qvm_ctx *ctx, const struct world *w, const char *tpl, char **ret,
	       struct qvm_err *err) must_check;

/*
 * Has the guest NAME fall asleep, from which only a copy of it wakes (agent/sleep.c), after
 * its template's programs for before a rest.
 */
int disp_sleep(struct qvm_ctx *ctx, const char *name, struct disp_rest *ret,
	       struct qvm_err *err) must_check;

/*
 * A guest that rests gives up of its MEMORY what it does not need beside the USED bytes (0:
 * unknown), as far as it does so in time.
 */
int disp_shrink(struct qvm_ctx *ctx, const struct hv_id *id, uint64_t memory,
		uint64_t used, struct qvm_err *err) must_check;

/* Offers a paused disposable that belongs to this process, which lets go of it. */
int spare_publish(struct qvm_ctx *ctx, const struct spare *s, struct qvm_err *err)
	must_check;
/* It is a spare no more; false when somebody else has taken it. */
bool spare_withdraw(struct qvm_ctx *ctx, int64_t vm_id);

/*
 * Takes one of TPL and lets it run: 1 and *RET (dispose of its basis), or 0 when there is
 * none that fits. It lives as REQ says.
 */
int spare_take(struct qvm_ctx *ctx, const struct world *w, const struct vm *tpl,
	       const struct op_disp *req, struct spare *ret, struct qvm_err *err)
	must_check;

/* One that was taken gets the memory that it was made for, as far as there is any. */
int spare_grow(struct qvm_ctx *ctx, int64_t vm_id, struct qvm_err *err) must_check;

/*
 * Has the pool looked after by a process of its own: soon, or after the property
 * disp_delay. TAKEN (0: none) gets its whole memory back. Nothing is done where no pool is
 * wanted.
 */
void spare_kick(struct qvm_ctx *ctx, const struct world *w, int64_t taken);

#endif
