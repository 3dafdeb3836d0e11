/* SPDX-License-Identifier: ISC */
#include "party.h"
#include "records.h"
#include <sodium.h>
#include <string.h>

void
ss_party_met(struct ss_party *p, const char *name,
    const uint8_t id[static SS_ID_BYTES])
{
	if (p->as != SS_AS_PERSON || p->given || strcmp(p->name, name) != 0)
		return;
	memcpy(p->id, id, sizeof(p->id));
	p->known = 1;
}

/* One end of an epoch: ours by its id, or by its name if it has no id. */
static int
is_ours(const struct ss_party *p, const uint8_t *id, const char *name)
{
	if (!sodium_is_zero(id, SS_ID_BYTES))
		return p->known && memcmp(id, p->id, SS_ID_BYTES) == 0;
	return strcmp(name, p->name) == 0;
}

int
ss_party_has(const struct ss_party *p, const struct ss_keylog *k,
    const struct ss_carrier *by)
{
	switch (p->as) {
	case SS_AS_ALL:
	case SS_AS_THIEF: /* there are no others than those it derived */
		return 1;
	case SS_AS_PERSON:
		return is_ours(p, k->sender, by->from) ||
		    is_ours(p, k->audience, by->to);
	case SS_AS_RELAY:
		break;
	}
	return 0;
}
