/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest makes of what dom0 tells it, once at boot: its name, its disks, its services.
 * Each step does what it can and goes on; what it cannot do it says on the kernel's log.
 */
#ifndef QVM_AGENT_SETUP_H
#define QVM_AGENT_SETUP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/macro.h"
#include "lib/strv.h"

/* dom0's keys, below "qvm" of the domain's own path; "" where one is missing. */
struct guest {
	char *name, *type, *persistence, *user, *timezone;
	struct strv services; /* those that are on */
};

/* The name alone, for a guest that has become another one (sleep.c). */
void setup_identity(void);

/* Does all of it; its exit status. */
int setup_main(int argc, char **argv);

/* The guest's first program where an image has none of its own. */
int init_main(int argc, char **argv);
/* Asks it to end; what the kernel runs when dom0 asks for that. */
int poweroff_main(int argc, char **argv);

/* The same in the initial file system of a kernel (setup_initramfs.c). */
bool is_initramfs(void);
int initramfs_main(char **argv);

/* Runs a command that reaches a proxy by calls (setup_proxy.c). */
int updates_proxy_main(int argc, char **argv);

/* A line for the kernel's log, and so for the console. */
void setup_say(const char *fmt, ...) printf_like(1, 2);

/* Runs a program to its end, quietly: its exit status, or a negative errno. */
int setup_run(const char *const *argv) must_check;

/* ---- disks (setup_disk.c) ---- */

void setup_root(const struct guest *g);
void setup_private(const struct guest *g);
void setup_volatile(const struct guest *g);
void setup_modules(const struct guest *g);

#define SETUP_VOLATILE "/dev/xvdc"
#define SETUP_SWAP_MAX (UINT64_C(1) << 30)
#define SETUP_DEVICE_MAX 64

/* Makes DEVICE swap, at most SETUP_SWAP_MAX of it, and uses it. What it held is lost. */
int swap_make(const char *device) must_check;

/* ---- a root that is read-only (setup_overlay.c), in the initial file system ---- */

bool is_readonly(const char *device);
/* RET: a device that reads as ORIGIN, and whose changes are kept on the volatile volume. */
int overlay_make(const char *origin, char ret[static SETUP_DEVICE_MAX]) must_check;
void overlay_remove(void);
/* Swap on what the changes leave of that volume. */
int overlay_swap(void) must_check;

/* Folders of the root that live on the private volume (setup_bind.c). */
void setup_bind_dirs(const struct guest *g);

/* ---- helpers (setup_mount.c) ---- */

bool is_mounted(const char *folder);
/* In bytes. */
int device_size(const char *device, uint64_t *ret) must_check;
/* Binds FROM over TO, which is made where it is missing. 0 or a negative errno. */
int bind_over(const char *from, const char *to) must_check;
/* A copy of FROM with all attributes becomes TO, in one step. */
int copy_tree(const char *from, const char *to) must_check;
/* Makes the file system on DEVICE that is mounted on FOLDER as large as it. */
int grow_fs(const char *folder, const char *device) must_check;

#endif
