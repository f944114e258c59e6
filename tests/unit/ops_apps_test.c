/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/apps.h"

#include "tests/unit/test.h"

static int parse(const char *text, struct app_list *ret)
{
	struct qvm_err err = QVM_ERR_INIT;

	return apps_parse(text, strlen(text), ret, &err);
}

static void reads_a_list(void **state)
{
	static const char text[] =
		"/usr/share/applications/xterm.desktop:Type=Application\n"
		"/usr/share/applications/xterm.desktop:Name=XTerm\n"
		"/usr/share/applications/xterm.desktop:Exec=env A=b xterm\n"
		"/usr/share/applications/kde/kate.desktop:Categories=Qt;KDE;\n"
		"/usr/share/applications/kde/kate.desktop:NoDisplay=true\n"
		"/usr/share/applications/link.desktop:Type=Link\n"
		"a.desktop:Name=no end of line";
	cleanup_apps struct app_list l = {0};

	(void)state;
	assert_int_equal(parse(text, &l), 0);
	assert_int_equal(l.n, 4);
	assert_string_equal(l.v[0].id, "a");
	assert_string_equal(l.v[0].name, "no end of line");
	assert_string_equal(l.v[1].id, "kde-kate");
	assert_string_equal(l.v[1].name, "kde-kate");
	assert_string_equal(l.v[1].categories, "Qt;KDE;");
	assert_true(l.v[1].hidden);
	assert_true(l.v[2].hidden);
	assert_string_equal(l.v[3].name, "XTerm");
	assert_false(l.v[3].hidden);
}

/* A name that could be taken for an option, leads elsewhere, or plays with the terminal. */
static void leaves_bad_ones_out(void **state)
{
	static const char *const lines[] = {
		"/usr/share/applications/-rf.desktop:Name=x",
		"/usr/share/applications/../../x.desktop:Name=x",
		"/usr/share/applications/a b.desktop:Name=x",
		"/usr/share/applications/a\033[2J.desktop:Name=x",
		"/usr/share/applications/.desktop:Name=x",
		"/usr/share/applications/a.txt:Name=x",
		"/usr/share/applications/a.desktop",
		"=",
		":",
		":=",
		"",
		"\n\n",
		"a.desktop=b:c",
	};

	(void)state;
	for (size_t i = 0; i < array_len(lines); i++) {
		cleanup_apps struct app_list l = {0};

		assert_int_equal(parse(lines[i], &l), 0);
		assert_int_equal(l.n, 0);
	}
}

static void makes_texts_harmless(void **state)
{
	cleanup_apps struct app_list l = {0};
	cleanup_buf struct buf text = BUF_INIT;

	(void)state;
	buf_add(&text, "/applications/a.desktop:Name=\033[2Jevil\t\n"
		       "/applications/b.desktop:Name=\xff\xfe\n"
		       "/applications/c.desktop:Name=");
	for (int i = 0; i < 5000; i++)
		buf_add_ch(&text, 'x');
	assert_int_equal(parse(buf_str(&text), &l), 0);
	assert_int_equal(l.n, 3);
	assert_string_equal(l.v[0].name, "_[2Jevil_");
	assert_string_equal(l.v[1].name, "b");
	assert_string_equal(l.v[2].name, "c");
}

static void bounds_their_number(void **state)
{
	cleanup_apps struct app_list l = {0};
	cleanup_buf struct buf text = BUF_INIT;

	(void)state;
	for (int i = 0; i < 5000; i++)
		buf_addf(&text, "/applications/a%d.desktop:Name=x\n", i);
	assert_int_equal(parse(buf_str(&text), &l), -QVM_E_VALUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_list),
		cmocka_unit_test(leaves_bad_ones_out),
		cmocka_unit_test(makes_texts_harmless),
		cmocka_unit_test(bounds_their_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
