/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/yaml_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

int yaml_bad(struct yaml_at at, struct qvm_err *err, const char *why)
{
	return err_set(err, QVM_E_VALUE, "line %zu: %s", at.node->start_mark.line + 1,
		       why);
}

const char *yaml_text_of(struct yaml_at at)
{
	return at.node->type == YAML_SCALAR_NODE
		       ? (const char *)at.node->data.scalar.value
		       : NULL;
}

int yaml_text(struct yaml_at at, const char **ret, struct qvm_err *err)
{
	const char *text = yaml_text_of(at);

	if (!text)
		return yaml_bad(at, err, "a single value is wanted here");
	*ret = text;
	return 0;
}

int yaml_flag(struct yaml_at at, bool *ret, struct qvm_err *err)
{
	const char *text = NULL;
	int r = yaml_text(at, &text, err);

	if (r < 0)
		return r;
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return yaml_bad(at, err, "true or false is wanted here");
	*ret = *text == 't';
	return 0;
}

static struct yaml_at node_of(struct yaml_at at, int number)
{
	return (struct yaml_at){at.doc, yaml_document_get_node(at.doc, number)};
}

int yaml_pairs(struct yaml_at map, yaml_pair_fn *fn, void *arg, struct qvm_err *err)
{
	int r = 0;

	if (map.node->type != YAML_MAPPING_NODE)
		return yaml_bad(map, err, "names with values are wanted here");
	for (const yaml_node_pair_t *p = map.node->data.mapping.pairs.start;
	     r == 0 && p < map.node->data.mapping.pairs.top; p++) {
		const char *name = NULL;

		r = yaml_text(node_of(map, p->key), &name, err);
		if (r == 0)
			r = fn(name, node_of(map, p->value), arg, err);
	}
	return r;
}

int yaml_items(struct yaml_at list, yaml_item_fn *fn, void *arg, struct qvm_err *err)
{
	int r = 0;

	if (list.node->type != YAML_SEQUENCE_NODE)
		return yaml_bad(list, err, "a list is wanted here");
	for (const yaml_node_item_t *i = list.node->data.sequence.items.start;
	     r == 0 && i < list.node->data.sequence.items.top; i++)
		r = fn(node_of(list, *i), arg, err);
	return r;
}

static int parse(FILE *in, yaml_document_t *ret, struct qvm_err *err)
{
	yaml_parser_t parser;
	int r = 0;

	if (!yaml_parser_initialize(&parser))
		return err_set(err, QVM_E_FAILED, "out of memory");
	yaml_parser_set_input_file(&parser, in);
	if (!yaml_parser_load(&parser, ret))
		r = err_set(err, QVM_E_VALUE, "line %zu: %s",
			    parser.problem_mark.line + 1,
			    parser.problem ? parser.problem : "it cannot be read");
	yaml_parser_delete(&parser);
	return r;
}

static int read_stream(FILE *in, yaml_pair_fn *fn, void *arg, struct qvm_err *err)
{
	yaml_document_t doc;
	struct yaml_at root = {.doc = &doc};
	int r = parse(in, &doc, err);

	if (r < 0)
		return r;
	root.node = yaml_document_get_root_node(&doc);
	r = root.node ? yaml_pairs(root, fn, arg, err)
		      : err_set(err, QVM_E_VALUE, "it is empty");
	yaml_document_delete(&doc);
	return r;
}

int yaml_file_read(const char *path, yaml_pair_fn *fn, void *arg, struct qvm_err *err)
{
	FILE *in = fopen(path, "re");
	int r;

	if (!in)
		return err_set(err, QVM_E_NOT_FOUND, "cannot open '%s': %s", path,
			       strerror(errno));
	r = read_stream(in, fn, arg, err);
	fclose(in);
	return r < 0 ? err_wrap(err, "bad file '%s'", path) : 0;
}
