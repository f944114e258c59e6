/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A template of a distribution's packages, by the tool that dom0 has for that. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/proc.h"
#include "ops/build_folder.h"
#include "ops/internal.h"

#define BUILD_MS (2 * 3600 * 1000)
#define TEXT_KEPT 65536
#define REASON_MAX 199

/* What a domain needs of it; the kernel comes from dom0. */
static const char packages[] =
	"systemd-sysv,udev,dbus,iproute2,nftables,e2fsprogs,kmod,sudo,ca-certificates";

static int check_words(const struct op_template_build *build, struct qvm_err *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789.-+/:_";

	if (!*build->suite || *build->suite == '-' ||
	    build->suite[strspn(build->suite, allowed)])
		return err_set(err, QVM_E_VALUE, "bad suite '%.64s'", build->suite);
	for (size_t i = 0; i < build->package_count; i++)
		if (!*build->packages[i] ||
		    build->packages[i][strspn(build->packages[i], allowed)])
			return err_set(err, QVM_E_VALUE, "bad name of a package '%.64s'",
				       build->packages[i]);
	return 0;
}

/* What has failed is said first; what follows is that this and then all of it has failed. */
static const char *telling_line(const struct buf *text)
{
	const char *all = buf_str(text);
	const char *error = strncmp(all, "E: ", 3) == 0 ? all : strstr(all, "\nE: ");
	const char *last;

	if (error)
		return error + (*error == '\n');
	last = all + text->len;
	while (last > all && last[-1] == '\n')
		last--;
	while (last > all && last[-1] != '\n')
		last--;
	return last;
}

static int run_mmdebstrap(struct qvm_ctx *ctx, const struct op_template_build *build,
			  const char *folder, const char *tar, struct qvm_err *err)
{
	cleanup_buf struct buf include = BUF_INIT, text = BUF_INIT, reason = BUF_INIT;
	const char *argv[] = {"mmdebstrap", "--variant=minbase", NULL, build->suite,
			      tar,	    build->mirror,	 NULL};
	const struct proc_request req = {
		.argv = argv,
		.out = &text,
		.err = &text,
		.limit = TEXT_KEPT,
		.timeout_ms = BUILD_MS,
	};
	const char *why;
	int status = 0, r;

	buf_addf(&include, "--include=%s", packages);
	for (size_t i = 0; i < build->package_count; i++)
		buf_addf(&include, ",%s", build->packages[i]);
	argv[2] = include.data;
	ctx_progress(ctx, "fetching and unpacking packages", -1);
	/* All of it is unpacked there first, and /tmp is memory at many a place. */
	(void)setenv("TMPDIR", folder, 0);
	r = proc_run(&req, &status);
	if (r == -ENOENT)
		return err_set(err, QVM_E_UNSUPPORTED,
			       "mmdebstrap is not installed in dom0");
	if (r < 0)
		return err_errno(err, r, "cannot run mmdebstrap");
	if (status == 0)
		return 0;
	why = telling_line(&text);
	buf_add_printable(&reason, why, strcspn(why, "\n"));
	return err_set(err, QVM_E_FAILED, "mmdebstrap failed: %.*s", REASON_MAX,
		       buf_str(&reason));
}

/* Before all is fetched, too. */
static int check_name(struct qvm_ctx *ctx, const char *name, struct qvm_err *err)
{
	cleanup_store struct store *s = NULL;
	cleanup_world struct world *w = NULL;
	int r = store_open(ctx, STORE_READ, &s, err);

	if (r == 0)
		r = store_load(s, &w, err);
	return r < 0 ? r : template_name_check(w, name, err);
}

static int build_in(struct qvm_ctx *ctx, const struct op_template_install *req,
		    const struct op_template_build *build, const char *folder,
		    struct plan *ret_plan, struct qvm_err *err)
{
	cleanup_free char *tar = xasprintf("%s/%s.tar", folder, req->name);
	struct op_template_install install = *req;
	int r = run_mmdebstrap(ctx, build, folder, tar, err);

	if (r < 0)
		return err_wrap(err, "cannot build template '%s'", req->name);
	install.source = tar;
	return op_template_install(ctx, &install, ret_plan, err);
}

int op_template_build(struct qvm_ctx *ctx, const struct op_template_install *req,
		      const struct op_template_build *build, struct plan *ret_plan,
		      struct qvm_err *err)
{
	struct build_folder folder = BUILD_FOLDER_INIT;
	int r = check_name(ctx, req->name, err);

	if (r == 0)
		r = check_words(build, err);
	if (r < 0)
		return r;
	if (req->dry_run) {
		plan_add(ret_plan, req->name, "build", "%s by mmdebstrap", build->suite);
		return 0;
	}
	r = build_folder_take(ctx, req->name, &folder, err);
	if (r < 0)
		return err_wrap(err, "cannot build template '%s'", req->name);
	r = build_in(ctx, req, build, folder.path, ret_plan, err);
	build_folder_drop(ctx, &folder);
	return r;
}
