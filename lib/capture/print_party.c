/* SPDX-License-Identifier: ISC */
#include "print.h"
#include "json.h"
#include <string.h>

/* In one sentence: what did they see, and why no more? */
static void
relay(char *out, size_t size)
{
	snprintf(out, size, "the relay has the TLS keys and no epoch key: it "
	    "sees names, ids, sizes and times, and no text");
}

static void
person(char *out, size_t size, const struct ss_party *p, uint64_t unread)
{
	char hex[2 * SS_ID_BYTES + 1];

	sodium_bin2hex(hex, sizeof(hex), p->id, sizeof(p->id));
	if (!p->known)
		snprintf(out, size, "nobody of that name was seen to log in, "
		    "and no public key was given (-p): only anonymous epochs "
		    "could be theirs");
	else if (unread > 0)
		snprintf(out, size, "the rest is neither from nor to the id "
		    "%s, or its key is in no log", hex);
	else
		snprintf(out, size, "all of it is from or to the id %s", hex);
}

static void
thief(char *out, size_t size, const struct ss_thief *t)
{
	if (t->what == SS_STOLEN_SESSION)
		snprintf(out, size, "the stolen session gave the keys of "
		    "%llu of %llu epochs", (unsigned long long)t->derived,
		    (unsigned long long)t->epochs);
	else
		snprintf(out, size, "the stolen key opened %llu of %llu "
		    "handshakes, and by them %llu of %llu epochs",
		    (unsigned long long)t->opened,
		    (unsigned long long)t->handshakes,
		    (unsigned long long)t->derived,
		    (unsigned long long)t->epochs);
}

void
ss_print_party(const struct ss_print *print, const struct ss_capture *c)
{
	const struct ss_party *p = print->party;
	const struct ss_records *r = &c->records;
	char why[320] = "";

	if (p->as == SS_AS_RELAY)
		relay(why, sizeof(why));
	else if (p->as == SS_AS_PERSON)
		person(why, sizeof(why), p, r->sealed);
	else if (p->as == SS_AS_THIEF)
		thief(why, sizeof(why), p->thief);
	if (print->json) {
		printf("{\"type\":\"party\",\"as\":");
		ss_json_put(stdout, (const uint8_t *)p->name, strlen(p->name));
		printf(",\"records\":%llu,\"read\":%llu,\"bytes\":%llu,"
		    "\"read_bytes\":%llu,\"why\":",
		    (unsigned long long)(r->messages + r->sealed),
		    (unsigned long long)r->messages,
		    (unsigned long long)(r->opened_bytes + r->sealed_bytes),
		    (unsigned long long)r->opened_bytes);
		ss_json_put(stdout, (const uint8_t *)why, strlen(why));
		puts("}");
		return;
	}
	fprintf(stderr, "as %s: %llu of %llu records read, %llu of %llu "
	    "bytes of text; %s\n", p->name, (unsigned long long)r->messages,
	    (unsigned long long)(r->messages + r->sealed),
	    (unsigned long long)r->opened_bytes,
	    (unsigned long long)(r->opened_bytes + r->sealed_bytes), why);
}
