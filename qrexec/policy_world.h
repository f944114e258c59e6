/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The registry as the policy sees it. */
#ifndef QVM_QREXEC_POLICY_WORLD_H
#define QVM_QREXEC_POLICY_WORLD_H

#include "core/vm.h"
#include "qrexec/policy.h"

/*
 * Facts about the domains of W, which must outlive them; free with policy_system_free.
 * Whether a domain runs is known only where W was asked for its live state.
 */
struct policy_system *policy_system_new(const struct world *w) must_check;
void policy_system_free(struct policy_system *sys);
static inline void policy_system_free_at(struct policy_system **sys)
{
	policy_system_free(*sys);
}
/* The label of the domain NAME of a struct world, or NULL: struct ask_conf's `label`. */
const char *policy_world_label(void *world, const char *name);

#define cleanup_policy_system cleanup(policy_system_free_at)

#endif
