/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables as JSON; the only user of json-c among the commands. */
#include <json-c/json.h>
#include <stdlib.h>
#include <strings.h>

#include "qvm-tools/render.h"

static void put_at(struct json_object **object)
{
	json_object_put(*object);
}

static struct json_object *cell_json(const struct cell *cell)
{
	if (!cell->text)
		return NULL;
	switch (cell->type) {
	case CELL_INT:
		return json_object_new_int64(strtoll(cell->text, NULL, 10));
	case CELL_BOOL:
		return json_object_new_boolean(strcasecmp(cell->text, "True") == 0);
	case CELL_TEXT:
		break;
	}
	return json_object_new_string(cell->text);
}

static struct json_object *row_json(const struct table *t, const struct row *row)
{
	struct json_object *object = json_object_new_object();

	for (size_t c = 0; c < t->col_count; c++)
		json_object_object_add(object, t->cols[c].name,
				       cell_json(&row->cells[c]));
	return object;
}

static struct json_object *extra_json(const struct extra *extra)
{
	struct json_object *object;

	if (!extra->text)
		return NULL;
	object = extra->is_json ? json_tokener_parse(extra->text) : NULL;
	return object ? object : json_object_new_string(extra->text);
}

void table_print_json(const struct table *t, FILE *out)
{
	cleanup(put_at) struct json_object *doc = json_object_new_object();
	struct json_object *rows = json_object_new_array();

	json_object_object_add(doc, "schema", json_object_new_string(t->schema));
	for (size_t i = 0; i < t->extra_count; i++)
		json_object_object_add(doc, t->extras[i].key, extra_json(&t->extras[i]));
	for (size_t r = 0; r < t->row_count; r++)
		json_object_array_add(rows, row_json(t, &t->rows[r]));
	json_object_object_add(doc, t->items, rows);
	fprintf(out, "%s\n",
		json_object_to_json_string_ext(
			doc, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
				     JSON_C_TO_STRING_NOSLASHESCAPE));
}
