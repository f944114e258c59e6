/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feeds the policy parser and decides calls by what came out. Input: a byte that chooses
 * the form, then the text. Each file of a policy reads as the whole text, so that includes
 * go anywhere.
 * run.sh builds and runs it.
 */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "qrexec/policy.c"
#include "qrexec/policy_ask.c"
#include "qrexec/policy_decide.c"
#include "qrexec/policy_lex.c"
#include "qrexec/policy_lint.c"
#include "qrexec/policy_match.c"
#include "qrexec/policy_parse.c"
#include "qrexec/policy_rule.c"

#define INPUT_MAX 65536

/* A failure must be seen in every build. */
#define check(x)                                                                         \
	do {                                                                             \
		if (!(x))                                                                \
			__builtin_trap();                                                \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const tags[] = {"one", "two"};

static const struct policy_domain domains[] = {
	{"dom0", "AdminVM", tags, 1, "dvm", false, true, {{0}}},
	{"dvm", "AppVM", tags, 2, "dvm", true, false, {{1}}},
	{"vault", "AppVM", NULL, 0, NULL, false, false, {{2}}},
	{"work", "AppVM", tags, 1, "dvm", false, true, {{3}}},
};

static const struct policy_system fuzz_system = {domains, array_len(domains)};

struct input {
	const char *text;
	size_t len;
};

static int input_read(void *arg, const char *path, struct buf *ret)
{
	const struct input *in = arg;

	if (strchr(path, '-'))
		return -ENOENT;
	buf_add_mem(ret, in->text, in->len);
	return 0;
}

static int input_list(void *arg, const char *path, struct strv *ret)
{
	const struct input *in = arg;
	cleanup_free char *words = xstrndup(in->text, in->len < 64 ? in->len : 64);

	if (strchr(path, '-'))
		return -ENOENT;
	strv_split(ret, words, " \n/");
	return 0;
}

static void decide_all(const struct policy *p, const char *text)
{
	static const char *const sources[] = {"work", "vault", "dom0", "ghost"};
	static const char *const targets[] = {
		"vault", "dom0", "@default", "@dispvm", "@dispvm:dvm", "ghost", ""};

	for (size_t s = 0; s < array_len(sources); s++)
		for (size_t t = 0; t <= array_len(targets); t++) {
			cleanup_decision struct policy_decision d = POLICY_DECISION_INIT;
			cleanup_buf struct buf answer = BUF_INIT;
			const struct policy_request req = {
				.service = s ? "q" : "qubes.Service",
				.arg = t & 1 ? "a" : NULL,
				.source = sources[s],
				.target = t < array_len(targets) ? targets[t] : text,
			};

			policy_decide(p, &fuzz_system, &req, &d);
			policy_decision_format(&d, &answer);
			check((d.action == POLICY_ALLOW) == (d.target != NULL));
			check((d.action == POLICY_ASK) == (d.targets.n != 0));
			check(d.action == POLICY_DENY || s != 3);
			check(d.action == POLICY_DENY || s == 2 || !policy_is_broken(p));
			check(!d.target || strcmp(d.target, req.source) != 0 || s == 2);
		}
}

/* What is printed of rules reads as the same rules. */
static void read_back(const struct policy *p)
{
	cleanup_buf struct buf text = BUF_INIT;
	cleanup_policy struct policy *q = policy_new();

	for (size_t i = 0; i < p->rule_count; i++) {
		rule_format(&p->rules[i], &text);
		buf_add_ch(&text, '\n');
	}
	policy_parse_text(q, NULL,
			  &(struct policy_text){
				  .name = "again",
				  .base = "/",
				  .text = buf_str(&text),
				  .len = text.len,
			  });
	check(q->rule_count == p->rule_count && !policy_is_broken(q));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_policy struct policy *p = policy_new();
	struct input in;
	cleanup_free char *target = NULL;
	const struct policy_files files = {&in, input_read, input_list, "/old"};
	static const char *const dirs[] = {"/run", "/etc"};

	if (!size || size > INPUT_MAX)
		return 0;
	in = (struct input){(const char *)data + 1, size - 1};
	target = xstrndup(in.text, in.len);
	if (data[0] & 1)
		policy_parse_dirs(p, &files, dirs, array_len(dirs));
	else
		policy_parse_text(p, data[0] & 2 ? &files : NULL,
				  &(struct policy_text){
					  .name = "fuzz",
					  .base = "/p",
					  .text = in.text,
					  .len = in.len,
					  .legacy = data[0] & 4,
				  });
	policy_finish(p);
	if (p->rule_count < 100)
		policy_lint(p);
	decide_all(p, target);
	if (p->rule_count < 1000)
		read_back(p);
	return 0;
}
