/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "backup/meta.h"
#include "lib/alloc.h"
#include "lib/utf8.h"

/* Text of an element or an attribute. What XML 1.0 cannot hold at all becomes '?'. */
static void add_text(struct buf *b, const char *text)
{
	if (!utf8_ok(text, strlen(text)))
		text = "?";
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		switch (c) {
		case '&':
			buf_add(b, "&amp;");
			break;
		case '<':
			buf_add(b, "&lt;");
			break;
		case '>':
			buf_add(b, "&gt;");
			break;
		case '"':
			buf_add(b, "&quot;");
			break;
		case '\t':
		case '\n':
		case '\r':
			buf_addf(b, "&#%d;", c);
			break;
		default:
			buf_add_ch(b, c < ' ' ? '?' : *text);
		}
	}
}

static void add_named(struct buf *b, const char *indent, const char *element,
		      const char *name, const char *value)
{
	buf_addf(b, "%s<%s name=\"", indent, element);
	add_text(b, name);
	if (!value) {
		buf_add(b, "\"/>\n");
		return;
	}
	buf_add(b, "\">");
	add_text(b, value);
	buf_addf(b, "</%s>\n", element);
}

static const char *truth(bool value)
{
	return value ? "True" : "False";
}

static void add_volumes(struct buf *b, const struct meta_domain *d)
{
	buf_add(b, "      <volume-config>\n");
	for (size_t i = 0; i < d->volume_count; i++) {
		const struct meta_volume *v = &d->volumes[i];

		buf_add(b, "        <volume name=\"");
		add_text(b, v->role);
		buf_add(b, "\" pool=\"");
		add_text(b, v->pool);
		buf_addf(b,
			 "\" revisions_to_keep=\"%d\" rw=\"%s\" save_on_stop=\"%s\""
			 " snap_on_start=\"%s\" size=\"%llu\"%s/>\n",
			 v->revisions_to_keep, truth(v->rw), truth(v->save),
			 truth(v->snap), (unsigned long long)v->size,
			 v->excluded ? " excluded=\"True\"" : "");
	}
	buf_add(b, "      </volume-config>\n");
}

static void add_features(struct buf *b, const struct meta_domain *d)
{
	char size[24];

	buf_add(b, "      <features>\n");
	for (size_t i = 0; i < d->features.n; i++)
		add_named(b, "        ", "feature", d->features.v[i].name,
			  d->features.v[i].value);
	add_named(b, "        ", "feature", "backup-content", d->included ? "1" : "");
	if (d->included) {
		snprintf(size, sizeof(size), "%llu", (unsigned long long)d->bytes);
		add_named(b, "        ", "feature", "backup-path", d->path);
		add_named(b, "        ", "feature", "backup-size", size);
	}
	buf_add(b, "      </features>\n");
}

static void add_domain(struct buf *b, const struct meta_domain *d)
{
	buf_addf(b, "    <domain id=\"domain-%lld\" class=\"", d->id);
	add_text(b, d->klass);
	buf_add(b, "\">\n      <properties>\n");
	for (size_t i = 0; i < d->props.n; i++)
		add_named(b, "        ", "property", d->props.v[i].name,
			  d->props.v[i].value);
	buf_add(b, "      </properties>\n");
	add_features(b, d);
	add_volumes(b, d);
	buf_add(b, "      <tags>\n");
	for (size_t i = 0; i < d->tags.n; i++)
		add_named(b, "        ", "tag", d->tags.v[i], NULL);
	buf_add(b, "      </tags>\n    </domain>\n");
}

void meta_xml(const struct meta *m, const struct meta_label *labels, size_t label_count,
	      struct buf *ret)
{
	buf_add(ret, "<qubes>\n  <labels>\n");
	for (size_t i = 0; i < label_count; i++) {
		buf_addf(ret, "    <label id=\"label-%d\" color=\"0x%06x\">",
			 labels[i].index, labels[i].rgb);
		add_text(ret, labels[i].name);
		buf_add(ret, "</label>\n");
	}
	buf_add(ret,
		"  </labels>\n  <pools/>\n  <properties/>\n  <domains>\n"
		"    <domain id=\"domain-0\" class=\"AdminVM\">\n      <properties>\n"
		"        <property name=\"label\">black</property>\n"
		"      </properties>\n      <features>\n"
		"        <feature name=\"backup-content\"></feature>\n"
		"      </features>\n      <tags/>\n    </domain>\n");
	for (size_t i = 0; i < m->count; i++)
		add_domain(ret, &m->domains[i]);
	buf_add(ret, "  </domains>\n</qubes>\n");
}

void firewall_xml(const char *rules, struct buf *ret)
{
	cleanup_strv struct strv lines = STRV_INIT;

	strv_split(&lines, rules, "\n");
	buf_add(ret, "<firewall version=\"2\">\n  <rules>\n");
	for (size_t i = 0; i < lines.n; i++) {
		char *at = lines.v[i];

		buf_add(ret, "    <rule>\n      <properties>\n");
		while (at && *at) {
			char *equals = strchr(at, '=');
			const char *key = at;

			if (!equals)
				break;
			*equals = '\0';
			at = equals + 1;
			if (strcmp(key, "comment") == 0) {
				add_named(ret, "        ", "property", key, at);
				break;
			}
			equals = strsep(&at, " ");
			if (strncmp(key, "dst", 3) == 0 && strcmp(key, "dstports") != 0)
				key = "dsthost";
			add_named(ret, "        ", "property", key, equals);
		}
		buf_add(ret, "      </properties>\n    </rule>\n");
	}
	buf_add(ret, "  </rules>\n</firewall>\n");
}
