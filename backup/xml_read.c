/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading qubes.xml and firewall.xml by expat. Unknown elements are passed over. Entities of
 * a document's own are refused: nobody writes them, and they are how small files grow large.
 */
#include <errno.h>
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backup/meta.h"
#include "lib/alloc.h"
#include "lib/size.h"

#define DEPTH_MAX 32
#define TEXT_MAX 65536

struct label {
	char *id, *name;
};

/* What both documents share: the element that is open, its name= and its text. */
struct reading {
	XML_Parser parser;
	char path[DEPTH_MAX][24]; /* names of open elements; longer ones are cut */
	size_t depth;
	char *name;	 /* attribute of the innermost element, or NULL */
	struct buf text; /* of that element */
	const char *why; /* NULL: all is well */

	struct meta *meta;
	struct label *labels;
	size_t label_count;

	struct buf *rules; /* of a firewall, instead of `meta` */
	bool first;	   /* of the rule's properties */
};

static void reading_dispose(struct reading *rd)
{
	XML_ParserFree(rd->parser);
	free(rd->name);
	buf_dispose(&rd->text);
	for (size_t i = 0; i < rd->label_count; i++) {
		free(rd->labels[i].id);
		free(rd->labels[i].name);
	}
	free(rd->labels);
}

static void stop(struct reading *rd, const char *why)
{
	if (!rd->why)
		rd->why = why;
	XML_StopParser(rd->parser, XML_FALSE);
}

static const char *attribute(const char **attrs, const char *name)
{
	for (; *attrs; attrs += 2)
		if (strcmp(attrs[0], name) == 0)
			return attrs[1];
	return NULL;
}

/* Is the open element `.../PARENT/NAME`? */
static bool is_in(const struct reading *rd, const char *parent, const char *name)
{
	return rd->depth >= 2 && strcmp(rd->path[rd->depth - 2], parent) == 0 &&
	       strcmp(rd->path[rd->depth - 1], name) == 0;
}

static struct meta_domain *open_domain(const struct reading *rd)
{
	if (rd->depth < 3 || strcmp(rd->path[1], "domains") != 0 || !rd->meta->count)
		return NULL;
	return &rd->meta->domains[rd->meta->count - 1];
}

static bool truth(const char *text, bool fallback)
{
	if (!text)
		return fallback;
	return strcmp(text, "True") == 0 || strcmp(text, "1") == 0 ||
	       strcmp(text, "true") == 0;
}

/* ---- beginnings ---- */

static void begin_volume(struct reading *rd, struct meta_domain *d, const char **attrs)
{
	struct meta_volume *v = &array_grow(d->volumes, d->volume_count);
	const char *size = attribute(attrs, "size");
	const char *keep = attribute(attrs, "revisions_to_keep");
	const char *role = attribute(attrs, "name"), *pool = attribute(attrs, "pool");
	long long n = 0;

	d->volume_count++;
	v->role = xstrdup(role ? role : "");
	v->pool = xstrdup(pool ? pool : "");
	if (size && num_parse(size, 0, INT64_MAX, &n) < 0)
		stop(rd, "a volume's size is no number");
	v->size = (uint64_t)n;
	n = 1;
	if (keep && num_parse(keep, -1, 1000000, &n) < 0)
		stop(rd, "a volume's revisions_to_keep is no number");
	v->revisions_to_keep = (int)n;
	v->rw = truth(attribute(attrs, "rw"), false);
	v->save = truth(attribute(attrs, "save_on_stop"), false);
	v->snap = truth(attribute(attrs, "snap_on_start"), false);
	v->excluded = truth(attribute(attrs, "excluded"), false);
}

static void begin_domain(struct reading *rd, const char **attrs)
{
	const char *klass = attribute(attrs, "class"), *id = attribute(attrs, "id");
	struct meta_domain *d;

	if (rd->meta->count >= META_DOMAINS_MAX) {
		stop(rd, "there are too many domains");
		return;
	}
	d = &array_grow(rd->meta->domains, rd->meta->count);
	rd->meta->count++;
	d->klass = xstrdup(klass ? klass : "");
	if (!id || strncmp(id, "domain-", 7) != 0 ||
	    num_parse(id + 7, 0, 1000000, &d->id) < 0)
		stop(rd, "a domain's id is not understood");
}

static void begin_of_meta(struct reading *rd, const char **attrs)
{
	struct meta_domain *d = open_domain(rd);

	if (rd->depth == 1 && strcmp(rd->path[0], "qubes") != 0) {
		stop(rd, "it is not the list of a system's domains");
	} else if (rd->depth == 3 && is_in(rd, "domains", "domain")) {
		begin_domain(rd, attrs);
	} else if (d && rd->depth == 5 && is_in(rd, "volume-config", "volume")) {
		begin_volume(rd, d, attrs);
	} else if (d && rd->depth == 5 && is_in(rd, "tags", "tag") && rd->name) {
		strv_add(&d->tags, rd->name);
	} else if (rd->depth == 3 && is_in(rd, "labels", "label")) {
		const char *id = attribute(attrs, "id");

		array_grow(rd->labels, rd->label_count).id = xstrdup(id ? id : "");
		rd->label_count++;
	}
}

/* ---- ends ---- */

static void end_feature(struct reading *rd, struct meta_domain *d, const char *value)
{
	long long n;

	if (strcmp(rd->name, "backup-content") == 0) {
		d->included = *value && strcmp(value, "False") != 0;
	} else if (strcmp(rd->name, "backup-path") == 0) {
		free(d->path);
		d->path = xstrdup(value);
	} else if (strcmp(rd->name, "backup-size") == 0) {
		if (num_parse(value, 0, INT64_MAX, &n) < 0)
			stop(rd, "a domain's backup-size is no number");
		else
			d->bytes = (uint64_t)n;
	} else {
		meta_pair_add(&d->features, rd->name, value);
	}
}

static void end_property(struct reading *rd, struct meta_domain *d, const char *value)
{
	if (strcmp(rd->name, "name") == 0) {
		if (d->name)
			stop(rd, "a domain has two names");
		else
			d->name = xstrdup(value);
	} else if (strcmp(rd->name, "label") == 0) {
		for (size_t i = 0; i < rd->label_count; i++)
			if (strcmp(rd->labels[i].id, value) == 0 && rd->labels[i].name)
				value = rd->labels[i].name;
		meta_pair_add(&d->props, "label", value);
	} else {
		meta_pair_add(&d->props, rd->name, value);
	}
}

static void end_of_meta(struct reading *rd, const char *value)
{
	struct meta_domain *d = open_domain(rd);

	if (d && rd->depth == 5 && is_in(rd, "properties", "property") && rd->name)
		end_property(rd, d, value);
	else if (d && rd->depth == 5 && is_in(rd, "features", "feature") && rd->name)
		end_feature(rd, d, value);
	else if (rd->depth == 3 && is_in(rd, "labels", "label") && rd->label_count &&
		 !rd->labels[rd->label_count - 1].name)
		rd->labels[rd->label_count - 1].name = xstrdup(value);
}

/* A value stands between blanks, so it holds none itself, but for a comment. */
static void end_of_firewall(struct reading *rd, const char *value)
{
	if (is_in(rd, "properties", "property") && rd->name) {
		if (strchr(value, '\n') ||
		    (strchr(value, ' ') && strcmp(rd->name, "comment") != 0)) {
			stop(rd, "a rule's property has blanks in it");
			return;
		}
		buf_addf(rd->rules, "%s%s=%s", rd->first ? "" : " ", rd->name, value);
		rd->first = false;
	} else if (is_in(rd, "rules", "rule") && !rd->first) {
		buf_add_ch(rd->rules, '\n');
	}
}

/* ---- expat ---- */

static void XMLCALL on_begin(void *arg, const char *element, const char **attrs)
{
	struct reading *rd = arg;
	const char *name = attribute(attrs, "name");

	if (rd->depth >= DEPTH_MAX) {
		stop(rd, "its elements are nested too deeply");
		return;
	}
	snprintf(rd->path[rd->depth++], sizeof(rd->path[0]), "%s", element);
	free(rd->name);
	rd->name = xstrdup(name);
	buf_reset(&rd->text);
	if (rd->meta)
		begin_of_meta(rd, attrs);
	else if (strcmp(element, "rule") == 0)
		rd->first = true;
}

static void XMLCALL on_end(void *arg, const char *element)
{
	struct reading *rd = arg;

	(void)element;
	if (rd->meta)
		end_of_meta(rd, buf_str(&rd->text));
	else
		end_of_firewall(rd, buf_str(&rd->text));
	rd->depth--;
	free(steal(rd->name));
	buf_reset(&rd->text);
}

static void XMLCALL on_text(void *arg, const char *text, int len)
{
	struct reading *rd = arg;

	if (rd->text.len + (size_t)len > TEXT_MAX)
		stop(rd, "a text in it is too long");
	else
		buf_add_mem(&rd->text, text, (size_t)len);
}

static void XMLCALL on_entity(void *arg, const char *name, int parameter,
			      const char *value, int len, const char *base,
			      const char *system, const char *public,
			      const char *notation)
{
	(void)name, (void)parameter, (void)value, (void)len, (void)base, (void)system;
	(void)public, (void)notation;
	stop(arg, "it declares entities");
}

static int parse(struct reading *rd, const char *xml, size_t len, const char *what,
		 struct qvm_err *err)
{
	if (len > META_XML_MAX)
		return err_set(err, QVM_E_VALUE, "%s is too large", what);
	rd->parser = XML_ParserCreate("UTF-8");
	if (!rd->parser)
		return err_errno(err, -ENOMEM, "cannot read %s", what);
	XML_SetUserData(rd->parser, rd);
	XML_SetElementHandler(rd->parser, on_begin, on_end);
	XML_SetCharacterDataHandler(rd->parser, on_text);
	XML_SetEntityDeclHandler(rd->parser, on_entity);
	if (XML_Parse(rd->parser, xml, (int)len, 1) != XML_STATUS_OK || rd->why)
		return err_set(err, QVM_E_VALUE, "cannot read %s, line %lu: %s", what,
			       XML_GetCurrentLineNumber(rd->parser),
			       rd->why ? rd->why
				       : XML_ErrorString(XML_GetErrorCode(rd->parser)));
	return 0;
}

int meta_parse(const char *xml, size_t len, struct meta *ret, struct qvm_err *err)
{
	cleanup(reading_dispose) struct reading rd = {.meta = ret};

	return parse(&rd, xml, len, "qubes.xml", err);
}

int firewall_parse(const char *xml, size_t len, struct buf *ret, struct qvm_err *err)
{
	cleanup(reading_dispose) struct reading rd = {.rules = ret};

	return parse(&rd, xml, len, "firewall.xml", err);
}
