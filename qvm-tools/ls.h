/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of qvm-ls: columns, filters, order, figures of volumes. */
#ifndef QVM_TOOLS_LS_H
#define QVM_TOOLS_LS_H

#include "core/pool.h"
#include "core/prop.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/render.h"

/* ---- figures of volumes (ls_disk.c) ---- */

struct ls_pool {
	const char *name; /* of the world */
	const struct pool_ops *ops;
	void *handle; /* NULL: it could not be opened, which was said once */
};

struct ls_disks {
	struct ls_pool *pools;
	size_t n;
};

struct ls {
	struct qvm_ctx *ctx;
	const struct world *world;
	struct ls_disks disks;
	const char *indent; /* put before the name, or NULL */
};

/* What the volume takes in its pool; false: it has no place of its own, or none is known. */
bool ls_volume_stat(struct ls *ls, const struct vm *vm, enum vol_role role,
		    struct vol_stat *ret);
void ls_disks_dispose(struct ls_disks *d);

/* ---- columns (ls_columns.c) ---- */

struct ls_column {
	struct column col;
	/* Adds the cell; NULL: the property ID. */
	void (*value)(struct ls *ls, const struct vm *vm, struct table *t);
	enum prop_id id;
	bool live; /* needs to know what runs */
};

struct ls_format {
	const char *name;
	const char *fields;
};

extern const struct ls_column ls_columns[];
extern const size_t ls_column_count;
extern const struct ls_format ls_formats[];
extern const size_t ls_format_count;

/*
 * A column by its heading, or any property by its name; letters of both cases. TEXT
 * receives the heading of a property and must live as long as the column.
 */
int ls_column_find(const char *name, struct strv *text, struct ls_column *ret,
		   struct qvm_err *err) must_check;
void ls_value(struct ls *ls, const struct ls_column *column, const struct vm *vm,
	      struct table *t);

/* ---- filters (ls_filter.c) ---- */

enum ls_answer { LS_ANY, LS_YES, LS_NO };

struct ls_filter {
	struct strv classes, labels, tags, exclude_tags, templates, netvms;
	struct strv features, prefs; /* "KEY=VALUE" */
	bool running, paused, halted;
	enum ls_answer internal, servicevm;
	bool pending_update;
};

/* Checks what is said of properties, labels and classes. */
int ls_filter_verify(const struct ls_filter *f, struct qvm_err *err) must_check;
bool ls_filter_match(const struct ls_filter *f, const struct world *w,
		     const struct vm *vm);
void ls_filter_dispose(struct ls_filter *f);

/* ---- order (ls_tree.c) ---- */

struct ls_node {
	const struct vm *vm;
	size_t depth;
};

/* Puts each domain behind the one it has its network from; roots and children by name. */
void ls_tree(const struct world *w, struct ls_node *nodes, size_t n);

/* What stands before a name of that depth; free it. */
char *ls_indent(size_t depth) must_check;
/* The colour of the domain's label, as in table_row. */
int ls_paint(const struct world *w, const struct vm *vm);

#endif
