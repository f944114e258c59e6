/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pictures of the dashboard, as text in tests/golden/tui (GOLDEN_UPDATE=1 writes them,
 * to be read before they are kept), and what lines are made of.
 */
#include "tests/unit/leak.h"

#include <errno.h>
#include <locale.h>

#include "tui/app.h"

#define GOLDEN "tests/golden/tui/"

static void golden(const char *name, const struct screen *s)
{
	cleanup_free char *path = xasprintf(GOLDEN "%s.txt", name);
	cleanup_buf struct buf got = BUF_INIT, wanted = BUF_INIT;

	screen_text(s, &got);
	if (getenv("GOLDEN_UPDATE"))
		assert_int_equal(file_replace(path, got.data, got.len, 0644, 0), 0);
	assert_int_equal(file_read(path, 1 << 20, &wanted), 0);
	assert_string_equal(buf_str(&got), buf_str(&wanted));
}

/* A sample with N domains; each third runs. */
static void fill(struct model *m, int n)
{
	cleanup_buf struct buf line = BUF_INIT;
	static const char *const labels[] = {"red", "green", "black"};

	buf_add(&line, "{\"host\":{\"memory\":17179869184,\"memory_free\":4294967296,"
		       "\"cpus\":4},\"domains\":[");
	for (int i = 0; i < n; i++) {
		buf_addf(&line,
			 "%s{\"name\":\"vm%03d\",\"class\":\"AppVM\",\"state\":\"%s\","
			 "\"label\":\"%s\",\"template\":\"%s\",\"netvm\":\"%s\"",
			 i ? "," : "", i, i % 3 ? "Halted" : "Running", labels[i % 3],
			 i ? "vm000" : "tiny", i % 2 ? "vm000" : "vm001");
		if (i % 3 == 0)
			buf_addf(&line,
				 ",\"xid\":%d,\"memory\":419430400,\"max_memory\":"
				 "4194304000,\"cpu\":%d.5,\"read_rate\":%d,"
				 "\"write_rate\":1,\"rx_rate\":%d,\"tx_rate\":0,"
				 "\"outdated\":%s",
				 i + 1, i, i * 3000, i * 1000000, i ? "false" : "true");
		buf_add(&line, "}");
	}
	buf_add(&line, "]}");
	assert_int_equal(model_stats(m, buf_str(&line)), 0);
}

static void picture(const char *name, struct view *v, struct model *m, int rows, int cols)
{
	struct screen s = {0};

	view_arrange(v, m);
	screen_size(&s, rows, cols);
	view_draw(v, m, &s);
	golden(name, &s);
	screen_dispose(&s);
}

static void test_counts(void **state unused)
{
	static const int counts[] = {0, 1, 5, 300};

	for (size_t i = 0; i < array_len(counts); i++) {
		cleanup_free char *name = xasprintf("list-%d", counts[i]);
		struct model m = {0};
		struct view v = {0};

		fill(&m, counts[i]);
		picture(name, &v, &m, 24, 80);
		view_dispose(&v);
		model_dispose(&m);
	}
}

static void test_sizes(void **state unused)
{
	struct model m = {0};
	struct view v = {.ascii = true};

	fill(&m, 30);
	fill(&m, 30); /* history */
	picture("small", &v, &m, 10, 40);
	picture("wide", &v, &m, 100, 300);
	v.order = ORDER_NETWORK; /* vm000 and vm001 are each other's: none is lost */
	picture("network", &v, &m, 40, 132);
	v.order = ORDER_TEMPLATE;
	v.ascii = false;
	picture("templates", &v, &m, 40, 132);
	v.order = ORDER_LIST;
	v.sort = 2;
	m.doms[3].marked = true;
	strcpy(v.filter, "VM00");
	v.message = "done: qvm-start vm003";
	v.question = "QUESTION  vm001 (green) calls q, asks for @default";
	v.question_label = "green";
	v.prompt = "number, name, or no: ";
	v.input = "vm0";
	picture("question", &v, &m, 24, 80);
	view_dispose(&v);
	model_dispose(&m);
}

static void test_hostile(void **state unused)
{
	static const char line[] =
		"{\"domains\":[{\"name\":\"a\\u001b[2Jb\",\"state\":\"Running\","
		"\"label\":"
		"\"no-such\",\"class\":\"\\n\\r\\t\\u0007\"},{\"name\":"
		"\"0123456789012345678"
		"901234567890123456789\",\"state\":\"Halted\",\"template\":\"\xe6\xbc\xa2"
		"\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2"
		"\xe5\xad\x97\xe6\xbc\xa2\"},{\"state\":null},{\"name\":\"\xff\xfe\"}]}";
	struct model m = {0};
	struct view v = {0};

	assert_int_equal(model_stats(&m, line), 0);
	picture("hostile", &v, &m, 24, 132);
	assert_int_equal(model_stats(&m, "qvm-stats: no"), -EPROTO);
	assert_int_equal(model_stats(&m, "{\"domains\":5}"), -EPROTO);
	assert_int_equal(model_stats(&m, "[1]"), -EPROTO);
	assert_int_equal(model_event(&m, "{\"time\":1}"), -EPROTO);
	assert_int_equal(m.n, 4); /* what was known is kept */
	view_dispose(&v);
	model_dispose(&m);
}

static void test_views(void **state unused)
{
	const struct view_job jobs[] = {{"qvm-start work", "", -1},
					{"qvm-start vault", "no memory\nat all\n", 12},
					{"qvm-ls", "", 0}};
	struct model m = {0};
	struct view v = {.kind = VIEW_JOBS, .jobs = jobs, .job_count = 3};
	int keys[ACTIONS_MAX];
	cleanup_buf struct buf help = BUF_INIT;

	fill(&m, 3);
	for (int i = 0; i < 40; i++) {
		cleanup_free char *event = xasprintf(
			"{\"event\":\"state\",\"vm\":\"vm%d\",\"before\":\"Halted\","
			"\"after\":\"Running\"}",
			i);

		assert_int_equal(model_event(&m, event), 0);
		memcpy(m.events.v[i], "TIME    ", 8);
	}
	picture("jobs", &v, &m, 24, 80);
	v.kind = VIEW_TEXT;
	v.job = 1;
	picture("text", &v, &m, 24, 80);
	v.kind = VIEW_EVENTS;
	picture("events", &v, &m, 24, 80);
	for (size_t i = 0; i < action_count; i++)
		keys[i] = actions[i].key;
	action_help(keys, &help);
	v.kind = VIEW_HELP;
	v.help = buf_str(&help);
	picture("help", &v, &m, 50, 80);
	view_dispose(&v);
	model_dispose(&m);
}

/* No key has two meanings, and each command is one of qvm's. */
static void test_actions(void **state unused)
{
	assert_true(action_count <= ACTIONS_MAX);
	for (size_t i = 0; i < action_count; i++) {
		assert_true(actions[i].own ||
			    strncmp(actions[i].command, "qvm-", 4) == 0);
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(actions[i].key, actions[k].key);
	}
}

static void test_words(void **state unused)
{
	cleanup_strv struct strv names = STRV_INIT, words = STRV_INIT, all = STRV_INIT;
	cleanup_buf struct buf more = BUF_INIT;

	strv_add(&names, "a");
	strv_add(&names, "b");
	assert_int_equal(
		action_words("x %s %1 %w", &names, "b", "c 'd e' \"f\"g ''", &words), 0);
	assert_int_equal(words.n, 8);
	assert_string_equal(words.v[5], "d e");
	assert_string_equal(words.v[6], "fg");
	assert_string_equal(words.v[7], "");
	assert_int_equal(action_words("%w", &names, "", "'", &words), -EINVAL);
	strv_add(&all, "memory");
	strv_add(&all, "memo");
	strv_add(&all, "maxmem");
	action_complete(&all, "me", &more);
	assert_string_equal(buf_str(&more), "mo");
}

/*
 * Ten thousand refreshes, each with an event and its picture, of changing domains and sizes:
 * the history and the marks stay with their domains, and nothing else stays.
 */
static void test_refresh(void **state unused)
{
	static const char event[] = "{\"event\":\"state\",\"vm\":\"vm1\",\"time\":1}";
	struct model m = {0};
	struct view v = {0};
	struct screen s = {0};
	struct taken before = {0};

	fill(&m, 5);
	m.doms[2].marked = true;
	for (int i = 0; i < LEAK_ROUNDS; i++) {
		if (i == EVENTS_MAX + LEAK_WARM)
			before = taken_now();
		fill(&m, 3 + i % 5);
		assert_int_equal(model_event(&m, event), 0);
		v.kind = i % 3 ? VIEW_DOMAINS : VIEW_EVENTS;
		v.order = i % ORDER_COUNT;
		view_arrange(&v, &m);
		screen_size(&s, 24 + i % 10, 80 + i % 20);
		view_draw(&v, &m, &s);
	}
	assert_int_equal(m.n, 7);
	assert_true(m.doms[2].marked);
	assert_int_equal(m.doms[3].history[HISTORY - 1], 3);
	assert_int_equal(m.events.n, EVENTS_MAX);
	assert_no_leak(before);
	view_dispose(&v);
	screen_dispose(&s);
	model_dispose(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),	cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_hostile), cmocka_unit_test(test_views),
		cmocka_unit_test(test_actions), cmocka_unit_test(test_words),
		cmocka_unit_test(test_refresh),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
