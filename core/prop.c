/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/prop.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/pool.h"
#include "lib/alloc.h"
#include "lib/buf.h"
#include "lib/size.h"

/* ---- finding ---- */

static bool same_name(const char *typed, const char *name)
{
	for (; *typed && *name; typed++, name++)
		if (*typed != *name && !(*typed == '-' && *name == '_'))
			return false;
	return *typed == *name;
}

/* How many letters two names share, from the front and from the back. */
static size_t likeness(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), n = 0, m = 0;

	while (n < la && n < lb && a[n] == b[n])
		n++;
	while (m < la - n && m < lb - n && a[la - 1 - m] == b[lb - 1 - m])
		m++;
	return n + m;
}

int prop_find(const char *name, bool global, enum prop_id *ret, struct qvm_err *err)
{
	const char *nearest = NULL;
	size_t best = 2;

	for (int i = 0; i < PROP_COUNT; i++) {
		size_t like;

		if (global != !!(prop_defs[i].classes & CLASS_GLOBAL))
			continue;
		if (same_name(name, prop_defs[i].name)) {
			*ret = (enum prop_id)i;
			return 0;
		}
		like = likeness(name, prop_defs[i].name);
		if (like > best) {
			best = like;
			nearest = prop_defs[i].name;
		}
	}
	return err_set(err, QVM_E_NOT_FOUND, "no such %sproperty: '%.64s'%s%s%s",
		       global ? "global " : "", name, nearest ? " (did you mean '" : "",
		       nearest ? nearest : "", nearest ? "'?)" : "");
}

bool prop_applies(enum prop_id id, const struct vm *vm)
{
	return prop_defs[id].classes & (vm ? CLASS_BIT(vm->klass) : CLASS_GLOBAL);
}

/* ---- reading ---- */

static void value_of(const struct world *w, const struct vm_prop *prop,
		     struct prop_value *ret)
{
	const struct vm *target = prop->ref ? world_vm_by_id(w, prop->ref) : NULL;

	ret->text = prop->ref ? (target ? target->name : NULL) : prop->text;
}

/* The template's value in force, where there is a template and it has the property. */
static bool inherit(const struct world *w, const struct vm *vm, enum prop_id id,
		    struct prop_value *ret)
{
	const struct vm *tpl;

	if (!vm || !vm_classes[vm->klass].has_template)
		return false;
	tpl = prop_vm(w, vm, PROP_TEMPLATE);
	if (!tpl || !prop_applies(id, tpl))
		return false;
	prop_get(w, tpl, id, ret);
	return true;
}

void prop_get_default(const struct world *w, const struct vm *vm, enum prop_id id,
		      struct prop_value *ret)
{
	const struct prop_def *def = &prop_defs[id];

	if ((def->flags & PROP_INHERIT) && inherit(w, vm, id, ret)) {
		ret->is_default = true;
		return;
	}
	*ret = (struct prop_value){.is_default = true, .text = def->fallback};
	if (def->compute)
		def->compute(w, vm, ret);
	else if (def->global != PROP_NONE && def->global != PROP_NAME)
		prop_get(w, NULL, def->global, ret);
	ret->is_default = true;
}

void prop_get(const struct world *w, const struct vm *vm, enum prop_id id,
	      struct prop_value *ret)
{
	const struct vm_prop *prop = vm ? &vm->props[id] : &w->globals[id];

	if (prop->set) {
		*ret = (struct prop_value){0};
		value_of(w, prop, ret);
		return;
	}
	prop_get_default(w, vm, id, ret);
}

long long prop_int(const struct world *w, const struct vm *vm, enum prop_id id)
{
	struct prop_value value;
	long long n = 0;

	prop_get(w, vm, id, &value);
	if (!value.text || num_parse(value.text, 0, INT64_MAX, &n) < 0)
		return 0;
	return n;
}

bool prop_bool(const struct world *w, const struct vm *vm, enum prop_id id)
{
	struct prop_value value;

	prop_get(w, vm, id, &value);
	return value.text && strcmp(value.text, "True") == 0;
}

struct vm *prop_vm(const struct world *w, const struct vm *vm, enum prop_id id)
{
	struct prop_value value;

	prop_get(w, vm, id, &value);
	return value.text ? world_vm(w, value.text) : NULL;
}

/* ---- checking ---- */

void prop_change_dispose(struct prop_change *c)
{
	free(c->text);
	c->text = NULL;
}

/* One candidate value on its way through the checks. */
struct candidate {
	const struct world *w;
	const struct vm *vm;
	const struct prop_def *def;
	const char *text;
	struct prop_change *change;
	const struct vm *target;
	struct qvm_err *err;
};

static int refuse(const struct candidate *c, const char *why)
{
	return err_set(c->err, QVM_E_VALUE, "bad value '%.64s' for property '%s': %s",
		       c->text, c->def->name, why);
}

static int type_string(struct candidate *c)
{
	if (strlen(c->text) > (size_t)c->def->max)
		return refuse(c, "too long");
	for (const char *at = c->text; *at; at++)
		if (*at < 0x20 || *at > 0x7e)
			return refuse(c, "only printable ASCII is allowed");
	return 0;
}

static int type_int(struct candidate *c)
{
	char why[96];
	long long n;
	int r = num_parse(c->text, c->def->min, c->def->max, &n);

	if (r < 0) {
		snprintf(why, sizeof(why), "a whole number from %lld to %lld is wanted",
			 c->def->min, c->def->max);
		return refuse(c, why);
	}
	free(c->change->text);
	c->change->text = xasprintf("%lld", n);
	return 0;
}

static int type_bool(struct candidate *c)
{
	bool value;

	if (bool_parse(c->text, &value) < 0)
		return refuse(c, "True or False is wanted");
	free(c->change->text);
	c->change->text = xstrdup(value ? "True" : "False");
	return 0;
}

static int type_vm(struct candidate *c)
{
	c->target = world_vm(c->w, c->text);
	if (!c->target)
		return err_set(c->err, QVM_E_NO_VM,
			       "bad value for property '%s': no such domain: '%.64s'",
			       c->def->name, c->text);
	if (c->target->klass == CLASS_ADMIN)
		return refuse(c, "the AdminVM serves no other domain");
	free(c->change->text);
	c->change->text = NULL;
	c->change->ref = c->target->id;
	return 0;
}

static int type_label(struct candidate *c)
{
	const struct vm_label *label = label_find(c->text);

	if (!label)
		return refuse(c,
			      "red, orange, yellow, green, gray, blue, purple and black "
			      "are known");
	free(c->change->text);
	c->change->text = xstrdup(label->name);
	return 0;
}

static int type_choice(struct candidate *c)
{
	cleanup_buf struct buf why = BUF_INIT;

	for (const char *const *choice = c->def->choices; *choice; choice++) {
		if (strcmp(*choice, c->text) == 0)
			return 0;
		buf_addf(&why, "%s%s", why.len ? ", " : "one of ", *choice);
	}
	return refuse(c, buf_str(&why));
}

static int type_ip4(struct candidate *c)
{
	struct in_addr address;

	return inet_pton(AF_INET, c->text, &address) == 1
		       ? 0
		       : refuse(c, "an IPv4 address is wanted");
}

static int type_ip6(struct candidate *c)
{
	struct in6_addr address;

	return inet_pton(AF_INET6, c->text, &address) == 1
		       ? 0
		       : refuse(c, "an IPv6 address is wanted");
}

static int type_mac(struct candidate *c)
{
	const char *at = c->text;

	for (int i = 0; i < 6; i++, at += 3)
		if (!isxdigit((unsigned char)at[0]) || !isxdigit((unsigned char)at[1]) ||
		    at[2] != (i < 5 ? ':' : '\0'))
			return refuse(c, "six pairs of hexadecimal digits are wanted");
	for (char *lower = c->change->text; *lower; lower++)
		*lower = (char)tolower((unsigned char)*lower);
	if (strtoul(c->text, NULL, 16) & 1)
		return refuse(c, "that is a multicast address");
	return 0;
}

/* As the folders of kernels may be called (templates/template.h). */
static int type_kernel(struct candidate *c)
{
	if (strlen(c->text) > 64 || *c->text == '.' ||
	    strspn(c->text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789._+-") != strlen(c->text))
		return refuse(c, "the name of a registered kernel is wanted");
	return 0;
}

static int type_pool(struct candidate *c)
{
	if (!world_pool(c->w, c->text))
		return err_set(c->err, QVM_E_NOT_FOUND,
			       "bad value for property '%s': no such pool: '%.64s'",
			       c->def->name, c->text);
	return 0;
}

static int (*const type_checks[])(struct candidate *c) = {
	[PT_STRING] = type_string, [PT_INT] = type_int,	    [PT_BOOL] = type_bool,
	[PT_VM] = type_vm,	   [PT_LABEL] = type_label, [PT_CHOICE] = type_choice,
	[PT_IP4] = type_ip4,	   [PT_IP6] = type_ip6,	    [PT_MAC] = type_mac,
	[PT_KERNEL] = type_kernel, [PT_POOL] = type_pool,
};

static int check_text(struct candidate *c)
{
	const struct prop_def *def = c->def;
	bool may_be_none = def->flags & PROP_NONE_OK;

	if (may_be_none && (!*c->text || strcasecmp(c->text, "none") == 0)) {
		free(c->change->text);
		c->change->text = NULL;
		return 0;
	}
	if (!*c->text && def->type != PT_STRING)
		return refuse(c, "it is empty");
	return type_checks[def->type](c);
}

int prop_check(const struct world *w, const struct vm *vm, enum prop_id id,
	       const char *text, struct prop_change *ret, struct qvm_err *err)
{
	const struct prop_def *def = &prop_defs[id];
	cleanup_prop_change struct prop_change change = {.id = id, .unset = !text};
	struct candidate c = {
		.w = w, .vm = vm, .def = def, .change = &change, .err = err};
	struct prop_value fallback;
	int r = 0;

	if (!prop_applies(id, vm))
		return err_set(err, QVM_E_NOT_FOUND, "%ss have no property '%s'",
			       vm_classes[vm->klass].name, def->name);
	if (def->flags & PROP_READONLY)
		return err_set(err, QVM_E_VALUE, "property '%s' cannot be changed",
			       def->name);
	if (!text && (def->flags & PROP_REQUIRED))
		return err_set(err, QVM_E_VALUE, "property '%s' cannot be unset",
			       def->name);
	if (text) {
		change.text = xstrdup(text);
		c.text = text;
		r = check_text(&c);
	} else {
		/* What holds for a value holds for the default that takes its place. */
		prop_get_default(w, vm, id, &fallback);
		c.text = fallback.text;
		if (def->type == PT_VM && fallback.text)
			c.target = world_vm(w, fallback.text);
	}
	if (r == 0 && def->check)
		r = def->check(w, vm, text ? change.text : c.text, c.target, err);
	if (r < 0)
		return r;
	*ret = change;
	change = (struct prop_change){0};
	return 0;
}
