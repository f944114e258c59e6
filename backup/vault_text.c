/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a snapshot, a line a fact:
 *
 *	qvm-vault 1
 *	time SECONDS
 *	stored BYTES
 *	volume PATH SIZE DATA KEY [PIECE...]	hexadecimal, or - for zeros
 *	text PATH TEXT
 *	meta					what is behind it is meta_format's
 */
#include <stdlib.h>
#include <string.h>

#include "backup/channel.h"
#include "backup/meta.h"
#include "backup/vault.h"
#include "lib/alloc.h"
#include "lib/size.h"

#define FIRST "qvm-vault 1"

static void add_piece(const uint8_t *id, struct buf *ret)
{
	static const uint8_t zero[VAULT_ID];
	char hex[2 * VAULT_ID + 1];

	buf_add_ch(ret, ' ');
	if (memcmp(id, zero, VAULT_ID) == 0) {
		buf_add_ch(ret, '-');
		return;
	}
	for (size_t i = 0; i < VAULT_ID; i++)
		snprintf(hex + 2 * i, 3, "%02x", id[i]);
	buf_add(ret, hex);
}

static void add_volume(const struct vault_volume *vol, struct buf *ret)
{
	buf_add(ret, "volume ");
	word_add(ret, vol->path);
	buf_addf(ret, " %llu %llu ", (unsigned long long)vol->size,
		 (unsigned long long)vol->data);
	word_add(ret, vol->key);
	for (size_t i = 0; i < vol->piece_count; i++)
		add_piece(vol->pieces[i], ret);
	buf_add_ch(ret, '\n');
}

void vault_snapshot_format(const struct vault_snapshot *s, struct buf *ret)
{
	buf_addf(ret, FIRST "\ntime %lld\nstored %llu\n", (long long)s->time,
		 (unsigned long long)s->stored);
	for (size_t i = 0; i < s->volume_count; i++)
		add_volume(&s->volumes[i], ret);
	for (size_t i = 0; i < s->text_count; i++) {
		buf_add(ret, "text ");
		word_add(ret, s->texts[i].path);
		buf_add_ch(ret, ' ');
		word_add(ret, s->texts[i].text);
		buf_add_ch(ret, '\n');
	}
	buf_addf(ret, "meta\n%s", s->meta ? s->meta : "");
}

/* ---- back ---- */

static char *next_word(char **at)
{
	char *word = strsep(at, " ");

	return word && word_decode(word) ? word : NULL;
}

static bool next_number(char **at, uint64_t *ret)
{
	const char *word = strsep(at, " ");
	long long n;

	if (!word || num_parse(word, 0, INT64_MAX, &n) < 0)
		return false;
	*ret = (uint64_t)n;
	return true;
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_piece(const char *word, uint8_t *ret)
{
	if (strcmp(word, "-") == 0) {
		memset(ret, 0, VAULT_ID);
		return true;
	}
	if (strlen(word) != (size_t)2 * VAULT_ID)
		return false;
	for (size_t i = 0; i < VAULT_ID; i++) {
		int high = nibble(word[2 * i]), low = nibble(word[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool read_volume(struct vault_snapshot *s, char *at)
{
	struct vault_volume *vol = &array_grow(s->volumes, s->volume_count);
	size_t most = 1;
	const char *word;

	s->volume_count++;
	for (const char *c = at; c && *c; c++)
		most += *c == ' ';
	vol->pieces = xcalloc(most, VAULT_ID);
	vol->path = xstrdup(next_word(&at));
	if (!vol->path || strlen(vol->path) >= META_PATH_MAX ||
	    !next_number(&at, &vol->size) || !next_number(&at, &vol->data) ||
	    vol->size > VAULT_VOLUME_MAX)
		return false;
	vol->key = xstrdup(next_word(&at));
	while ((word = strsep(&at, " ")) != NULL)
		if (!read_piece(word, vol->pieces[vol->piece_count++]))
			return false;
	return vol->key;
}

static bool read_text(struct vault_snapshot *s, char *at)
{
	struct vault_text *t = &array_grow(s->texts, s->text_count);

	s->text_count++;
	t->path = xstrdup(next_word(&at));
	t->text = xstrdup(next_word(&at));
	return t->path && t->text && !at;
}

static bool read_line(struct vault_snapshot *s, char *line)
{
	const char *what = strsep(&line, " ");
	uint64_t n;

	if (strcmp(what, "volume") == 0)
		return read_volume(s, line);
	if (strcmp(what, "text") == 0)
		return read_text(s, line);
	if (!next_number(&line, &n) || line)
		return false;
	if (strcmp(what, "time") == 0)
		s->time = (int64_t)n;
	else if (strcmp(what, "stored") == 0)
		s->stored = n;
	else
		return false;
	return true;
}

int vault_snapshot_parse(char *text, struct vault_snapshot *ret, struct qvm_err *err)
{
	const char *first = strsep(&text, "\n");
	char *line;

	if (strcmp(first, FIRST) != 0)
		return err_set(err, QVM_E_UNSUPPORTED,
			       "the snapshot has an unknown version");
	while ((line = strsep(&text, "\n")) != NULL && strcmp(line, "meta") != 0)
		if (!read_line(ret, line))
			return err_set(err, QVM_E_VALUE,
				       "the snapshot is not understood");
	if (!line)
		return err_set(err, QVM_E_VALUE, "the snapshot is not understood");
	ret->meta = xstrdup(text ? text : "");
	return 0;
}
