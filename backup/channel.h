/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a command and its helper (qvm-archive or qvm-chunks) say to each other: a Unix socket
 * that keeps messages apart. A message is a line of words, with a descriptor where one goes
 * along.
 */
#ifndef QVM_BACKUP_CHANNEL_H
#define QVM_BACKUP_CHANNEL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/macro.h"

#define CHANNEL_TEXT 4096
#define CHANNEL_WORDS 8

struct message {
	char text[CHANNEL_TEXT + 1];
	size_t len;
	int fd; /* -1: none; owned */
};

#define MESSAGE_INIT ((struct message){.fd = -1})

void message_dispose(struct message *m);
#define cleanup_message cleanup(message_dispose)

/* FD, where not -1, is sent along and stays the caller's. 0 or a negative errno. */
int channel_send(int channel, int fd, const char *fmt, ...) printf_like(3, 4) must_check;
int channel_vsend(int channel, int fd, const char *fmt, va_list ap) must_check;

/* Takes the next one; -EPIPE when the other side has gone. What M had is released. */
int channel_receive(int channel, struct message *m) must_check;

/* TEXT as a file in memory that nobody can change; a descriptor or a negative errno. */
int channel_file(const void *data, size_t len) must_check;

/* Words of a message, cut in place; more than CHANNEL_WORDS are left in the last one. */
size_t message_words(struct message *m, const char *ret[static CHANNEL_WORDS]);

/* Any text as one word, and back: what a word may not hold becomes %XX. */
void word_add(struct buf *to, const char *text);
/* In place; false for what word_add would not have written. */
bool word_decode(char *word);

#endif
