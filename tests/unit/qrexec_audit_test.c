/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/audit.h"

#include "tests/unit/test.h"

static void check(const struct audit *a, const char *want)
{
	cleanup_buf struct buf line = BUF_INIT;

	audit_format(a, &line);
	assert_string_equal(buf_str(&line), want);
}

static void test_lines(void **state)
{
	(void)state;
	check(&(struct audit){.source = "work",
			      .service = "q.S+a",
			      .requested = "@default",
			      .allow = true,
			      .asked = true,
			      .target = "@dispvm:dvm",
			      .user = "user",
			      .rule = "/etc/qubes/policy.d/30-user.policy:4",
			      .reason = "the user allowed it"},
	      "source=work service=q.S+a requested=@default decision=ask-allow "
	      "target=@dispvm:dvm user=user rule=/etc/qubes/policy.d/30-user.policy:4 "
	      "reason=\"the user allowed it\"");
	check(&(struct audit){.source = "work", .allow = true, .user = ""},
	      "source=work service=- requested=- decision=allow target=- user=- rule=- "
	      "reason=\"\"");
	check(&(struct audit){.asked = true},
	      "source=- service=- requested=- decision=ask-deny target=- user=- rule=- "
	      "reason=\"\"");
}

/* Nobody adds a key, a line or an escape of his own. */
static void test_hostile(void **state)
{
	(void)state;
	check(&(struct audit){.source = "w\nsource=dom0",
			      .service = "a b=\"c\"\x1b[2J\xc3\xa4%s",
			      .reason = "\"\n=x"},
	      "source=w_source_dom0 service=a_b__c___2J___s requested=- decision=deny "
	      "target=- user=- rule=- reason=\"__=x\"");
}

static void test_long(void **state)
{
	char text[AUDIT_TEXT_MAX + 2];
	char want[AUDIT_TEXT_MAX + 200];

	(void)state;
	for (size_t len = AUDIT_TEXT_MAX; len <= AUDIT_TEXT_MAX + 1; len++) {
		memset(text, 'a', len);
		text[len] = '\0';
		snprintf(want, sizeof(want),
			 "source=- service=%.*s%s requested=- decision=deny target=- "
			 "user=- rule=- reason=\"\"",
			 AUDIT_TEXT_MAX, text, len > AUDIT_TEXT_MAX ? "[...]" : "");
		check(&(struct audit){.service = text}, want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
