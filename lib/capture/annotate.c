/* SPDX-License-Identifier: ISC */
#include "annotate.h"
#include "pcapng_put.h"
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define OPT_COMMENT   1
#define OPT_TSRESOL   9
#define OPT_FCSLEN    13
#define PACKET_FIXED  28 /* type, length, interface, time 8, two lengths */
#define SIMPLE_FIXED  12 /* type, length, one length */
#define HAS_FCS       0x04000000 /* in the link type of a classic file */

static void
fail(struct ss_annotate *a)
{
	if (a->failed == SS_OK)
		a->number = errno ? errno : ENOMEM;
	a->failed = SS_ERR_SYSTEM;
}

static void
out(struct ss_annotate *a, const void *in, size_t n)
{
	if (a->failed == SS_OK && n > 0 && fwrite(in, 1, n, a->out) != n)
		fail(a);
}

static void
number(struct ss_annotate *a, const struct ss_block *b, uint64_t v, size_t n)
{
	uint8_t at[8];

	ss_pcapng_set(at, v, n, b->little);
	out(a, at, n);
}

/* How many comments found no room is told by a last one. */
static void
untold(struct ss_block *b)
{
	struct ss_pcapng_put p = { .to = &b->comments, .little = b->little };
	char text[64];
	int n;

	if (b->untold == 0)
		return;
	n = snprintf(text, sizeof(text), "%llu more comments have no room",
	    (unsigned long long)b->untold);
	ss_pcapng_option(&p, OPT_COMMENT, text, (size_t)n);
}

/*
 * A packet block with comments: before its own options, which stay as they
 * are.  Simple blocks cannot have any and become enhanced ones of time zero,
 * on the first interface, as they were.
 */
static void
commented(struct ss_annotate *a, struct ss_block *b)
{
	int simple = b->type == SS_PCAPNG_SIMPLE_PACKET;
	size_t rest = simple ? 0 : b->len - 4 - b->body, total;
	size_t end = rest == 0 ? 4 : 0; /* opt_endofopt is there already */

	untold(b);
	total = b->body + b->comments.len + rest + end + 4;
	if (simple)
		total += PACKET_FIXED - SIMPLE_FIXED;
	number(a, b, simple ? SS_PCAPNG_PACKET : b->type, 4);
	number(a, b, total, 4);
	if (simple) {
		number(a, b, 0, 4);
		number(a, b, 0, 8);
		number(a, b, b->captured, 4);
		out(a, b->bytes + 8, b->body - 8);
	} else {
		out(a, b->bytes + 8, b->body - 8);
	}
	out(a, b->comments.at, b->comments.len);
	out(a, b->bytes + b->body, rest);
	number(a, b, 0, end);
	number(a, b, total, 4);
	a->packets++;
}

static void
leave(struct ss_annotate *a)
{
	struct ss_block *b = a->first;

	a->first = b->next;
	if (!a->first)
		a->last = NULL;
	a->count--;
	a->bytes -= b->len;
	if (b->comments.len > 0)
		commented(a, b);
	else
		out(a, b->bytes, b->len);
	ss_hold_free(&b->comments, NULL);
	free(b);
}

void
ss_annotate_release(struct ss_annotate *a, int64_t before)
{
	while (a->first && a->first->arrived < before)
		leave(a);
	if (a->failed == SS_OK && fflush(a->out) != 0)
		fail(a);
}

static void
enter(struct ss_annotate *a, const struct ss_block *like, const uint8_t *in,
    size_t len)
{
	struct ss_block *b = malloc(sizeof(*b) + len);

	if (!b) {
		fail(a);
		return;
	}
	*b = *like;
	b->len = len;
	memcpy(b->bytes, in, len);
	if (b->packet && a->late.len > 0) {
		b->comments = a->late;
		a->late = (struct ss_hold){ 0 };
		a->nlate = 0;
	}
	if (a->last)
		a->last->next = b;
	else
		a->first = b;
	a->last = b;
	a->count++;
	a->bytes += len;
}

/* The header of a classic file: a section, and its only interface. */
static void
classic_header(
    struct ss_annotate *a, const struct ss_block *b, const uint8_t *in)
{
	uint32_t link = ss_pcap_u32(a->pcap, in + 20);
	struct ss_hold h = { 0 };
	struct ss_pcapng_put p = { .to = &h, .little = b->little };

	ss_pcapng_begin(&p, SS_PCAPNG_SECTION);
	ss_pcapng_int(&p, SS_PCAPNG_ORDER, 4);
	ss_pcapng_int(&p, 1, 2); /* version 1.0 */
	ss_pcapng_int(&p, 0, 2);
	ss_pcapng_int(&p, UINT64_MAX, 8); /* its length is not said */
	if (ss_pcapng_end(&p) < 0)
		fail(a);
	ss_pcapng_begin(&p, SS_PCAPNG_INTERFACE);
	ss_pcapng_int(&p, a->pcap->link, 2);
	ss_pcapng_int(&p, 0, 2);
	ss_pcapng_int(&p, ss_pcap_u32(a->pcap, in + 16), 4);
	if (a->pcap->nano)
		ss_pcapng_option(&p, OPT_TSRESOL, &(uint8_t){ 9 }, 1);
	if (link & HAS_FCS) /* a checksum behind each frame, 16-bit words */
		ss_pcapng_option(&p, OPT_FCSLEN,
		    &(uint8_t){ (uint8_t)((link >> 28) * 2) }, 1);
	ss_pcapng_option(&p, 0, NULL, 0);
	if (ss_pcapng_end(&p) < 0)
		fail(a);
	if (a->failed == SS_OK)
		enter(a, b, h.at, h.len);
	ss_hold_free(&h, NULL);
}

static void
classic_packet(struct ss_annotate *a, struct ss_block *b, const uint8_t *in,
    const struct ss_packet *packet)
{
	struct ss_hold h = { 0 };
	struct ss_pcapng_put p = { .to = &h, .little = b->little };
	uint64_t ticks = (uint64_t)ss_pcap_u32(a->pcap, in) *
	    (a->pcap->nano ? 1000000000U : 1000000U) +
	    ss_pcap_u32(a->pcap, in + 4);

	b->type = SS_PCAPNG_PACKET;
	b->body = PACKET_FIXED + SS_PAD4(packet->len);
	ss_pcapng_begin(&p, SS_PCAPNG_PACKET);
	ss_pcapng_int(&p, 0, 4);
	ss_pcapng_int(&p, ticks >> 32, 4);
	ss_pcapng_int(&p, ticks & UINT32_MAX, 4);
	ss_pcapng_int(&p, packet->len, 4);
	ss_pcapng_int(&p, packet->wire, 4);
	ss_pcapng_bytes(&p, packet->at, packet->len);
	if (ss_pcapng_end(&p) < 0)
		fail(a);
	else
		enter(a, b, h.at, h.len);
	ss_hold_free(&h, NULL);
}

static void
block(struct ss_annotate *a, struct ss_block *b, const uint8_t *in,
    size_t len, const struct ss_packet *packet)
{
	b->type = ss_pcap_u32(a->pcap, in);
	if (packet)
		b->body = (b->type == SS_PCAPNG_SIMPLE_PACKET ? SIMPLE_FIXED
		    : PACKET_FIXED) + SS_PAD4(packet->len);
	enter(a, b, in, len);
	/* a section that says its length would be longer now */
	if (b->type == SS_PCAPNG_SECTION && a->failed == SS_OK)
		memset(a->last->bytes + 16, 0xff, 8);
}

void
ss_annotate_raw(struct ss_annotate *a, const uint8_t *at, size_t len,
    const struct ss_packet *p, int64_t now)
{
	struct ss_block b = { .packet = p ? a->pcap->packets : 0,
		.captured = p ? p->len : 0, .arrived = now,
		.little = a->pcap->swapped };

	while (a->first && (!a->wait || a->count >= SS_ANNOTATE_PACKETS ||
	    a->bytes > SS_ANNOTATE_BYTES))
		leave(a);
	if (a->failed != SS_OK)
		return;
	if (a->pcap->format == SS_PCAP_NG)
		block(a, &b, at, len, p);
	else if (p)
		classic_packet(a, &b, at, p);
	else
		classic_header(a, &b, at);
}

/* The first len bytes of a->text become a comment. */
static void
comment(struct ss_annotate *a, struct ss_hold *to, int little, size_t len)
{
	struct ss_pcapng_put p = { .to = to, .little = little };

	ss_pcapng_option(&p, OPT_COMMENT, a->text, len);
	if (p.over)
		fail(a);
	a->comments++;
	sodium_memzero(a->text, len);
}

static struct ss_block *
find(const struct ss_annotate *a, uint64_t packet)
{
	struct ss_block *b = a->last;

	if (b && b->packet == packet)
		return b;
	for (b = a->first; b; b = b->next)
		if (b->packet == packet)
			return b;
	return NULL;
}

void
ss_annotate_event(struct ss_annotate *a, const struct ss_event *e)
{
	uint64_t packet = e->by.when.packet;
	struct ss_block *b;
	size_t len = 0;

	if (packet == 0 || a->failed != SS_OK)
		return;
	b = find(a, packet);
	if (b && b->comments.len > SS_COMMENTS_MAX) {
		b->untold++;
		return;
	}
	if (!b)
		len = (size_t)snprintf((char *)a->text, SS_COMMENT_WHERE,
		    "(of packet %llu) ", (unsigned long long)packet);
	len += ss_annotate_words(a->text + len, e);
	if (b)
		comment(a, &b->comments, b->little, len);
	else if (a->late.len < SS_COMMENTS_MAX)
		comment(a, &a->late, a->pcap->swapped, len);
	a->nlate += !b;
}

enum ss_err
ss_annotate_end(struct ss_annotate *a)
{
	while (a->first)
		leave(a);
	ss_hold_free(&a->late, NULL);
	a->lost = a->nlate;
	if (a->failed == SS_OK && fflush(a->out) != 0)
		fail(a);
	errno = a->number;
	return a->failed;
}

/* Everything that is left of one file, into the other. */
static int
copy(FILE *to, FILE *from)
{
	uint8_t buf[65536];
	size_t n;

	while ((n = fread(buf, 1, sizeof(buf), from)) > 0)
		if (fwrite(buf, 1, n, to) != n)
			return -1;
	return ferror(from) ? -1 : 0;
}

/* type, length, kind of secrets, their length, lines, length */
static int
secrets(FILE *to, const struct ss_keys *keys, int little, size_t *n)
{
	uint8_t at[16];
	char *lines;
	size_t len;
	int bad;

	if (!(lines = ss_keys_used(keys, &len, n)))
		return -1;
	ss_pcapng_set(at, SS_PCAPNG_SECRETS, 4, little);
	ss_pcapng_set(at + 4, 20 + SS_PAD4(len), 4, little);
	ss_pcapng_set(at + 8, SS_PCAPNG_SECRETS_TLS, 4, little);
	ss_pcapng_set(at + 12, len, 4, little);
	bad = fwrite(at, 1, 16, to) != 16 ||
	    fwrite(lines, 1, SS_PAD4(len), to) != SS_PAD4(len) ||
	    fwrite(at + 4, 1, 4, to) != 4;
	sodium_free(lines);
	return bad ? -1 : 0;
}

enum ss_err
ss_annotate_inject(
    FILE *to, FILE *body, const struct ss_keys *keys, size_t *n)
{
	uint8_t head[12], *section = NULL;
	struct ss_pcap order = { 0 };
	size_t len;
	int bad = -1;

	*n = 0;
	rewind(body);
	if (fread(head, 1, 12, body) != 12) /* an empty capture */
		goto out;
	order.swapped = ss_pcap_u32(&order, head + 8) != SS_PCAPNG_ORDER;
	len = ss_pcap_u32(&order, head + 4);
	if (len < 12 || !(section = malloc(len)))
		goto out;
	memcpy(section, head, 12);
	if (fread(section + 12, 1, len - 12, body) != len - 12 ||
	    fwrite(section, 1, len, to) != len ||
	    secrets(to, keys, order.swapped, n) < 0 || copy(to, body) < 0 ||
	    fflush(to) != 0)
		goto out;
	bad = 0;
out:
	free(section);
	return bad ? SS_ERR_SYSTEM : SS_OK;
}
