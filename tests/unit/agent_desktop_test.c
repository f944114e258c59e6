/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/desktop.h"

#include <errno.h>

#include "tests/unit/test.h"

static const char entry[] = "# a remark\n"
			    "[Desktop Entry]\n"
			    "Name[de]=Dateien\n"
			    "Name = Files\n"
			    "Exec=nautilus --new-window %U\r\n"
			    "Empty=\n"
			    "[Desktop Action new]\n"
			    "Exec=other\n"
			    "Only=here\n";

static void finds_values(void **state)
{
	static const struct {
		const char *key, *value;
	} rows[] = {{"Name", "Files"},
		    {"Exec", "nautilus --new-window %U"},
		    {"Empty", ""},
		    {"Only", NULL},
		    {"Nam", NULL}};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		cleanup_free char *value = desktop_value(entry, rows[i].key);

		if (rows[i].value)
			assert_string_equal(value, rows[i].value);
		else
			assert_null(value);
	}
}

static void splits_commands(void **state)
{
	static const struct {
		const char *exec, *words; /* joined by '|'; NULL: refused */
	} rows[] = {
		{"xterm", "xterm"},
		{"  env  A=1 xterm  ", "env|A=1|xterm"},
		{"prog %f %U --name %c --file=%k 100%%",
		 "prog|--name|The Name|--file=/e.desktop|100%"},
		{"\"/opt/a b/run\" \"\"", "/opt/a b/run|"},
		{"sh -c \"echo \\\\\"x\\\\\" \\\\$HOME\"", "sh|-c|echo \"x\" $HOME"},
		{"a\\sb", "a|b"},
		{"prog \"%f\"", "prog|%f"},
		{"", NULL},
		{"%f", NULL},
		{"prog %", NULL},
		{"prog %z", NULL},
		{"prog \"open", NULL},
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		cleanup_strv struct strv words = STRV_INIT;
		cleanup_buf struct buf text = BUF_INIT;
		int r = desktop_exec(rows[i].exec, "The Name", "/e.desktop", &words);

		if (!rows[i].words) {
			assert_int_equal(r, -EINVAL);
			continue;
		}
		if (r < 0)
			fail_msg("refused: %s", rows[i].exec);
		for (size_t k = 0; k < words.n; k++)
			buf_addf(&text, "%s%s", k ? "|" : "", words.v[k]);
		assert_string_equal(buf_str(&text), rows[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_values),
		cmocka_unit_test(splits_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
