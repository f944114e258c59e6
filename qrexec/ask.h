/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asking a person whether a call may happen. There is no daemon between the two sides:
 * each prompter (qvm-ask, the dashboard) listens on a socket of its own in a folder of
 * root's, and the process that decides one call connects to all of them.
 *
 *	decider	  ask_prompters: question to all → first valid answer → its end to all
 *	prompter  prompter_open → { poll its one descriptor → prompter_work } ...
 *
 * Both send lines of JSON (docs/ask.md). A question is withdrawn by its end, and by the end
 * of the connection; an answer that comes later than another, or too late, counts for
 * nothing. Whatever goes wrong means no.
 */
#ifndef QVM_QREXEC_ASK_H
#define QVM_QREXEC_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/macro.h"
#include "qrexec/policy.h"

#define ASK_SCHEMA "qvm-ask/1"
#define ASK_DIR "ask" /* below the run folder */

enum {
	ASK_SECONDS = 60, /* to answer in, where nothing else is said */
	ASK_SECONDS_MAX = 3600,
	ASK_NAME_MAX = 63,  /* "@dispvm:" and a name, or a UUID */
	ASK_TEXT_MAX = 256, /* bytes of an argument that are told */
	ASK_LINE_MAX = 2 << 20,
	ASK_ANSWER_MAX = 512, /* a line with an answer or an end */
	ASK_TARGETS_MAX = 20100,
	ASK_ID_LEN = 36,
	PROMPTERS_MAX = 16, /* that are asked */
};

/* ---- what is said ---- */

/* A domain, or "@dispvm:NAME". */
struct ask_name {
	char *name;
	char *label; /* "red"; NULL: unknown */
};

/* The call, as far as its caller chose it: printable ASCII only. */
struct ask_call {
	struct ask_name source;
	char *service;		/* without its argument */
	char *argument;		/* "" for none; its first ASK_TEXT_MAX bytes */
	size_t argument_length; /* of all of it */
	char *requested;	/* target in the policy's normal form */
};

struct ask_question {
	char *id;
	struct ask_call call;
	struct ask_name *targets; /* at least one */
	size_t target_count;
	char *default_target; /* one of them, or NULL */
	int seconds;	      /* left */
};

/* Of a call that was decided without asking, where its line says notify=yes. */
struct ask_notice {
	struct ask_call call;
	bool allowed;
	char *target; /* where it went; NULL unless allowed */
};

enum ask_end {
	ASK_END_TAKEN,	   /* this answer decided */
	ASK_END_ELSEWHERE, /* another prompter's did */
	ASK_END_TIMEOUT,
	ASK_END_GONE, /* the decider is no more; never sent */
};

extern const char *const ask_end_names[]; /* "taken", ... */

/* What a prompter hears. */
struct ask_message {
	enum { ASK_SAYS_QUESTION, ASK_SAYS_NOTICE, ASK_SAYS_END } kind;
	struct ask_question question;
	struct ask_notice notice;
	enum ask_end end;
};

void ask_question_dispose(struct ask_question *q);
void ask_notice_dispose(struct ask_notice *n);
void ask_message_dispose(struct ask_message *m);
#define cleanup_question cleanup(ask_question_dispose)
#define cleanup_notice cleanup(ask_notice_dispose)
#define cleanup_message cleanup(ask_message_dispose)

/*
 * REQ for people: control characters and what is not ASCII become `_`, and a long argument
 * is cut. RET is to be disposed of by whoever holds it. LABEL NULL: unknown.
 */
void ask_call_fill(const struct policy_request *req, const char *label,
		   const char *requested, struct ask_call *ret);

/* ---- the wire: pure; each adds one line with its newline ---- */

void ask_question_encode(const struct ask_question *q, struct buf *ret);
void ask_notice_encode(const struct ask_notice *n, struct buf *ret);
/* ID only tells readers of several questions which one is meant. */
void ask_end_encode(const char *id, enum ask_end end, struct buf *ret);
/* TARGET NULL: no. */
void ask_answer_encode(const char *id, const char *target, struct buf *ret);

/*
 * A line without its newline. 0 or -EPROTO; then *ret is left alone. Members that are not
 * known are passed over.
 */
int ask_message_decode(const char *line, size_t len, struct ask_message *ret) must_check;
/* RET_ID and RET_TARGET (NULL: no) are the caller's to free. */
int ask_answer_decode(const char *line, size_t len, char **ret_id, char **ret_target)
	must_check;

/* Is TARGET one of those that Q offers? */
bool ask_offers(const struct ask_question *q, const char *target) must_check;

/* ---- the side that asks ---- */

struct ask_conf {
	const char *dir; /* the prompters' folder */
	int seconds;	 /* 0: ASK_SECONDS */
	/* The label of a domain, or NULL; valid while asking. NULL: none has one. */
	const char *(*label)(void *arg, const char *name);
	void *arg;
};

/*
 * Asks all prompters, those too that begin to listen while it waits. 0 and the choice in
 * RET_TARGET (NULL: no; else free it); -ENOENT when nobody is there who would answer,
 * -ETIMEDOUT; or another negative errno.
 */
int ask_prompters(const struct ask_conf *c, struct ask_question *q, char **ret_target)
	must_check;

/* Tells all prompters; waits for nobody and nothing. */
void ask_notify(const struct ask_conf *c, const struct ask_notice *n);

/*
 * Has a person answer D, which policy_decide made of REQ. Afterwards D is no ask any more:
 * allowed as policy_decision_answer does it, or denied with the reason. The result is that
 * of ask_prompters, for a log; -EINVAL when D was no ask.
 */
int ask_user(const struct ask_conf *c, const struct policy_system *sys,
	     const struct policy_request *req, struct policy_decision *d) must_check;

/* Tells of D, which needed no question, where its line says so. */
void ask_tell(const struct ask_conf *c, const struct policy_request *req,
	      const struct policy_decision *d);

/* ---- the side that prompts ---- */

struct prompter;

struct prompter_events {
	void *arg;
	/* A new one; Q is valid until its end. */
	void (*asked)(void *arg, const struct ask_question *q);
	void (*ended)(void *arg, const struct ask_question *q, enum ask_end end);
	void (*notice)(void *arg, const struct ask_notice *n);
};

/* Makes DIR if need be. 0 or a negative errno; -EPERM: DIR is open to others. */
int prompter_open(const char *dir, const struct prompter_events *events,
		  struct prompter **ret) must_check;
void prompter_close(struct prompter *p); /* without a word to the events */
static inline void prompter_close_at(struct prompter **p)
{
	prompter_close(*p);
}
#define cleanup_prompter cleanup(prompter_close_at)

/* Readable when there is something to do; and the ms until there is anyway, or -1. */
int prompter_fd(const struct prompter *p);
int prompter_left(const struct prompter *p);
/* Does it; never waits. 0 or a negative errno, after which it is of no more use. */
int prompter_work(struct prompter *p) must_check;

/* The I-th of those that are not answered, oldest first; NULL: there are no more. */
const struct ask_question *prompter_question(const struct prompter *p, size_t i);

/*
 * Says TARGET (NULL: no) to the question ID, which is then in nobody's way any more; how it
 * ended is told by the event. -ENOENT: it is not waiting any more, -EINVAL: not offered.
 */
int prompter_answer(struct prompter *p, const char *id, const char *target) must_check;

#endif
