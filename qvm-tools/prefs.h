/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The property table as text: for --help-properties and the manual. */
#ifndef QVM_TOOLS_PREFS_H
#define QVM_TOOLS_PREFS_H

#include <stdbool.h>

#include "core/prop.h"
#include "lib/buf.h"
#include "qvm-tools/render.h"

/* The Ith property in the order of names, 0 <= I < PROP_COUNT. */
enum prop_id prefs_sorted(size_t i);

enum cell_type prefs_cell_type(enum prop_id id);

/* Prints all properties of domains, or the global ones. Returns 0. */
int prefs_help(bool global, bool json);

/* What a property takes ("1..128", "pvh, pv or hvm") and where its default comes from. */
void prefs_describe_values(enum prop_id id, struct buf *ret);
void prefs_describe_default(enum prop_id id, struct buf *ret);
/* "AppVM, DispVM", "all" */
void prefs_describe_classes(enum prop_id id, struct buf *ret);

#endif
