/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libxl as the rest of this room sees it: the one place that asks which release it is,
 * and declarations that cannot forget to initialise or to dispose.
 *
 *	xl_domain_config(d);	declares `libxl_domain_config d`, released with its scope
 */
#ifndef QVM_XEN_COMPAT_H
#define QVM_XEN_COMPAT_H

#include <libxl.h>
#include <libxl_utils.h>

#include "lib/macro.h"

#define xl_declare(type, name)                                                           \
	cleanup(type##_dispose) type name;                                               \
	type##_init(&(name))

#define xl_domain_config(name) xl_declare(libxl_domain_config, name)
#define xl_dominfo(name) xl_declare(libxl_dominfo, name)

/* Fields that some supported release lacks; nothing where it does. */

static inline void xl_disk_trust(libxl_device_disk *disk, bool trusted)
{
#ifdef LIBXL_HAVE_DISK_TRUSTED
	libxl_defbool_set(&disk->trusted, trusted);
#else
	(void)disk, (void)trusted;
#endif
}

static inline void xl_nic_trust(libxl_device_nic *nic, bool trusted)
{
#ifdef LIBXL_HAVE_NIC_TRUSTED
	libxl_defbool_set(&nic->trusted, trusted);
#else
	(void)nic, (void)trusted;
#endif
}

static inline void xl_disk_is_xen(libxl_device_disk *disk)
{
#ifdef LIBXL_HAVE_DEVICE_DISK_SPECIFICATION
	disk->specification = LIBXL_DISK_SPECIFICATION_XEN;
#else
	(void)disk;
#endif
}

static inline void xl_grant_v1(libxl_domain_build_info *b)
{
#ifdef LIBXL_HAVE_MAX_GRANT_VERSION
	b->max_grant_version = 1;
#else
	(void)b;
#endif
}

static inline void xl_no_pmu(libxl_domain_build_info *b)
{
#ifdef LIBXL_HAVE_VPMU
	libxl_defbool_set(&b->vpmu, false);
#else
	(void)b;
#endif
}

static inline void xl_strict_msrs(libxl_domain_build_info *b)
{
#ifdef LIBXL_HAVE_X86_MSR_RELAXED
	libxl_defbool_set(&b->arch_x86.msr_relaxed, false);
#else
	(void)b;
#endif
}

static inline void xl_no_passthrough(libxl_domain_create_info *c)
{
#ifdef LIBXL_HAVE_CREATEINFO_PASSTHROUGH
	c->passthrough = LIBXL_PASSTHROUGH_DISABLED;
#else
	(void)c;
#endif
}

#endif
