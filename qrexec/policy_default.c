/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policy of a new machine. */
#include <string.h>

#include "qrexec/policy_load.h"

#define NAME "90-default"

static const char text[] =
	"# Written once, by qvm-init, and never again: change it as you like.\n"
	"# Lines of files whose names come first, such as 30-user.policy, count before "
	"these.\n"
	"# A call that no line is about is denied. See qvm-policy(1).\n"
	"\n"
	"# service           arg  from               to         action\n"
	"\n"
	"# Files, and what is opened elsewhere: a person says whereto.\n"
	"qubes.Filecopy      *    @anyvm             @anyvm     ask\n"
	"qubes.OpenInVM      *    @anyvm             @dispvm    allow\n"
	"qubes.OpenInVM      *    @anyvm             @anyvm     ask\n"
	"qubes.OpenURL       *    @anyvm             @dispvm    allow\n"
	"qubes.OpenURL       *    @anyvm             @anyvm     ask\n"
	"\n"
	"# Commands: in a new disposable where a person agrees, else only from dom0.\n"
	"qubes.VMShell       *    @anyvm             @dispvm    ask\n"
	"qubes.VMShell       *    @anyvm             @anyvm     deny\n"
	"qubes.VMExec        *    @anyvm             @dispvm    ask\n"
	"qubes.VMExec        *    @anyvm             @anyvm     deny\n"
	"qubes.VMRootShell   *    @anyvm             @anyvm     deny\n"
	"qubes.VMRootExec    *    @anyvm             @anyvm     deny\n"
	"\n"
	"# The time, of dom0.\n"
	"qubes.GetDate       *    @anyvm             @default   allow target=@adminvm\n"
	"qubes.GetDate       *    @anyvm             @adminvm   allow\n"
	"qubes.GetDate       *    @anyvm             @anyvm     deny\n"
	"\n"
	"# Packages for templates, which have no network of their own.\n"
	"qubes.UpdatesProxy  *    @type:TemplateVM   @default   allow target=sys-net\n"
	"qubes.UpdatesProxy  *    @anyvm             @anyvm     deny\n"
	"\n"
	"# Ports of other domains: each is to be allowed by name.\n"
	"qubes.ConnectTCP    *    @anyvm             @anyvm     deny\n";

bool policy_default_missing(const char *root)
{
	cleanup_buf struct buf known = BUF_INIT;
	struct qvm_err err = QVM_ERR_INIT;

	/* one that cannot be read is there all the same */
	return policy_file_get(root, NAME, &known, &err) == -QVM_E_NOT_FOUND;
}

int policy_default_install(const char *root, struct qvm_err *err)
{
	const struct policy_change change = {
		.name = NAME, .text = text, .len = strlen(text)};

	return policy_default_missing(root) ? policy_file_change(root, &change, err) : 0;
}
