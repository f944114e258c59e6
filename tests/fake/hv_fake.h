/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hypervisor that lives in the text file "fake-xen" below ctx->run_dir, so that several
 * processes see the same one. It is locked by flock for each call and rewritten in place;
 * lines that this program does not know are kept. A test writes to it what it likes:
 *
 *	host 8GiB			memory of the machine (16 GiB without this line)
 *	next 3				the domid after the last; never goes back
 *	fail create "no such luck"	every call of that operation fails with this text;
 *					also unpause, pause, power_off, shutdown, destroy, console,
 *					set_memory, attach, host, list; detach "" is a
 *					guest that lets go of no disk
 *	hang work			the domain of this name does not react to shutdown
 *	domain 2 UUID work STATE REASON MEMORY MAX VCPUS
 *		STATE	paused, running or shutdown
 *		REASON	poweroff, reboot, suspend, crash, watchdog, or - before the end
 *		MEMORY	bytes, also with a suffix; MAX as well
 *
 *	disk 2 xvdi MAJOR MINOR r|w	attached; its own disks have no such lines
 *	io 2 READ WRITE RX TX		bytes that it has moved; without this line: unknown
 *	cpu 2 SECONDS			its processor time; 0 without this line
 *
 * To crash a domain, turn its "running -" into "shutdown crash"; to take it away, remove
 * its line. The waits notice within 20 ms.
 */
#ifndef QVM_TESTS_FAKE_HV_FAKE_H
#define QVM_TESTS_FAKE_HV_FAKE_H

#include "core/hv.h"

extern const struct hv_ops hv_fake;
extern const struct hv_view_ops hv_view_fake;

#endif
