/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decisions: a policy, a call, and what comes of it. */
#include "tests/unit/test.h"

#include "tests/unit/qrexec_policy_test.h"

/*
 * A decision as one line: "LINE allow TARGET [user=] [notify] [no-autostart]", "LINE ask
 * TARGET,... [default=]", "LINE deny: REASON".
 */
static void decision_format(const struct policy_decision *d, struct buf *ret)
{
	buf_addf(ret, "%u %s", d->line, policy_action_names[d->action]);
	if (d->action == POLICY_DENY) {
		buf_addf(ret, ": %s%s", d->reason, d->notify ? "" : " (silent)");
		return;
	}
	if (d->target)
		buf_addf(ret, " %s", d->target);
	for (size_t i = 0; i < d->targets.n; i++)
		buf_addf(ret, "%c%s", i ? ',' : ' ', d->targets.v[i]);
	if (d->default_target)
		buf_addf(ret, " default=%s", d->default_target);
	if (d->user)
		buf_addf(ret, " user=%s", d->user);
	buf_add(ret, d->notify ? " notify" : "");
	buf_add(ret, d->autostart ? "" : " no-autostart");
}

struct decide_case {
	const char *policy;
	const char *source, *target;
	const char *expected;
	const char *service, *arg; /* NULL: "q", none */
};

static void check_case(const struct decide_case *t)
{
	cleanup_policy struct policy *p = policy_of(t->policy);
	cleanup_decision struct policy_decision d = POLICY_DECISION_INIT;
	cleanup_buf struct buf got = BUF_INIT;
	const struct policy_request req = {
		.service = t->service ? t->service : "q",
		.arg = t->arg,
		.source = t->source,
		.target = t->target,
	};

	policy_decide(p, &test_system, &req, &d);
	decision_format(&d, &got);
	if (strcmp(buf_str(&got), t->expected) != 0)
		print_error("%s -> %s by\n%s\n", t->source, t->target, t->policy);
	assert_string_equal(buf_str(&got), t->expected);
}

static void check_cases(const struct decide_case *t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_case(&t[i]);
}

#define NO_LINE "0 deny: no line is for that call"
#define DENIED "deny: the line denies it"
#define NOBODY "deny: neither the caller nor the policy names a target"
#define NO_TEMPLATE "0 deny: the target asked for is no template of disposables"
#define NO_CHOICE "deny: the line asks, but there is no target to choose"
#define GONE "deny: the line sends the call to a domain that does not exist"

static const struct decide_case order_cases[] = {
	{"", "work", "vault", NO_LINE},
	{"q * work vault allow", "work", "vault", "1 allow vault"},
	{"q * work vault allow", "vault", "work", NO_LINE},
	{"q * work vault allow", "work", "vault", NO_LINE, "r"},
	{"q * work vault allow", "work", "vault", NO_LINE, "qq"},
	/* the first line that fits */
	{"q * work vault deny\nq * work vault allow", "work", "vault", "1 " DENIED},
	{"q * work vault allow\nq * work vault deny", "work", "vault", "1 allow vault"},
	{"q * work alone deny\nq * * * allow", "work", "vault", "2 allow vault"},
	/* those for any service stand between the others */
	{"* * work vault deny\nq * work vault allow", "work", "vault", "1 " DENIED},
	{"q * work vault allow\n* * work vault deny", "work", "vault", "1 allow vault"},
	{"r * work vault allow\n* * work vault deny\nq * work vault allow", "work",
	 "vault", "2 " DENIED},
	{"* * work vault allow", "work", "vault", "1 allow vault", "never.heard.of"},
	/* arguments */
	{"q + work vault allow", "work", "vault", "1 allow vault"},
	{"q + work vault allow", "work", "vault", "1 allow vault", "q", ""},
	{"q + work vault allow", "work", "vault", NO_LINE, "q", "a"},
	{"q +a work vault allow", "work", "vault", "1 allow vault", "q", "a"},
	{"q +a work vault allow", "work", "vault", NO_LINE, "q", "ab"},
	{"q +a work vault allow", "work", "vault", NO_LINE, "q", "A"},
	{"q +a+b work vault allow", "work", "vault", "1 allow vault", "q", "a+b"},
	{"q * work vault allow", "work", "vault", "1 allow vault", "q", "a"},
	{"q * work vault allow", "work", "vault", "1 allow vault"},
};

static void test_order(void **state unused)
{
	check_cases(order_cases, array_len(order_cases));
}

static const struct decide_case source_cases[] = {
	{"q * * vault allow", "work", "vault", "1 allow vault"},
	{"q * @anyvm vault allow", "work", "vault", "1 allow vault"},
	{"q * @type:AppVM vault allow", "work", "vault", "1 allow vault"},
	{"q * @type:appvm vault allow", "work", "vault", NO_LINE},
	{"q * @type:AppVM vault allow", "alone", "vault", NO_LINE},
	{"q * @tag:one vault allow", "work", "vault", "1 allow vault"},
	{"q * @tag:on vault allow", "work", "vault", NO_LINE},
	{"q * @tag:one vault allow", "sys-net", "vault", NO_LINE},
	{"q * uuid:ab000000-0000-0000-0000-00000000000b vault allow", "work", "vault",
	 "1 allow vault"},
	{"q * uuid:ab000000-0000-0000-0000-00000000000c vault allow", "work", "vault",
	 NO_LINE},
	{"q * work vault allow", "uuid:ab000000-0000-0000-0000-00000000000b", "vault",
	 "1 allow vault"},
	/* a disposable goes by its own name */
	{"q * @dispvm:dvm vault allow", "disp7", "vault", NO_LINE},
	{"q * @dispvm:@tag:disp vault allow", "disp7", "vault", NO_LINE},
	{"q * @type:DispVM vault allow", "disp7", "vault", "1 allow vault"},
	{"q * @adminvm vault deny", "work", "vault", NO_LINE},
	/* dom0 may always */
	{"* * * * deny", "dom0", "vault", "0 allow vault"},
	{"* * * * deny", "@adminvm", "vault", "0 allow vault"},
	{"* * * * deny", "dom0", "@dispvm", "0 allow @dispvm:dvm"},
	{"* * * * deny", "dom0", "@default", "0 " NOBODY},
	{"wrong", "dom0", "vault", "0 allow vault"},
	/* nobody else without a record */
	{"* * * * allow", "ghost", "vault", "0 deny: the caller is not known"},
	{"* * * * allow", "", "vault", "0 deny: the caller is not known"},
	{"* * * * allow", "@anyvm", "vault", "0 deny: the caller is not known"},
	{"* * * * allow", "@dispvm", "vault", "0 deny: the caller is not known"},
};

static void test_sources(void **state unused)
{
	check_cases(source_cases, array_len(source_cases));
}

static const struct decide_case target_cases[] = {
	{"q * work * allow", "work", "vault", "1 allow vault"},
	{"q * work * allow", "work", "dom0", "1 allow dom0"},
	{"q * work * allow", "work", "@dispvm", "1 allow @dispvm:dvm"},
	{"q * work * allow", "work", "@dispvm:dvm-two", "1 allow @dispvm:dvm-two"},
	{"q * work * allow", "work", "@default", "1 " NOBODY},
	{"q * work @anyvm allow", "work", "vault", "1 allow vault"},
	{"q * work @anyvm allow", "work", "@dispvm", "1 allow @dispvm:dvm"},
	{"q * work @anyvm allow", "work", "dom0", NO_LINE},
	{"q * work @anyvm allow", "work", "@adminvm", NO_LINE},
	{"q * work @adminvm allow", "work", "dom0", "1 allow dom0"},
	{"q * work dom0 allow", "work", "@adminvm", "1 allow dom0"},
	{"q * work @adminvm allow", "work", "uuid:00000000-0000-0000-0000-000000000000",
	 "1 allow dom0"},
	/* no tag and no type ever means dom0 */
	{"q * work @tag:admin allow", "work", "dom0", NO_LINE},
	{"q * work @type:AdminVM allow", "work", "dom0", NO_LINE},
	{"q * work @type:TemplateVM allow", "work", "deb", "1 allow deb"},
	{"q * work @type:TemplateVM allow", "work", "vault", NO_LINE},
	{"q * work @tag:two allow", "work", "alone", "1 allow alone"},
	{"q * work @tag:two allow", "work", "vault", NO_LINE},
	{"q * work @tag:two allow", "work", "@dispvm:dvm-two", NO_LINE},
	{"q * work vault allow", "work", "uuid:ab000000-0000-0000-0000-00000000000a",
	 "1 allow vault"},
	{"q * work uuid:ab000000-0000-0000-0000-00000000000a allow", "work", "vault",
	 "1 allow vault"},
	{"q * work work allow", "work", "work", "1 deny: a domain cannot call itself"},
	{"q * work @anyvm allow", "work", "work", "1 deny: a domain cannot call itself"},
	/* to nobody, and to who is unknown */
	{"q * work @default allow target=vault", "work", "@default", "1 allow vault"},
	{"q * work @default allow target=vault", "work", "", "1 allow vault"},
	{"q * work @default allow target=vault", "work", "ghost", "1 allow vault"},
	{"q * work ghost allow", "work", "ghost", NO_LINE},
	{"q * work @anyvm allow", "work", "ghost", "1 " NOBODY},
	{"q * work @default deny", "work", "vault", NO_LINE},
};

static void test_targets(void **state unused)
{
	check_cases(target_cases, array_len(target_cases));
}

static const struct decide_case dispvm_cases[] = {
	{"q * work @dispvm allow", "work", "@dispvm", "1 allow @dispvm:dvm"},
	{"q * work @dispvm allow", "work", "@dispvm:dvm", NO_LINE},
	{"q * work @dispvm:dvm allow", "work", "@dispvm:dvm", "1 allow @dispvm:dvm"},
	/* @dispvm is what it stands for, too */
	{"q * work @dispvm:dvm allow", "work", "@dispvm", "1 allow @dispvm:dvm"},
	{"q * work @dispvm:dvm-two allow", "work", "@dispvm", NO_LINE},
	{"q * work @dispvm:dvm deny\nq * work @anyvm allow", "work", "@dispvm",
	 "1 " DENIED},
	{"q * work @dispvm:@tag:disp allow", "work", "@dispvm", "1 allow @dispvm:dvm"},
	{"q * work @dispvm:@tag:disp allow", "work", "@dispvm:dvm",
	 "1 allow @dispvm:dvm"},
	{"q * work @dispvm:@tag:disp allow", "work", "@dispvm:dvm-two", NO_LINE},
	{"q * work @dispvm:@tag:two allow", "work", "@dispvm:dvm-two",
	 "1 allow @dispvm:dvm-two"},
	{"q * work @dispvm:uuid:ab000000-0000-0000-0000-000000000006 allow", "work",
	 "@dispvm", "1 allow @dispvm:dvm"},
	{"q * work @dispvm:dvm allow", "work",
	 "@dispvm:uuid:ab000000-0000-0000-0000-000000000006", "1 allow @dispvm:dvm"},
	{"q * work dvm allow", "work", "@dispvm:dvm", NO_LINE},
	{"q * work @dispvm:dvm allow", "work", "dvm", NO_LINE},
	{"q * work * allow", "work", "@dispvm:vault", NO_TEMPLATE},
	{"q * work * allow", "work", "@dispvm:ghost", NO_TEMPLATE},
	{"q * work * allow", "work", "@dispvm:dom0", NO_TEMPLATE},
	{"q * no-dvm @dispvm allow", "no-dvm", "@dispvm",
	 "1 deny: the caller has no default disposable template"},
	{"q * bad-dvm @dispvm allow", "bad-dvm", "@dispvm",
	 "1 deny: the caller's default disposable template is none"},
	{"q * bad-dvm @dispvm:@tag:one allow", "bad-dvm", "@dispvm", NO_LINE},
};

static void test_dispvms(void **state unused)
{
	check_cases(dispvm_cases, array_len(dispvm_cases));
}

static const struct decide_case param_cases[] = {
	{"q * work vault allow target=alone", "work", "vault", "1 allow alone"},
	{"q * work vault allow target=dom0", "work", "vault", "1 allow dom0"},
	{"q * work vault allow target=@dispvm", "work", "vault", "1 allow @dispvm:dvm"},
	{"q * work vault allow target=@dispvm:dvm-two", "work", "vault",
	 "1 allow @dispvm:dvm-two"},
	{"q * work vault allow target=uuid:ab000000-0000-0000-0000-000000000001", "work",
	 "vault", "1 allow alone"},
	/* where it is sent is not asked again */
	{"q * work alone deny\nq * work vault allow target=alone", "work", "vault",
	 "2 allow alone"},
	{"q * work vault allow target=ghost", "work", "vault", "1 " GONE},
	{"q * work vault allow target=@dispvm:vault", "work", "vault", "1 " GONE},
	{"q * work vault allow target=work", "work", "vault",
	 "1 deny: a domain cannot call itself"},
	{"q * work vault allow user=root", "work", "vault", "1 allow vault user=root"},
	{"q * work vault allow user=DEFAULT", "work", "vault", "1 allow vault"},
	{"q * work vault allow notify=yes", "work", "vault", "1 allow vault notify"},
	{"q * work vault deny notify=no", "work", "vault", "1 " DENIED " (silent)"},
	{"q * work vault allow autostart=no", "work", "vault",
	 "1 deny: the target would have to be started, which the line forbids (silent)"},
	{"q * work sys-net allow autostart=no", "work", "sys-net",
	 "1 allow sys-net no-autostart"},
	{"q * work dom0 allow autostart=no", "work", "dom0", "1 allow dom0 no-autostart"},
	{"q * work @dispvm allow autostart=no notify=yes", "work", "@dispvm",
	 "1 deny: the target would have to be started, which the line forbids"},
	{"q * work vault allow target=sys-net autostart=no", "work", "vault",
	 "1 allow sys-net no-autostart"},
};

static void test_params(void **state unused)
{
	check_cases(param_cases, array_len(param_cases));
}

#define ANYVM_BUT_WORK                                                                   \
	"@dispvm:dvm,@dispvm:dvm-two,alone,bad-dvm,deb,disp7,dvm,dvm-two,no-dvm,"        \
	"sys-net,vault"

static const struct decide_case ask_cases[] = {
	{"q * work vault ask", "work", "vault", "1 ask vault"},
	{"q * work vault ask", "work", "@default", NO_LINE},
	{"q * work @anyvm ask", "work", "@default", "1 ask " ANYVM_BUT_WORK},
	{"q * work * ask", "work", "@default",
	 "1 ask @dispvm:dvm,@dispvm:dvm-two,alone,bad-dvm,deb,disp7,dom0,dvm,dvm-two,"
	 "no-dvm,sys-net,vault"},
	/* what earlier and later lines say of each target */
	{"q * work @tag:two deny\nq * work @anyvm ask", "work", "@default",
	 "2 ask @dispvm:dvm,@dispvm:dvm-two,disp7,dvm,sys-net,vault"},
	{"q * work @default ask\nq * work vault allow\nq * work alone ask", "work",
	 "@default", "1 ask alone,vault"},
	{"q * work @default ask\nq * work vault deny\nq * work vault allow", "work",
	 "@default", "1 " NO_CHOICE},
	{"q * work @default ask\nq * work vault allow\nq * work vault deny", "work",
	 "@default", "1 ask vault"},
	{"q * work @default ask\nq * work vault allow target=sys-net", "work", "@default",
	 "1 ask sys-net"},
	{"q * work @default ask\nr * work vault allow\nq * alone deb allow\n"
	 "q +x work dvm allow",
	 "work", "@default", "1 " NO_CHOICE},
	{"q * work @default ask\n* * work vault allow", "work", "@default",
	 "1 ask vault"},
	{"q * work @default ask\nq * work @type:AdminVM allow", "work", "@default",
	 "1 " NO_CHOICE},
	/* denying a template denies the disposable that @dispvm would be */
	{"q * work @dispvm:dvm deny\nq * work @default ask\nq * work @anyvm allow",
	 "work", "@default",
	 "2 ask @dispvm:dvm-two,alone,bad-dvm,deb,disp7,dvm,dvm-two,no-dvm,sys-net,"
	 "vault"},
	{"q * work @dispvm deny\nq * work @dispvm ask", "work", "@dispvm", "1 " DENIED},
	{"q * work @default ask\nq * work @dispvm allow", "work", "@default",
	 "1 ask @dispvm:dvm"},
	{"q * no-dvm @default ask\nq * no-dvm @dispvm allow", "no-dvm", "@default",
	 "1 " NO_CHOICE},
	{"q * bad-dvm @default ask\nq * bad-dvm @dispvm allow", "bad-dvm", "@default",
	 "1 " NO_CHOICE},
	/* target= is the only choice */
	{"q * work @anyvm ask target=vault", "work", "alone", "1 ask vault"},
	{"q * work @anyvm ask target=dom0", "work", "alone", "1 ask dom0"},
	{"q * work @anyvm ask target=@dispvm", "work", "alone", "1 ask @dispvm:dvm"},
	{"q * work @anyvm ask target=ghost", "work", "alone", "1 " NO_CHOICE},
	{"q * work @anyvm ask target=work", "work", "alone", "1 " NO_CHOICE},
	{"q * work @anyvm ask target=vault autostart=no", "work", "alone",
	 "1 " NO_CHOICE},
	/* default_target= */
	{"q * work @tag:one ask default_target=disp7", "work", "disp7",
	 "1 ask disp7 default=disp7"},
	{"q * work @default ask default_target=@dispvm\nq * work @dispvm allow", "work",
	 "@default", "1 ask @dispvm:dvm default=@dispvm:dvm"},
	{"q * work * ask target=dom0 default_target=@adminvm", "work", "vault",
	 "1 ask dom0 default=dom0"},
	/* one that could not be chosen is none */
	{"q * work @tag:one ask default_target=vault", "work", "disp7", "1 ask disp7"},
	{"q * work @tag:one ask default_target=ghost", "work", "disp7", "1 ask disp7"},
	{"q * work @anyvm ask user=root notify=yes autostart=no", "work", "@default",
	 "1 ask bad-dvm,disp7,sys-net user=root notify no-autostart"},
};

static void test_asks(void **state unused)
{
	check_cases(ask_cases, array_len(ask_cases));
}

#define BAD_SERVICE "0 deny: that is no name of a service"
#define BAD_ARG "0 deny: the argument is too long or has a forbidden character"
#define BAD_TARGET "0 deny: the target asked for is neither a name nor a keyword for that"

static const struct decide_case request_cases[] = {
	{"* * * * allow", "work", "vault", BAD_SERVICE, ""},
	{"* * * * allow", "work", "vault", BAD_SERVICE, "../q"},
	{"* * * * allow", "work", "vault", BAD_SERVICE, "q+a"},
	{"* * * * allow", "work", "vault", BAD_SERVICE, "*"},
	{"* * * * allow", "work", "vault", BAD_SERVICE, "q r"},
	{"* * * * allow", "work", "vault", BAD_SERVICE, "q\n"},
	{"* * * * allow", "work", "vault", BAD_SERVICE, "\xd0\xb0"},
	{"* * * * allow", "work", "vault", BAD_ARG, "q", "$(id)"},
	{"* * * * allow", "work", "vault", BAD_ARG, "q", "a/b"},
	{"* * * * allow", "work", "vault", BAD_ARG, "q", "*"},
	{"* * * * allow", "work", "@anyvm", BAD_TARGET},
	{"* * * * allow", "work", "*", BAD_TARGET},
	{"* * * * allow", "work", "@tag:one", BAD_TARGET},
	{"* * * * allow", "work", "@type:AppVM", BAD_TARGET},
	{"* * * * allow", "work", "@dispvm:", BAD_TARGET},
	{"* * * * allow", "work", "@dispvm:@tag:disp", BAD_TARGET},
	{"* * * * allow", "work", "$default", BAD_TARGET},
	{"* * * * allow", "work", "va ult", BAD_TARGET},
	{"* * * * allow", "work", "uuid:", BAD_TARGET},
	{"* * * * allow", "work", "uuid:x", BAD_TARGET},
	/* the name of a service cannot look like the line for all */
	{"* * work vault deny\nq * work vault allow", "work", "vault", BAD_SERVICE, "*"},
	/* an error anywhere denies everything */
	{"q * work vault allow\nwrong", "work", "vault",
	 "2 deny: the policy has an error, so nothing is allowed"},
};

static void test_requests(void **state unused)
{
	check_cases(request_cases, array_len(request_cases));
}

static void test_limits(void **state unused)
{
	cleanup_free char *service = xcalloc(1, POLICY_SERVICE_MAX + 2);
	cleanup_free char *arg = xcalloc(1, POLICY_CALL_MAX + 1);
	char split[POLICY_SERVICE_MAX + 1];
	const char *rest;

	memset(service, 's', POLICY_SERVICE_MAX);
	memset(arg, 'a', POLICY_CALL_MAX - 2);
	check_case(&(struct decide_case){"* * * * allow", "work", "vault",
					 "1 allow vault", service});
	check_case(&(struct decide_case){"* * * * allow", "work", "vault",
					 "1 allow vault", "q", arg});
	assert_int_equal(policy_call_split(service, split, &rest), 0);
	assert_int_equal(policy_call_split(arg, split, &rest), -ENAMETOOLONG);
	service[POLICY_SERVICE_MAX] = 's';
	arg[POLICY_CALL_MAX - 2] = 'a';
	check_case(&(struct decide_case){"* * * * allow", "work", "vault", BAD_SERVICE,
					 service});
	check_case(&(struct decide_case){"* * * * allow", "work", "vault", BAD_ARG, "q",
					 arg});
	assert_int_equal(policy_call_split(service, split, &rest), -ENAMETOOLONG);
	assert_int_equal(policy_call_split("q+a+b", split, &rest), 0);
	assert_string_equal(split, "q");
	assert_string_equal(rest, "a+b");
	assert_int_equal(policy_call_split("q", split, &rest), 0);
	assert_null(rest);
}

static void check_answer(const char *policy, const char *target, const char *expected)
{
	cleanup_policy struct policy *p = policy_of(policy);
	cleanup_decision struct policy_decision d = POLICY_DECISION_INIT;
	cleanup_buf struct buf got = BUF_INIT;
	const struct policy_request req = {"q", NULL, "work", target};

	policy_decide(p, &test_system, &req, &d);
	policy_decision_format(&d, &got);
	assert_string_equal(buf_str(&got), expected);
}

/* As Qubes's daemon reads it. */
static void test_format(void **state unused)
{
	check_answer("q * work vault allow user=root autostart=no", "vault",
		     "result=deny\n");
	check_answer("q * work vault ask", "vault", "result=deny\n");
	check_answer("q * work @default allow target=vault user=root", "ghost",
		     "user=root\nresult=allow\ntarget=vault\nautostart=True\n"
		     "target_uuid=uuid:ab000000-0000-0000-0000-00000000000a\n"
		     "requested_target=@default\n");
	check_answer("q * work dom0 allow autostart=no", "dom0",
		     "user=DEFAULT\nresult=allow\ntarget=dom0\nautostart=False\n"
		     "requested_target=@adminvm\n");
	check_answer("q * work @dispvm allow", "@dispvm",
		     "user=DEFAULT\nresult=allow\ntarget=@dispvm:dvm\nautostart=True\n"
		     "target_uuid=@dispvm:uuid:ab000000-0000-0000-0000-000000000006\n"
		     "requested_target=@dispvm\n");
}

static void answer(const char *target, struct policy_decision *ret)
{
	cleanup_policy struct policy *p = policy_of("q * work @anyvm ask user=root");
	const struct policy_request req = {"q", NULL, "work", "vault"};

	policy_decide(p, &test_system, &req, ret);
	assert_int_equal(ret->action, POLICY_ASK);
	policy_decision_answer(ret, &test_system, target);
}

static void test_answers(void **state unused)
{
	static const char *const bad[] = {NULL, "", "work", "dom0", "ghost", "@dispvm"};
	cleanup_decision struct policy_decision d = POLICY_DECISION_INIT;

	answer("vault", &d);
	assert_int_equal(d.action, POLICY_ALLOW);
	assert_string_equal(d.target, "vault");
	assert_string_equal(d.user, "root");
	assert_null(d.dispvm);
	/* a second answer changes nothing */
	policy_decision_answer(&d, &test_system, NULL);
	assert_int_equal(d.action, POLICY_ALLOW);
	answer("@dispvm:dvm-two", &d);
	assert_int_equal(d.action, POLICY_ALLOW);
	assert_string_equal(d.dispvm, "dvm-two");
	assert_string_equal(d.target_uuid,
			    "@dispvm:uuid:ab000000-0000-0000-0000-000000000007");
	for (size_t i = 0; i < array_len(bad); i++) {
		answer(bad[i], &d);
		assert_int_equal(d.action, POLICY_DENY);
		assert_null(d.target);
	}
}

static void add_step(void *arg, const struct policy_step *step)
{
	buf_addf(arg, "%u %s | %s\n", step->line, step->text,
		 step->miss ? step->miss : "decides");
}

static void test_explain(void **state unused)
{
	cleanup_policy struct policy *p = policy_of("q +x work vault allow\n"
						    "r * work vault allow\n"
						    "q * alone vault allow\n"
						    "* * work deb allow\n"
						    "q * work vault allow user=root\n"
						    "q * work vault deny\n");
	cleanup_decision struct policy_decision d = POLICY_DECISION_INIT;
	cleanup_buf struct buf got = BUF_INIT;
	const struct policy_request req = {"q", NULL, "work", "vault"};

	policy_explain(p, &test_system, &req, add_step, &got, &d);
	assert_string_equal(buf_str(&got),
			    "1 q +x work vault allow | argument\n"
			    "3 q * alone vault allow | source\n"
			    "4 * * work deb allow | target\n"
			    "5 q * work vault allow user=root | decides\n");
	assert_string_equal(d.file, "test");
}

static void test_empty_system(void **state unused)
{
	cleanup_policy struct policy *p = policy_of("* * * * allow");
	cleanup_decision struct policy_decision d = POLICY_DECISION_INIT;
	const struct policy_system none = {0};

	policy_decide(p, &none, &(struct policy_request){"q", NULL, "work", "vault"}, &d);
	assert_int_equal(d.action, POLICY_DENY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),	 cmocka_unit_test(test_sources),
		cmocka_unit_test(test_targets),	 cmocka_unit_test(test_dispvms),
		cmocka_unit_test(test_params),	 cmocka_unit_test(test_asks),
		cmocka_unit_test(test_requests), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_format),	 cmocka_unit_test(test_answers),
		cmocka_unit_test(test_explain),	 cmocka_unit_test(test_empty_system),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
