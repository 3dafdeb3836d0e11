/* SPDX-License-Identifier: ISC */
/* Copies with comments: blocks, bounds, comments that come late, words. */
#include "../../lib/capture/annotate.h"
#include "../../lib/capture/pcapng_put.h"
#include "../../lib/proto/words_record.h"
#include "tap.h"
#include <stdlib.h>

static struct ss_annotate a;
static struct ss_pcap pcap;
static char *copy;
static size_t copylen;

static void
begin(int wait)
{
	free(copy);
	copy = NULL;
	a = (struct ss_annotate){ .pcap = &pcap, .wait = wait,
		.out = open_memstream(&copy, &copylen) };
	pcap = (struct ss_pcap){ .format = SS_PCAP_NG, .swapped = 1 };
}

static int
has(const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i + n <= copylen; i++)
		if (memcmp(copy + i, text, n) == 0)
			return 1;
	return 0;
}

static enum ss_err
end(void)
{
	enum ss_err e = ss_annotate_end(&a);

	fclose(a.out);
	return e;
}

/* One packet of a few bytes, number n, with an option of its own or none. */
static size_t
put_packet(uint8_t *out, unsigned n, int option, int little)
{
	struct ss_hold h = { 0 };
	struct ss_pcapng_put p = { .to = &h, .little = little };
	size_t len;

	ss_pcapng_begin(&p, SS_PCAPNG_PACKET);
	for (unsigned i = 0; i < 3; i++)
		ss_pcapng_int(&p, i, 4);
	ss_pcapng_int(&p, 5, 4);
	ss_pcapng_int(&p, 5, 4);
	ss_pcapng_bytes(&p, "hello", 5);
	if (option) {
		ss_pcapng_option(&p, 2, &n, 4);
		ss_pcapng_option(&p, 0, NULL, 0);
	}
	if (ss_pcapng_end(&p) < 0)
		exit(99);
	len = h.len;
	memcpy(out, h.at, len);
	ss_hold_free(&h, NULL);
	return len;
}

static size_t
packet(unsigned n, int option, int64_t now)
{
	uint8_t b[128];
	size_t len = put_packet(b, n, option, pcap.swapped);
	struct ss_packet p = { .at = b + 28, .len = 5, .wire = 5 };

	pcap.packets = n;
	ss_annotate_raw(&a, b, len, &p, now);
	return len;
}

static void
control(uint64_t n, const char *text)
{
	struct ss_event e = { .kind = SS_EVENT_CONTROL,
		.text = (const uint8_t *)text, .len = strlen(text),
		.by = { .when = { 1, n }, .flow = "", .from = "a",
			.to = "b" } };

	ss_annotate_event(&a, &e);
}

static void
blocks(void)
{
	/* comment "a -> b: control message "x"": 27 characters, padded */
	static const char want[] = "a -> b: control message \"x\"";
	const uint8_t *out;
	uint8_t plain[128];
	size_t n;

	for (int little = 0; little < 2; little++) {
		begin(0);
		pcap.swapped = little;
		n = put_packet(plain, 1, 1, little);
		packet(1, 1, 0);
		control(1, "x");
		packet(2, 0, 0);
		is_err(end(), SS_OK, "two packets, one comment");
		out = (const uint8_t *)copy;
		ok(copylen == n + 4 + 28 + put_packet(plain, 2, 0, little),
		    "so much more");
		put_packet(plain, 1, 1, little);
		is_bytes(out + 8, plain + 8, 28, "the packet");
		ok(ss_pcap_u16(&pcap, out + 36) == 1 &&
		    ss_pcap_u16(&pcap, out + 38) == sizeof(want) - 1 &&
		    memcmp(out + 40, want, sizeof(want) - 1) == 0,
		    "its comment");
		is_bytes(out + 36 + 32, plain + 36, 12,
		    "then its own options");
		ok(ss_pcap_u32(&pcap, out + 4) == n + 32 &&
		    ss_pcap_u32(&pcap, out + n + 28) == n + 32,
		    "both lengths");
		is_bytes(out + n + 32, plain, 4, "the next one");
	}
	begin(0);
	n = packet(1, 0, 0);
	control(1, "x");
	is_err(end(), SS_OK, "without options of its own");
	ok(copylen == n + 32 + 4, "an end of options is put in");
}

static void
late(void)
{
	begin(0);
	packet(1, 0, 0);
	packet(2, 0, 0); /* the first one has left */
	control(1, "of the first");
	packet(3, 0, 0);
	control(2, "of the second");
	is_err(end(), SS_OK, "comments that come late");
	ok(has("(of packet 1) a -> b: control message \"of "
	    "the first\""), "stand on a later packet");
	ok(!has("of the second") && a.lost == 1,
	    "if one comes; otherwise they are counted");

	begin(1);
	packet(1, 0, 0);
	packet(2, 0, 10);
	control(1, "in time");
	ok(a.count == 2, "held back");
	ss_annotate_release(&a, 10);
	ok(a.count == 1 && has("b: control message \"in "
	    "time\""), "the older one leaves, with its comment");
	ok(!has("(of packet"), "on itself");
	for (unsigned n = 3; n < 3 * SS_ANNOTATE_PACKETS; n++)
		packet(n, 0, 20);
	ok(a.count == SS_ANNOTATE_PACKETS, "so many and no more");
	is_err(end(), SS_OK, "the end");
	ok(a.count == 0 && a.bytes == 0 && a.packets == 1, "nothing is left");
}

static void
many(void)
{
	static char text[4000];

	memset(text, 'x', sizeof(text) - 1);
	begin(0);
	packet(1, 0, 0);
	for (int i = 0; i < 400; i++)
		control(1, text);
	is_err(end(), SS_OK, "400 comments of 4,000 bytes");
	ok(copylen > SS_COMMENTS_MAX && copylen < SS_COMMENTS_MAX + 8192 &&
	    has(" more comments have no room"),
	    "the rest is counted: %zu bytes", copylen);
	begin(0);
	fclose(a.out);
	a.out = fopen("/dev/full", "w");
	packet(1, 0, 0);
	is_err(end(), SS_ERR_SYSTEM, "a full disk is told");
}

static size_t
words(char *out, const char *text, size_t len)
{
	static uint8_t b[SS_COMMENT_MAX];
	struct ss_event e = { .kind = SS_EVENT_MESSAGE,
		.text = (const uint8_t *)text, .len = len,
		.by = { .flow = "", .from = "alice", .to = "" } };
	size_t n = ss_annotate_words(b, &e);

	memcpy(out, b, n);
	out[n] = '\0';
	return n;
}

static void
in_words(void)
{
	static char out[SS_COMMENT_MAX + 1], longer[20000];

	words(out, "hi\n", 3);
	ok(strcmp(out, "alice -> ?: \"hi\"") == 0, "%s", out);
	words(out, "two\nlines\a\n", 11);
	ok(strcmp(out, "alice -> ?: \"two\\nlines\\x07\"") == 0, "%s", out);
	words(out, "\xff", 1);
	ok(strcmp(out, "alice -> ?: 1 bytes, binary: ff") == 0, "%s", out);
	words(out, "", 0);
	ok(strcmp(out, "alice -> ?: \"\"") == 0, "%s", out);
	memset(longer, 'x', sizeof(longer));
	ok(words(out, longer, sizeof(longer)) < SS_COMMENT_TEXT + 64 &&
	    strstr(out, "x\" and 118") != NULL, "a long one is cut");
	memset(longer, '\a', sizeof(longer));
	ok(words(out, longer, sizeof(longer)) < SS_COMMENT_TEXT + 64,
	    "also when it grows by escaping");
}

/* Every layout: label, sentence and each field behind the header. */
static void
records(void)
{
	static uint8_t rec[1024], out[SS_WORDS_RECORD];

	for (size_t i = 0; i < ss_nlayouts; i++) {
		const struct ss_layout *l = &ss_layouts[i];
		struct ss_buf b = { out, 0, sizeof(out) - 1, 0 };
		struct ss_span spans[SS_SPANS_MAX];
		size_t good = 0, n, len = SS_HEADER_BYTES;
		enum ss_err e;

		/* the shortest that is one */
		memset(rec, 0, sizeof(rec));
		rec[SS_HEADER_BYTES] = l->family ? l->family : 0x7f;
		do {
			len++;
			ss_header_put(rec, l->type,
			    (uint32_t)(len - SS_HEADER_BYTES));
			e = ss_wire_walk(spans, &n, rec, len);
		} while (e != SS_OK && len < sizeof(rec));
		ss_words_record(&b, rec, len);
		out[b.len] = '\0';
		ok(!b.over && strncmp((char *)out, l->label,
		    strlen(l->label)) == 0 && strstr((char *)out, l->sentence),
		    "%s: %.60s...", l->name, out);
		for (size_t k = 0; k < l->nrows; k++)
			good += strstr((char *)out, l->rows[k].label) != NULL;
		ok(good == l->nrows, "%zu fields", good);
	}
	memcpy(rec, "SS\1\x83\0\0\0\xff", 8);
	struct ss_buf b = { out, 0, sizeof(out) - 1, 0 };
	ss_words_record(&b, rec, 20);
	out[b.len] = '\0';
	ok(strstr((char *)out, ss_words_lab) != NULL &&
	    strstr((char *)out, "It cannot be read further") != NULL,
	    "one that is cut, from the lab: %s", out);
}

static void
used_keys(void)
{
	static const char lines[] =
	    "CLIENT_TRAFFIC_SECRET_0 ffffffffffffffffffffffffffffffffffffffffff"
	    "ffffffffffffffffffffff 0101010101010101010101010101010101010101010"
	    "101010101010101010101\n"
	    "SERVER_TRAFFIC_SECRET_0 0000000000000000000000000000000000000000000"
	    "000000000000000000000 02020202020202020202020202020202020202020202"
	    "02020202020202020202\n"
	    "SERVER_TRAFFIC_SECRET_0 1111111111111111111111111111111111111111111"
	    "111111111111111111111 03030303030303030303030303030303030303030303"
	    "03030303030303030303\n";
	struct ss_notes notes = { 0 };
	struct ss_keys k;
	uint8_t id[32];
	size_t len, n;
	char *text;

	ss_keys_init(&k, &notes);
	ok(ss_keys_text(&k, lines, sizeof(lines) - 1) == 3, "three secrets");
	text = ss_keys_used(&k, &len, &n);
	ok(text && len == 0 && n == 0, "none was asked for");
	sodium_free(text);
	memset(id, 0xff, sizeof(id));
	ok(ss_keys_tls(&k, id) != NULL, "one is");
	memset(id, 0, sizeof(id));
	ok(ss_keys_tls(&k, id) != NULL, "another");
	memset(id, 0x33, sizeof(id));
	ok(ss_keys_tls(&k, id) == NULL, "one that is not there");
	text = ss_keys_used(&k, &len, &n);
	ok(text && n == 2 && memcmp(text, "SERVER_TRAFFIC_SECRET_0 00", 26) ==
	    0 && strstr(text, "\nCLIENT_TRAFFIC_SECRET_0 ff") &&
	    len == strlen(text) && !strstr(text, "1111"),
	    "those two, sorted");
	sodium_free(text);
	ss_keys_wipe(&k);
}

int
main(void)
{
	if (sodium_init() < 0)
		return 99;
	blocks();
	late();
	many();
	in_words();
	records();
	used_keys();
	free(copy);
	return done_testing();
}
