/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/vif.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "lib/strv.h"
#include "xen/wire_batch.h"

#define VIFS_MAX 64 /* of one domain; it writes none of these names itself */
#define TAKEN "qvm-vif"

enum value {
	END,
	FRONTEND_DIR,
	BACKEND_DIR,
	DOMID,
	BACKEND_ID,
	ID,
	MAC,
	IP,
	MTU,
	TYPE,
	SCRIPT,
	ZERO,
	ONE,
};

struct node {
	const char *name;
	enum value value;
};

/* Xenbus states: 1 is Initialising. A backend elsewhere is not trusted with our pages. */
static const struct node frontend[] = {
	{"backend", BACKEND_DIR},
	{"backend-id", BACKEND_ID},
	{"state", ONE},
	{"handle", ID},
	{"mac", MAC},
	{"mtu", MTU},
	{"trusted", ZERO},
	{NULL, END},
};

static const struct node for_libxl[] = {
	{"frontend", FRONTEND_DIR},
	{"backend", BACKEND_DIR},
	{"frontend-id", DOMID},
	{"handle", ID},
	{"mac", MAC},
	{"type", TYPE},
	{NULL, END},
};

/* The kernel's netback takes no interface without a script, though it runs none. */
static const struct node backend[] = {
	{"frontend", FRONTEND_DIR},
	{"frontend-id", DOMID},
	{"online", ONE},
	{"state", ONE},
	{"handle", ID},
	{"mac", MAC},
	{"ip", IP},
	{"mtu", MTU},
	{"type", TYPE},
	{"script", SCRIPT},
	{NULL, END},
};

static const struct node *const nodes[VIF_DIR_COUNT] = {
	[VIF_FRONTEND] = frontend,
	[VIF_LIBXL] = for_libxl,
	[VIF_BACKEND] = backend,
};

void vif_init(struct vif *v, uint32_t domid, const struct hv_nic *nic)
{
	const uint8_t *m = nic->mac;

	*v = (struct vif){.ip = nic->ip ? nic->ip : "",
			  .domid_number = domid,
			  .backend_number = nic->backend_domid};
	snprintf(v->dirs[VIF_FRONTEND], VIF_PATH_MAX, "/local/domain/%u/device/vif/%u",
		 domid, nic->devid);
	snprintf(v->dirs[VIF_LIBXL], VIF_PATH_MAX, "/libxl/%u/device/vif/%u", domid,
		 nic->devid);
	snprintf(v->dirs[VIF_BACKEND], VIF_PATH_MAX, "/local/domain/%u/backend/vif/%u/%u",
		 nic->backend_domid, domid, nic->devid);
	snprintf(v->domid, sizeof(v->domid), "%u", domid);
	snprintf(v->backend, sizeof(v->backend), "%u", nic->backend_domid);
	snprintf(v->id, sizeof(v->id), "%u", nic->devid);
	snprintf(v->mac, sizeof(v->mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1],
		 m[2], m[3], m[4], m[5]);
}

const char *vif_node(const struct vif *v, enum vif_dir dir, size_t n, const char **ret)
{
	const char *const values[] = {
		[FRONTEND_DIR] = v->dirs[VIF_FRONTEND],
		[BACKEND_DIR] = v->dirs[VIF_BACKEND],
		[DOMID] = v->domid,
		[BACKEND_ID] = v->backend,
		[ID] = v->id,
		[MAC] = v->mac,
		[IP] = v->ip,
		[MTU] = "1500",
		[TYPE] = "vif",
		[SCRIPT] = "/etc/xen/scripts/vif-route-qubes",
		[ZERO] = "0",
		[ONE] = "1",
	};
	const struct node *node = &nodes[dir][n];

	*ret = values[node->value];
	return node->name;
}

/* ---- what is to be done ---- */

struct change {
	uint32_t domid;
	char own[32]; /* its folder of libxl */
	struct hv_nic *add;
	size_t add_count;
	struct strv gone; /* folders */
	unsigned taken;	  /* from this domain so far */
};

static void put_dir(struct wire_batch *b, const struct vif *v, enum vif_dir dir,
		    const struct buf *perms)
{
	const char *name, *value;

	if (perms)
		wire_make_dir(b, v->dirs[dir], perms);
	for (size_t i = 0; (name = vif_node(v, dir, i, &value)); i++)
		wire_ask(b, WIRE_WRITE, v->dirs[dir], name, value, strlen(value));
}

static void put_vif(struct wire_batch *b, const struct vif *v)
{
	cleanup_buf struct buf front = BUF_INIT, back = BUF_INIT;

	wire_perms(&front, v->domid_number, v->backend_number);
	wire_perms(&back, v->backend_number, v->domid_number);
	put_dir(b, v, VIF_LIBXL, NULL);
	put_dir(b, v, VIF_FRONTEND, &front);
	put_dir(b, v, VIF_BACKEND, &back);
}

static void ask_change(struct wire_batch *b, const void *arg)
{
	const struct change *c = arg;

	char taken[12];

	snprintf(taken, sizeof(taken), "%u", c->taken);
	if (c->gone.n)
		wire_ask(b, WIRE_WRITE, c->own, TAKEN, taken, strlen(taken));
	for (size_t i = 0; i < c->gone.n; i++)
		wire_ask(b, WIRE_REMOVE, c->gone.v[i], NULL, NULL, 0);
	for (size_t i = 0; i < c->add_count; i++) {
		struct hv_nic nic = c->add[i];
		struct vif v;

		if (c->taken)
			nic.devid = VIF_LATER + c->taken;
		vif_init(&v, c->domid, &nic);
		put_vif(b, &v);
	}
}

/*
 * The folders of an interface that is there. Its backend's is named in libxl's part, which
 * is dom0's own; the domain's folder above it goes along, as there is one interface a pair.
 */
static int remove_vif(struct wire_batch *b, struct change *c, const char *id)
{
	cleanup_free char *dir = xasprintf("%s/device/vif/%s", c->own, id);
	char where[WIRE_VALUE_MAX + 1];
	int r = wire_read_node(b, dir, "backend", where);
	char *last;

	if (r < 0 && r != -ENOENT)
		return r;
	if (r == 0 && strncmp(where, "/local/domain/", 14) == 0 &&
	    strlen(where) < VIF_PATH_MAX) {
		last = strrchr(where, '/');
		strv_add(&c->gone, where);
		*last = '\0';
		strv_add(&c->gone, where);
	}
	strv_addf(&c->gone, "/local/domain/%u/device/vif/%s", c->domid, id);
	strv_take(&c->gone, steal(dir));
	return 0;
}

/* Is the interface one of those to be added? Then it need not be. */
static int keep_vif(struct wire_batch *b, struct change *c, const char *id, bool *ret)
{
	cleanup_free char *dir = xasprintf("%s/device/vif/%s", c->own, id);
	char where[WIRE_VALUE_MAX + 1];
	int r = wire_read_node(b, dir, "backend", where);

	*ret = false;
	for (size_t i = 0; r == 0 && i < c->add_count; i++) {
		cleanup_free char *there = xasprintf("/local/domain/%u/backend/vif/%u/",
						     c->add[i].backend_domid, c->domid);

		if (strncmp(where, there, strlen(there)) != 0)
			continue;
		c->add[i] = c->add[--c->add_count];
		*ret = true;
		return 0;
	}
	return r == -ENOENT ? 0 : r;
}

static int look_at(struct wire_batch *b, struct change *c, const char *id)
{
	bool keep;
	int r = keep_vif(b, c, id, &keep);

	if (r < 0 || keep)
		return r;
	c->taken++;
	return remove_vif(b, c, id);
}

static int count_taken(struct wire_batch *b, struct change *c)
{
	char text[WIRE_VALUE_MAX + 1];
	long long n = 0;
	int r = wire_read_node(b, c->own, TAKEN, text);

	if (r == 0)
		r = num_parse(text, 0, UINT16_MAX, &n);
	c->taken = (unsigned)n;
	return r == -ENOENT ? 0 : r;
}

static int look(struct wire_batch *b, struct change *c)
{
	cleanup_free char *dir = xasprintf("%s/device/vif", c->own);
	cleanup_strv struct strv ids = STRV_INIT;
	int r = wire_list(b, dir, VIFS_MAX, &ids);

	if (r < 0)
		return r == -ENOENT ? 0 : r; /* it never had one */
	r = count_taken(b, c);
	for (size_t i = 0; r == 0 && i < ids.n; i++)
		r = look_at(b, c, ids.v[i]);
	return r;
}

int vif_set(uint32_t domid, const struct hv_nic *nics, size_t n, struct qvm_err *err)
{
	cleanup_free struct hv_nic *add = xcalloc(n + 1, sizeof(*add));
	struct wire_batch b cleanup(wire_batch_dispose) = WIRE_BATCH_INIT;
	struct change c = {.domid = domid, .add = add, .add_count = n};
	int r;

	b.fd = wire_open();
	if (b.fd < 0)
		return err_errno(err, b.fd, "cannot reach xenstored");
	snprintf(c.own, sizeof(c.own), "/libxl/%u", domid);
	if (n)
		memcpy(add, nics, n * sizeof(*add));
	r = look(&b, &c);
	if (r == 0 && (c.gone.n || c.add_count))
		r = wire_transaction(&b, ask_change, &c);
	strv_dispose(&c.gone);
	return r < 0 ? err_errno(err, r, "cannot connect the interfaces of domain %u",
				 domid)
		     : 0;
}

/* ---- keys ---- */

struct key_change {
	char path[32];
	const struct hv_key *keys;
	size_t n;
};

static void ask_keys(struct wire_batch *b, const void *arg)
{
	const struct key_change *c = arg;

	for (size_t i = 0; i < c->n; i++) {
		const struct hv_key *key = &c->keys[i];

		wire_ask(b, key->value ? WIRE_WRITE : WIRE_REMOVE, c->path, key->name,
			 key->value, key->value ? strlen(key->value) : 0);
	}
}

/* What does not fit into a message is refused here: there it would be a broken promise. */
static int keys_verify(const struct hv_key *keys, size_t n, struct qvm_err *err)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(keys[i].name) > WIRE_PATH_MAX - 40 ||
		    (keys[i].value && strlen(keys[i].value) > WIRE_VALUE_MAX))
			return err_set(err, QVM_E_VALUE,
				       "'%.64s' does not fit into "
				       "xenstore",
				       keys[i].name);
	return 0;
}

int keys_set(uint32_t domid, const struct hv_key *keys, size_t n, struct qvm_err *err)
{
	struct wire_batch b cleanup(wire_batch_dispose) = WIRE_BATCH_INIT;
	struct key_change c = {.keys = keys, .n = n};
	int r = keys_verify(keys, n, err);

	if (r < 0)
		return r;
	snprintf(c.path, sizeof(c.path), "/local/domain/%u", domid);
	b.fd = wire_open();
	if (b.fd < 0)
		return err_errno(err, b.fd, "cannot reach xenstored");
	r = wire_transaction(&b, ask_keys, &c);
	return r < 0 ? err_errno(err, r, "cannot write the keys of domain %u", domid) : 0;
}
