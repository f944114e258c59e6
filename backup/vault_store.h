/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a repository's files are. The code that makes and reads them knows only this table:
 * in the helper it asks the command, which has the folder (vault_dir.h); in tests it is the
 * folder itself.
 *
 * Names: "config", "packs/" and 32 hexadecimal digits, "snapshots/" and a stamp.
 */
#ifndef QVM_BACKUP_VAULT_STORE_H
#define QVM_BACKUP_VAULT_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "backup/channel.h"
#include "core/err.h"
#include "lib/buf.h"

#define VAULT_NAME_MAX 64
#define VAULT_LIST_MAX (64u << 20) /* bytes of a list of names */

struct vault_store {
	void *arg;
	/*
	 * To be read; a descriptor that is the caller's. Of MOST its first bytes at least are
	 * in it, 0: all; it is as long as all. -QVM_E_NOT_FOUND: there is none.
	 */
	int (*open)(void *arg, const char *name, uint64_t most, int *ret,
		    struct qvm_err *err);
	/* To be written, without its name yet. */
	int (*create)(void *arg, const char *name, int *ret, struct qvm_err *err);
	/* What was created and synced gets its name, on the disk. */
	int (*keep)(void *arg, const char *name, struct qvm_err *err);
	/* The same in place of the file of that name: the config's. */
	int (*replace)(void *arg, const char *name, struct qvm_err *err);
	int (*remove)(void *arg, const char *name, struct qvm_err *err);
	/* "packs" or "snapshots": full names, one a line. */
	int (*list)(void *arg, const char *folder, struct buf *ret, struct qvm_err *err);
};

#define VAULT_PATH_MAX (VAULT_NAME_MAX + 32)
#define VAULT_NONE_THERE "there is no repository in '%s' (qvm-vault init)"

/* Where NAME is in a folder. */
int vault_path_of(const char *name, char ret[static VAULT_PATH_MAX], struct qvm_err *err)
	must_check;

/* Does what the helper asks for, WORDS[0] being "store", and answers. */
int vault_serve(const struct vault_store *s, int channel,
		const char *words[static CHANNEL_WORDS], struct qvm_err *err) must_check;

/* Is it one of the names above? */
bool vault_name_ok(const char *name);
/* Of a snapshot, without the folder. */
bool vault_stamp_ok(const char *stamp);

#endif
