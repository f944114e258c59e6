/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Giving up what a process that reads foreign bytes does not need. For helper programs only.
 * One that writes files is a child made by confined_run: the parent keeps what cleaning up
 * takes. One that needs nothing but its open descriptors calls confine_alone.
 */
#ifndef QVM_CORE_CONFINE_H
#define QVM_CORE_CONFINE_H

#include <stdint.h>

#include "core/err.h"

enum confine_calls {
	CONFINE_WRITE, /* only system calls of somebody who reads and writes files */
	CONFINE_EXEC,  /* all but those that change the system: it runs another program */
	CONFINE_STREAM, /* reading and writing what is open, threads, and memory */
};

struct confined {
	const char *root; /* a mount point that becomes all there is of the file system */
	enum confine_calls calls;
	uint64_t memory; /* bytes of address space at most */
	/* Its return value below 0, with *err, is the child's failure. */
	int (*run)(void *arg, struct qvm_err *err);
	void *arg;
};

/*
 * Runs it in a child with mounts, users, network and IPC of its own: as root of a user
 * name space where the machine has them, with the capabilities that writing a root file
 * system takes. The child reports its failure on stderr; 1 is returned then.
 */
int confined_run(const struct confined *c, struct qvm_err *err) must_check;

/* Leaves the mounts of the system; what is mounted from here on nobody else sees. */
int confine_mounts(struct qvm_err *err) must_check;

/*
 * Bounds memory, and what a file may grow to (0: no bound); forbids core files and new
 * privileges. Needs no privileges itself.
 */
int confine_limits(uint64_t memory, uint64_t file, struct qvm_err *err) must_check;

/*
 * Leaves this process its open descriptors and memory: an empty root without anything to
 * write to, no network, no user of the system, no capability, CONFINE_STREAM. Without root's
 * rights only what needs none of them.
 */
int confine_alone(uint64_t memory, struct qvm_err *err) must_check;

/* From here on other system calls end the process. Needs confine_limits before. */
int confine_calls(enum confine_calls calls, struct qvm_err *err) must_check;

#endif
