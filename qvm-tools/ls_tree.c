/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "qvm-tools/ls.h"

struct tree {
	const struct world *world;
	const struct ls_node *in; /* by name; depth 1 marks those already placed */
	struct ls_node *out;
	bool *placed;
	size_t n, done;
};

static const struct vm *netvm_of(const struct world *w, const struct vm *vm)
{
	return prop_applies(PROP_NETVM, vm) ? prop_vm(w, vm, PROP_NETVM) : NULL;
}

static bool listed(const struct tree *t, const struct vm *vm)
{
	for (size_t i = 0; vm && i < t->n; i++)
		if (t->in[i].vm == vm)
			return true;
	return false;
}

static void place(struct tree *t, size_t at, size_t depth)
{
	const struct vm *vm = t->in[at].vm;

	/* a loop cannot be stored, but a list must end even so */
	if (t->placed[at])
		return;
	t->placed[at] = true;
	t->out[t->done++] = (struct ls_node){.vm = vm, .depth = depth};
	for (size_t i = 0; i < t->n; i++)
		if (netvm_of(t->world, t->in[i].vm) == vm)
			place(t, i, depth + 1);
}

void ls_tree(const struct world *w, struct ls_node *nodes, size_t n)
{
	cleanup_free struct ls_node *out = xcalloc(n + 1, sizeof(*out));
	cleanup_free bool *placed = xcalloc(n + 1, sizeof(*placed));
	struct tree t = {.world = w, .in = nodes, .out = out, .placed = placed, .n = n};

	for (size_t i = 0; i < n; i++)
		if (!listed(&t, netvm_of(w, nodes[i].vm)))
			place(&t, i, 0);
	for (size_t i = 0; i < n; i++)
		place(&t, i, 0);
	memcpy(nodes, out, n * sizeof(*nodes));
}

char *ls_indent(size_t depth)
{
	const char *corner = MB_CUR_MAX > 1 ? "└─" : "`-";

	return depth ? xasprintf("%*s%s", (int)(depth - 1) * 2, "", corner) : xstrdup("");
}

int ls_paint(const struct world *w, const struct vm *vm)
{
	struct prop_value value = {0};
	const struct vm_label *label;

	prop_get(w, vm, PROP_LABEL, &value);
	label = value.text ? label_find(value.text) : NULL;
	return label ? label->ansi : 0;
}
