/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

size_t text_clean(const char *text, struct buf *ret)
{
	const char *end = text + strlen(text);
	mbstate_t state = {0};
	size_t width = 0;

	while (text < end) {
		wchar_t wc;
		size_t len = mbrtowc(&wc, text, (size_t)(end - text), &state);

		if (len == (size_t)-1 || len == (size_t)-2) {
			/* not of this locale's encoding */
			state = (mbstate_t){0};
			len = 1;
			wc = 0;
		}
		if (wc && iswprint((wint_t)wc)) {
			buf_add_mem(ret, text, len);
			width += wcwidth(wc) > 0 ? (size_t)wcwidth(wc) : 0;
		} else {
			buf_add_ch(ret, '?');
			width++;
		}
		text += len;
	}
	return width;
}

void text_escape(const char *text, struct buf *ret)
{
	cleanup_buf struct buf escaped = BUF_INIT;

	for (; *text; text++) {
		if (*text == '|' || *text == '\\')
			buf_add_ch(&escaped, '\\');
		if (*text == '\n')
			buf_add(&escaped, "\\n");
		else
			buf_add_ch(&escaped, *text);
	}
	text_clean(buf_str(&escaped), ret);
}

void text_pair(FILE *out, const char *left, const char *right)
{
	const int column = 30;

	if (strlen(left) + 4 > (size_t)column)
		fprintf(out, "  %s\n%*s%s\n", left, column, "", right);
	else
		fprintf(out, "  %-*s%s\n", column - 2, left, right);
}

bool text_color(FILE *out)
{
	const char *off = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (off && *off)
		return false;
	return isatty(fileno(out)) && term && strcmp(term, "dumb") != 0;
}
