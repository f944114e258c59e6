/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A repository in a domain: a folder that a shell there hands out file by file over its
 * streams. Of the domain nothing is needed but a shell with the usual small tools; it sees
 * what anybody sees who has the folder, and nothing that it says is believed.
 *
 *	shell: ready | absent | taken | busy, then for each of
 *	get PATH MOST		SIZE N, and the first N bytes; or -
 *	put|replace PATH N, and N bytes		0 | 1
 *	remove PATH		0 | 1
 *	list packs|snapshots	N, and N bytes of names
 */
#ifndef QVM_BACKUP_VAULT_REMOTE_H
#define QVM_BACKUP_VAULT_REMOTE_H

#include "backup/vault_dir.h"

#define REMOTE_FILE_MAX (INT64_C(1) << 32) /* of what is believed of a size */
#define REMOTE_PENDING 8		   /* files that are written at once */

struct vault_remote {
	int channel; /* a socket: the shell's input and output */
	enum vault_use use;
	struct {
		char name[VAULT_NAME_MAX];
		int fd;
	} pending[REMOTE_PENDING]; /* created, and not kept yet */
};

void vault_remote_init(struct vault_remote *r);

/* What the shell runs; behind it come do= (make, read, write or alone) and to= (the folder). */
extern const char vault_remote_script[];
const char *vault_remote_word(enum vault_use use, bool make);

/*
 * A domain that says nothing, or takes nothing, for so long has stopped: -QVM_E_TIMEOUT of
 * all that follows. Disks that write what they had in memory may take minutes.
 */
#define REMOTE_SILENCE_S 600
int vault_remote_limit(int channel, unsigned seconds, struct qvm_err *err) must_check;

/* CHANNEL becomes R's; what the shell says first. PATH is for messages. */
int vault_remote_open(struct vault_remote *r, int channel, enum vault_use use,
		      const char *path, struct qvm_err *err) must_check;
void vault_remote_close(struct vault_remote *r);

struct vault_store vault_remote_store(struct vault_remote *r);

#endif
