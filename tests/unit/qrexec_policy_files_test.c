/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders, includes and the old form, on files in memory. */
#include "tests/unit/test.h"

#include "tests/unit/qrexec_policy_test.h"

struct tree_case {
	struct mem_file files[8];
	const char *expected; /* rules, then findings */
};

static const struct tree_case trees[] = {
	/* by name, byte by byte; the first folder hides files of the second */
	{{{"/run/50-x.policy", "a * * * deny"},
	  {"/run/20-x.policy", "b * * * deny"},
	  {"/etc/30-x.policy", "c * * * deny"},
	  {"/etc/50-x.policy", "d * * * deny"}},
	 "/run/20-x.policy:1: b * * * deny\n"
	 "/etc/30-x.policy:1: c * * * deny\n"
	 "/run/50-x.policy:1: a * * * deny\n"},
	{{{"/etc/3.policy", "c * * * deny"},
	  {"/etc/30.policy", "d * * * deny"},
	  {"/etc/3-a.policy", "b * * * deny"},
	  {"/etc/1_.policy", "a * * * deny"}},
	 "/etc/1_.policy:1: a * * * deny\n"
	 "/etc/3-a.policy:1: b * * * deny\n"
	 "/etc/3.policy:1: c * * * deny\n"
	 "/etc/30.policy:1: d * * * deny\n"},
	/* what is no policy is left alone */
	{{{"/etc/.hidden.policy", "wrong"},
	  {"/etc/README", "wrong"},
	  {"/etc/30-user.policy~", "wrong"},
	  {"/etc/.policy", "wrong"},
	  {"/etc/Big.rpmnew", "wrong"},
	  {"/etc/sub/40.policy", "wrong"},
	  {"/etc/30.policy", "q * * * deny"}},
	 "/etc/30.policy:1: q * * * deny\n"},
	/* a name that is none breaks it all */
	{{{"/etc/30-User.policy", "q * * * deny"}, {"/etc/40.policy", "q * * * deny"}},
	 "/etc/30-User.policy:0: error: a file's name has only lower-case letters\n"},
	{{{"/etc/a b.policy", "q * * * deny"}},
	 "/etc/a b.policy:0: error: a file's name has only a-z, 0-9, '_', '.' and "
	 "'-'\n"},
	{{{"/etc/30.policy", NULL}},
	 "/etc/30.policy:0: error: cannot be read: Permission denied\n"},
	{{{NULL, NULL}}, ""},
	/* includes stand where they are written, relative to the folder of the file */
	{{{"/etc/30.policy", "a * * * deny\n!include include/x\nc * * * deny"},
	  {"/etc/include/x", "b * * * deny\n!include include/y"},
	  {"/etc/include/y", "y * * * deny"}},
	 "/etc/30.policy:1: a * * * deny\n"
	 "/etc/include/x:1: b * * * deny\n"
	 "/etc/include/y:1: y * * * deny\n"
	 "/etc/30.policy:3: c * * * deny\n"},
	{{{"/run/30.policy", "!include x"}, {"/run/x", "a * * * deny"}, {"/etc/x", "w"}},
	 "/run/x:1: a * * * deny\n"},
	{{{"/etc/30.policy", "!include /abs/x"}, {"/abs/x", "a * * * deny"}},
	 "/abs/x:1: a * * * deny\n"},
	{{{"/etc/30.policy", "\n!include gone\nq * * * deny"}},
	 "/etc/30.policy:3: q * * * deny\n"
	 "/etc/30.policy:2: error: cannot include '/etc/gone': No such file or "
	 "directory\n"},
	{{{"/etc/30.policy", "!include x"}, {"/etc/x", "q * * *\n"}},
	 "/etc/x:1: error: a rule has at least five columns: 'q * * *'\n"},
	{{{"/etc/30.policy", "!include-dir more"},
	  {"/etc/more/2.policy", "b * * * deny"},
	  {"/etc/more/1.policy", "a * * * deny"},
	  {"/etc/more/x", "wrong"}},
	 "/etc/more/1.policy:1: a * * * deny\n"
	 "/etc/more/2.policy:1: b * * * deny\n"},
	{{{"/etc/30.policy", "!include-dir more"}, {"/etc/more/X.policy", "wrong"}},
	 "/etc/more/X.policy:0: error: a file's name has only lower-case letters\n"},
	{{{"/etc/30.policy", "!include-dir more"}, {"/etc/more/x", "wrong"}},
	 "/etc/30.policy:1: warning: no policy is in the folder '/etc/more'\n"},
	{{{"/etc/30.policy", "!include-dir gone"}},
	 "/etc/30.policy:1: error: cannot include '/etc/gone': No such file or "
	 "directory\n"},
	/* the old form */
	{{{"/etc/30.policy", "!include-service q +a include/x"},
	  {"/etc/include/x", "$anyvm $anyvm ask,default_target=vault\n"
			     "$include:include/y\nwork dom0 allow"},
	  {"/etc/include/y", "work vault allow, user=root"}},
	 "/etc/include/x:1: q +a @anyvm @anyvm ask default_target=vault\n"
	 "/etc/include/y:1: q +a work vault allow user=root\n"
	 "/etc/include/x:3: q +a work @adminvm allow\n"},
	{{{"/etc/30.policy", "!include-service * * x"}, {"/etc/x", "work vault allow"}},
	 "/etc/x:1: * * work vault allow\n"},
	/* all of the old folder: by service, arguments first, which close their service */
	{{{"/etc/35-compat.policy", "!compat-4.0"},
	  {"/old/q", "work vault ask"},
	  {"/old/q+b", "work vault deny"},
	  {"/old/q+a", "$include:inc"},
	  {"/old/p", "work vault allow"},
	  {"/old/not;this", "wrong"},
	  {"/old/.nor-this", "wrong"},
	  {"/old/inc", "work alone allow"}},
	 "/old/inc:1: inc * work alone allow\n"
	 "/old/p:1: p * work vault allow\n"
	 "/old/inc:1: q +a work alone allow\n"
	 "/old/q+a:0: q +a @anyvm @anyvm deny\n"
	 "/old/q+a:0: q +a @anyvm @adminvm deny\n"
	 "/old/q+b:1: q +b work vault deny\n"
	 "/old/q+b:0: q +b @anyvm @anyvm deny\n"
	 "/old/q+b:0: q +b @anyvm @adminvm deny\n"
	 "/old/q:1: q * work vault ask\n"},
	{{{"/etc/35-compat.policy", "!compat-4.0"}},
	 "/etc/35-compat.policy:1: warning: there is no folder '/old'\n"},
};

static void parse(const struct mem_file *list, struct policy **ret)
{
	static const char *const dirs[] = {"/run", "/etc"};
	const struct policy_files files = mem_files(list);

	*ret = policy_new();
	policy_parse_dirs(*ret, &files, dirs, array_len(dirs));
	policy_finish(*ret);
}

static void test_trees(void **state unused)
{
	for (size_t i = 0; i < array_len(trees); i++) {
		cleanup_policy struct policy *p = NULL;
		cleanup_buf struct buf got = BUF_INIT;

		parse(trees[i].files, &p);
		policy_dump(p, &got);
		notes_format(p, &got);
		assert_string_equal(buf_str(&got), trees[i].expected);
	}
}

static void check_loop(const struct mem_file *list)
{
	cleanup_policy struct policy *p = NULL;

	parse(list, &p);
	assert_true(policy_is_broken(p));
}

static void test_loops_end(void **state unused)
{
	check_loop(
		(const struct mem_file[]){{"/etc/3.policy", "!include 3.policy"}, {0}});
	check_loop((const struct mem_file[]){{"/etc/3.policy", "!include a"},
					     {"/etc/a", "!include b"},
					     {"/etc/b", "!include a"},
					     {0}});
	check_loop((const struct mem_file[]){{"/etc/3.policy", "!include-service q * a"},
					     {"/etc/a", "!include a"},
					     {0}});
	check_loop((const struct mem_file[]){{"/etc/3.policy", "!include-dir ."}, {0}});
	check_loop(
		(const struct mem_file[]){{"/etc/3.policy", "!include-dir /etc"}, {0}});
	/* twice as many at each level */
	check_loop((const struct mem_file[]){
		{"/etc/3.policy", "!include 3.policy\n!include 3.policy"}, {0}});
}

static void test_depth(void **state unused)
{
	struct mem_file list[POLICY_DEPTH_MAX + 3] = {{"/etc/0.policy", "!include 1"}};
	cleanup_strv struct strv texts = STRV_INIT;
	cleanup_policy struct policy *p = NULL;
	cleanup_policy struct policy *q = NULL;

	for (int i = 1; i <= POLICY_DEPTH_MAX + 1; i++) {
		strv_addf(&texts, "/etc/%d", i);
		list[i].path = texts.v[texts.n - 1];
		strv_addf(&texts, i <= POLICY_DEPTH_MAX ? "!include %d" : "#%d", i + 1);
		list[i].text = texts.v[texts.n - 1];
	}
	parse(list, &p);
	assert_true(policy_is_broken(p));
	list[POLICY_DEPTH_MAX].text = "q * * * deny";
	parse(list, &q);
	assert_false(policy_is_broken(q));
	assert_int_equal(policy_rule_count(q), 1);
}

static void test_text_is_bounded(void **state unused)
{
	cleanup_free char *big = xcalloc(1, POLICY_FILE_MAX);
	cleanup_buf struct buf top = BUF_INIT;
	struct mem_file list[] = {{"/etc/0.policy", NULL}, {"/etc/big", big}, {0}};
	cleanup_policy struct policy *p = NULL;

	memset(big, '#', POLICY_FILE_MAX - 1);
	for (unsigned i = 0; i < POLICY_TEXT_MAX / POLICY_FILE_MAX; i++)
		buf_add(&top, "!include big\n");
	list[0].text = buf_str(&top);
	parse(list, &p);
	assert_true(policy_is_broken(p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trees),
		cmocka_unit_test(test_loops_end),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_text_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
