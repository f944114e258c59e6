/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The writer's two halves: parts and members (v4_parts.c), what is in them (v4_write.c). */
#ifndef QVM_BACKUP_V4_WRITE_H
#define QVM_BACKUP_V4_WRITE_H

#include "backup/parallel.h"
#include "backup/v4.h"

struct block {
	struct par_job job;
	enum v4_filter filter;
	uint8_t *in, *out;
	size_t in_len, out_len, out_size;
};

struct part {
	struct par_job job;
	char name[V4_NAME_MAX]; /* of the member */
	struct buf pass;
	struct scrypt_cost cost;
	uint8_t *buf; /* with room for the container's ends */
	size_t len, size;
	int r;
	struct qvm_err err;
};

struct v4_writer {
	struct v4_write how;
	struct par *par;
	struct block *blocks;
	struct part *parts;
	/* Rings: the oldest that is under way, how many are, of how many. */
	size_t block_first, block_count, block_room;
	size_t part_first, part_count, part_room;
	struct part *filling; /* of the file that is being written */
	const char *path;
	unsigned number; /* of the next part */
	uint64_t read;
	uint64_t written; /* of the outer archive */
};

/* To the outer archive: bytes, and a whole member. */
int v4_put(struct v4_writer *w, const void *data, size_t len, struct qvm_err *err)
	must_check;
int v4_put_member(struct v4_writer *w, const char *name, const void *data, size_t len,
		  struct qvm_err *err) must_check;

/* To the part that is being filled; full ones are given away to be sealed. */
int v4_part_add(struct v4_writer *w, const uint8_t *data, size_t len, struct qvm_err *err)
	must_check;
/* Gives away the one that is being filled, full or not. */
void v4_part_submit(struct v4_writer *w);
/* Waits for the oldest one given away, and writes it. */
int v4_part_put(struct v4_writer *w, struct qvm_err *err) must_check;

#endif
