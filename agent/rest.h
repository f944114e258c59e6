/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Before a guest rests, as a spare or in an image, and after it has been woken. */
#ifndef QVM_AGENT_REST_H
#define QVM_AGENT_REST_H

#include "lib/macro.h"

#define HOOKS_REST "/etc/qvm/before-rest.d"
#define HOOKS_WAKE "/etc/qvm/after-wake.d"

/* Runs all programs of FOLDER: 0, or the status of the first that failed. */
int hooks_run(const char *folder) must_check;

/* The services qvm.Rest and qvm.Wake. */
int rest_main(int argc, char **argv);
int wake_main(int argc, char **argv);

#endif
