/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attributes and cleanup handlers that every room uses.
 *
 * A variable that owns something is declared and initialised together with its cleanup:
 *
 *	cleanup_free char *path = NULL;
 *	cleanup_close int fd = -1;
 *
 * Ownership leaves such a variable only through steal() and steal_fd().
 */
#ifndef QVM_LIB_MACRO_H
#define QVM_LIB_MACRO_H

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#define must_check __attribute__((warn_unused_result))
#define printf_like(fmt, args) __attribute__((format(printf, fmt, args)))
#define cleanup(fn) __attribute__((cleanup(fn)))
#define unused __attribute__((unused))
#define noreturn __attribute__((noreturn))
#define qvm_public __attribute__((visibility("default")))

#define array_len(a) (sizeof(a) / sizeof((a)[0]))

/* Takes the pointer out of VAR and leaves NULL there, so that its cleanup does nothing. */
#define steal(var)                                                                       \
	({                                                                               \
		__typeof__(var) *steal_at = &(var);                                      \
		__typeof__(var) steal_value = *steal_at;                                 \
		*steal_at = NULL;                                                        \
		steal_value;                                                             \
	})

static inline int steal_fd(int *fd)
{
	int value = *fd;

	*fd = -1;
	return value;
}

static inline void cleanup_free_at(void *at)
{
	free(*(void **)at);
}

static inline void cleanup_close_at(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

#define cleanup_free cleanup(cleanup_free_at)
#define cleanup_close cleanup(cleanup_close_at)

#endif
