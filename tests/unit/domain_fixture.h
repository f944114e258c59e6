/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A registry with two pools that are files, and a domain in the first of them. */
#ifndef QVM_TESTS_UNIT_DOMAIN_FIXTURE_H
#define QVM_TESTS_UNIT_DOMAIN_FIXTURE_H

#include "lib/size.h"
#include "ops/volume.h"
#include "tests/fake/store_fake.h"
#include "tests/unit/test.h"

static int load_fake(struct qvm_ctx *ctx unused, const char *driver unused,
		     const struct pool_ops **ret, struct qvm_err *err unused)
{
	*ret = &pool_fake;
	return 0;
}

/* "work", with a private volume of 1 MiB; the context's pools are those of load_fake. */
static void domain_make(struct qvm_ctx *ctx, struct store *s)
{
	cleanup_world struct world *w = NULL;
	cleanup(vm_dispose) struct vm vm = {.klass = CLASS_STANDALONE, .name = "work"};
	const struct world_pool pools[] = {{"one", "fake", "one", 1},
					   {"two", "fake", "two", 1}};
	struct qvm_err err;

	for (size_t i = 0; i < array_len(pools); i++)
		assert_int_equal(store_pool_put(s, &pools[i], &err), 0);
	assert_int_equal(store_load(s, &w, &err), 0);
	vm.has_volume[VOL_PRIVATE] = true;
	vm.volumes[VOL_PRIVATE] = (struct vm_volume){.role = VOL_PRIVATE,
						     .pool = xstrdup("one"),
						     .size = MIB,
						     .generation = 1,
						     .persistent = true,
						     .rw = true,
						     .revisions_to_keep = 1};
	vm.uuid.b[3] = 3;
	if (vm_make(ctx, s, w, &vm, NULL, &err) < 0)
		fail_msg("%s", err.text);
}

#endif
