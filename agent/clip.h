/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text on its way between domains, in a guest: one piece for each of its users. */
#ifndef QVM_AGENT_CLIP_H
#define QVM_AGENT_CLIP_H

#include "lib/macro.h"

#define CLIP_DIR "/run/qvm-clip"
#define CLIP_GET_SERVICE "qvm.ClipboardGet"
#define CLIP_SET_SERVICE "qvm.ClipboardSet"

enum { CLIP_MAX = 65536 }; /* bytes, as in Qubes */

/*
 * What is given on standard input is kept until something else is given; nothing given
 * removes it. And its other half. Programs: their exit status.
 */
int clip_set_main(int argc, char **argv);
int clip_get_main(int argc, char **argv);

/* Makes the folder of all users' texts; for root, when the agent begins. */
void clip_prepare(void);

#endif
