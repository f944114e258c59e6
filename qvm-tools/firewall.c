/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "netvm/rule.h"
#include "qvm-tools/firewall.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/plan.h"

enum { O_BEFORE = 1, O_RULE_NO, O_RAW, O_RELOAD, O_COUNTERS };

/* As the actions are completed. */
static const char *const firewall_words[] = {"list",  "add",	 "del",
					     "reset", "forward", NULL};

static const struct opt firewall_opts[] = {
	{"before", 0, O_BEFORE, "NUMBER", "add: in front of that rule, not at the end"},
	{"rule-no", 0, O_RULE_NO, "NUMBER", "del: that rule"},
	{"raw", 0, O_RAW, NULL, "list: one rule a line, as it is stored"},
	{"counters", 0, O_COUNTERS, NULL,
	 "list: what each rule has met since it is in force"},
	{"reload", 'r', O_RELOAD, NULL, "tell the network domain again"},
	{0},
};

static const struct cmd_example firewall_examples[] = {
	{"qvm-firewall work", "list the rules, in the order they are tried"},
	{"qvm-firewall work add accept example.com tcp 443", "at the end"},
	{"qvm-firewall work add --before 0 drop dst4=10.0.0.0/8", "in front of all"},
	{"qvm-firewall work add accept specialtarget=dns", "name servers"},
	{"qvm-firewall work add accept expire=+3600 comment=for an hour",
	 "and no longer"},
	{"qvm-firewall --counters work", "with packets and bytes of each rule"},
	{"qvm-firewall work del --rule-no 2", "one rule"},
	{"qvm-firewall work reset", "one rule that accepts everything"},
	{"qvm-firewall --dry-run work", "the text for nftables"},
	{"qvm-firewall work forward add tcp 8080 to=80",
	 "lead a port in, through every hop"},
	{0},
};

static int firewall_option(void *opts, int id, const char *value,
			   struct qvm_err *err unused)
{
	struct firewall *o = opts;

	switch (id) {
	case O_BEFORE:
		o->before = value;
		break;
	case O_RULE_NO:
		o->rule_no = value;
		break;
	case O_RAW:
		o->raw = true;
		break;
	case O_RELOAD:
		o->reload = true;
		break;
	case O_COUNTERS:
		o->counters = true;
		break;
	}
	return 0;
}

/* ---- a rule on the command line ---- */

/* Words without "=" are these, in order; the last by the protocol. */
static const char *const positions[] = {"action", "dsthost", "proto", NULL};

static const char *position(size_t i, const struct strv *words)
{
	if (i < 3)
		return positions[i];
	if (i > 3)
		return NULL;
	return strv_has(words, "icmp") || strv_has(words, "proto=icmp") ? "icmptype"
									: "dstports";
}

static int add_expire(struct buf *out, const char *value, struct qvm_err *err)
{
	long long seconds;

	if (value[0] != '+') {
		buf_addf(out, "expire=%s", value);
		return 0;
	}
	/* A hundred years; the sum is far from any limit. */
	if (num_parse(value + 1, 1, 3155760000LL, &seconds) < 0)
		return usage_error(err, "expire=%s: not a number of seconds from now",
				   value);
	buf_addf(out, "expire=%lld", (long long)time(NULL) + seconds);
	return 0;
}

/* Words from FIRST as a rule's text; a comment takes all that follows. */
static int rule_text(const struct inv *inv, size_t first, char **ret, struct qvm_err *err)
{
	cleanup_buf struct buf out = BUF_INIT;
	bool comment = false;
	size_t place = 0;
	int r = 0;

	for (size_t i = first; r == 0 && i < inv->args.n; i++) {
		const char *word = inv->args.v[i];
		const char *key;

		if (out.len)
			buf_add_ch(&out, ' ');
		comment |= strncmp(word, "comment=", 8) == 0;
		if (!comment && strncmp(word, "expire=", 7) == 0) {
			r = add_expire(&out, word + 7, err);
		} else if (comment || strchr(word, '=')) {
			buf_add(&out, word);
		} else {
			key = position(place++, &inv->args);
			if (!key)
				return usage_error(err, "'%s' is one word too many",
						   word);
			buf_addf(&out, "%s=%s", key, word);
		}
	}
	if (r == 0)
		*ret = buf_steal(&out);
	return r;
}

/* "tcp 8080 to=80" */
static int forward_text(const struct inv *inv, size_t first, char **ret,
			struct qvm_err *err)
{
	static const char *const keys[] = {"proto", "port", "to"};
	cleanup_buf struct buf out = BUF_INIT;
	size_t place = 0;

	for (size_t i = first; i < inv->args.n; i++) {
		const char *word = inv->args.v[i];

		if (!strchr(word, '=') && place == array_len(keys))
			return usage_error(err, "'%s' is one word too many", word);
		if (strchr(word, '='))
			buf_addf(&out, "%s ", word);
		else
			buf_addf(&out, "%s=%s ", keys[place++], word);
	}
	*ret = buf_steal(&out);
	return 0;
}

/* ---- what is asked for ---- */

static int number_option(const char *name, const char *text, long long *ret,
			 struct qvm_err *err)
{
	*ret = -1;
	if (text && num_parse(text, 0, FW_RULES_MAX, ret) < 0)
		return usage_error(err, "--%s %s: rules are numbered from 0", name, text);
	return 0;
}

static int verify_rule(struct inv *inv, struct firewall *o, struct qvm_err *err)
{
	const char *number = o->action == F_ADD ? o->before : o->rule_no;
	bool words = inv->args.n > 2;
	int r = number_option(o->action == F_ADD ? "before" : "rule-no", number,
			      &o->req.number, err);

	o->req.act = o->action == F_ADD ? RULE_ADD : RULE_DELETE;
	if (r < 0)
		return r;
	if (o->action == F_ADD && !words)
		return usage_error(err, "add wants a rule");
	if (o->action == F_DEL && words == !!number)
		return usage_error(err, "del wants a rule or --rule-no");
	if (words)
		r = rule_text(inv, 2, &o->text, err);
	o->req.text = o->text;
	return r;
}

static int verify_forward(struct inv *inv, struct firewall *o, struct qvm_err *err)
{
	const char *what = inv->args.n > 2 ? inv->args.v[2] : "list";
	int r = number_option("rule-no", o->rule_no, &o->req.number, err);
	bool words = inv->args.n > 3;

	o->req.forward = true;
	if (r < 0)
		return r;
	if (strcmp(what, "list") == 0 && !words)
		return 0;
	if (strcmp(what, "reset") == 0 && !words) {
		o->req.act = RULE_RESET;
	} else if (strcmp(what, "add") == 0 && words) {
		o->req.act = RULE_ADD;
	} else if (strcmp(what, "del") == 0 && words == !o->rule_no) {
		o->req.act = RULE_DELETE;
	} else {
		return usage_error(err, "forward takes list, add RULE, del RULE (or "
					"--rule-no NUMBER) and reset");
	}
	inv->needs_root = true;
	if (words)
		r = forward_text(inv, 3, &o->text, err);
	o->req.text = o->text;
	return r;
}

static int verify_options(struct inv *inv, const struct firewall *o, struct qvm_err *err)
{
	bool delete = o->action == F_DEL || o->action == F_FORWARD;

	if (o->before && o->action != F_ADD)
		return usage_error(err, "--before goes with add only");
	if (o->rule_no && !delete)
		return usage_error(err, "--rule-no goes with del only");
	if ((o->raw || o->counters) && o->action != F_LIST)
		return usage_error(err, "--%s goes with list only",
				   o->raw ? "raw" : "counters");
	if ((o->action == F_LIST || o->action == F_RESET) && inv->args.n > 2)
		return usage_error(err, "%s takes no rule", firewall_words[o->action]);
	return 0;
}

static int firewall_verify(struct inv *inv, struct qvm_err *err)
{
	struct firewall *o = inv->opts;
	int r;

	if (inv->args.n > 1) {
		size_t i = 0;

		while (firewall_words[i] &&
		       strcmp(firewall_words[i], inv->args.v[1]) != 0)
			i++;
		if (!firewall_words[i])
			return usage_error(err,
					   "'%s' is not list, add, del, reset or forward",
					   inv->args.v[1]);
		o->action = (enum firewall_action)i;
	}
	r = verify_options(inv, o, err);
	if (r < 0)
		return r;
	inv->needs_root = o->action != F_LIST || o->reload;
	o->req.number = -1;
	o->req.act = o->action == F_RESET ? RULE_RESET : RULE_PUSH;
	if (o->action == F_ADD || o->action == F_DEL)
		return verify_rule(inv, o, err);
	inv->needs_root = o->action == F_RESET || o->reload;
	return o->action == F_FORWARD ? verify_forward(inv, o, err) : 0;
}

static int firewall_run(struct inv *inv, struct qvm_err *err)
{
	struct firewall *o = inv->opts;
	int r = 0;

	o->req.vm = inv->vm->name;
	if (inv->dry_run)
		return firewall_show_nft(inv, err);
	if (o->action == F_LIST || (o->req.forward && !inv->needs_root)) {
		if (o->reload)
			r = op_rule(inv->ctx, &o->req, err);
		if (r == 0 && o->req.forward)
			firewall_list_forwards(inv);
		else if (r == 0)
			r = firewall_list_rules(inv, err);
		return r;
	}
	r = op_rule(inv->ctx, &o->req, err);
	return plan_done_one(inv, inv->vm->name, firewall_words[o->action],
			     o->text ? o->text : "", r);
}

static void firewall_dispose(void *opts)
{
	struct firewall *o = opts;

	free(o->text);
}

const struct cmd cmd_firewall = {
	.name = "qvm-firewall",
	.summary = "show and change what a domain may reach, and what reaches it",
	.args = "VMNAME [ACTION [RULE]]",
	.actions = firewall_words,
	.opts = firewall_opts,
	.examples = firewall_examples,
	.flags = CMD_JSON | CMD_DRY_RUN | CMD_VM,
	.exits = EXIT(NO_VM) | EXIT(NOT_FOUND) | EXIT(EXISTS) | EXIT(VALUE) | EXIT(BUSY) |
		 EXIT(PERMISSION) | EXIT(DATABASE) | EXIT(HYPERVISOR) | EXIT(UNSUPPORTED),
	.min_args = 1,
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct firewall),
	.option = firewall_option,
	.verify = firewall_verify,
	.run = firewall_run,
	.dispose = firewall_dispose,
};
