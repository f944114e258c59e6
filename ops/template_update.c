/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A distribution's own updater, run in the template. */
#include <string.h>

#include "lib/alloc.h"
#include "ops/call.h"
#include "ops/internal.h"

#define UPDATE_MS (3 * 3600 * 1000)

/* The first one that is there. None of them asks anything. */
static const char updaters[] =
	"export DEBIAN_FRONTEND=noninteractive LC_ALL=C\n"
	"has() { command -v \"$1\" >/dev/null 2>&1; }\n"
	"if has apt-get; then apt-get -q update && "
	"apt-get -q -y -o Dpkg::Options::=--force-confold dist-upgrade && apt-get clean\n"
	"elif has dnf; then dnf -y --refresh upgrade\n"
	"elif has zypper; then zypper -n refresh && zypper -n dist-upgrade\n"
	"elif has pacman; then pacman -Syu --noconfirm\n"
	"elif has apk; then apk update && apk upgrade\n"
	"elif has xbps-install; then xbps-install -Syu\n"
	"else echo 'no updater is known here' >&2; exit 127; fi && sync\n";

/* Without a network of its own its programs reach a proxy by a call. */
static char *command_for(const struct world *w, const struct vm *vm)
{
	if (prop_vm(w, vm, PROP_NETVM))
		return xstrdup(updaters);
	return xasprintf("exec /usr/lib/qvm/qvm-agent qvm-updates-proxy /bin/sh <<'END'\n"
			 "%sEND\n",
			 updaters);
}

static int update(struct qvm_ctx *ctx, const struct op_template_update *req,
		  const char *command, struct qvm_err *err)
{
	const struct op_call call = {
		.domain = req->name,
		.user = "root",
		.command = command,
		.in = -1,
		.out = req->out,
		.errors = req->errors,
		.filter_out = req->filter,
		.filter_err = req->filter,
		.timeout_ms = UPDATE_MS,
	};
	int status = 0;
	int r = op_call(ctx, &call, &status, err);

	if (r == 0 && status != 0)
		return err_set(err, QVM_E_FAILED, "its updater ended with %d", status);
	return r;
}

/* It was halted before: what was installed becomes what its children see. */
static int end(struct qvm_ctx *ctx, const char *name, struct qvm_err *err)
{
	const struct op_shutdown how = {.wait = true};
	const struct op_report nobody = {0};

	return op_shutdown(ctx, &name, 1, &how, NULL, &nobody, err);
}

int op_template_update(struct qvm_ctx *ctx, const struct op_template_update *req,
		       struct plan *ret_plan, struct qvm_err *err)
{
	cleanup_world struct world *w = NULL;
	cleanup_free char *command = NULL;
	struct qvm_err end_err;
	struct vm *vm;
	bool ran;
	int r = op_world(ctx, true, &w, err);

	if (r == 0)
		r = vm_find(w, req->name, &vm, err);
	if (r == 0 && vm->klass != CLASS_TEMPLATE && vm->klass != CLASS_STANDALONE)
		r = err_set(err, QVM_E_VALUE,
			    "cannot update '%s': the root of %ss is their template's",
			    req->name, vm_classes[vm->klass].name);
	if (r < 0)
		return r;
	if (req->dry_run) {
		plan_add(ret_plan, req->name, "update", "by its distribution's updater");
		return 0;
	}
	ran = vm_is_running(vm);
	command = command_for(w, vm);
	r = update(ctx, req, command, err);
	if (r < 0)
		r = err_wrap(err, "cannot update '%s'", req->name);
	if (!ran && end(ctx, req->name, r < 0 ? &end_err : err) < 0 && r == 0)
		r = -err->kind;
	return r;
}
