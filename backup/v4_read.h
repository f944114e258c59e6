/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reader's two halves: members and parts (v4_read.c), the archive in them (v4_inner.c). */
#ifndef QVM_BACKUP_V4_READ_H
#define QVM_BACKUP_V4_READ_H

#include <sys/types.h>

#include "backup/parallel.h"
#include "backup/v4.h"
#include "lib/strv.h"

#define RING 8

struct member {
	struct par_job job;
	char path[META_PATH_MAX];
	unsigned part;
	struct buf pass;
	uint64_t key_memory;
	uint8_t *buf;
	size_t len;
	int r;
	struct qvm_err err;
};

struct archive;
struct archive_entry;

struct v4_reader {
	struct v4_read how;
	struct v4_header header;
	struct par *par;
	bool (*wanted)(void *arg, const char *path);
	void *wanted_arg;
	struct member ring[RING];
	size_t first, count, ahead_bytes;
	bool ended; /* nothing more to fetch */
	uint64_t bytes;
	char passed[META_PATH_MAX]; /* the last file that a member was of */
	struct v4_members *members;
	struct strv seen;

	/* the file that is being given out */
	char path[META_PATH_MAX];
	unsigned part; /* that has to come next */
	bool holding;  /* the oldest member is in use */
	struct archive *archive;
	struct archive_entry *entry;
	struct qvm_err err; /* why libarchive got no more */
};

/* The next part of the open file: its length; 0 at the file's end; -1 with rd->err. */
ssize_t v4_read_part(struct v4_reader *rd, const void **ret) must_check;

/* The archive whose parts come from now on; its one file has to be rd->path. */
int v4_inner_open(struct v4_reader *rd, uint64_t *ret_size, struct qvm_err *err)
	must_check;
void v4_inner_close(struct v4_reader *rd);

#endif
