/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qvm-features and qvm-service; a service is the feature "service.NAME". */
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/plan.h"
#include "qvm-tools/render.h"

#define SERVICE_PREFIX "service."
#define STATUS_ABSENT 1

enum { FEATURES, SERVICES };

enum { O_UNSET = 1, O_LIST, O_ENABLE, O_DISABLE };

static const struct opt feature_opts[] = {
	{"unset", 'D', O_UNSET, NULL, "remove the feature"},
	{"default", 0, O_UNSET, NULL, NULL},
	{"delete", 0, O_UNSET, NULL, NULL},
	{0},
};

static const struct opt service_opts[] = {
	{"list", 'l', O_LIST, NULL, "list the services (as without SERVICE)"},
	{"enable", 'e', O_ENABLE, NULL, "same as: on"},
	{"disable", 'd', O_DISABLE, NULL, "same as: off"},
	{"unset", 'D', O_UNSET, NULL, "remove the setting: as the guest likes"},
	{"default", 0, O_UNSET, NULL, NULL},
	{"delete", 0, O_UNSET, NULL, NULL},
	{0},
};

static const struct cmd_example feature_examples[] = {
	{"qvm-features work", "list the features of a domain"},
	{"qvm-features work servicevm 1", "set one"},
	{"qvm-features -D work servicevm", "remove it"},
	{0},
};

static const struct cmd_example service_examples[] = {
	{"qvm-service work", "list the services that are switched on or off"},
	{"qvm-service work clocksync on", "switch one on"},
	{"qvm-service -D work clocksync", "leave it to the guest again"},
	{0},
};

struct features {
	bool asked[O_DISABLE + 1];
	char *feature; /* full name of the one that is meant, or NULL */
	const char *value;
	bool change;
};

static int features_option(void *opts, int id, const char *value unused,
			   struct qvm_err *err unused)
{
	struct features *o = opts;

	o->asked[id] = true;
	return 0;
}

static bool is_service(const struct inv *inv)
{
	return inv->cmd->kind == SERVICES;
}

static int service_value(struct features *o, const char *word, struct qvm_err *err)
{
	if (strcmp(word, "on") == 0)
		o->value = "1";
	else if (strcmp(word, "off") == 0)
		o->value = "";
	else
		return usage_error(err, "a service is on or off, not '%s'", word);
	return 0;
}

static int features_verify(struct inv *inv, struct qvm_err *err)
{
	struct features *o = inv->opts;
	int switches = o->asked[O_UNSET] + o->asked[O_ENABLE] + o->asked[O_DISABLE];

	if (switches + (inv->args.n > 2) + o->asked[O_LIST] > 1)
		return usage_error(err, "only one thing can be done at a time");
	if ((switches && inv->args.n != 2) || (o->asked[O_LIST] && inv->args.n != 1))
		return usage_error(err, "the arguments do not fit the option");
	o->change = switches || inv->args.n > 2;
	inv->needs_root = o->change;
	if (inv->dry_run && !o->change)
		return usage_error(err, "--dry-run goes with a change only");
	if (inv->args.n > 1)
		o->feature = xasprintf("%s%s", is_service(inv) ? SERVICE_PREFIX : "",
				       inv->args.v[1]);
	if (o->asked[O_ENABLE] || o->asked[O_DISABLE])
		return service_value(o, o->asked[O_ENABLE] ? "on" : "off", err);
	if (inv->args.n > 2 && is_service(inv))
		return service_value(o, inv->args.v[2], err);
	o->value = inv->args.n > 2 ? inv->args.v[2] : NULL;
	return 0;
}

static const struct column feature_columns[] = {
	{"name", "FEATURE", CELL_TEXT, 0, false, "name of the feature"},
	{"value", "VALUE", CELL_TEXT, 0, false, "its value"},
};

static const struct column service_columns[] = {
	{"name", "SERVICE", CELL_TEXT, 0, false, "name of the service"},
	{"value", "VALUE", CELL_TEXT, 0, false, "on or off"},
};

static void add_feature(struct table *t, const struct inv *inv,
			const struct vm_feature *f)
{
	table_row(t, 0);
	if (is_service(inv)) {
		table_text(t, f->name + strlen(SERVICE_PREFIX));
		table_text(t, *f->value ? "on" : "off");
	} else {
		table_text(t, f->name);
		table_text(t, f->value);
	}
}

static void table_begin(struct table *t, const struct inv *inv)
{
	if (is_service(inv))
		table_init(t, "qvm-service/1", "services", service_columns,
			   array_len(service_columns));
	else
		table_init(t, "qvm-features/1", "features", feature_columns,
			   array_len(feature_columns));
	table_extra(t, "vm", inv->vm->name);
}

static int features_list(const struct inv *inv)
{
	cleanup_table struct table t = {0};

	table_begin(&t, inv);
	for (size_t i = 0; i < inv->vm->feature_count; i++) {
		const struct vm_feature *f = &inv->vm->features[i];

		if (!is_service(inv) ||
		    strncmp(f->name, SERVICE_PREFIX, strlen(SERVICE_PREFIX)) == 0)
			add_feature(&t, inv, f);
	}
	table_print(&t, inv->json ? RENDER_JSON : RENDER_PLAIN, stdout);
	return 0;
}

static int features_get(struct inv *inv)
{
	const struct features *o = inv->opts;
	const char *value = vm_feature(inv->vm, o->feature);
	const struct vm_feature f = {.name = o->feature, .value = (char *)value};
	cleanup_table struct table t = {0};

	if (!value) {
		inv->status = STATUS_ABSENT;
		return 0;
	}
	table_begin(&t, inv);
	if (inv->json) {
		add_feature(&t, inv, &f);
	} else {
		t.col_count = 1;
		table_row(&t, 0);
		table_text(&t, !is_service(inv) ? value : *value ? "on" : "off");
	}
	table_print(&t, inv->json ? RENDER_JSON : RENDER_BARE, stdout);
	return 0;
}

static int features_run(struct inv *inv, struct qvm_err *err)
{
	const struct features *o = inv->opts;
	cleanup_free char *object = NULL;
	int r;

	if (!o->feature)
		return features_list(inv);
	if (!o->change)
		return features_get(inv);
	r = op_feature_set(inv->ctx, inv->vm->name, o->feature, o->value, inv->dry_run,
			   err);
	if (!o->value)
		return plan_done_one(inv, inv->vm->name, "remove-feature", o->feature, r);
	object = xasprintf("%s = %s", o->feature, o->value);
	return plan_done_one(inv, inv->vm->name, "set-feature", object, r);
}

static void features_dispose(void *opts)
{
	struct features *o = opts;

	free(o->feature);
}

const struct cmd cmd_features = {
	.name = "qvm-features",
	.summary = "show and change the features of a domain",
	.args = "VMNAME [FEATURE [VALUE]]",
	.opts = feature_opts,
	.examples = feature_examples,
	.flags = CMD_JSON | CMD_DRY_RUN | CMD_VM,
	.exits = EXIT(NO_VM) | EXIT(VALUE) | EXIT(BUSY) | EXIT(PERMISSION) |
		 EXIT(DATABASE),
	.min_args = 1,
	.max_args = 3,
	.opts_size = sizeof(struct features),
	.kind = FEATURES,
	.option = features_option,
	.verify = features_verify,
	.run = features_run,
	.dispose = features_dispose,
};

const struct cmd cmd_service = {
	.name = "qvm-service",
	.summary = "switch services of a domain on and off",
	.args = "VMNAME [SERVICE [on|off]]",
	.opts = service_opts,
	.examples = service_examples,
	.flags = CMD_JSON | CMD_DRY_RUN | CMD_VM,
	.exits = EXIT(NO_VM) | EXIT(VALUE) | EXIT(BUSY) | EXIT(PERMISSION) |
		 EXIT(DATABASE),
	.min_args = 1,
	.max_args = 3,
	.opts_size = sizeof(struct features),
	.kind = SERVICES,
	.option = features_option,
	.verify = features_verify,
	.run = features_run,
	.dispose = features_dispose,
};
