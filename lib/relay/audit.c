/* SPDX-License-Identifier: ISC */
#include "core.h"

#include <stdio.h>

/*
 * Everything in here was chosen from [a-z0-9._-], numbers and addresses, so
 * there is nothing to escape.
 */
size_t
ss_audit_line(
    char *out, size_t size, const struct ss_audit *a, const char *time)
{
	struct ss_buf b = { .at = (uint8_t *)out, .max = size };
	const struct ss_name *families = a->types[SS_HANDSHAKE] > 0
	    ? ss_family_names : ss_introducer_names;
	unsigned t, n = 0;

#define FIELD(key, value) (ss_buf_str(&b, key), ss_buf_str(&b, value))
	FIELD("{\"time\":\"", time);
	FIELD("\",\"event\":\"", a->what);
	if (a->name[0] != '\0')
		FIELD("\",\"name\":\"", a->name);
	if (a->peer[0] != '\0')
		FIELD("\",\"to\":\"", a->peer);
	if (a->detail[0] != '\0')
		FIELD("\",\"address\":\"", a->detail);
	ss_buf_str(&b, "\"");
	if (a->bytes > 0) {
		ss_buf_str(&b, ",\"bytes\":");
		ss_buf_dec(&b, a->bytes);
	}
	for (t = 1; t < SS_TYPES; t++)
		if (a->types[t] > 0) {
			FIELD(n++ ? ",\"" : ",\"records\":{\"",
			    ss_name_of(ss_type_names, t));
			ss_buf_str(&b, "\":");
			ss_buf_dec(&b, a->types[t]);
		}
	if (n > 0)
		ss_buf_str(&b, "}");
	if (a->family != 0 && ss_name_of(families, a->family) != NULL) {
		FIELD(",\"family\":\"", ss_name_of(families, a->family));
		ss_buf_str(&b, "\"");
	}
	ss_buf_str(&b, "}\n");
	return b.over ? 0 : b.len;
#undef FIELD
}
