/* SPDX-License-Identifier: ISC */
#include "keylogfile.h"
#include "../proto/keylog.h"
#include "file.h"
#include <sodium.h>
#include <string.h>

void
xkeylog_epoch(const char *path, const struct ss_introducer *i,
    const struct ss_epoch *e)
{
	struct ss_keylog k = { .family = i->family, .aead = i->aead };
	char line[SS_KEYLOG_LINE_MAX + 1];

	if (!path)
		return;
	memcpy(k.id, e->id, sizeof(k.id));
	memcpy(k.key, e->key, sizeof(k.key));
	memcpy(k.sender, i->sender, sizeof(k.sender));
	memcpy(k.audience, i->audience, sizeof(k.audience));
	line[ss_keylog_put(line, &k)] = '\0';
	xlog_append(path, ss_keylog_notice, line);
	sodium_memzero(&k, sizeof(k));
	sodium_memzero(line, sizeof(line));
}
