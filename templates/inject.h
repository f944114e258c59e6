/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's programs, put into a root file system that has just been unpacked. */
#ifndef QVM_TEMPLATES_INJECT_H
#define QVM_TEMPLATES_INJECT_H

#include "core/err.h"

/*
 * Puts the agent, the links to its programs and what starts it into the root file system
 * in folder ROOT. FROM is the folder <libexec_dir>/guest: the program qvm-agent, a file
 * `links` with a name of it on each line, and a file for each kind of init. Both are
 * descriptors; links in ROOT are followed, so the caller must be confined to it. A root
 * that has the agent of Qubes OS is left as it is.
 */
int inject_agent(int from, int root, struct qvm_err *err) must_check;

#endif
