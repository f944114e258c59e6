/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/policy_load.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/alloc.h"
#include "qrexec/policy_disk.h"

/*
 * Two writes within one tick of the file system's clock have one time. A file that had
 * changed so shortly before it was read is not taken as known.
 */
#define TICK_NS 100000000LL

char *policy_root(const struct qvm_ctx *ctx)
{
	static const char below[] = "/var/lib/qvm";
	size_t len = strlen(ctx->state_dir), tail = strlen(below);

	return xstrndup(ctx->state_dir, len > tail ? len - tail : 0);
}

struct policy_cache {
	char *root;
	struct disk disk;
	struct policy *policy;
	bool hasty; /* something changed just before it was read */
};

struct policy_cache *policy_cache_new(const char *root)
{
	struct policy_cache *c = xcalloc(1, sizeof(*c));

	c->root = xstrdup(root);
	return c;
}

static void forget(struct policy_cache *c)
{
	disk_dispose(&c->disk);
	policy_free(c->policy);
	c->policy = NULL;
}

void policy_cache_free(struct policy_cache *c)
{
	if (!c)
		return;
	forget(c);
	free(c->root);
	free(c);
}

static bool changed_after(const struct disk *d, const struct timespec *t)
{
	for (size_t i = 0; i < d->stamp_count; i++) {
		const struct timespec *at = &d->stamps[i].ctime;
		long long ns = (long long)(t->tv_sec - at->tv_sec) * 1000000000 +
			       t->tv_nsec - at->tv_nsec;

		if (!d->stamps[i].absent && ns < TICK_NS)
			return true;
	}
	return false;
}

const struct policy *policy_cache_get(struct policy_cache *c, bool *ret_changed)
{
	struct timespec now = {0};
	bool fresh = c->policy && !c->hasty && disk_is_fresh(&c->disk);

	if (ret_changed)
		*ret_changed = !fresh;
	if (fresh)
		return c->policy;
	forget(c);
	clock_gettime(CLOCK_REALTIME, &now);
	c->disk.root = c->root;
	c->policy = disk_read_policy(&c->disk);
	c->hasty = changed_after(&c->disk, &now);
	return c->policy;
}

struct policy *policy_load_linted(const char *root)
{
	cleanup_disk struct disk disk = {.root = root};
	struct policy *p = disk_read_policy(&disk);

	policy_lint(p);
	return p;
}
