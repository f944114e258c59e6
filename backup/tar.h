/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few words of tar that both archives of a Qubes backup are written in, and a strict
 * reader of the outer one's headers. (The inner ones are read by libarchive.)
 */
#ifndef QVM_BACKUP_TAR_H
#define QVM_BACKUP_TAR_H

#include <stddef.h>
#include <stdint.h>

#include "core/pool.h"
#include "lib/buf.h"
#include "lib/macro.h"

#define TAR_BLOCK 512
#define TAR_NAME_MAX 100

/* A plain file of SIZE bytes; root's, made at the epoch. */
void tar_header(uint8_t ret[static TAR_BLOCK], const char *name, uint64_t size);

/*
 * What comes before the data of a sparse file of SIZE bytes in the form pax 1.0: data are
 * those ranges, in ascending order, and end on whole blocks only when padded.
 */
void tar_sparse_head(const char *name, uint64_t size, const struct pool_range *ranges,
		     size_t n, struct buf *ret);

/* Bytes to add to SIZE for whole blocks. */
static inline size_t tar_padding(uint64_t size)
{
	return (size_t)(-size & (TAR_BLOCK - 1));
}

enum tar_kind { TAR_END, TAR_FILE, TAR_PAX };

struct tar_member {
	enum tar_kind kind; /* TAR_END: a block of zeros */
	char name[TAR_NAME_MAX + 1];
	uint64_t size;
};

/* -EBADMSG for anything that is no header of a plain file, or of pax attributes. */
int tar_parse(const uint8_t block[static TAR_BLOCK], struct tar_member *ret) must_check;

#endif
