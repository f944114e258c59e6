/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Completions for shells, from the same tables as help and manual. */
#ifndef QVM_TOOLS_COMPLETE_H
#define QVM_TOOLS_COMPLETE_H

#include "lib/buf.h"
#include "lib/strv.h"
#include "qvm-tools/cmd.h"

/*
 * What can stand for a word of a usage line. WORDS makes the fixed ones, else COMMAND
 * prints them at the time of completion, else it is a file or folder.
 */
struct complete_kind {
	const char *name;		/* "LABEL" as in usage lines and options */
	void (*words)(struct buf *ret); /* by blanks */
	const char *command;
	bool is_file, is_folder;
};

extern const struct complete_kind complete_kinds[];
extern const size_t complete_kind_count;

/* The kind of ARG ("LABEL,..." is LABEL), NULL: nothing is known of such words. */
const struct complete_kind *complete_kind(const char *arg);

/* The words of a usage line: "VMNAME [PROPERTY [VALUE]]" → three; "..." stays at the last. */
void complete_args(const struct cmd *cmd, struct strv *ret);

void complete_bash(void);
void complete_zsh(void);
void complete_fish(void);

#endif
