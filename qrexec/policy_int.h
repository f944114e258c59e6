/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the policy share among themselves. */
#ifndef QVM_QREXEC_POLICY_INT_H
#define QVM_QREXEC_POLICY_INT_H

#include <stdint.h>

#include "qrexec/policy.h"

/* ---- words (policy_lex.c) ---- */

#define LEX_BLANKS " \t\r\v\f"

enum token_kind {
	TOKEN_NONE,
	TOKEN_ANY, /* "*" */
	TOKEN_ANYVM,
	TOKEN_ADMINVM,
	TOKEN_DEFAULT,
	TOKEN_NAME,
	TOKEN_UUID,
	TOKEN_TYPE,
	TOKEN_TAG,
	TOKEN_DISPVM,
	TOKEN_DISPVM_NAME,
	TOKEN_DISPVM_UUID,
	TOKEN_DISPVM_TAG,
};

/* Where a token may stand. */
enum token_where {
	IN_SOURCE = 1 << 0,
	IN_TARGET = 1 << 1,
	IN_REDIRECT = 1 << 2, /* target=, default_target= */
	IN_REQUEST = 1 << 3,  /* what a caller asks for */
};

struct token {
	enum token_kind kind;
	const char *value; /* behind the prefix; points into the text parsed */
	struct uuid uuid;
};

/* NULL, or why TEXT is no token there. */
const char *token_parse(const char *text, enum token_where where, struct token *ret)
	must_check;
void token_format(const struct token *t, struct buf *ret);

/* Splits LINE in place at blanks. Returns how many, MAX + 1 when there are more. */
size_t lex_fields(char *line, char **fields, size_t max);
/* Letters, digits and EXTRA; the empty text passes. */
bool lex_all_of(const char *text, const char *extra);
/* NULL, or what is wrong with a file's name in a policy folder. */
const char *lex_file_name(const char *name) must_check;

/* ---- rules ---- */

struct rule {
	char *store;	     /* the strings below point into it */
	const char *service; /* NULL: any */
	const char *arg;     /* with its '+'; NULL: any */
	struct token source, target;
	struct token redirect; /* target= */
	struct token fallback; /* default_target= */
	const char *user;
	enum policy_action action;
	bool notify, autostart;
	uint32_t file; /* index of policy.files */
	unsigned line; /* 0: implied */
};

/* Rules for one service, by ascending index. */
struct rule_list {
	const char *service; /* NULL: those for any service */
	uint32_t *at;
	size_t n;
};

struct policy {
	struct strv files; /* names as they are reported */
	size_t read_count;
	size_t text_total;
	struct rule *rules;
	size_t rule_count, rule_room;
	struct rule_list any;
	struct rule_list *services; /* sorted by name */
	size_t service_count;
	struct policy_note *notes;
	size_t note_count;
	size_t error_count; /* also those that were not kept */
};

void rule_dispose(struct rule *r);
void rule_format(const struct rule *r, struct buf *ret);
/* Parses LINE, which it owns from then on, into *ret. NULL, or why it is none. */
const char *rule_parse(char *line, struct rule *ret) must_check;
void policy_rule_add(struct policy *p, const struct rule *r); /* takes its strings */
void policy_note_add(struct policy *p, bool error, const char *file, unsigned line,
		     const char *fmt, ...) printf_like(5, 6);

/* Walks the rules that may concern SERVICE, in order. */
struct rule_walk {
	const struct policy *p;
	const struct rule_list *own; /* NULL: none */
	size_t own_at, any_at;
};

void rule_walk_init(struct rule_walk *w, const struct policy *p, const char *service);
const struct rule *rule_walk_next(struct rule_walk *w);
const struct rule *rule_walk_prev(struct rule_walk *w); /* from the end */
void rule_walk_end(struct rule_walk *w);

/* ---- matching (policy_match.c) ---- */

enum target_kind {
	TARGET_DEFAULT,
	TARGET_ADMIN,
	TARGET_NAME,
	TARGET_DISPVM,	  /* of the caller's default template; `domain` is that or NULL */
	TARGET_DISPVM_OF, /* of the template `domain` */
};

struct target {
	enum target_kind kind;
	const struct policy_domain *domain;
};

/* A request whose names were looked up. */
struct call {
	const struct policy_system *sys;
	const struct policy_request *req;
	const char *arg; /* never NULL, without '+' */
	const struct policy_domain *source;
	struct target target;
};

const struct policy_domain *domain_by_name(const struct policy_system *sys,
					   const char *name);
bool domain_is_admin(const struct policy_domain *d);
/* The template of the caller's disposables, or NULL. */
const struct policy_domain *call_dispvm(const struct call *c);
/* Looks a token up; false: there is nothing that it could mean. */
bool target_resolve(const struct call *c, const struct token *t, struct target *ret);
bool token_matches(const struct token *t, const struct target *target);
/* NULL, or the name of the first column but the target that does not fit. */
const char *rule_miss_but_target(const struct rule *r, const struct call *c);
void target_format(const struct target *t, struct buf *ret);
/* Is it up, so that nothing would have to be started? */
bool target_is_up(const struct target *t);

/* The targets of an ask without target=, sorted (policy_ask.c). */
void ask_targets(const struct policy *p, const struct call *c, bool autostart,
		 struct strv *ret);

#endif
