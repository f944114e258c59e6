/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small files in YAML, walked by functions of whoever reads them. */
#ifndef QVM_TOOLS_YAML_FILE_H
#define QVM_TOOLS_YAML_FILE_H

#include <stdbool.h>

#include "core/err.h"

/* A piece of the file: a text, a list, or names with values. */
struct yaml_at {
	struct yaml_document_s *doc;
	const struct yaml_node_s *node;
};

typedef int yaml_pair_fn(const char *key, struct yaml_at value, void *arg,
			 struct qvm_err *err);
typedef int yaml_item_fn(struct yaml_at item, void *arg, struct qvm_err *err);

/* Calls FN for each name of the file; the texts it is given last until this returns. */
int yaml_file_read(const char *path, yaml_pair_fn *fn, void *arg, struct qvm_err *err)
	must_check;

int yaml_pairs(struct yaml_at map, yaml_pair_fn *fn, void *arg, struct qvm_err *err)
	must_check;
int yaml_items(struct yaml_at list, yaml_item_fn *fn, void *arg, struct qvm_err *err)
	must_check;

/* NULL for what is no text. */
const char *yaml_text_of(struct yaml_at at);
int yaml_text(struct yaml_at at, const char **ret, struct qvm_err *err) must_check;
int yaml_flag(struct yaml_at at, bool *ret, struct qvm_err *err) must_check;

/* "line 7: WHY" */
int yaml_bad(struct yaml_at at, struct qvm_err *err, const char *why);

#endif
