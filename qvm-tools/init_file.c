/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of qvm-init --file, in YAML:
 *
 *	pool: xen/thin			what the options of these names take
 *	kernel: /srv/kernel-6.1
 *	preset: true
 *	template:
 *	  name: debian-12
 *	  from: debian-12.tar.xz
 *	  memory: 500			any other word is a property
 *	domains:
 *	  web: {label: orange, class: AppVM, template: debian-12, netvm: sys-firewall}
 *	start: [work]
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "lib/alloc.h"
#include "qvm-tools/init.h"
#include "qvm-tools/opt.h"

#define VMS_MAX 1000

/* The file while it is read. */
struct reading {
	struct init_cmd *o;
	yaml_document_t doc;
};

static int bad(const yaml_node_t *node, struct qvm_err *err, const char *why)
{
	return err_set(err, QVM_E_VALUE, "line %zu: %s", node->start_mark.line + 1, why);
}

/* Text of a scalar; NULL for anything else. */
static const char *text_of(const yaml_node_t *node)
{
	return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value
					      : NULL;
}

static int need_text(const yaml_node_t *node, const char **ret, struct qvm_err *err)
{
	*ret = text_of(node);
	return *ret ? 0 : bad(node, err, "a single value is wanted here");
}

typedef int pair_fn(struct reading *rd, const char *key, const yaml_node_t *value,
		    void *arg, struct qvm_err *err);

static int each_pair(struct reading *rd, const yaml_node_t *map, pair_fn *fn, void *arg,
		     struct qvm_err *err)
{
	int r = 0;

	if (map->type != YAML_MAPPING_NODE)
		return bad(map, err, "names with values are wanted here");
	for (const yaml_node_pair_t *p = map->data.mapping.pairs.start;
	     r == 0 && p < map->data.mapping.pairs.top; p++) {
		const yaml_node_t *key = yaml_document_get_node(&rd->doc, p->key);
		const char *name;

		r = need_text(key, &name, err);
		if (r == 0)
			r = fn(rd, name, yaml_document_get_node(&rd->doc, p->value), arg,
			       err);
	}
	return r;
}

/* ---- its parts ---- */

static int add_prop(struct strv *props, const char *key, const yaml_node_t *value,
		    struct qvm_err *err)
{
	const char *text;
	int r = need_text(value, &text, err);

	if (r == 0)
		strv_addf(props, "%s=%s", key, text);
	return r;
}

static int read_template(struct reading *rd, const char *key, const yaml_node_t *value,
			 void *arg unused, struct qvm_err *err)
{
	struct op_init_preset *p = &rd->o->preset;
	const char **to = strcmp(key, "name") == 0   ? &p->template_name
			  : strcmp(key, "from") == 0 ? &p->template
						     : NULL;
	const char *text;
	int r;

	if (!to)
		return add_prop(&rd->o->template_props, key, value, err);
	r = need_text(value, &text, err);
	if (r == 0 && !*to)
		*to = init_keep(rd->o, text);
	return r;
}

static int set_class(struct op_init_vm *vm, const char *text, const yaml_node_t *value,
		     struct qvm_err *err)
{
	for (int i = CLASS_APP; i < CLASS_COUNT; i++)
		if (strcmp(vm_classes[i].name, text) == 0) {
			vm->klass = (enum vm_class)i;
			return 0;
		}
	return bad(value, err, "there is no such class of domains");
}

static int read_vm_word(struct reading *rd, const char *key, const yaml_node_t *value,
			void *arg, struct qvm_err *err)
{
	struct op_init_vm *vm = &rd->o->vms[*(size_t *)arg];
	const char *text;
	int r = need_text(value, &text, err);

	if (r < 0)
		return r;
	if (strcmp(key, "class") == 0)
		return set_class(vm, text, value, err);
	if (strcmp(key, "label") == 0)
		vm->label = init_keep(rd->o, text);
	else if (strcmp(key, "template") == 0)
		vm->template = init_keep(rd->o, text);
	else
		return add_prop(&rd->o->props[*(size_t *)arg], key, value, err);
	return 0;
}

static int read_vm(struct reading *rd, const char *key, const yaml_node_t *value,
		   void *arg unused, struct qvm_err *err)
{
	struct init_cmd *o = rd->o;
	size_t i = o->vm_count;
	int r;

	if (i >= VMS_MAX)
		return bad(value, err, "there are too many domains");
	o->props = xreallocarray(o->props, i + 1, sizeof(*o->props));
	o->props[i] = STRV_INIT;
	array_grow(o->vms, i) = (struct op_init_vm){.name = init_keep(o, key)};
	o->vm_count++;
	r = text_of(value) && !*text_of(value)
		    ? 0
		    : each_pair(rd, value, read_vm_word, &i, err);
	o->vms[i].props = (const char *const *)o->props[i].v;
	o->vms[i].prop_count = o->props[i].n;
	return r;
}

static int read_start(struct reading *rd, const yaml_node_t *list, struct qvm_err *err)
{
	int r = 0;

	if (list->type != YAML_SEQUENCE_NODE)
		return bad(list, err, "a list of domains is wanted here");
	for (const yaml_node_item_t *i = list->data.sequence.items.start;
	     r == 0 && i < list->data.sequence.items.top; i++) {
		const char *text;

		r = need_text(yaml_document_get_node(&rd->doc, *i), &text, err);
		if (r == 0)
			strv_add(&rd->o->start, text);
	}
	return r;
}

static int read_flag(const yaml_node_t *value, bool *to, struct qvm_err *err)
{
	const char *text;
	int r = need_text(value, &text, err);

	if (r < 0)
		return r;
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return bad(value, err, "true or false is wanted here");
	*to = *to || *text == 't';
	return 0;
}

static int read_word(struct reading *rd, const char *key, const yaml_node_t *value,
		     void *arg unused, struct qvm_err *err)
{
	struct op_init *init = &rd->o->init;
	const struct {
		const char *key, **to;
	} words[] = {{"pool", &init->pool},
		     {"scratch", &init->scratch},
		     {"kernel", &init->kernel},
		     {"kernel-name", &init->kernel_name}};
	const char *text;
	int r;

	if (strcmp(key, "template") == 0)
		return each_pair(rd, value, read_template, NULL, err);
	if (strcmp(key, "domains") == 0)
		return each_pair(rd, value, read_vm, NULL, err);
	if (strcmp(key, "start") == 0)
		return read_start(rd, value, err);
	if (strcmp(key, "preset") == 0)
		return read_flag(value, &rd->o->preset.standard, err);
	r = need_text(value, &text, err);
	if (r == 0 && strcmp(key, "scratch-size") == 0)
		return init->scratch_size ? 0 : opt_size(text, &init->scratch_size, err);
	for (size_t i = 0; r == 0 && i < array_len(words); i++) {
		if (strcmp(words[i].key, key) != 0)
			continue;
		if (!*words[i].to)
			*words[i].to = init_keep(rd->o, text);
		return 0;
	}
	return r < 0 ? r : bad(value, err, "its word is not known");
}

/* ---- the file ---- */

static int parse(struct reading *rd, FILE *in, struct qvm_err *err)
{
	yaml_parser_t parser;
	const yaml_node_t *root;
	int r = 0;

	if (!yaml_parser_initialize(&parser))
		return err_set(err, QVM_E_FAILED, "out of memory");
	yaml_parser_set_input_file(&parser, in);
	if (!yaml_parser_load(&parser, &rd->doc))
		r = err_set(err, QVM_E_VALUE, "line %zu: %s",
			    parser.problem_mark.line + 1,
			    parser.problem ? parser.problem : "it cannot be read");
	yaml_parser_delete(&parser);
	if (r < 0)
		return r;
	root = yaml_document_get_root_node(&rd->doc);
	r = root ? each_pair(rd, root, read_word, NULL, err)
		 : err_set(err, QVM_E_VALUE, "it is empty");
	yaml_document_delete(&rd->doc);
	return r;
}

int init_file_read(struct init_cmd *o, struct qvm_err *err)
{
	struct reading rd = {.o = o};
	FILE *in = fopen(o->file, "re");
	int r;

	if (!in)
		return err_set(err, QVM_E_NOT_FOUND, "cannot open '%s': %s", o->file,
			       strerror(errno));
	r = parse(&rd, in, err);
	fclose(in);
	return r < 0 ? err_wrap(err, "bad file '%s'", o->file) : 0;
}
