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
#include <string.h>

#include "lib/alloc.h"
#include "qvm-tools/init.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/yaml_file.h"

#define VMS_MAX 1000

/* A domain of the file while it is read. */
struct reading_vm {
	struct init_cmd *o;
	size_t i;
};

static int add_prop(struct strv *props, const char *key, struct yaml_at value,
		    struct qvm_err *err)
{
	const char *text;
	int r = yaml_text(value, &text, err);

	if (r == 0)
		strv_addf(props, "%s=%s", key, text);
	return r;
}

static int read_template(const char *key, struct yaml_at value, void *arg,
			 struct qvm_err *err)
{
	struct init_cmd *o = arg;
	struct op_init_preset *p = &o->preset;
	const char **to = strcmp(key, "name") == 0   ? &p->template_name
			  : strcmp(key, "from") == 0 ? &p->template
						     : NULL;
	const char *text;
	int r;

	if (!to)
		return add_prop(&o->template_props, key, value, err);
	r = yaml_text(value, &text, err);
	if (r == 0 && !*to)
		*to = init_keep(o, text);
	return r;
}

static int set_class(struct op_init_vm *vm, const char *text, struct yaml_at value,
		     struct qvm_err *err)
{
	for (int i = CLASS_APP; i < CLASS_COUNT; i++)
		if (strcmp(vm_classes[i].name, text) == 0) {
			vm->klass = (enum vm_class)i;
			return 0;
		}
	return yaml_bad(value, err, "there is no such class of domains");
}

static int read_vm_word(const char *key, struct yaml_at value, void *arg,
			struct qvm_err *err)
{
	const struct reading_vm *rd = arg;
	struct op_init_vm *vm = &rd->o->vms[rd->i];
	const char *text;
	int r = yaml_text(value, &text, err);

	if (r < 0)
		return r;
	if (strcmp(key, "class") == 0)
		return set_class(vm, text, value, err);
	if (strcmp(key, "label") == 0)
		vm->label = init_keep(rd->o, text);
	else if (strcmp(key, "template") == 0)
		vm->template = init_keep(rd->o, text);
	else
		return add_prop(&rd->o->props[rd->i], key, value, err);
	return 0;
}

static int read_vm(const char *key, struct yaml_at value, void *arg, struct qvm_err *err)
{
	struct init_cmd *o = arg;
	struct reading_vm rd = {o, o->vm_count};
	size_t i = rd.i;
	int r;

	if (i >= VMS_MAX)
		return yaml_bad(value, err, "there are too many domains");
	o->props = xreallocarray(o->props, i + 1, sizeof(*o->props));
	o->props[i] = STRV_INIT;
	array_grow(o->vms, i) = (struct op_init_vm){.name = init_keep(o, key)};
	o->vm_count++;
	r = yaml_text_of(value) && !*yaml_text_of(value)
		    ? 0
		    : yaml_pairs(value, read_vm_word, &rd, err);
	o->vms[i].props = (const char *const *)o->props[i].v;
	o->vms[i].prop_count = o->props[i].n;
	return r;
}

static int read_start(struct yaml_at item, void *arg, struct qvm_err *err)
{
	struct init_cmd *o = arg;
	const char *text;
	int r = yaml_text(item, &text, err);

	if (r == 0)
		strv_add(&o->start, text);
	return r;
}

static int read_preset(struct yaml_at value, bool *to, struct qvm_err *err)
{
	bool on = false;
	int r = yaml_flag(value, &on, err);

	*to |= on;
	return r;
}

static int read_word(const char *key, struct yaml_at value, void *arg,
		     struct qvm_err *err)
{
	struct init_cmd *o = arg;
	struct op_init *init = &o->init;
	const struct {
		const char *key, **to;
	} words[] = {{"pool", &init->pool},
		     {"scratch", &init->scratch},
		     {"kernel", &init->kernel},
		     {"kernel-name", &init->kernel_name}};
	const char *text;
	int r;

	if (strcmp(key, "template") == 0)
		return yaml_pairs(value, read_template, o, err);
	if (strcmp(key, "domains") == 0)
		return yaml_pairs(value, read_vm, o, err);
	if (strcmp(key, "start") == 0)
		return yaml_items(value, read_start, o, err);
	if (strcmp(key, "preset") == 0)
		return read_preset(value, &o->preset.standard, err);
	r = yaml_text(value, &text, err);
	if (r == 0 && strcmp(key, "scratch-size") == 0)
		return init->scratch_size ? 0 : opt_size(text, &init->scratch_size, err);
	for (size_t i = 0; r == 0 && i < array_len(words); i++) {
		if (strcmp(words[i].key, key) != 0)
			continue;
		if (!*words[i].to)
			*words[i].to = init_keep(o, text);
		return 0;
	}
	return r < 0 ? r : yaml_bad(value, err, "its word is not known");
}

int init_file_read(struct init_cmd *o, struct qvm_err *err)
{
	return yaml_file_read(o->file, read_word, o, err);
}
