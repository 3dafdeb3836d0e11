/* SPDX-License-Identifier: ISC */
#include "../../lib/proto/keylog.h"
#include "../../lib/proto/session.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/*
 * A session file: what is read can be written, and reads as the same.  And a
 * line of a key log.
 */
int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	static struct ss_session s, back;
	static char text[SS_SESSION_TEXT_MAX];
	struct ss_keylog k, k2;
	char line[SS_KEYLOG_LINE_MAX];
	size_t n;

	if (sodium_init() < 0 || len > SS_SESSION_TEXT_MAX)
		return 0;
	if (ss_session_get_text(&s, (const char *)in, len) == SS_OK) {
		if (ss_session_put_text(text, sizeof(text), &n, &s) != SS_OK ||
		    ss_session_get_text(&back, text, n) != SS_OK ||
		    memcmp(&s, &back, sizeof(s)) != 0)
			abort();
	} else if (!sodium_is_zero((const uint8_t *)&s, sizeof(s))) {
		abort();
	}
	if (ss_keylog_get(&k, (const char *)in, len) == SS_OK) {
		n = ss_keylog_put(line, &k);
		if (ss_keylog_get(&k2, line, n) != SS_OK ||
		    memcmp(&k, &k2, sizeof(k)) != 0)
			abort();
	}
	return 0;
}
