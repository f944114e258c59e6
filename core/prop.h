/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one property table: every property of a domain and of the system with its type,
 * default chain, validity, and what a change does while the domain runs. Commands, manual
 * pages, completions and the planner all read it.
 */
#ifndef QVM_CORE_PROP_H
#define QVM_CORE_PROP_H

#include <stdbool.h>

#include "core/vm.h"

enum prop_type {
	PT_STRING,
	PT_INT,
	PT_BOOL,
	PT_VM, /* name of a domain */
	PT_LABEL,
	PT_CHOICE, /* one of `choices` */
	PT_IP4,
	PT_IP6,
	PT_MAC,
	PT_KERNEL, /* folder below the state folder's kernels/ */
	PT_POOL,
};

enum prop_flag {
	PROP_READONLY = 1 << 0, /* computed, or set once at creation */
	PROP_HALTED = 1 << 1,	/* can be changed only while the domain is halted */
	PROP_NONE_OK = 1 << 2,	/* "none" and the empty value mean: nothing */
	PROP_INHERIT = 1 << 3, /* the template's value is the default, where it has one */
	PROP_NEXT_START = 1 << 4, /* a change acts at the next start */
	PROP_REQUIRED = 1 << 5,	  /* can be changed but not unset */
	PROP_LIVE = 1 << 6,	  /* known only with the hypervisor asked */
};

#define CLASS_BIT(c) (1u << (c))
#define CLASS_GLOBAL CLASS_BIT(CLASS_COUNT)

/* A value in force. TEXT is NULL for none; it belongs to the world, or is `own`. */
struct prop_value {
	const char *text;
	bool is_default;
	char own[128];
};

struct prop_def {
	const char *name;
	enum prop_type type;
	unsigned classes; /* CLASS_BIT of each that has it; CLASS_GLOBAL: qubes-prefs */
	unsigned flags;
	const char *unit;	    /* "MiB", "s", or NULL */
	const char *help;	    /* one line */
	long long min, max;	    /* PT_INT, inclusive */
	const char *const *choices; /* PT_CHOICE, NULL-terminated */
	/* Default chain: the template's (PROP_INHERIT), this global one, computed, literal. */
	enum prop_id global; /* or PROP_NONE; PROP_NAME also stands for none */
	void (*compute)(const struct world *w, const struct vm *vm,
			struct prop_value *ret);
	const char *fallback;
	/* What depends on more than the value itself. TARGET: the domain named by PT_VM. */
	int (*check)(const struct world *w, const struct vm *vm, const char *text,
		     const struct vm *target, struct qvm_err *err);
};

extern const struct prop_def prop_defs[PROP_COUNT];

/*
 * Finds a property by name ('-' counts as '_'), of domains or global. -QVM_E_NOT_FOUND
 * with the nearest name in the sentence.
 */
int prop_find(const char *name, bool global, enum prop_id *ret, struct qvm_err *err)
	must_check;

/* Does a domain of that class have it? */
bool prop_applies(enum prop_id id, const struct vm *vm);

/* The value in force; VM is NULL for a global property. Cannot fail. */
void prop_get(const struct world *w, const struct vm *vm, enum prop_id id,
	      struct prop_value *ret);
/* The default, whether or not it is in force. */
void prop_get_default(const struct world *w, const struct vm *vm, enum prop_id id,
		      struct prop_value *ret);

/* Shortcuts for values that the checks have already made sane. */
long long prop_int(const struct world *w, const struct vm *vm, enum prop_id id);
bool prop_bool(const struct world *w, const struct vm *vm, enum prop_id id);
struct vm *prop_vm(const struct world *w, const struct vm *vm, enum prop_id id);

/* A checked change, ready for store_prop_set. */
struct prop_change {
	enum prop_id id;
	bool unset;
	char *text;  /* normalised; NULL: none. Owned */
	int64_t ref; /* PT_VM */
};

void prop_change_dispose(struct prop_change *c);
#define cleanup_prop_change cleanup(prop_change_dispose)

/*
 * Checks setting ID of VM (NULL: global) to TEXT (NULL: unset, back to the default), with
 * all rules but whether the domain runs. VM may be a draft that is not in W yet.
 */
int prop_check(const struct world *w, const struct vm *vm, enum prop_id id,
	       const char *text, struct prop_change *ret, struct qvm_err *err) must_check;

#endif
