/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The functions that rows of the property table need: computed defaults, and checks that
 * look beyond the value itself. Signatures are those of struct prop_def; included by
 * prop_table.c and prop_rules.c alone.
 */
#ifndef QVM_CORE_PROP_RULES_H
#define QVM_CORE_PROP_RULES_H

#include "core/prop.h"

#define PROP_MEMORY_MAX (16LL << 20) /* MiB: 16 TiB */

typedef void prop_compute_fn(const struct world *w, const struct vm *vm,
			     struct prop_value *ret);
typedef int prop_check_fn(const struct world *w, const struct vm *vm, const char *text,
			  const struct vm *target, struct qvm_err *err);

prop_compute_fn compute_name;
prop_compute_fn compute_qid;
prop_compute_fn compute_uuid;
prop_compute_fn compute_klass;
prop_compute_fn compute_auto_cleanup;
prop_compute_fn compute_maxmem;
prop_compute_fn compute_ip;
prop_compute_fn compute_ip6;
prop_compute_fn compute_mac;
prop_compute_fn compute_visible_ip;
prop_compute_fn compute_visible_ip6;
prop_compute_fn compute_visible_gateway;
prop_compute_fn compute_visible_gateway6;
prop_compute_fn compute_visible_netmask;
prop_compute_fn compute_gateway;
prop_compute_fn compute_gateway6;
prop_compute_fn compute_dns;
prop_compute_fn compute_updateable;
prop_compute_fn compute_include_in_backups;
prop_compute_fn compute_default_dispvm;
prop_compute_fn compute_netvm;
prop_compute_fn compute_xid;
prop_compute_fn compute_start_time;
prop_compute_fn compute_host_memory;
prop_compute_fn compute_host_cpus;
prop_check_fn check_template;
prop_check_fn check_netvm;
prop_check_fn check_provides_network;
prop_check_fn check_dispvm;
prop_check_fn check_template_for_dispvms;
prop_check_fn check_ip;
prop_check_fn check_ip6;
prop_check_fn check_mac;
prop_check_fn check_global_template;
prop_check_fn check_user;
prop_check_fn check_maxmem;
prop_check_fn check_pcidevs;

#endif
