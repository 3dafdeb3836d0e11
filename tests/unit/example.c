/* SPDX-License-Identifier: ISC */
/*
 * The worked example of docs/protocol.md, 13, computed again: every value that
 * is printed there is compared, in order, and none may be missing.  With
 * --print the values are written as the document has them (`make docs`).
 */
#include "../../lib/proto/handshake.h"
#include "../../lib/proto/hash.h"
#include "../../lib/proto/labels.h"
#include "../../lib/proto/stream.h"
#include "tap.h"
#include <sodium.h>

#define DOCUMENT "docs/protocol.md"
#define TEXT     "hello bob\n"

struct value {
	const char *name;
	size_t len;
	int text; /* set as it is, not in hex */
	uint8_t bytes[512];
};
static struct value values[64];
static size_t nvalues;

static void
value(const char *name, const uint8_t *bytes, size_t len)
{
	struct value *v = &values[nvalues++];

	v->name = name;
	v->len = len;
	memcpy(v->bytes, bytes, len);
}

static void
value_text(const char *name, const char *text)
{
	value(name, (const uint8_t *)text, strlen(text));
	values[nvalues - 1].text = 1;
}

/* The inputs: bytes that count up from a start of their own. */
static void
count(uint8_t *out, size_t n, unsigned from)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(from + i);
}

static uint8_t seed_a[64], seed_b[64], run[8], ea[32], eb[32], fresh[32],
    salt[32];

static void
inputs(void)
{
	count(seed_a, sizeof(seed_a), 0x00);
	count(seed_b, sizeof(seed_b), 0x40);
	count(run, sizeof(run), 0xa0);
	count(ea, sizeof(ea), 0xc0);
	count(eb, sizeof(eb), 0xe0);
	count(fresh, sizeof(fresh), 0x80);
	count(salt, sizeof(salt), 0xb0);
	value("alice.ed25519_seed", seed_a, 32);
	value("alice.x25519_secret", seed_a + 32, 32);
	value("bob.ed25519_seed", seed_b, 32);
	value("bob.x25519_secret", seed_b + 32, 32);
	value("run", run, sizeof(run));
	value("alice.e_secret", ea, sizeof(ea));
	value("bob.e_secret", eb, sizeof(eb));
	value("alice.DHs_secret", fresh, sizeof(fresh));
	value("salt", salt, sizeof(salt));
	value("text", (const uint8_t *)TEXT, sizeof(TEXT) - 1);
}

static struct ss_identity alice, bob;

static int
identities(void)
{
	char line[SS_PUBLIC_TEXT_MAX + 1], groups[SS_FINGERPRINT_TEXT];
	uint8_t fp[32];

	if (ss_identity_make(&alice, "alice", seed_a) != SS_OK ||
	    ss_identity_make(&bob, "bob", seed_b) != SS_OK)
		return 0;
	value("alice.ed25519", alice.pub.ed, 32);
	value("alice.x25519", alice.pub.x, 32);
	ss_public_fingerprint(fp, &alice.pub);
	value("alice.fingerprint", fp, 32);
	ss_fingerprint_text(groups, fp);
	value_text("alice.digits", groups);
	ss_public_put_text(line, &alice.pub);
	value_text("alice.public", line);
	value("bob.ed25519", bob.pub.ed, 32);
	value("bob.x25519", bob.pub.x, 32);
	ss_public_fingerprint(fp, &bob.pub);
	value("bob.fingerprint", fp, 32);
	ss_public_put_text(line, &bob.pub);
	value_text("bob.public", line);
	return 1;
}

/* The trace is how the prologue comes out. */
static void
listen(void *arg, const char *what, const uint8_t *bytes, size_t len,
    enum ss_secrecy secrecy)
{
	(void)arg;
	(void)secrecy;
	if (strncmp(what, "prologue", 8) == 0)
		value("prologue", bytes, len);
}

static struct ss_session sa, sb;

static int
handshake(void)
{
	static struct ss_handshake ha, hb;
	const struct ss_trace trace = { .step = listen };
	struct ss_handshake_config ca = { .initiator = 1,
		.mode = SS_MODE_DH, .profile = "", .self = &alice,
		.peer = &bob.pub, .trace = &trace }, cb = ca;
	const struct ss_family *noise = ss_family_find("noise");
	uint8_t m1[512], m2[512];
	struct ss_buf b1 = { m1, 0, sizeof(m1), 0 };
	struct ss_buf b2 = { m2, 0, sizeof(m2), 0 };
	struct ss_agreed aa, ab;
	uint8_t prk[32];

	cb.initiator = 0;
	cb.self = &bob;
	cb.peer = &alice.pub;
	cb.trace = NULL;
	if (noise->suite(&ca.suite, "KK", SS_CHACHAPOLY) != SS_OK)
		return 0;
	cb.suite = ca.suite;
	if (ss_handshake_start(&ha, noise, &ca, run) != SS_OK ||
	    ss_handshake_start(&hb, noise, &cb, run) != SS_OK ||
	    ss_handshake_write(&b1, ea, &ha) != SS_OK ||
	    ss_handshake_read(&hb, m1, b1.len) != SS_OK ||
	    ss_handshake_write(&b2, eb, &hb) != SS_OK ||
	    ss_handshake_read(&ha, m2, b2.len) != SS_OK ||
	    ss_handshake_finish(&aa, &ha) != SS_OK ||
	    ss_handshake_finish(&ab, &hb) != SS_OK)
		return 0;
	value("message_0", m1, b1.len);
	value("message_1", m2, b2.len);
	value("hash", aa.hash, 32);
	value("k1", aa.secret, 32);
	value("k2", aa.secret + 32, 32);
	value("R0", aa.r0_pub, 32);
	ss_hkdf_extract(prk, aa.hash, 32, aa.secret, aa.secretlen);
	value("prk", prk, 32);
	return ss_session_begin(&sa, &aa, fresh, NULL) == SS_OK &&
	    ss_session_begin(&sb, &ab, fresh, NULL) == SS_OK;
}

/* From Bob's first root key to Alice's: one step of KDF_RK. */
static int
ratchet(void)
{
	uint8_t rk[32], ck[32], dh[32], mk[32];

	value("root", sb.ratchet.RK, 32);
	value("C0", sb.ratchet.CKs, 32);
	if (memcmp(sa.ratchet.CKr, sb.ratchet.CKs, 32) != 0 ||
	    ss_dh(dh, fresh, sb.ratchet.DHs_pub) != SS_OK)
		return 0;
	memcpy(rk, sb.ratchet.RK, 32);
	ss_ratchet_kdf_rk(rk, ck, dh, SS_LABEL_RATCHET);
	value("alice.DHs", sa.ratchet.DHs_pub, 32);
	value("DH(DHs, R0)", dh, 32);
	value("RK", rk, 32);
	value("CKs", ck, 32);
	if (memcmp(rk, sa.ratchet.RK, 32) != 0 ||
	    memcmp(ck, sa.ratchet.CKs, 32) != 0)
		return 0;
	ss_ratchet_kdf_ck(mk, ck);
	value("mk", mk, 32);
	return 1;
}

/* Alice's side of the epoch, then Bob's. */
static int
records(void)
{
	static struct ss_stream tx, rx;
	static struct ss_ratchet next;
	uint8_t key[32], intro[SS_RATCHET_RECORD_BYTES], data[128], text[128];
	uint8_t nonce[12] = { 0 };
	struct ss_buf b = { intro, 0, sizeof(intro), 0 };
	struct ss_introducer i;
	uint32_t gap;
	size_t n;
	int final, broken;

	if (ss_session_send(&tx.epoch, &i, salt, &sa) != SS_OK ||
	    ss_introducer_put(&b, &i, &tx.epoch) != SS_OK)
		return 0;
	value("epoch_key", tx.epoch.key, 32);
	value("epoch_id", tx.epoch.id, 16);
	value("mac_key", tx.epoch.mac_key, 32);
	value("aead_key", tx.epoch.aead.key, 32);
	value("introducer", intro, b.len);
	ss_stream_enter(&tx, &i);
	n = sizeof(TEXT) - 1;
	if (ss_stream_seal(data, (const uint8_t *)TEXT, n, SS_DATA_FINAL,
		&tx) != SS_OK)
		return 0;
	value("nonce", nonce, sizeof(nonce));
	value("ad", data, SS_DATA_AD_BYTES);
	value("data", data, n + SS_DATA_OVERHEAD);

	if (!ok(ss_session_receive(key, &i, &gap, &next, intro, b.len, fresh,
		    &sb) == SS_OK &&
		    ss_stream_introduce(&broken, &rx, &i) == SS_OK,
		"Bob accepts the introducer"))
		return 0;
	ss_session_accept(&rx.epoch, &sb, &next, key);
	ss_stream_enter(&rx, &i);
	ok(ss_stream_open(text, &n, &final, data, n + SS_DATA_OVERHEAD,
		&rx) == SS_OK && final && n == sizeof(TEXT) - 1 &&
		memcmp(text, TEXT, n) == 0,
	    "Bob reads the text");
	return 1;
}

static void
print(void)
{
	puts("<!-- example -->\n");
	for (size_t i = 0; i < nvalues; i++) {
		const struct value *v = &values[i];

		printf("    %-20s ", v->name);
		if (v->text)
			printf("\"%.*s\"", (int)v->len,
			    (const char *)v->bytes);
		for (size_t at = 0; !v->text && at < v->len; at++)
			printf("%s%02x", at && at % 32 == 0 ?
			    "\n                         " : "", v->bytes[at]);
		putchar('\n');
	}
	puts("\n<!-- end -->");
}

/* The document's lines between the marks: a name and its value, or more of
 * the value before. */
static struct value read_values[64];

static size_t
read_document(FILE *f)
{
	char line[512], name[64];
	size_t n = 0;
	int inside = 0;

	while (fgets(line, sizeof(line), f)) {
		struct value *v = &read_values[n ? n - 1 : 0];
		char *quote = strchr(line, '"'), *at;

		if (strstr(line, "<!-- example -->"))
			inside = 1;
		if (strstr(line, "<!-- end -->"))
			inside = 0;
		if (!inside || strncmp(line, "    ", 4) != 0)
			continue;
		if (line[4] != ' ') {
			if (n == 64)
				return 0;
			v = &read_values[n++];
			at = strstr(line + 4, "  ");
			snprintf(name, sizeof(name), "%.*s",
			    at ? (int)(at - line - 4) :
			    (int)strcspn(line + 4, " "), line + 4);
			v->name = strdup(name);
		}
		at = strrchr(line, ' ') + 1;
		if (quote) {
			quote++;
			v->text = 1;
			v->len = strcspn(quote, "\"");
			memcpy(v->bytes, quote, v->len);
		} else {
			v->len += unhex(v->bytes + v->len,
			    sizeof(v->bytes) - v->len, at);
		}
	}
	return n;
}

static void
compare(void)
{
	FILE *f = fopen(DOCUMENT, "r");
	size_t n;

	if (!ok(f != NULL, "%s can be read", DOCUMENT))
		return;
	n = read_document(f);
	fclose(f);
	ok(n == nvalues, "the document has all %zu values, and no more",
	    nvalues);
	for (size_t i = 0; i < n && i < nvalues; i++) {
		const struct value *got = &read_values[i], *v = &values[i];

		if (ok(strcmp(got->name, v->name) == 0 && got->len == v->len,
			"%s stands in its place, with %zu bytes", v->name,
			v->len))
			is_bytes(got->bytes, v->bytes, v->len, "%s", v->name);
	}
}

int
main(int argc, char **argv)
{
	int made;

	if (sodium_init() < 0)
		return 2;
	inputs();
	made = identities() && handshake() && ratchet() && records();
	if (argc > 1 && strcmp(argv[1], "--print") == 0) {
		print();
		return !made;
	}
	ok(made, "every step of the example succeeds");
	compare();
	return done_testing();
}
