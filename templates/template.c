/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "templates/template.h"

#include <limits.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/size.h"
#include "templates/run_fill.h"

/* What is to be known of a root. */
enum { FACTS = 6 };

static void want_facts(struct template_facts *to, struct fill_fact ret[static FACTS])
{
	const struct fill_fact wanted[FACTS] = {
		{"kind", to->kind, sizeof(to->kind)},
		{"digest", to->digest, sizeof(to->digest)},
		{"bytes", to->bytes, sizeof(to->bytes)},
		{"entries", to->entries, sizeof(to->entries)},
		{"init", to->init, sizeof(to->init)},
		{0},
	};

	memcpy(ret, wanted, sizeof(wanted));
}

int template_filled(struct qvm_ctx *ctx, const char *who, const struct buf *untrusted,
		    int status, struct template_facts *ret, struct qvm_err *err)
{
	struct template_facts facts = {0};
	struct fill_fact wanted[FACTS];
	int r;

	want_facts(&facts, wanted);
	r = fill_heard(ctx, who, untrusted, status, wanted, err);
	if (r == 0)
		*ret = facts;
	return r;
}

int template_fs_make(struct qvm_ctx *ctx, const struct block_dev *dev, const char *label,
		     struct qvm_err *err)
{
	const char *const args[] = {"fs", dev->path, label, NULL};

	return fill_run(ctx, "making a file system", args, NULL, err);
}

int template_fill(struct qvm_ctx *ctx, const struct block_dev *dev, const char *source,
		  const char *fs_label, struct template_facts *ret, struct qvm_err *err)
{
	cleanup_free char *folder = xasprintf("%s/fill", ctx->run_dir);
	const char *const args[] = {"root", dev->path, source, fs_label, folder, NULL};
	struct template_facts facts = {0};
	struct fill_fact wanted[FACTS];
	int r = dir_make(folder, 0700);

	/* Every helper mounts there in a mount namespace of its own. */
	if (r < 0)
		return err_errno(err, r, "cannot make the folder '%s'", folder);
	want_facts(&facts, wanted);
	r = fill_run(ctx, "filling the root volume", args, wanted, err);
	if (r < 0)
		return err_wrap(err, "cannot use '%s'", source);
	*ret = facts;
	return 0;
}

int template_source_size(struct qvm_ctx *ctx, const char *source, uint64_t *ret,
			 struct qvm_err *err)
{
	const char *const args[] = {"look", source, NULL};
	char disk[24] = "";
	const struct fill_fact wanted[] = {{"disk", disk, sizeof(disk)}, {0}};
	long long size = 0;
	int r = fill_run(ctx, "looking at the source", args, wanted, err);

	if (r < 0)
		return err_wrap(err, "cannot use '%s'", source);
	if (*disk && num_parse(disk, 0, LLONG_MAX, &size) < 0)
		return err_set(err, QVM_E_VALUE, "the disk in '%s' has no size", source);
	*ret = (uint64_t)size;
	return 0;
}

int template_pack(struct qvm_ctx *ctx, const struct block_dev *dev, const char *file,
		  const struct template_facts *facts, struct qvm_err *err)
{
	cleanup_free char *text =
		xasprintf("digest %s\nbytes %s\nentries %s\ninit %s\n", facts->digest,
			  facts->bytes, facts->entries, facts->init);
	const char *const args[] = {"pack", dev->path, file, text, NULL};

	return fill_run(ctx, "packing the root volume", args, NULL, err);
}
