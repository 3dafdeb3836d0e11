/* SPDX-License-Identifier: ISC */
/* The layers of a capture one by one, and what they refuse. */
#include "../../lib/capture/epochs.h"
#include "../../lib/capture/http.h"
#include "../../lib/capture/json.h"
#include "../../lib/capture/net.h"
#include "../../lib/capture/tls.h"
#include "../../lib/capture/websocket.h"
#include "tap.h"
#include <sodium.h>

static char last_note[SS_NOTE_MAX];
static int nnotes;

static void
on_note(void *arg, enum ss_topic topic, const char *text)
{
	(void)arg;
	(void)topic;
	nnotes++;
	snprintf(last_note, sizeof(last_note), "%s", text);
}

static struct ss_notes notes = { .say = on_note };

/* ------------------------------------------------------------ capture file */
static struct ss_packet last_packet;
static uint8_t last_bytes[64];
static int npackets;

static void
on_packet(void *arg, const struct ss_packet *p)
{
	(void)arg;
	npackets++;
	last_packet = *p;
	memcpy(last_bytes, p->at, p->len < 64 ? p->len : 64);
}

static void
on_secrets(void *arg, const uint8_t *text, size_t len)
{
	(void)arg;
	(void)text;
	(void)len;
}

/* Whole, and then byte by byte: the same must come. */
static enum ss_err
push_file(const char *hex, size_t *left)
{
	uint8_t in[512];
	size_t len = unhex(in, sizeof(in), hex), used = 0, at = 0;
	enum ss_err e = SS_OK, whole;
	struct ss_pcap p = { .notes = &notes, .packet = on_packet,
		.secrets = on_secrets };
	int n;

	npackets = 0;
	whole = ss_pcap_push(&p, in, len, &used);
	*left = len - used;
	ss_pcap_free(&p);
	n = npackets;
	npackets = 0;
	p = (struct ss_pcap){ .notes = &notes, .packet = on_packet,
		.secrets = on_secrets };
	for (size_t end = 1; end <= len && e == SS_OK; end++) {
		e = ss_pcap_push(&p, in + at, end - at, &used);
		at += used;
	}
	ss_pcap_free(&p);
	ok(n == npackets && e == whole && len - at == *left,
	    "byte by byte it is the same");
	return whole;
}

static void
files(void)
{
	size_t left;

	is_err(push_file("a1b2c3d4 0002 0004 00000000 00000000 0000ffff "
	    "00000065  00000001 00000002 00000003 00000004 aabbcc", &left),
	    SS_OK, "pcap, big-endian");
	ok(npackets == 1 && last_packet.ns == 1000002000 && left == 0 &&
	    last_packet.len == 3 && last_packet.wire == 4 &&
	    last_packet.link == 101, "its packet");
	is_err(push_file("4d3cb2a1 0200 0400 00000000 00000000 ffff0000 "
	    "65000000  01000000 02000000 01000000 01000000 aa 00", &left),
	    SS_OK, "pcap, nanoseconds, little-endian");
	ok(last_packet.ns == 1000000002 && left == 1, "its packet");
	is_err(push_file("a1b2c3d4 0002 0004 00000000 00000000 0000ffff "
	    "00000065  00000001 00000002 7fffffff 00000004 aabbcc", &left),
	    SS_ERR_CAPTURE, "a packet of 2 GiB is refused");
	is_err(push_file("0badcafe 00", &left), SS_ERR_CAPTURE, "no capture");

#define SECTION "0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff " \
	"0000001c "
#define INTERFACE "00000001 0000001c 0065 0000 00000000 " \
	"0009 0001 03000000 0000001c "
	is_err(push_file(SECTION INTERFACE "00000006 00000024 00000000 "
	    "00000000 000003e9 00000001 00000001 aa000000 00000024", &left),
	    SS_OK, "pcapng, milliseconds");
	ok(npackets == 1 && last_packet.ns == 1001000000, "its packet");
	is_err(push_file(SECTION "00000001 00000020 0065 0000 00000000 "
	    "000e 0008 ffffffffffffff00 00000020 00000006 00000024 00000000 "
	    "00000000 000003e9 00000001 00000001 aa000000 00000024", &left),
	    SS_OK, "an offset before 1970");
	ok(npackets == 1 && last_packet.ns == 0, "is no time");
	is_err(push_file(SECTION "00000006 00000024 00000000 "
	    "00000000 000003e9 00000001 00000001 aa000000 00000024", &left),
	    SS_ERR_CAPTURE, "a packet of no interface is refused");
	is_err(push_file(SECTION INTERFACE "00000006 00000024 00000000 "
	    "00000000 000003e9 00000005 00000001 aa000000 00000024", &left),
	    SS_ERR_CAPTURE, "a packet longer than its block");
	is_err(push_file(SECTION "00000bad 0000000d 000000 0000000d", &left),
	    SS_ERR_CAPTURE, "a block length that is no multiple of 4");
	is_err(push_file(SECTION "00000bad 0000000c 00000010", &left),
	    SS_ERR_CAPTURE, "two lengths that differ");
	is_err(push_file(SECTION "0000000a 00000014 544c534b 00000004 "
	    "00000014", &left), SS_ERR_CAPTURE, "secrets beyond their block");
	is_err(push_file("0a0d0d0a 0000001c 1a2b3c4e", &left), SS_ERR_CAPTURE,
	    "an unknown byte order");
}

/* ------------------------------------------------------------- packets */
static enum ss_ip
ip(struct ss_segment *s, const char *hex, size_t cut)
{
	uint8_t in[256];
	size_t len = unhex(in, sizeof(in), hex);
	uint8_t *copy = malloc(len - cut + !(len - cut));
	enum ss_ip r;

	/* exactly as long as it is, for the sanitizers */
	memcpy(copy, in, len - cut);
	r = ss_ip_get(s, copy, len - cut);
	free(copy);
	return r;
}

static void
packets(void)
{
#define TCP "03e8 0050 00000001 00000002 5018 ffff 0000 0000 "
#define IP4(frag, proto) "4500 002b 0000 " frag " 40" proto "0000 " \
	"0a000001 0a000002 "
#define IP6(len, next) "60000000 " len next "40 " \
	"fd000000000000000000000000000001 fd000000000000000000000000000002 "
	struct ss_segment s;
	char text[SS_END_TEXT];
	int good = 1;

	ok(ip(&s, IP4("4000", "06") TCP "616263", 0) == SS_IP_TCP &&
	    s.len == 3 && s.cut == 0 && s.src.port == 1000 &&
	    s.dst.port == 80 && s.seq == 1 && s.ack == 2 && s.flags == 0x18,
	    "IPv4");
	ss_end_text(text, &s.src);
	ok(strcmp(text, "10.0.0.1:1000") == 0, "an end of it");
	ok(ip(&s, IP4("4000", "06") TCP "616263 eeeeeeee", 0) == SS_IP_TCP &&
	    s.len == 3, "padding is none of its bytes");
	ok(ip(&s, IP4("4000", "06") TCP "616263", 2) == SS_IP_TCP &&
	    s.len == 1 && s.cut == 2, "cut off by the capture");
	ok(ip(&s, IP4("2000", "06") TCP "616263", 0) == SS_IP_FRAGMENT &&
	    ip(&s, IP4("0001", "06") TCP "616263", 0) == SS_IP_FRAGMENT,
	    "fragments");
	ok(ip(&s, IP4("4000", "11") TCP "616263", 0) == SS_IP_OTHER, "UDP");
	for (size_t cut = 4; cut <= 43; cut++)
		good &= ip(&s, IP4("4000", "06") TCP "616263", cut) ==
		    SS_IP_DAMAGED;
	ok(good, "every shorter beginning is refused");
	ok(ip(&s, IP6("0017", "06") TCP "616263", 0) == SS_IP_TCP &&
	    s.len == 3, "IPv6");
	ss_end_text(text, &s.dst);
	ok(strcmp(text, "[fd00::2]:80") == 0, "an end of it");
	ok(ip(&s, IP6("001f", "2c") "0600000000000001" TCP "616263", 0)
	    == SS_IP_TCP, "an atomic fragment is whole");
	ok(ip(&s, IP6("001f", "2c") "0600000100000001" TCP "616263", 0)
	    == SS_IP_FRAGMENT, "a real one is not");
	ok(ip(&s, IP6("001f", "00") "06ff000000000000" TCP "616263", 0)
	    == SS_IP_DAMAGED, "options longer than the packet");
}

/* ---------------------------------------------------------- WebSocket, HTTP */
static char got[256];
static const struct ss_when never;

static void
on_message(void *arg, int dir, struct ss_when when, int opcode,
    const uint8_t *in, size_t len)
{
	char line[64];

	(void)arg;
	(void)dir;
	(void)when;
	snprintf(line, sizeof(line), "%d:%.*s;", opcode, (int)len,
	    (const char *)in);
	strcat(got, line);
}

static int
frames(const char *hex, const char *want)
{
	uint8_t in[256];
	size_t len = unhex(in, sizeof(in), hex);
	struct ss_ws w = { .notes = &notes, .got = on_message };
	int dead;

	got[0] = '\0';
	ss_ws_push(&w, never, in, len);
	ss_ws_free(&w);
	if (strcmp(got, want) != 0)
		return 0;
	got[0] = '\0';
	w = (struct ss_ws){ .notes = &notes, .got = on_message };
	for (size_t i = 0; i < len; i++)
		ss_ws_push(&w, never, in + i, 1);
	dead = w.dead;
	ss_ws_free(&w);
	return strcmp(got, want) == 0 && (dead == (nnotes > 0));
}

static void
websocket(void)
{
	/* the examples of RFC 6455, 5.7 */
	ok(frames("810548656c6c6f", "1:Hello;"), "a frame");
	ok(frames("818537fa213d7f9f4d5158", "1:Hello;"), "a masked frame");
	ok(frames("010348656c 80026c6f", "1:Hello;"), "fragments");
	ok(frames("010348656c 890141 80026c6f", "9:A;1:Hello;"),
	    "a ping between them");
	ok(frames("8200 8100", "2:;1:;"), "empty messages");
	ok(frames("82fe000300000000616263", "2:abc;"), "a 16-bit length");
	ok(nnotes == 0, "nothing is said");
	ok(frames("c10548656c6c6f", "") && nnotes > 0, "compression is refused");
	ok(frames("8048", ""), "a continuation of nothing");
	ok(frames("0101418101", ""), "a message within a message");
	ok(frames("897e0080", ""), "a ping of more than 125 bytes");
	ok(frames("8300", ""), "an unknown opcode");
	nnotes = 0;
	ok(frames("827fffffffffffffffff 61", "") || nnotes > 0,
	    "2^64 - 1 bytes are passed over");
	nnotes = 0;
}

static void
http(void)
{
	static const char yes[] = "HTTP/1.1 101 x\r\nuPGRADE: WebSocket\r\n"
	    "Sec-WebSocket-Protocol:chat, secretsocket.v1 \r\n\r\nrest";
	static const char no[] = "GET / HTTP/1.1\r\nUpgrade: h2c\r\n"
	    "Sec-WebSocket-Protocol: secretsocket.v10\r\n\r\n";
	struct ss_http h;

	ok(ss_http_length((const uint8_t *)yes, sizeof(yes) - 1) ==
	    sizeof(yes) - 5, "the head ends at the empty line");
	ss_http_get(&h, (const uint8_t *)yes, sizeof(yes) - 5);
	ok(!h.request && h.status == 101 && h.websocket && h.ours && !h.deflate,
	    "an answer");
	ss_http_get(&h, (const uint8_t *)no, sizeof(no) - 1);
	ok(h.request && !h.websocket && !h.ours, "a request for other things");
	ok(ss_http_looks((const uint8_t *)"GE", 2) == -1 &&
	    ss_http_looks((const uint8_t *)"GET /", 5) == 1 &&
	    ss_http_looks((const uint8_t *)"PUT /", 5) == 0, "how it begins");
}

/* ------------------------------------------------------------------- JSON */
static int
name_is(const char *json, const char *want)
{
	char name[8];
	int found = ss_json_string(name, sizeof(name), (const uint8_t *)json,
	    strlen(json), "name");

	return want ? found && strcmp(name, want) == 0 : !found;
}

static void
json(void)
{
	ok(name_is(" { \"name\" : \"bob\" }", "bob"), "a member");
	ok(name_is("{\"x\":{\"name\":\"eve\"},\"name\":\"bob\"}", "bob"),
	    "of the outermost object only");
	ok(name_is("{\"x\":\"\\\"name\\\":\\\"eve\\\"\",\"name\":\"bob\"}",
	    "bob"), "not inside a string");
	ok(name_is("{\"name\":\"b\\u006fb\"}", NULL), "no escapes");
	ok(name_is("{\"name\":\"bobbobbob\"}", NULL), "not too long");
	ok(name_is("{\"name\":7}", NULL) && name_is("{\"name\":\"bob", NULL) &&
	    name_is("[\"name\"]", NULL) && name_is("", NULL) &&
	    name_is("{\"x\":]]]],\"name\":\"bob\"}", NULL), "not otherwise");
}

/* ----------------------------------------------------------------- epochs */
static void
epochs(void)
{
	struct ss_epoch_seen e = { .records = 0 };
	int again = 0;

	for (uint64_t i = 0; i < 100; i++) /* 0 3 6 ... then 1 4 ..., 2 5 ... */
		again |= ss_epoch_saw(&e, i * 3 % 100);
	ok(!again && e.nseen == 1 && ss_epoch_whole(&e, 100),
	    "each number once, in any order");
	ok(ss_epoch_saw(&e, 0) && ss_epoch_saw(&e, 99) && ss_epoch_saw(&e, 50),
	    "and again");
	ok(!ss_epoch_saw(&e, 200) && !ss_epoch_whole(&e, 101), "with a hole");
	for (uint64_t i = 1; i < 10000; i++)
		again |= ss_epoch_saw(&e, i * 1000);
	ok(!again && e.nseen <= SS_SEEN_MAX, "the holes are bounded");
	ok(!ss_epoch_saw(&e, UINT64_MAX) && !ss_epoch_saw(&e, UINT64_MAX - 1),
	    "the largest numbers");
	free(e.seen);
}

static int
twice(struct ss_epochs *e, uint8_t epoch, uint64_t n, uint8_t tag)
{
	uint8_t id[SS_EPOCH_ID_BYTES] = { epoch };
	uint8_t t[SS_AEAD_TAG_BYTES] = { tag };

	return ss_epochs_twice(e, id, n, t);
}

static void
numbers(void)
{
	struct ss_epochs e;
	int other = 0;

	ok(ss_epochs_init(&e) == SS_OK && !twice(&e, 1, 0, 1) &&
	    !twice(&e, 1, 1, 2) && !twice(&e, 2, 0, 2) && !twice(&e, 1, 0, 1),
	    "one tag for each epoch and number");
	ok(twice(&e, 1, 0, 3) && !twice(&e, 1, 0, 3) && !twice(&e, 1, 0, 1) &&
	    twice(&e, 1, 0, 0), "another one, told once");
	ok(twice(&e, 1, 0, 4) && twice(&e, 1, 0, 5), "and further ones");
	for (uint64_t i = 0; i < 200000; i++)
		other |= twice(&e, 3, i, (uint8_t)i);
	ok(!other, "what is forgotten is not taken for another one");
	ss_epochs_free(&e);
}

/* -------------------------------------------------------------------- TLS */
static void
tls(void)
{
	ok(ss_tls_looks((const uint8_t *)"\x16\3\1\0\1\1", 6) == 1 &&
	    ss_tls_looks((const uint8_t *)"\x16", 1) == -1 &&
	    ss_tls_looks((const uint8_t *)"\x16\2", 2) == 0 &&
	    ss_tls_looks((const uint8_t *)"GET / ", 6) == 0,
	    "TLS is known by its first bytes");
	ok(ss_tls_suite_known(0x1301) && ss_tls_suite_known(0x1303) &&
	    !ss_tls_suite_known(0x1304) && !ss_tls_suite_known(0xc02f),
	    "three suites");
}

int
main(void)
{
	if (sodium_init() < 0)
		return 2;
	files();
	packets();
	websocket();
	http();
	json();
	epochs();
	numbers();
	tls();
	ok(last_note[0] != '\0', "there were notes");
	return done_testing();
}
