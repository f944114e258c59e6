/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy on disk: read whole, kept, and read again when a file or folder it came from
 * has changed; and the changes that qubes-policy makes to its files.
 *
 *	policy_cache_new → policy_cache_get before each decision ... → policy_cache_free
 *
 * ROOT is put in front of every path that is opened, not of those that are shown; "" for
 * the system's own.
 */
#ifndef QVM_QREXEC_POLICY_LOAD_H
#define QVM_QREXEC_POLICY_LOAD_H

#include "core/ctx.h"
#include "core/err.h"
#include "qrexec/policy.h"

/* The first one counts where both have a file of the same name; it is gone at boot. */
#define POLICY_RUN_DIR "/run/qubes/policy.d"
#define POLICY_DIR "/etc/qubes/policy.d"
#define POLICY_INCLUDE_DIR POLICY_DIR "/include"
#define POLICY_LEGACY_DIR "/etc/qubes-rpc/policy"

/* The ROOT of CTX; the caller frees it. */
char *policy_root(const struct qvm_ctx *ctx) must_check;

struct policy_cache;

struct policy_cache *policy_cache_new(const char *root) must_check;
void policy_cache_free(struct policy_cache *c);
static inline void policy_cache_free_at(struct policy_cache **c)
{
	policy_cache_free(*c);
}
#define cleanup_policy_cache cleanup(policy_cache_free_at)

/*
 * The policy as it is now, never NULL, valid until the next call; one that cannot be read
 * denies everything. RET_CHANGED, unless NULL: was it read anew?
 */
const struct policy *policy_cache_get(struct policy_cache *c, bool *ret_changed);

/* The policy read once, with the warnings of policy_lint; free it. */
struct policy *policy_load_linted(const char *root) must_check;

/*
 * The files of POLICY_DIR as qubes-policy names them: "30-user" (with or without .policy),
 * or "include/NAME" for one of the include folder. -QVM_E_VALUE for a name that is none.
 */
int policy_file_list(const char *root, bool include, struct strv *ret,
		     struct qvm_err *err) must_check;
int policy_file_get(const char *root, const char *name, struct buf *ret,
		    struct qvm_err *err) must_check;

/*
 * Replaces or removes a file as one step, under the lock that Qubes's tools take too, when
 * the policy is none the worse for it: an error that it would have and has not now is
 * refused with QVM_E_VALUE. TEXT NULL: removes it.
 */
struct policy_change {
	const char *name;
	const char *text;
	size_t len;
	bool dry_run; /* all but the change itself */
};

int policy_file_change(const char *root, const struct policy_change *change,
		       struct qvm_err *err) must_check;

/*
 * The policy of a new machine, POLICY_DIR/90-default.policy: written where there is no file
 * of that name, whatever is in it otherwise.
 */
bool policy_default_missing(const char *root) must_check;
int policy_default_install(const char *root, struct qvm_err *err) must_check;

#endif
