/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * File copy between domains, the format of qubes.Filecopy: the sender writes a header, a
 * name and content for each object, the receiver answers once. docs/file-copy.md has it
 * byte by byte. Integers are in the byte order of the machine.
 *
 *	sender: qfile_pack_new → _add → (_scan) → qfile_send → (_remove, for a move) → _free
 *	receiver: qfile_incoming → qfile_unpack
 *
 * Codes in headers' checks and answers are positive: an errno or a QFILE_ code.
 */
#ifndef QVM_QREXEC_QFILE_H
#define QVM_QREXEC_QFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/macro.h"

enum {
	QFILE_HEADER = 32,
	QFILE_NAME_MAX = 16384, /* with its NUL */
	QFILE_ANSWER = 16,	/* without the name */
	QFILE_ANSWER_MAX = QFILE_ANSWER + 4 + QFILE_NAME_MAX,
	QFILE_DEPTH_MAX = 128,	   /* parts of a name */
	QFILE_FILES_MAX = 1000000, /* of one transfer, unless told */
	QFILE_BUFFER = 256 << 10,
	QFILE_CUT_SHORT = 31415926, /* code: the stream ended within an object */
	QFILE_DAMAGED = 31415927,   /* code of ours, never sent: the checksums differ */
};

/* --- the wire: qfile_wire.c, qfile_crc.c, qfile_name.c -------------------------------------------- */

struct qfile_header {
	uint32_t name_len; /* with the NUL; 0 ends the stream */
	uint32_t mode;
	uint64_t size;
	uint32_t atime, atime_ns, mtime, mtime_ns;
};

void qfile_header_put(uint8_t out[static QFILE_HEADER], const struct qfile_header *h);
void qfile_header_get(const uint8_t in[static QFILE_HEADER], struct qfile_header *ret);

/* What can be said about a header before its name is read: 0 or a code. */
int qfile_header_check(const struct qfile_header *untrusted) must_check;

/* CRC-32 as in gzip; begins with 0. */
uint32_t qfile_crc(uint32_t crc, const void *data, size_t len);

struct qfile_answer {
	uint32_t code; /* 0: all of it has arrived */
	uint64_t crc;
	char name[QFILE_NAME_MAX]; /* the last one; empty: not told */
};

size_t qfile_answer_put(uint8_t out[static QFILE_ANSWER_MAX],
			const struct qfile_answer *a);
/* LEN bytes up to the end of the answer; the name may be missing. 0 or -EBADMSG. */
int qfile_answer_get(const uint8_t *untrusted, size_t len, struct qfile_answer *ret)
	must_check;

/* A code as a person reads it. */
const char *qfile_code_text(uint32_t code);

/* In place: bytes that a terminal does not show as what they are become `_`. */
void qfile_name_show(char *untrusted_name);

/*
 * May a file of that name be made? Relative, no part empty, `.` or `..`; unless ANY only
 * characters that a terminal shows as what they are. LEN without the NUL. 0 or a code.
 */
int qfile_name_check(const char *untrusted_name, size_t len, bool any) must_check;
/* The same for what a symbolic link at NAME points to: nothing above its first part. */
int qfile_link_check(const char *name, const char *untrusted_target, size_t len, bool any)
	must_check;

/* --- receiving: qfile_unpack.c, qfile_place.c ---------------------------------------- */

/*
 * HOME/QubesIncoming/SOURCE, made when absent: a descriptor or a negative errno. SOURCE is
 * one part of a path. RET_PARENT, closed by the caller: QubesIncoming.
 */
int qfile_incoming(const char *home, const char *source, int *ret_parent) must_check;

struct qfile_unpack {
	int root; /* everything is made below this folder, and nothing in it is replaced */
	ssize_t (*read)(void *from, void *buf, size_t len); /* as read(2) */
	void *from;
	bool any_name;
	uint64_t max_bytes, max_files; /* 0: none */
	bool no_openat2;	       /* paths are walked by hand, as on old kernels */
	uint64_t bytes, files;	       /* result: what has arrived */
};

/* Takes one stream. The answer to send is in RET; its code is also returned. */
uint32_t qfile_unpack(struct qfile_unpack *u, struct qfile_answer *ret) must_check;

/* --- sending: qfile_walk.c, qfile_pack.c, qfile_send.c, qfile_remove.c --------------- */

struct qfile_pack;

struct qfile_pack_options {
	bool ignore_links; /* symbolic links are left out */
	bool move;	   /* remember what was sent, for qfile_remove */
	/* While looking: something is left out. NULL: nobody wants to know. */
	void (*skipped)(void *arg, const char *name, const char *why);
	void *arg;
};

struct qfile_pack *qfile_pack_new(const struct qfile_pack_options *options) must_check;
void qfile_pack_free(struct qfile_pack *p);
static inline void qfile_pack_free_at(struct qfile_pack **p)
{
	qfile_pack_free(*p);
}
#define cleanup_qfile_pack cleanup(qfile_pack_free_at)

/* A file or folder to send; its last part is its name there. 0 or a negative errno. */
int qfile_pack_add(struct qfile_pack *p, const char *path) must_check;

struct qfile_total {
	uint64_t bytes, objects;
	bool any_name; /* some name is fit only for a receiver that takes any */
};

/* Looks at everything without reading it. 0 or a negative errno; see _where. */
int qfile_pack_scan(struct qfile_pack *p, struct qfile_total *ret) must_check;

/* The next bytes of the stream: a count, 0 behind its end, or a negative errno. */
ssize_t qfile_pack_read(struct qfile_pack *p, void *buf, size_t len) must_check;

uint64_t qfile_pack_bytes(const struct qfile_pack *p);	  /* of content, so far */
uint64_t qfile_pack_objects(const struct qfile_pack *p);  /* begun, so far */
const char *qfile_pack_where(const struct qfile_pack *p); /* the object at hand */
uint32_t qfile_pack_crc(const struct qfile_pack *p);

struct qfile_send {
	struct qfile_pack *pack;
	int out, in; /* to the receiver, and its answer; may be one socket */
	void (*progress)(void *arg); /* some times a second; may be NULL */
	void *arg;
};

/*
 * Sends it all and waits for the answer. 0: RET has it, and its code is QFILE_DAMAGED
 * when the other side has received something else. Negative errno: of the object at
 * hand; -EPIPE: the other side went away without an answer.
 */
int qfile_send(const struct qfile_send *s, struct qfile_answer *ret) must_check;

/*
 * After success: removes what was sent and has not changed since; the rest stays and is
 * reported. Returns how many objects have stayed.
 */
size_t qfile_remove(struct qfile_pack *p,
		    void (*kept)(void *arg, const char *name, int errnum), void *arg)
	must_check;

/* --- a whole copy, as its user sees it: qfile_job.c ----------------------------------- */

struct qfile_job {
	const char *const *paths;
	size_t count;
	bool ignore_links, move;
	const char *target; /* where to, for messages; NULL: unknown */
	uint64_t total;	    /* bytes, from qfile_job_look */
	void (*say)(void *arg, const char *text);  /* why it has failed: once, at most */
	void (*note)(void *arg, const char *text); /* what is left out or stays here */
	/* How far it is, and of 100; NULL at its end. May be absent. */
	void (*show)(void *arg, const char *text, int percent);
	void *arg;
};

enum qfile_outcome {
	QFILE_DONE,
	QFILE_FAILED,	/* and said why */
	QFILE_UNHEARD,	/* the other side went away without an answer; nothing was said */
	QFILE_KEPT_SOME /* moved, but some of it stays here; and said what */
};

/* What there is to send, its size and names: QFILE_DONE or QFILE_FAILED. */
enum qfile_outcome qfile_job_look(const struct qfile_job *j, struct qfile_total *ret)
	must_check;

/* Sends it; when it is to be moved and has arrived, it is removed here. */
enum qfile_outcome qfile_job_send(const struct qfile_job *j, int out, int in) must_check;

/* "1.5 MiB of 64 MiB, 30 MiB/s, 0:02 left"; returns how much of 100 that is. */
int qfile_progress(uint64_t done, uint64_t total, uint64_t ms, char ret[static 96]);

#endif
