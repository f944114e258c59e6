/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interfaces, nodes and disks of the fake hypervisor's domains: a line each. */
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "tests/fake/hv_fake_state.h"

/* Lines of the file about one domain: "nic 3 ..." */
void fake_forget(struct fake_state *s, const char *kind, uint32_t domid, const char *name)
{
	cleanup_free char *start = xasprintf("%s %u %s", kind, domid, name ? name : "");
	struct strv kept = STRV_INIT;

	for (size_t i = 0; i < s->others.n; i++)
		if (strncmp(s->others.v[i], start, strlen(start)) != 0)
			strv_add(&kept, s->others.v[i]);
	strv_dispose(&s->others);
	s->others = kept;
}

void fake_put_nics(struct fake_state *s, uint32_t domid, const struct hv_nic *nics,
		   size_t n)
{
	fake_forget(s, "nic", domid, NULL);
	for (size_t i = 0; i < n; i++)
		strv_addf(&s->others, "nic %u %u %02x:%02x:%02x:%02x:%02x:%02x %u %s",
			  domid, nics[i].devid, nics[i].mac[0], nics[i].mac[1],
			  nics[i].mac[2], nics[i].mac[3], nics[i].mac[4], nics[i].mac[5],
			  nics[i].backend_domid, nics[i].ip ? nics[i].ip : "");
}

void fake_put_keys(struct fake_state *s, uint32_t domid, const struct hv_key *keys,
		   size_t n)
{
	for (size_t i = 0; i < n; i++) {
		cleanup_free char *exact = xasprintf("%s ", keys[i].name);
		cleanup_free char *below = xasprintf("%s/", keys[i].name);

		fake_forget(s, "key", domid, exact);
		if (!keys[i].value)
			fake_forget(s, "key", domid, below);
		else
			strv_addf(&s->others, "key %u %s %s", domid, keys[i].name,
				  keys[i].value);
	}
}

/* Lines "disk DOMID VDEV MAJOR MINOR r|w"; the domain's own disks are not among them. */
int fake_disks(void *hv, const struct hv_id *id, struct hv_attached **ret, size_t *ret_n,
	       struct qvm_err *err)
{
	cleanup_fake_state struct fake_state s = FAKE_STATE_INIT;
	int r = fake_state_open(hv, &s, err);

	*ret = NULL;
	*ret_n = 0;
	if (r == 0 && !fake_find(&s, id))
		r = fake_gone(id, err);
	for (size_t i = 0; r == 0 && i < s.others.n; i++) {
		struct hv_attached one = {0};
		unsigned domid;
		char mode;

		if (sscanf(s.others.v[i], "disk %u %7s %u %u %c", &domid, one.vdev,
			   &one.major, &one.minor, &mode) != 5 ||
		    domid != id->domid)
			continue;
		one.readonly = mode == 'r';
		array_grow(*ret, *ret_n) = one;
		(*ret_n)++;
	}
	return r;
}

int fake_attach(void *hv, const struct hv_id *id, const struct hv_disk *disk,
		struct qvm_err *err)
{
	cleanup_fake_state struct fake_state s = FAKE_STATE_INIT;
	int r = fake_state_open(hv, &s, err);

	if (r == 0)
		r = fake_fails(&s, "attach", err);
	if (r == 0 && !fake_find(&s, id))
		r = fake_gone(id, err);
	if (r < 0)
		return r;
	strv_addf(&s.others, "disk %u %s %u %u %c", id->domid, disk->vdev, disk->major,
		  disk->minor, disk->readonly ? 'r' : 'w');
	return fake_state_save(&s, err);
}

/* A guest uses each disk for as long as a line "fail detach" is there. */
int fake_detach(void *hv, const struct hv_id *id, const char *vdev, bool force,
		struct qvm_err *err)
{
	cleanup_fake_state struct fake_state s = FAKE_STATE_INIT;
	cleanup_free char *name = xasprintf("%s ", vdev);
	struct qvm_err why;
	int r = fake_state_open(hv, &s, err);

	if (r == 0 && !force && fake_fails(&s, "detach", &why) < 0)
		r = err_set(err, QVM_E_IN_USE, "the guest still uses '%s'", vdev);
	if (r < 0)
		return r;
	fake_forget(&s, "disk", id->domid, name);
	return fake_state_save(&s, err);
}

int fake_set_nics(void *hv, const struct hv_id *id, const struct hv_nic *nics, size_t n,
		  struct qvm_err *err)
{
	cleanup_fake_state struct fake_state s = FAKE_STATE_INIT;
	int r = fake_state_open(hv, &s, err);

	if (r == 0)
		r = fake_fails(&s, "set_nics", err);
	if (r == 0 && !fake_find(&s, id))
		r = fake_gone(id, err);
	if (r < 0)
		return r;
	fake_put_nics(&s, id->domid, nics, n);
	return fake_state_save(&s, err);
}

int fake_set_keys(void *hv, const struct hv_id *id, const struct hv_key *keys, size_t n,
		  struct qvm_err *err)
{
	cleanup_fake_state struct fake_state s = FAKE_STATE_INIT;
	int r = fake_state_open(hv, &s, err);

	if (r == 0)
		r = fake_fails(&s, "set_keys", err);
	/* As xenstored has it. */
	for (size_t i = 0; r == 0 && i < n; i++)
		if (keys[i].name[strspn(keys[i].name, "abcdefghijklmnopqrstuvwxyz"
						      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
						      "0123456789-/_@")])
			r = err_set(err, QVM_E_HYPERVISOR, "'%s' is no name of a node",
				    keys[i].name);
	if (r == 0 && !fake_find(&s, id))
		r = fake_gone(id, err);
	if (r < 0)
		return r;
	fake_put_keys(&s, id->domid, keys, n);
	return fake_state_save(&s, err);
}
