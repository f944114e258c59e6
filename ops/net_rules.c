/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Firewall rules and ports led in: changed in the registry, then told to those that run. */
#include <string.h>
#include <time.h>

#include "lib/alloc.h"
#include "netvm/nft.h"
#include "netvm/store.h"
#include "ops/net.h"

static int no_such(const struct op_rule *req, struct qvm_err *err)
{
	const char *what = req->forward ? "port led in" : "rule";

	if (req->act == RULE_DELETE && req->text)
		return err_set(err, QVM_E_NOT_FOUND, "'%s' has no such %s", req->vm,
			       what);
	return err_set(err, QVM_E_NOT_FOUND, "'%s' has no %s number %lld", req->vm, what,
		       req->number);
}

/* Where to: -QVM_E_NOT_FOUND for a number beyond N. */
static int place(const struct op_rule *req, size_t n, size_t *ret, struct qvm_err *err)
{
	if (req->act == RULE_ADD && req->number < 0) {
		*ret = n;
		return 0;
	}
	if (req->number < 0 || (size_t)req->number >= n)
		return no_such(req, err);
	*ret = (size_t)req->number;
	return 0;
}

/* ---- rules ---- */

static int bad_rule(const char *text, const char *why, struct qvm_err *err)
{
	return err_set(err, QVM_E_VALUE, "bad rule '%.80s': %s", text, why);
}

static int change_list(const struct op_rule *req, struct fw_list *list,
		       struct qvm_err *err)
{
	struct fw_rule rule = {0};
	const char *why;
	size_t at = 0;
	int r = 0;

	if (req->text && fw_rule_parse(req->text, &rule, &why) < 0)
		return bad_rule(req->text, why, err);
	if (req->act == RULE_DELETE && req->text) {
		at = fw_list_find(list, &rule);
		r = at < list->n ? 0 : no_such(req, err);
	} else {
		r = place(req, list->n, &at, err);
	}
	if (r < 0)
		return r;
	if (req->act == RULE_DELETE)
		fw_list_delete(list, at);
	else
		fw_list_insert(list, at, &rule);
	return 0;
}

static int check_amount(const struct op_rule *req, const struct fw_list *list,
			const char *text, struct qvm_err *err)
{
	if (list->n <= FW_RULES_MAX && strlen(text) <= FW_TEXT_MAX)
		return 0;
	return err_set(err, QVM_E_VALUE,
		       "'%s' would have too many rules: at most %d, and %d bytes",
		       req->vm, FW_RULES_MAX, FW_TEXT_MAX);
}

/* What its network domain would be given; names are resolved there. */
static void show(const struct world *w, const struct vm *vm, const struct fw_list *list,
		 struct buf *out)
{
	struct nft_client c = {
		.mark = 2, .rules = list->v, .n = list->n, .now = time(NULL)};
	cleanup_strv struct strv none = STRV_INIT, chains = STRV_INIT;
	struct prop_value ip;

	prop_get(w, vm, PROP_IP, &ip);
	c.ip = ip.text;
	nft_rules(out, &c, &none, &chains);
}

static int change_rules(struct store *s, const struct world *w, struct vm *vm,
			const struct op_rule *req, struct qvm_err *err)
{
	cleanup_fw_list struct fw_list list = FW_LIST_INIT;
	cleanup_free char *text = NULL;
	int r = 0;

	if (req->act == RULE_RESET)
		free(steal(vm->firewall));
	fw_list_load(vm, &list);
	if (req->act == RULE_ADD || req->act == RULE_DELETE) {
		r = change_list(req, &list, err);
		text = fw_list_text(&list);
	}
	if (r == 0 && text)
		r = check_amount(req, &list, text, err);
	if (r < 0)
		return r;
	if (req->nft) {
		show(w, vm, &list, req->nft);
		return 0;
	}
	if (req->act == RULE_PUSH)
		return 0;
	return store_firewall_set(s, vm->id, text, vm->forwards, err);
}

/* ---- ports led in ---- */

/* One port of the outermost hop leads to one domain. */
static int check_port(const struct world *w, const char *text, struct qvm_err *err)
{
	struct fw_forward f, other;
	const char *why;

	if (fw_forward_parse(text, &f, &why) < 0)
		return bad_rule(text, why, err);
	for (size_t i = 0; i < w->vm_count; i++) {
		cleanup_strv struct strv lines = STRV_INIT;

		strv_split(&lines, w->vms[i].forwards ? w->vms[i].forwards : "", "\n");
		for (size_t k = 0; k < lines.n; k++)
			if (fw_forward_parse(lines.v[k], &other, &why) == 0 &&
			    other.proto == f.proto && other.port == f.port)
				return err_set(err, QVM_E_EXISTS,
					       "port %u of %s is led to '%s' already",
					       f.port, fw_proto_name(f.proto),
					       w->vms[i].name);
	}
	return 0;
}

static int find_port(const struct op_rule *req, const struct strv *lines, size_t *ret,
		     struct qvm_err *err)
{
	cleanup_buf struct buf regular = BUF_INIT;
	struct fw_forward f;
	const char *why;

	if (!req->text)
		return place(req, lines->n, ret, err);
	if (fw_forward_parse(req->text, &f, &why) < 0)
		return bad_rule(req->text, why, err);
	fw_forward_format(&f, &regular);
	for (size_t i = 0; i < lines->n; i++)
		if (strcmp(lines->v[i], buf_str(&regular)) == 0) {
			*ret = i;
			return 0;
		}
	return no_such(req, err);
}

/* The lines as they will be. */
static int change_ports(const struct world *w, const struct vm *vm,
			const struct op_rule *req, struct buf *out, struct qvm_err *err)
{
	cleanup_strv struct strv lines = STRV_INIT;
	struct fw_forward f;
	const char *why;
	size_t gone = SIZE_MAX;
	int r = 0;

	strv_split(&lines, vm->forwards && req->act != RULE_RESET ? vm->forwards : "",
		   "\n");
	if (req->act == RULE_ADD)
		r = check_port(w, req->text, err);
	if (req->act == RULE_DELETE)
		r = find_port(req, &lines, &gone, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < lines.n; i++)
		if (i != gone)
			buf_addf(out, "%s\n", lines.v[i]);
	if (req->act == RULE_ADD && fw_forward_parse(req->text, &f, &why) == 0) {
		fw_forward_format(&f, out);
		buf_add_ch(out, '\n');
	}
	return 0;
}

static int change_forwards(struct store *s, const struct world *w, struct vm *vm,
			   const struct op_rule *req, struct qvm_err *err)
{
	cleanup_buf struct buf text = BUF_INIT;
	int r = change_ports(w, vm, req, &text, err);

	if (r < 0)
		return r;
	if (req->nft) {
		buf_add(req->nft, buf_str(&text));
		return 0;
	}
	return store_firewall_set(s, vm->id, vm->firewall, text.len ? text.data : NULL,
				  err);
}

/* ---- both ---- */

static int change(struct store *s, const struct op_rule *req, struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	struct vm *vm = NULL;
	int r = store_begin(s, err);

	if (r == 0)
		r = store_load(s, &w, err);
	if (r == 0)
		r = vm_find(w, req->vm, &vm, err);
	if (r == 0 && vm->klass == CLASS_ADMIN)
		r = err_set(err, QVM_E_VALUE, "'%s' has no network", vm->name);
	if (r == 0)
		r = (req->forward ? change_forwards : change_rules)(s, w, vm, req, err);
	if (r == 0)
		return store_commit(s, err);
	store_rollback(s);
	return r;
}

int op_rule(struct qvm_ctx *ctx, const struct op_rule *req, struct qvm_err *err)
{
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	struct vm *vm;
	int r = store_open(ctx, STORE_WRITE, &s, err);

	if (r == 0)
		r = change(s, req, err);
	if (r < 0 || req->nft)
		return r;
	r = store_load(s, &w, err);
	if (r == 0)
		r = vm_find(w, req->vm, &vm, err);
	if (r == 0)
		r = (req->forward ? net_push_forwards : net_push_rules)(ctx, w, vm, err);
	return r < 0 ? err_wrap(err, "it is changed, but not yet in force") : 0;
}
