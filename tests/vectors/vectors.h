/* SPDX-License-Identifier: ISC */
#ifndef SS_VECTORS_H
#define SS_VECTORS_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* vectors_load - a JSON file below SS_VECTORS; NULL if it is not there. */
static inline json_t *
vectors_load(const char *name)
{
	const char *folder = getenv("SS_VECTORS");
	char path[1024];
	json_error_t e;
	json_t *root;

	snprintf(path, sizeof(path), "%s/%s",
	    folder ? folder : "../shared/vectors", name);
	root = json_load_file(path, 0, &e);
	if (!root && json_error_code(&e) != json_error_cannot_open_file) {
		printf("Bail out! %s: %s\n", path, e.text);
		exit(255);
	}
	return root;
}

#endif
