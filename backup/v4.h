/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Qubes's backups, format version 4. An outer tar of members, each a container of scrypt:
 *
 *	backup-header, backup-header.hmac	what it is, and the same authenticated
 *	qubes.xml.000.enc			the domains' settings
 *	vm7/private.img.000.enc, .001.enc ...	parts of a compressed tar of one file
 *
 * One header key is our own, `member-list`: a digest of the files' names in their order, by
 * which a file that is missing is noticed. Qubes's reader passes over it.
 */
#ifndef QVM_BACKUP_V4_H
#define QVM_BACKUP_V4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backup/meta.h"
#include "backup/scrypt.h"
#include "core/pool.h"
#include "lib/buf.h"

#define V4_HEADER_MAX 3968	  /* bytes; its hmac may have 4096 */
#define V4_PART (100u << 20)	  /* of what is written */
#define V4_PART_MAX (1024u << 20) /* of what is read */
#define V4_LOG_N 16		  /* 64 MiB, a quarter of a second for each part */
#define V4_KEY_MEMORY (1024ull << 20)
#define V4_PASS_MAX 1900
#define V4_NAME_MAX 96 /* of a member, with NUL */

/* The compressions that are known: a list that no archive can add to. */
enum v4_filter { V4_NONE, V4_GZIP, V4_BZIP2, V4_XZ, V4_LZMA, V4_ZSTD, V4_FILTER_COUNT };

/* By a name that Qubes knows: "pigz" and "zstdmt", too. */
bool v4_filter_find(const char *name, enum v4_filter *ret);
const char *v4_filter_name(enum v4_filter filter);
/* Those that are written here: none, gzip, zstd. */
bool v4_filter_writes(enum v4_filter filter);

struct v4_header {
	enum v4_filter filter;
	char id[64];
	char members[65]; /* hexadecimal SHA-256, or "" */
};

void v4_header_format(const struct v4_header *h, struct buf *ret);
/* Of an authenticated text. */
int v4_header_parse(const char *text, size_t len, struct v4_header *ret,
		    struct qvm_err *err) must_check;

/* "vm7/private.img.000.enc" and the like: the file and the number of its part. */
bool v4_name_parse(const char *name, char ret_path[static META_PATH_MAX],
		   unsigned *ret_part);

/* What the container of a member is sealed with; RET is to be wiped. */
void v4_pass(const char *id, const char *member, const struct secret *pass,
	     struct buf *ret);
void v4_pass_wipe(struct buf *pass);

/* What scrypt's own tool would not take is refused before it is used. */
int v4_pass_check(const struct secret *pass, struct qvm_err *err) must_check;

/* The digest of names, one after the other. */
struct v4_members;
struct v4_members *v4_members_new(void);
void v4_members_add(struct v4_members *m, const char *path);
void v4_members_end(struct v4_members *m, char ret[static 65]); /* and frees it */

/* ---- writing ---- */

typedef void v4_progress_fn(void *arg, uint64_t bytes);

struct v4_write {
	int out;
	struct secret pass;
	struct v4_header header;
	unsigned log_n;
	size_t part;
	v4_progress_fn *progress; /* with bytes of volumes read so far; or NULL */
	void *arg;
};

struct v4_writer;

/* Writes the header; WRITE is copied, and its passphrase has to stay. */
int v4_writer_new(const struct v4_write *write, struct v4_writer **ret,
		  struct qvm_err *err) must_check;
int v4_write_file(struct v4_writer *w, const char *path, const void *data, size_t len,
		  struct qvm_err *err) must_check;
/* The ranges of FD; what lies between them is not read. */
int v4_write_volume(struct v4_writer *w, const char *path, int fd, uint64_t size,
		    const struct pool_range *ranges, size_t n, struct qvm_err *err)
	must_check;
/* Writes what is still in memory and ends the archive. */
int v4_writer_end(struct v4_writer *w, struct qvm_err *err) must_check;
uint64_t v4_writer_written(const struct v4_writer *w); /* bytes of the archive */
void v4_writer_free(struct v4_writer *w);

/* ---- reading ---- */

struct v4_read {
	int in;
	struct secret pass;
	uint64_t key_memory;
	bool has_filter; /* whatever the header says */
	enum v4_filter filter;
	v4_progress_fn *progress; /* with bytes of the archive read so far; or NULL */
	void *arg;
};

struct v4_reader;

/* Reads and checks the header. */
int v4_reader_new(const struct v4_read *read, struct v4_reader **ret,
		  struct v4_header *ret_header, struct qvm_err *err) must_check;
/* Files of other paths are passed over from now on, without a look into them. */
void v4_reader_want(struct v4_reader *rd, bool (*wanted)(void *arg, const char *path),
		    void *arg);
/* The next file: 1, or 0 at the end, when all that the header promised has come. */
int v4_next(struct v4_reader *rd, char ret_path[static META_PATH_MAX], uint64_t *ret_size,
	    struct qvm_err *err) must_check;
/* Its next piece of data, authenticated; 1, or 0 when it has come whole. */
int v4_data(struct v4_reader *rd, const void **ret, size_t *ret_len, uint64_t *ret_at,
	    struct qvm_err *err) must_check;
void v4_reader_free(struct v4_reader *rd);

#endif
