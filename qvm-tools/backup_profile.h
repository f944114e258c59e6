/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Profiles: which domains are saved, and where to, as Qubes keeps it: /etc/qubes/backup/NAME.conf,
 * in YAML.
 *
 *	include: [work, '@tag:mine', '@type:TemplateVM']	without: all with include_in_backups
 *	exclude: [untrusted]
 *	destination_path: /mnt/disk
 *	destination_vm: sys-usb
 *	compression: true				or false, or a name
 *	passphrase_file: /root/pass			or
 *	passphrase_text: correct horse			or
 *	passphrase_vm: vault				which is asked for qubes.BackupPassphrase+NAME
 */
#ifndef QVM_TOOLS_BACKUP_PROFILE_H
#define QVM_TOOLS_BACKUP_PROFILE_H

#include "qvm-tools/backup_common.h"

/* Adds what it says to O, where the command line has not said it. */
int profile_read(const struct qvm_ctx *ctx, const char *name, struct backup_opts *o,
		 struct qvm_err *err) must_check;
/* Writes what O and the NAMES say, with the passphrase's file only. */
int profile_save(const struct qvm_ctx *ctx, const char *name, const struct backup_opts *o,
		 struct qvm_err *err) must_check;

/* "@tag:mine" and "@type:AppVM" become the names of those domains. */
int profile_expand(const struct world *w, struct strv *names, struct qvm_err *err)
	must_check;

#endif
