/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The call policy: which domain may call which service of which other. The files are those
 * of Qubes OS (docs/policy.md); what they say of a call is decided in this process.
 *
 * Parser and matcher are pure: text and facts about the domains go in, rules and decisions
 * come out. Files are reached through struct policy_files only; policy_load.h has the one
 * that reads the disk, with a cache.
 *
 *	policy_new → policy_parse_* ... → policy_finish → policy_decide ... → policy_free
 *
 * A policy with an error in it denies every call, as it cannot be known what it means.
 */
#ifndef QVM_QREXEC_POLICY_H
#define QVM_QREXEC_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/macro.h"
#include "lib/strv.h"
#include "lib/uuid.h"

#define POLICY_SUFFIX ".policy"
#define POLICY_FILE_MAX (1u << 20)  /* bytes of one file */
#define POLICY_TEXT_MAX (16u << 20) /* bytes of all files together */
#define POLICY_FILES_MAX 1024	    /* files read for one policy, repeated ones too */
#define POLICY_RULES_MAX 50000
#define POLICY_DEPTH_MAX 16    /* includes within includes */
#define POLICY_LINE_MAX 4096   /* of a line that is no comment */
#define POLICY_NOTES_MAX 64    /* findings kept; all are counted */
#define POLICY_SERVICE_MAX 255 /* NAME_MAX: services are files */
#define POLICY_CALL_MAX 65000  /* service, '+' and argument */

struct policy;

/* ---- reading ---- */

/* How the parser reaches files. Both return 0 or a negative errno. */
struct policy_files {
	void *arg;
	/* Adds the whole of the regular file PATH to RET, at most POLICY_FILE_MAX. */
	int (*read)(void *arg, const char *path, struct buf *ret);
	/* Adds the names of the regular files in folder PATH to RET, in any order. */
	int (*list)(void *arg, const char *path, struct strv *ret);
	const char *legacy; /* folder that !compat-4.0 reads */
};

struct policy *policy_new(void) must_check;
void policy_free(struct policy *p);
static inline void policy_free_at(struct policy **p)
{
	policy_free(*p);
}
#define cleanup_policy cleanup(policy_free_at)

/*
 * The files of several folders as one policy, in the order of their names; of two with the
 * same name that in the earlier folder counts. A folder that is absent is empty. Nothing
 * fails: what is wrong is in policy_notes.
 */
void policy_parse_dirs(struct policy *p, const struct policy_files *files,
		       const char *const *dirs, size_t n);

/*
 * One text called NAME, whose includes are relative to BASE. FILES NULL: includes are
 * checked for their form only. LEGACY: it has the form that !include-service reads.
 */
struct policy_text {
	const char *name;
	const char *base;
	const char *text;
	size_t len;
	bool legacy;
};

void policy_parse_text(struct policy *p, const struct policy_files *files,
		       const struct policy_text *text);

/* Builds the index; to be called once, before the first decision. */
void policy_finish(struct policy *p);

/* What was found while parsing. LINE 0: the file as a whole. */
struct policy_note {
	bool error; /* else a warning */
	char *file;
	unsigned line;
	char *text;
};

const struct policy_note *policy_notes(const struct policy *p, size_t *ret_n);
bool policy_is_broken(const struct policy *p);
size_t policy_rule_count(const struct policy *p);

/* Adds warnings on lines that can never count; quadratic, so for lint only. */
void policy_lint(struct policy *p);

/* Adds "FILE:LINE: " and the normal form of each rule, one a line, in order. */
void policy_dump(const struct policy *p, struct buf *ret);

/* ---- facts about the domains ---- */

struct policy_domain {
	const char *name;
	const char *type; /* "AppVM", "AdminVM", ... */
	const char *const *tags;
	size_t tag_count;
	const char *default_dispvm; /* NULL: none */
	bool template_for_dispvms;
	bool running;
	struct uuid uuid;
};

struct policy_system {
	const struct policy_domain *domains; /* sorted by name, byte by byte */
	size_t count;
};

/* NAME is a name or "uuid:UUID". NULL: there is none. */
const struct policy_domain *policy_domain_find(const struct policy_system *sys,
					       const char *name);

/* ---- deciding ---- */

enum policy_action { POLICY_DENY, POLICY_ALLOW, POLICY_ASK };

extern const char *const policy_action_names[];

struct policy_request {
	const char *service; /* without its argument */
	const char *arg;     /* what is behind the first '+'; NULL: as if empty */
	const char *source;  /* as the transport knows it, never from the message */
	const char *target;  /* as the caller wrote it; empty: @default */
};

/* Everything in it is its own. Initialise with POLICY_DECISION_INIT. */
struct policy_decision {
	enum policy_action action;
	const char *reason; /* constant text: why */
	char *file; /* of the line that decided, or of the first error; NULL: none */
	unsigned line;
	/* in normal form: "@adminvm" for dom0, "@default" for one that is unknown */
	char *requested_target;
	/* allow: "dom0", a name, or "@dispvm:NAME"; the same by uuid where it is known */
	char *target;
	char *target_uuid;    /* "uuid:UUID", "@dispvm:uuid:UUID"; NULL for dom0 */
	char *dispvm;	      /* allow: template of the disposable to make, or NULL */
	struct strv targets;  /* ask: what may be chosen, sorted */
	char *default_target; /* ask: one of them, or NULL */
	char *user;	      /* NULL: the domain's default user */
	bool notify;
	bool autostart;
};

#define POLICY_DECISION_INIT ((struct policy_decision){0})

void policy_decision_dispose(struct policy_decision *d);
#define cleanup_decision cleanup(policy_decision_dispose)

/* RET must be initialised; what it held before is released. Cannot fail: it denies. */
void policy_decide(const struct policy *p, const struct policy_system *sys,
		   const struct policy_request *req, struct policy_decision *ret);

/* One line that was looked at. TEXT is its normal form, valid during the call. */
struct policy_step {
	const char *file;
	unsigned line;
	const char *text;
	const char *miss; /* the first column that did not fit; NULL: this one decides */
};

typedef void policy_trace_fn(void *arg, const struct policy_step *step);

/* The same, and tells of each line for that service up to the one that decides. */
void policy_explain(const struct policy *p, const struct policy_system *sys,
		    const struct policy_request *req, policy_trace_fn *trace, void *arg,
		    struct policy_decision *ret);

/*
 * The answer to an ask: D becomes the permission to call TARGET, or a denial when TARGET is
 * NULL or was not offered. Does nothing to a decision that is no ask.
 */
void policy_decision_answer(struct policy_decision *d, const struct policy_system *sys,
			    const char *target);

/* D as the lines with which Qubes's policy daemon answers. An ask reads as a denial. */
void policy_decision_format(const struct policy_decision *d, struct buf *ret);

/* "SERVICE+ARG": the two halves; ARG is NULL without '+'. Returns 0 or -ENAMETOOLONG. */
int policy_call_split(const char *call, char ret_service[static POLICY_SERVICE_MAX + 1],
		      const char **ret_arg) must_check;

#endif
