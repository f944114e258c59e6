/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A world for the tests of the policy, and files that are kept in memory. */
#ifndef QVM_TESTS_UNIT_QREXEC_POLICY_TEST_H
#define QVM_TESTS_UNIT_QREXEC_POLICY_TEST_H

#include <errno.h>
#include <string.h>

#include "lib/alloc.h"
#include "qrexec/policy.h"

#define TAGS(...)                                                                        \
	(const char *const[]){__VA_ARGS__},                                              \
		array_len(((const char *const[]){__VA_ARGS__}))
#define UUID(n)                                                                          \
	{                                                                                \
		.b = { [0] = 0xab, [15] = n }                                            \
	}

/* Sorted by name. */
static const struct policy_domain test_domains[] = {
	{"alone", "StandaloneVM", TAGS("two"), "dvm", false, false, UUID(1)},
	{"bad-dvm", "AppVM", TAGS("two"), "work", false, true, UUID(2)},
	{"deb", "TemplateVM", TAGS("two"), "dvm", false, false, UUID(3)},
	{"disp7", "DispVM", TAGS("one"), "dvm", false, true, UUID(4)},
	{"dom0", "AdminVM", TAGS("admin"), "dvm", false, true, {.b = {0}}},
	{"dvm", "AppVM", TAGS("disp"), "dvm", true, false, UUID(6)},
	{"dvm-two", "AppVM", TAGS("other", "two"), "dvm", true, false, UUID(7)},
	{"no-dvm", "AppVM", TAGS("two"), NULL, false, false, UUID(8)},
	{"sys-net", "AppVM", NULL, 0, NULL, false, true, UUID(9)},
	{"vault", "AppVM", NULL, 0, "dvm", false, false, UUID(10)},
	{"work", "AppVM", TAGS("one", "two"), "dvm", false, true, UUID(11)},
};

static const struct policy_system test_system = {test_domains, array_len(test_domains)};

/* A folder tree as a list of paths and texts; ends with an empty row. */
struct mem_file {
	const char *path;
	const char *text; /* NULL: cannot be read */
};

static inline int mem_read(void *arg, const char *path, struct buf *ret)
{
	for (const struct mem_file *f = arg; f->path; f++)
		if (strcmp(f->path, path) == 0) {
			if (!f->text)
				return -EACCES;
			buf_add(ret, f->text);
			return 0;
		}
	return -ENOENT;
}

static inline int mem_list(void *arg, const char *path, struct strv *ret)
{
	size_t len = strlen(path);
	bool found = false;

	for (const struct mem_file *f = arg; f->path; f++) {
		if (strncmp(f->path, path, len) != 0 || f->path[len] != '/')
			continue;
		found = true;
		if (!strchr(f->path + len + 1, '/'))
			strv_add(ret, f->path + len + 1);
	}
	return found ? 0 : -ENOENT;
}

static inline struct policy_files mem_files(const struct mem_file *list)
{
	return (struct policy_files){(void *)list, mem_read, mem_list, "/old"};
}

static inline struct policy *policy_of(const char *text)
{
	struct policy *p = policy_new();

	policy_parse_text(p, NULL,
			  &(struct policy_text){
				  .name = "test",
				  .base = "/p",
				  .text = text,
				  .len = strlen(text),
			  });
	policy_finish(p);
	return p;
}

/* Findings, one a line. */
static inline void notes_format(const struct policy *p, struct buf *ret)
{
	size_t n;
	const struct policy_note *v = policy_notes(p, &n);

	for (size_t i = 0; i < n; i++)
		buf_addf(ret, "%s:%u: %s: %s\n", v[i].file, v[i].line,
			 v[i].error ? "error" : "warning", v[i].text);
}

#endif
