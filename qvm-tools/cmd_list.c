/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "lib/alloc.h"
#include "qvm-tools/cmd.h"

/* Sorted by name. */
const struct cmd *const cmd_list[] = {
	&cmd_clip_expire,  &cmd_complete,	&cmd_fill,     &cmd_man,
	&cmd_selfcheck,	   &cmd_watch,		&cmd_commands, &cmd_help,
	&cmd_qubes_policy, &cmd_qubes_prefs,	&cmd_apps,     &cmd_ask,
	&cmd_backup,	   &cmd_backup_restore, &cmd_block,    &cmd_check,
	&cmd_clip,	   &cmd_clone,		&cmd_console,  &cmd_copy_to_vm,
	&cmd_create,	   &cmd_disp,		&cmd_events,   &cmd_features,
	&cmd_firewall,	   &cmd_init,		&cmd_kernel,   &cmd_kill,
	&cmd_ls,	   &cmd_move_to_vm,	&cmd_net,      &cmd_pause,
	&cmd_pci,	   &cmd_policy,		&cmd_pool,     &cmd_prefs,
	&cmd_recover,	   &cmd_remove,		&cmd_rename,   &cmd_restart,
	&cmd_run_in,	   &cmd_service,	&cmd_shutdown, &cmd_start,
	&cmd_stats,	   &cmd_tags,		&cmd_template, &cmd_top,
	&cmd_trash,	   &cmd_unpause,	&cmd_vault,    &cmd_volume,
};
const size_t cmd_count = array_len(cmd_list);

static const struct cmd *find_exact(const char *name)
{
	for (size_t i = 0; i < cmd_count; i++)
		if (strcmp(cmd_list[i]->name, name) == 0)
			return cmd_list[i];
	return NULL;
}

const struct cmd *cmd_find(const char *name)
{
	cleanup_free char *full = xasprintf("qvm-%s", name);
	const struct cmd *cmd = find_exact(full);

	return cmd ? cmd : find_exact(name);
}
