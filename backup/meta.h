/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a backup says of its domains, as plain records: texts as they stand in qubes.xml,
 * which is how they are kept. Whoever restores them checks each by the rules of its kind.
 */
#ifndef QVM_BACKUP_META_H
#define QVM_BACKUP_META_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "lib/buf.h"
#include "lib/strv.h"

#define META_PATH_MAX 64	 /* of "vm7/private.img" with NUL */
#define META_XML_MAX (32u << 20) /* bytes of qubes.xml */
#define META_DOMAINS_MAX 20000
#define META_FILE_MAX (1u << 20) /* bytes of firewall.xml and notes.txt */

struct meta_pair {
	char *name;
	char *value; /* "" for none */
};

struct meta_pairs {
	struct meta_pair *v;
	size_t n;
};

struct meta_volume {
	char *role;
	char *pool;
	uint64_t size;
	int revisions_to_keep;
	bool rw, save, snap; /* save_on_stop, snap_on_start */
	bool excluded;	     /* left out of the backup although it would be saved */
};

struct meta_domain {
	char *name;
	char *klass; /* "AppVM" */
	long long id;
	bool included;
	char *path; /* "vm7/" */
	uint64_t bytes;
	struct meta_pairs props, features;
	struct strv tags;
	struct meta_volume *volumes;
	size_t volume_count;
};

struct meta {
	struct meta_domain *domains;
	size_t count;
};

void meta_dispose(struct meta *m);
#define cleanup_meta cleanup(meta_dispose)

void meta_pair_add(struct meta_pairs *p, const char *name, const char *value);
/* NULL when it is not set. */
const char *meta_pair(const struct meta_pairs *p, const char *name);
/* NULL: none of that name is in it. */
const struct meta_domain *meta_find(const struct meta *m, const char *name);

/* ---- qubes.xml (xml_write.c, xml_read.c) ---- */

/* The label table and dom0 are always in it, for Qubes's reader. LABELS ends with NULL. */
struct meta_label {
	int index;
	const char *name;
	uint32_t rgb;
};

void meta_xml(const struct meta *m, const struct meta_label *labels, size_t label_count,
	      struct buf *ret);

/* Of untrusted bytes; in a confined process. */
int meta_parse(const char *xml, size_t len, struct meta *ret, struct qvm_err *err)
	must_check;

/* Firewall rules, "KEY=VALUE KEY=VALUE" a line, in Qubes's file, and back. */
void firewall_xml(const char *rules, struct buf *ret);
int firewall_parse(const char *xml, size_t len, struct buf *ret, struct qvm_err *err)
	must_check;

/* ---- between processes (meta_wire.c) ---- */

/* One line a fact. */
void meta_format(const struct meta *m, struct buf *ret);
/* TEXT is changed. */
int meta_read(char *text, struct meta *ret, struct qvm_err *err) must_check;

#endif
