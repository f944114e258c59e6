/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Before a guest rests, as a spare or in an image, and after it has been woken. */
#ifndef QVM_AGENT_REST_H
#define QVM_AGENT_REST_H

#include <stdbool.h>

#include "lib/macro.h"

#define HOOKS_REST "/etc/qvm/before-rest.d"
#define HOOKS_WAKE "/etc/qvm/after-wake.d"

/* Runs all programs of FOLDER: 0, or the status of the first that failed. */
int hooks_run(const char *folder) must_check;

/* The services qvm.Rest, qvm.Sleep and qvm.Wake. */
int rest_main(int argc, char **argv);
int sleep_main(int argc, char **argv);
int wake_main(int argc, char **argv);

/* For the agent, when a call has ended: has it been told to sleep? */
bool sleep_is_due(void);
/* Returns 0 in a copy, as another guest; all channels are closed before. */
int sleep_until_copied(void) must_check;

#endif
