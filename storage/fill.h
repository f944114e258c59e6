/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guard: how full a pool may be, and what is said when it is. */
#ifndef QVM_STORAGE_FILL_H
#define QVM_STORAGE_FILL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "lib/macro.h"

/* Percent. Past these a pool is not filled further; stopping and removing still work. */
#define FILL_DATA 95
#define FILL_META 90

struct fill {
	const char *part; /* "data" */
	uint64_t used, size;
	unsigned limit;
};

/* In any unit; of a TOTAL of 0 nothing is known, and nothing is refused. */
bool fill_past(uint64_t used, uint64_t total, unsigned limit);

/*
 * Always QVM_E_NO_SPACE, with the figures. WHAT names the pool ("the pool 'vg/pool'"),
 * REMEDY says what would make room in it.
 */
int fill_refuse(const struct fill *fill, const char *what, const char *remedy,
		struct qvm_err *err) must_check;

#endif
