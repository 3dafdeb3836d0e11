/* SPDX-License-Identifier: ISC */
#ifndef SS_WYCHEPROOF_H
#define SS_WYCHEPROOF_H

#include "../unit/tap.h"
#include <jansson.h>
#include <stdlib.h>

/*
 * Project Wycheproof's files of test vectors, from the folder that
 * SS_VECTORS names.  A file that is not there is a skip, and says so; one
 * that cannot be read is a failure.
 */

/* One vector, with the fields that all files share. */
struct wp_case {
	json_t *group, *test;
	int id, valid;
	const char *result, *comment;
};

/* wp_hex - a field of the vector as bytes. */
static inline size_t
wp_hex(uint8_t *out, size_t max, const json_t *from, const char *field)
{
	const char *hex = json_string_value(json_object_get(from, field));

	if (!hex) {
		printf("Bail out! a vector without \"%s\"\n", field);
		exit(255);
	}
	return unhex(out, max, hex);
}

static inline int
wp_int(const json_t *from, const char *field)
{
	return (int)json_integer_value(json_object_get(from, field));
}

/*
 * wp_each - call run for every vector of wycheproof/NAME_test.json that
 * wanted (NULL: all) accepts, and check that there were at least `least`.
 */
static inline void
wp_each(const char *name, int least, int (*wanted)(const struct wp_case *),
    void (*run)(const struct wp_case *))
{
	const char *folder = getenv("SS_VECTORS");
	char path[1024], why[1200];
	size_t i, j;
	int n = 0;
	json_t *root;
	struct wp_case c;
	json_error_t e;
	FILE *f;

	snprintf(path, sizeof(path), "%s/wycheproof/%s_test.json",
	    folder ? folder : "../shared/vectors", name);
	if (!(f = fopen(path, "r"))) {
		snprintf(why, sizeof(why),
		    "wycheproof/%s_test.json is not in SS_VECTORS", name);
		skip(1, why);
		return;
	}
	root = json_loadf(f, 0, &e);
	fclose(f);
	if (!ok(root != NULL, "%s: is JSON", name))
		return;
	json_array_foreach(json_object_get(root, "testGroups"), i, c.group) {
		json_array_foreach(
		    json_object_get(c.group, "tests"), j, c.test) {
			c.id = wp_int(c.test, "tcId");
			c.result = json_string_value(
			    json_object_get(c.test, "result"));
			c.comment = json_string_value(
			    json_object_get(c.test, "comment"));
			c.valid = strcmp(c.result, "valid") == 0;
			if (wanted && !wanted(&c))
				continue;
			run(&c);
			n++;
		}
	}
	ok(n >= least, "%s: %d vectors, at least %d", name, n, least);
	json_decref(root);
}

#endif
