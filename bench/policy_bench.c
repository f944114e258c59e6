/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time of one policy decision, by the number of lines and what they are like.
 *
 *	cc -O2 -D_GNU_SOURCE -I. -o policy_bench bench/policy_bench.c qrexec/policy*.c
 *		core/[a-z]*.c lib/[a-z]*.c -lsqlite3
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/alloc.h"
#include "qrexec/policy.h"
#include "qrexec/policy_load.h"

#define DOMAINS 50
#define RUNS 20000

static struct policy_domain domains[DOMAINS];
static const struct policy_system system_info = {domains, DOMAINS};

static void domains_make(void)
{
	static const char *const tags[] = {"created-by-dom0", "work"};

	for (int i = 0; i < DOMAINS; i++)
		domains[i] = (struct policy_domain){
			.name = xasprintf("vm%02d", i),
			.type = "AppVM",
			.tags = tags,
			.tag_count = 2,
			.default_dispvm = "vm00",
			.template_for_dispvms = i == 0,
			.uuid = {.b = {[0] = 1, [15] = (uint8_t)i}},
		};
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static struct policy *parse(const struct buf *text)
{
	struct policy *p = policy_new();

	policy_parse_text(p, NULL,
			  &(struct policy_text){
				  .name = "bench",
				  .base = "/",
				  .text = buf_str(text),
				  .len = text->len,
			  });
	policy_finish(p);
	return p;
}

static void measure(const char *what, const struct buf *text, const char *target)
{
	double begun = now();
	cleanup_policy struct policy *p = parse(text);
	double parsed = now() - begun;
	cleanup_decision struct policy_decision d = POLICY_DECISION_INIT;
	const struct policy_request req = {"qubes.Last", "arg", "vm10", target};

	begun = now();
	for (int i = 0; i < RUNS; i++)
		policy_decide(p, &system_info, &req, &d);
	printf("{\"figure\": \"policy-decision\", \"case\": \"%s\", \"lines\": %zu, "
	       "\"decision\": \"%s\", \"ns\": %.0f, \"parse_us\": %.0f}\n",
	       what, policy_rule_count(p), policy_action_names[d.action],
	       (now() - begun) / RUNS, parsed / 1e3);
}

/* LINE has one %d; the line that decides comes last. */
static void run(const char *what, int lines, const char *line, const char *last,
		const char *target)
{
	cleanup_buf struct buf text = BUF_INIT;

	for (int i = 0; i < lines - 1; i++) {
		cleanup_free char *number = xasprintf("%d", i);
		const char *at = strchr(line, '#');

		buf_add_mem(&text, line, (size_t)(at - line));
		buf_addf(&text, "%s%s\n", number, at + 1);
	}
	buf_addf(&text, "%s\n", last);
	measure(what, &text, target);
}

static void run_cache(const char *root)
{
	cleanup_policy_cache struct policy_cache *c = policy_cache_new(root);
	double begun;

	(void)policy_cache_get(c, NULL);
	begun = now();
	for (int i = 0; i < RUNS; i++)
		(void)policy_cache_get(c, NULL);
	printf("{\"figure\": \"policy-freshness\", \"root\": \"%s\", \"ns\": %.0f}\n",
	       root, (now() - begun) / RUNS);
}

int main(int argc, char **argv)
{
	const char *allow = "qubes.Last * vm10 vm20 allow";

	domains_make();
	run("other services", 1000, "qubes.Other# * vm10 vm20 deny", allow, "vm20");
	run("one service, other sources", 1000, "qubes.Last * vm# vm20 deny",
	    "qubes.Last +arg vm10 @anyvm allow target=vm20", "vm21");
	run("one service, other targets", 1000, "qubes.Last * vm10 x# deny", allow,
	    "vm20");
	run("any service, tags", 1000, "* * @tag:nosuch# @anyvm deny", allow, "vm20");
	run("ask for any of 50", 1000, "qubes.Other# * vm10 vm20 deny",
	    "qubes.Last * vm10 @anyvm ask", "@default");
	run("ask, all lines for it", 1000, "qubes.Last * vm10 x# ask",
	    "qubes.Last * vm10 @anyvm ask", "@default");
	run("ten thousand lines", 10000, "qubes.Other# * vm10 vm20 deny", allow, "vm20");
	if (argc > 1)
		run_cache(argv[1]);
	return 0;
}
