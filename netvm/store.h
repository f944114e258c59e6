/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of a domain as the registry has them: lines of vm->firewall (core/vm.h). */
#ifndef QVM_NETVM_STORE_H
#define QVM_NETVM_STORE_H

#include "core/vm.h"
#include "netvm/rule.h"

struct fw_list {
	struct fw_rule *v;
	size_t n;
};

#define FW_LIST_INIT                                                                     \
	{                                                                                \
		0                                                                        \
	}

void fw_list_dispose(struct fw_list *l);
#define cleanup_fw_list cleanup(fw_list_dispose)

/*
 * One accept rule where nothing was ever set. A line that is no rule (it was checked before
 * it was stored) becomes a rule that drops all.
 */
void fw_list_load(const struct vm *vm, struct fw_list *ret);

/* As it is stored; the caller frees it. */
char *fw_list_text(const struct fw_list *l) must_check;

/* Before number AT; the number of rules: at the end. */
void fw_list_insert(struct fw_list *l, size_t at, const struct fw_rule *rule);
void fw_list_delete(struct fw_list *l, size_t at);
/* The first that is the same in all but its comment; the number of rules: none is. */
size_t fw_list_find(const struct fw_list *l, const struct fw_rule *rule);

#endif
