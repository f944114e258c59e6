/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A repository as a folder; the command's side of it. */
#ifndef QVM_BACKUP_VAULT_DIR_H
#define QVM_BACKUP_VAULT_DIR_H

#include "backup/channel.h"
#include "backup/vault_store.h"

enum vault_use {
	VAULT_READ,  /* shared with everybody but who prunes; nothing is written */
	VAULT_WRITE, /* the same, and files are added */
	VAULT_ALONE, /* nobody else; files are removed, too */
};

struct vault_dir {
	int fd;	  /* the folder */
	int lock; /* on it; -1: none, where nothing can be written */
	enum vault_use use;
};

#define VAULT_DIR_INIT ((struct vault_dir){.fd = -1, .lock = -1})

/* An empty or absent folder becomes one of a repository, without its config. */
int vault_dir_make(const char *path, struct vault_dir *ret, struct qvm_err *err)
	must_check;
/* -QVM_E_BUSY while another use excludes this one. */
int vault_dir_open(const char *path, enum vault_use use, struct vault_dir *ret,
		   struct qvm_err *err) must_check;
void vault_dir_close(struct vault_dir *d);
#define cleanup_vault_dir cleanup(vault_dir_close)

/* What was begun and never kept. Of VAULT_ALONE only. */
void vault_dir_tidy(struct vault_dir *d);

struct vault_store vault_dir_store(struct vault_dir *d);

#endif
