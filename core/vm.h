/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a domain is, and the world it lives in: plain records as the registry holds them.
 *
 * A struct world is a consistent snapshot of the whole registry (store_load). It is read
 * freely and never written back: changes go through store.h, and a new snapshot shows them.
 */
#ifndef QVM_CORE_VM_H
#define QVM_CORE_VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/prop_id.h"
#include "lib/macro.h"
#include "lib/strv.h"
#include "lib/uuid.h"

#define QVM_NAME_MAX 31
#define QVM_ID_MAX 10000 /* as addresses are made from it */

/* Unnamed disposables: "disp" and a number from 1 on, and the number from here on as id. */
enum { DISP_NUMBERS = 9999, DISP_ID_FIRST = QVM_ID_MAX + 1 };

enum vm_class {
	CLASS_ADMIN,
	CLASS_TEMPLATE,
	CLASS_APP,
	CLASS_STANDALONE,
	CLASS_DISP,
	CLASS_COUNT,
};

/* One class a row, indexed by enum vm_class. */
struct vm_class_info {
	const char *name; /* "AppVM" */
	char letter;	  /* of the FLAGS column */
	bool has_template;
	const char *help;
};

extern const struct vm_class_info vm_classes[CLASS_COUNT];

/* Returns 0 or -QVM_E_NOT_FOUND with the known classes in the sentence. */
int vm_class_parse(const char *text, enum vm_class *ret, struct qvm_err *err) must_check;

/* The eight labels of Qubes OS; index as there. */
struct vm_label {
	int index;
	const char *name;
	uint32_t rgb;
	int ansi; /* nearest of the 16 terminal colours, as in "\033[%dm" */
};

extern const struct vm_label vm_labels[];
extern const size_t vm_label_count;
const struct vm_label *label_find(const char *name_or_index); /* NULL: none */

/* A property as stored. Only what differs from its default is set. */
struct vm_prop {
	bool set;
	char *text;  /* NULL: set to "none" */
	int64_t ref; /* id of the domain it names, for PT_VM; 0: none */
};

struct vm_feature {
	char *name;
	char *value;
};

enum vol_role { VOL_ROOT, VOL_PRIVATE, VOL_VOLATILE, VOL_ROLE_COUNT };

extern const char *const vol_role_names[VOL_ROLE_COUNT];

struct vm_revision {
	int64_t id;
	uint32_t serial; /* ascending within its volume */
	int64_t created; /* seconds since the epoch */
	char *label;	 /* given by the user, or NULL */
	bool pinned;
	bool live; /* taken while its domain ran: as after a power cut, and never current */
};

/* A volume of a domain. Persistent ones have a live generation in their pool. */
struct vm_volume {
	int64_t id;
	enum vol_role role;
	char *pool;
	uint64_t size;
	uint32_t generation; /* of the live volume "v<id>-g<generation>" */
	bool persistent;     /* save_on_stop */
	bool snapshot;	     /* snap_on_start: from the same role of its template */
	bool rw;
	int revisions_to_keep;	       /* -1: no revisions at all */
	bool dirty;		       /* written to since its newest revision */
	struct vm_revision *revisions; /* oldest first */
	size_t revision_count;
};

/* What the hypervisor and the runtime files say; filled by op_live, else all unknown. */
enum vm_state {
	STATE_UNKNOWN,
	STATE_HALTED,
	STATE_TRANSIENT, /* being started */
	STATE_RUNNING,
	STATE_PAUSED,
	STATE_HALTING, /* ended, not yet torn down */
	STATE_DYING,
	STATE_CRASHED,
};

struct vm_live {
	enum vm_state state;
	uint32_t domid; /* valid when the state is neither unknown nor halted */
	uint64_t memory, max_memory, cpu_ns;
	uint32_t vcpus;
	int64_t start_time; /* seconds since the epoch, 0: unknown */
	bool orphan;	    /* runs, but no watcher looks after it */

	/* filled by a monitor only (ops/monitor.h) */
	bool outdated; /* its template has a newer root than the one it runs over */
	bool has_io;   /* since its start, as the domain sees it: */
	uint64_t read_bytes, write_bytes, rx_bytes, tx_bytes;
};

struct vm {
	int64_t id; /* the qid; 0 is dom0 */
	char name[QVM_NAME_MAX + 1];
	enum vm_class klass;
	struct uuid uuid;
	struct vm_prop props[PROP_COUNT];
	struct vm_feature *features; /* sorted by name */
	size_t feature_count;
	struct strv tags; /* sorted */
	char *firewall;	  /* its rules, a line each (netvm/rule.h); NULL: never set */
	char *forwards;	  /* ports led in to it, a line each; NULL: none */
	struct vm_volume volumes[VOL_ROLE_COUNT];
	bool has_volume[VOL_ROLE_COUNT];
	struct vm_live live;
};

struct world_pool {
	char *name;
	char *driver;
	char *location;
	int revisions_to_keep; /* for new volumes */
};

/* A removed domain that can be brought back, under the name that it had. */
struct world_trash {
	struct vm vm;
	int64_t removed, expires; /* seconds since the epoch */
};

struct world {
	struct vm *vms; /* by name; dom0 is one of them */
	size_t vm_count;
	struct vm_prop globals[PROP_COUNT];
	struct world_pool *pools;
	size_t pool_count;
	char *scratch;		   /* "vg/lv" of the scratch store, or NULL */
	struct world_trash *trash; /* by name */
	size_t trash_count;
	uint64_t host_memory; /* bytes; 0 while the hypervisor was not asked */
	uint32_t host_cpus;
};

void vm_dispose(struct vm *vm);
void world_free(struct world *w);
#define cleanup_world cleanup(world_free_at)
static inline void world_free_at(struct world **w)
{
	world_free(*w);
}

/* NULL when there is none. The result belongs to the world. */
struct vm *world_vm(const struct world *w, const char *name);
struct vm *world_vm_by_id(const struct world *w, int64_t id);
struct vm *world_vm_by_uuid(const struct world *w, const struct uuid *uuid);
const struct world_pool *world_pool(const struct world *w, const char *name);

/* The same, with -QVM_E_NO_VM and a sentence. */
int vm_find(const struct world *w, const char *name, struct vm **ret, struct qvm_err *err)
	must_check;

/* NULL when it is not set. */
const char *vm_feature(const struct vm *vm, const char *name);

/*
 * Character-class checks; everything that becomes a name passes here. 0 or -QVM_E_VALUE
 * with the rule that was broken. A name may contain no '/' and never starts with '.'.
 */
int vm_name_check(const char *name, struct qvm_err *err) must_check;
int feature_check(const char *name, const char *value, struct qvm_err *err) must_check;
int tag_check(const char *tag, struct qvm_err *err) must_check;
int pool_name_check(const char *name, struct qvm_err *err) must_check;

const char *vm_state_name(enum vm_state state);
bool vm_is_running(const struct vm *vm); /* paused, or being started, too */
bool vm_is_there(const struct vm *vm);	 /* or has ended, and is not torn down yet */

/* Ids of volumes in a pool, as pool.h wants them (POOL_ID_MAX). */
void vol_live_id(const struct vm_volume *vol, char ret[static 48]);
void vol_revision_id(const struct vm_volume *vol, uint32_t serial, char ret[static 48]);
/* The current state for all who read: the newest one that is not live. NULL: none. */
const struct vm_revision *vol_newest(const struct vm_volume *vol);

/* A reference to a domain: PROP of VM, or a global property where VM is NULL. */
struct vm_user {
	enum prop_id prop;
	const struct vm *vm;
};

/* Who refers to VM: what qvm-remove has to name. *ret is the caller's to free. */
void vm_users(const struct world *w, const struct vm *vm, struct vm_user **ret,
	      size_t *ret_n);

#endif
