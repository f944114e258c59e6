/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <string.h>

#include "qrexec/open.h"
#include "qrexec/qfile.h"

bool open_is_url(const char *text)
{
	static const char *const schemes[] = {"http://", "https://", "ftp://"};
	bool known = false;

	for (size_t i = 0; i < array_len(schemes); i++)
		known |= strncasecmp(text, schemes[i], strlen(schemes[i])) == 0;
	for (; known && *text; text++)
		known = isalnum((unsigned char)*text) ||
			strchr("-._~:/?#[]@!$&'()*+,;=%", *text);
	return known;
}

/* The end says what kind of file it is. */
void open_name_put(const char *path, bool view_only, char ret[static OPEN_NAME])
{
	const char *name = basename(path);
	const char *prefix = view_only ? OPEN_VIEW_ONLY : "";
	size_t room = OPEN_NAME - 1 - strlen(prefix);
	size_t len = strlen(name);

	memset(ret, 0, OPEN_NAME);
	memcpy(ret, prefix, strlen(prefix));
	if (len > room) {
		name += len - room;
		len = room;
	}
	memcpy(ret + strlen(prefix), name, len);
}

bool open_name_check(char untrusted_name[static OPEN_NAME], bool *ret_view_only)
{
	const size_t prefix = strlen(OPEN_VIEW_ONLY);
	char *name = untrusted_name;

	name[OPEN_NAME - 1] = '\0';
	*ret_view_only = strncmp(name, OPEN_VIEW_ONLY, prefix) == 0;
	if (*ret_view_only)
		memmove(name, name + prefix, OPEN_NAME - prefix);
	qfile_name_show(name);
	/* what shells, and programs that build commands, stumble over */
	for (char *c = name; *c; c++)
		*c = strchr(" !?\"#$%^&*()[]{}<>;`~|'\\/", *c) ? '_' : *c;
	if (*name == '-' || *name == '.')
		*name = '_';
	return *name;
}
