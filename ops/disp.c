/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/disp.h"

#include <string.h>

#include "dispvm/name.h"
#include "lib/alloc.h"
#include "ops/call.h"
#include "ops/image.h"
#include "ops/net.h"
#include "ops/owner.h"
#include "ops/spare.h"

/* Somebody else may take a name between its choice and its use. */
enum { NAME_TRIES = 20, WAKE_MS = 60000 };

/* ---- which template, and how much of its network ---- */

struct purpose {
	const struct vm *tpl;
	const char *netvm; /* "none" or a name, where it is not its template's; or NULL */
	const char
		*firewall; /* the caller's rules, which hold in place of the template's */
};

static int find_template(const struct world *w, const struct op_disp *req,
			 const struct vm *caller, struct vm **ret, struct qvm_err *err)
{
	struct prop_value name = {0};

	if (req->template)
		return vm_find(w, req->template, ret, err);
	if (caller)
		prop_get(w, caller, PROP_DEFAULT_DISPVM, &name);
	else
		prop_get(w, NULL, PROP_G_DEFAULT_DISPVM, &name);
	if (name.text)
		return vm_find(w, name.text, ret, err);
	return err_set(err, QVM_E_NOT_FOUND,
		       "no template was named and there is no default_dispvm");
}

/*
 * A template that somebody chose for this caller may have another network than the caller:
 * that is what it was chosen for. Otherwise it is the caller's.
 */
static void limit_network(const struct world *w, const struct vm *caller,
			  struct purpose *p)
{
	const struct vm *has = prop_vm(w, caller, PROP_NETVM);
	const struct vm *gets = prop_vm(w, p->tpl, PROP_NETVM);
	bool chosen = caller->props[PROP_DEFAULT_DISPVM].ref == p->tpl->id;

	if (gets && !has)
		p->netvm = "none";
	else if (gets && has != gets && !chosen)
		p->netvm = has->name;
	if (gets && has && caller->firewall)
		p->firewall = caller->firewall;
}

static int purpose_find(const struct world *w, const struct op_disp *req,
			struct purpose *ret, struct qvm_err *err)
{
	struct vm *caller = NULL, *tpl;
	int r = req->caller ? vm_find(w, req->caller, &caller, err) : 0;

	if (r == 0)
		r = find_template(w, req, caller, &tpl, err);
	if (r < 0)
		return r;
	*ret = (struct purpose){.tpl = tpl, .netvm = req->offline ? "none" : NULL};
	if (caller && prop_applies(PROP_NETVM, caller))
		limit_network(w, caller, ret);
	return 0;
}

/* ---- a new one ---- */

static int set_firewall(struct qvm_ctx *ctx, const char *name, const char *rules,
			struct qvm_err *err)
{
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	struct vm *vm;
	int r = store_open(ctx, STORE_WRITE, &s, err);

	if (r == 0)
		r = store_load(s, &w, err);
	if (r == 0)
		r = vm_find(w, name, &vm, err);
	return r < 0 ? r : store_firewall_set(s, vm->id, rules, NULL, err);
}

static int make(struct qvm_ctx *ctx, const struct op_disp *req,
		char name[static QVM_NAME_MAX + 1], struct qvm_err *err)
{
	int r = -QVM_E_EXISTS;

	for (int i = 0; i < NAME_TRIES && r == -QVM_E_EXISTS; i++) {
		cleanup_world struct world *w = NULL;
		cleanup_free char *netvm = NULL;
		struct op_create create = {.name = name, .klass = CLASS_DISP};
		struct purpose p = {0};

		r = op_world(ctx, false, &w, err);
		if (r == 0)
			r = purpose_find(w, req, &p, err);
		if (r == 0)
			r = disp_name_next(ctx, w, name, &create.number, err);
		if (r < 0)
			return r;
		create.template = p.tpl->name;
		netvm = xasprintf("netvm=%s", p.netvm ? p.netvm : "");
		create.prop_texts = (const char *const *)&netvm;
		create.prop_count = p.netvm != NULL;
		r = op_create(ctx, &create, NULL, err);
		if (r == 0 && p.firewall)
			r = set_firewall(ctx, name, p.firewall, err);
	}
	return r;
}

/* The programs of its template for after a wake. */
static void run_hooks(struct qvm_ctx *ctx, const char *name)
{
	const struct op_call call = {.domain = name,
				     .user = "root",
				     .service = "qvm.Wake",
				     .no_start = true,
				     .in = -1,
				     .out = -1,
				     .errors = -1,
				     .timeout_ms = WAKE_MS};
	struct qvm_err why;
	int status = 0;

	if (op_call(ctx, &call, &status, &why) < 0)
		ctx_log(ctx, QVM_LEVEL_WARN, "%s", why.text);
	else if (status)
		ctx_log(ctx, QVM_LEVEL_WARN,
			"a program of '%s' for after a wake has failed", name);
}

/* The copy has woken: what it needed for that goes, and it gets what it was saved without. */
static int finish_wake(struct qvm_ctx *ctx, const char *name, const struct image *image,
		       struct qvm_err *err)
{
	const struct hv_key used = {.name = "qvm/seed"};
	cleanup_world struct world *w = NULL;
	struct vm *vm = NULL;
	struct hv_id id;
	int r = op_reach(ctx, name, true, err);

	if (r == 0)
		r = hv_get(ctx, err);
	if (r == 0)
		r = op_world(ctx, true, &w, err);
	if (r == 0)
		r = vm_find(w, name, &vm, err);
	if (r < 0)
		return r;
	id = (struct hv_id){vm->live.domid, vm->uuid};
	r = ctx->hv->set_keys(ctx->hv_handle, &id, &used, 1, err);
	if (r == 0 && prop_vm(w, vm, PROP_NETVM))
		r = net_update(ctx, w, vm, err);
	if (r == 0 && image->hooks)
		run_hooks(ctx, name);
	return r;
}

static int begin(struct qvm_ctx *ctx, const struct op_disp *req, const char *name,
		 bool *ret_image, struct qvm_err *err)
{
	const struct op_report silent = {0};
	cleanup_world struct world *w = NULL;
	struct op_start start = {0};
	struct image image = {0};
	struct vm *vm = NULL;
	int r = op_world(ctx, false, &w, err);

	if (r == 0)
		r = vm_find(w, name, &vm, err);
	if (r == 0)
		r = owner_write(ctx, vm->id, req->owner, req->keep, err);
	if (r < 0)
		return r;
	if (!req->boots && image_find(ctx, w, prop_vm(w, vm, PROP_TEMPLATE), &image))
		start.image = image.vm_id;
	*ret_image = start.image;
	r = op_start(ctx, &name, 1, &start, NULL, &silent, err);
	return r == 0 && start.image ? finish_wake(ctx, name, &image, err) : r;
}

/* Rather none than one with more network than its caller has, or less of its own. */
static void give_up(struct qvm_ctx *ctx, const char *name)
{
	const struct op_report silent = {0};
	struct qvm_err why;

	if (op_act(ctx, OP_DESTROY, &name, 1, false, NULL, &silent, &why) < 0 &&
	    why.kind != QVM_E_NOT_RUNNING)
		ctx_log(ctx, QVM_LEVEL_WARN, "%s", why.text);
}

static int start_once(struct qvm_ctx *ctx, const struct op_disp *req, char **ret_name,
		      bool *ret_image, struct qvm_err *err)
{
	char buffer[QVM_NAME_MAX + 1] = "";
	const char *name = buffer;
	struct qvm_err undo;
	int r = make(ctx, req, buffer, err);

	if (r < 0)
		return r;
	r = begin(ctx, req, name, ret_image, err);
	if (r == 0) {
		*ret_name = xstrdup(name);
		return 0;
	}
	if (*ret_image)
		give_up(ctx, name);
	if (op_remove(ctx, &name, 1, false, NULL, NULL, &undo) < 0 &&
	    undo.kind != QVM_E_NO_VM)
		ctx_log(ctx, QVM_LEVEL_WARN, "left for qvm-recover: %s", undo.text);
	return r;
}

/* What does not go on from an image may still boot. */
static int start_new(struct qvm_ctx *ctx, const struct op_disp *req, char **ret_name,
		     struct qvm_err *err)
{
	struct op_disp again = *req;
	bool image = false;
	int r = start_once(ctx, req, ret_name, &image, err);

	if (r == 0 || !image)
		return r;
	ctx_log(ctx, QVM_LEVEL_WARN, "%s", err->text);
	again.boots = true;
	return start_once(ctx, &again, ret_name, &image, err);
}

/* ---- one that is ready ---- */

/* What its maker could not know. Its rules come first: until then it has its template's. */
static int fit(struct qvm_ctx *ctx, const struct purpose *p, const struct spare *s,
	       struct qvm_err *err)
{
	const struct op_rule push = {.vm = s->name, .act = RULE_PUSH};
	int r = 0;

	if (p->firewall)
		r = set_firewall(ctx, s->name, p->firewall, err);
	if (r == 0 && p->firewall)
		r = op_rule(ctx, &push, err);
	if (r == 0 && p->netvm)
		r = op_prop_set(ctx, s->name, "netvm", p->netvm, false, err);
	if (r == 0 && s->hooks)
		run_hooks(ctx, s->name);
	return r;
}

int op_disp_take(struct qvm_ctx *ctx, const struct op_disp *req, char **ret_name,
		 struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	struct purpose p = {0};
	struct spare s = {0};
	int r = op_world(ctx, false, &w, err);

	if (r == 0)
		r = purpose_find(w, req, &p, err);
	/* A program without the backend becomes another one and begins anew: so before it has one. */
	if (r == 0 && (p.netvm || p.firewall))
		r = hv_get(ctx, err);
	if (r == 0)
		r = spare_take(ctx, w, p.tpl, req, &s, err);
	if (r < 0)
		return r;
	spare_kick(ctx, w, s.vm_id);
	if (r == 0)
		return 0;
	free(steal(s.basis));
	r = fit(ctx, &p, &s, err);
	if (r < 0) {
		give_up(ctx, s.name);
		return r;
	}
	*ret_name = xstrdup(s.name);
	return 1;
}

int op_disp_start(struct qvm_ctx *ctx, const struct op_disp *req, char **ret_name,
		  struct qvm_err *err)
{
	int r = req->fresh ? 0 : op_disp_take(ctx, req, ret_name, err);

	if (r != 0)
		return r < 0 ? r : 0;
	r = hv_get(ctx, err);
	if (r < 0)
		return r;
	return start_new(ctx, req, ret_name, err);
}
