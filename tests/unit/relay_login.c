/* SPDX-License-Identifier: ISC */
/*
 * Who gets in and who does not, what strangers get to hear, and what one
 * connection may cost.
 */
#include "relay_client.h"

enum { ANN, BEN, CAT };

/* What a proof is made of; each part can be a wrong one. */
struct proof {
	const char *relay, *signed_name, *binding_text, *origin;
	enum ss_binding binding;
	int challenge, exporter; /* add to the first byte */
	int key;                 /* whose; the claim has `claimed` */
	int claimed;
};

static void
offer(struct sim *s, int user, const struct proof *p)
{
	const char *name = name_of(user);
	uint8_t challenge[32], bound[32], sig[SS_SIGN_BYTES];
	char text[1024], public[SS_PUBLIC_TEXT_MAX + 1], hex[129];
	struct ss_public pub = s->id[p->claimed].pub;
	struct ss_login l = { .relay = p->relay, .binding = p->binding,
		.bound = bound, .boundlen = 32, .challenge = challenge,
		.name = p->signed_name };

	memset(bound, user, sizeof bound);
	bound[0] = (uint8_t)(bound[0] + p->exporter);
	sodium_hex2bin(challenge, 32, strstr(s->said, "challenge\":\"") + 12,
	    64, NULL, NULL, NULL);
	challenge[0] = (uint8_t)(challenge[0] + p->challenge);
	if (p->binding == SS_BIND_ORIGIN) {
		l.bound = (const uint8_t *)p->origin;
		l.boundlen = strlen(p->origin);
	}
	if (ss_login_sign(sig, &l, &s->id[p->key]) != SS_OK)
		abort();
	strcpy(pub.name, name);
	ss_public_put_text(public, &pub);
	sodium_bin2hex(hex, sizeof hex, sig, sizeof sig);
	snprintf(text, sizeof text,
	    "{\"type\":\"hello\",\"name\":\"%s\",\"public\":\"%s\"}", name,
	    public);
	say(&s->client[user], text);
	relay_reads(s, user);
	snprintf(text, sizeof text, "{\"type\":\"register\","
	    "\"binding\":\"%s\"%s%s%s,\"signature\":\"%s\"}", p->binding_text,
	    p->origin ? ",\"origin\":\"" : "", p->origin ? p->origin : "",
	    p->origin ? "\"" : "", hex);
	say(&s->client[user], text);
	relay_reads(s, user);
}

static void
store_all(struct sim *s)
{
	while (s->todo != NULL || s->done != NULL) {
		store_step(s, 0);
		complete_step(s);
	}
}

/* 1 if it opened the door */
static int
enters(struct sim *s, int user, const struct proof *p)
{
	lose(s, user);
	dial(s, user);
	offer(s, user, p);
	store_all(s);
	return strstr(s->said, "\"registered\"") != NULL;
}

#define GOOD(user)                                                       \
	{ .relay = "localhost", .signed_name = name_of(user),            \
		.binding_text = "tls-exporter", .binding = SS_BIND_EXPORTER, \
		.key = user, .claimed = user }

static void
proofs(void)
{
	static const struct {
		const char *what;
		struct proof p;
	} bad[] = {
		{ "for another relay", { .relay = "elsewhere" } },
		{ "of another connection", { .exporter = 1 } },
		{ "for another challenge", { .challenge = 1 } },
		{ "for another name", { .signed_name = "cat" } },
		{ "by another key", { .key = CAT } },
		{ "of the URL, said to be of the connection",
		    { .binding = SS_BIND_ORIGIN, .origin = "wss://own/" } },
		{ "of the connection, said to be of the URL",
		    { .binding_text = "origin", .origin = "wss://own/" } },
		{ "of the URL, where that is not taken",
		    { .binding = SS_BIND_ORIGIN, .binding_text = "origin",
		        .origin = "wss://own/" } },
		{ "with a binding that nobody knows",
		    { .binding_text = "none" } },
	};
	static struct sim s;
	static const char *const own[] = { "wss://own/", NULL };
	char refusal[1100] = "";
	struct proof p, good = GOOD(BEN);
	size_t i;

	start(&s, 1, 0);
	s.config.origins = own; /* but it does not take them */
	crash(&s);
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		p = bad[i].p;
		if (p.relay == NULL)
			p.relay = good.relay;
		if (p.signed_name == NULL)
			p.signed_name = good.signed_name;
		if (p.binding_text == NULL)
			p.binding_text = good.binding_text;
		if (p.binding == 0)
			p.binding = good.binding;
		p.key = p.key ? p.key : BEN;
		p.claimed = BEN;
		ok(!enters(&s, BEN, &p) && s.client[BEN].conn == 0 &&
		    s.code == 1008, "refused: a proof %s", bad[i].what);
		if (i == 0)
			strcpy(refusal, s.said);
		ok(strcmp(refusal, s.said) == 0, "in the same words");
		ok(s.todo == NULL && s.done == NULL, "and not stored");
	}
	ok(enters(&s, BEN, &good) && strstr(s.said, "\"first\":true"),
	    "a good one registers");
	ok(enters(&s, BEN, &good) && strstr(s.said, "\"first\":false"),
	    "and enters again");
	p = good;
	p.key = p.claimed = CAT;
	ok(!enters(&s, BEN, &p) && strcmp(refusal, s.said) == 0,
	    "a name that is taken: the same words");
	crash(&s);
	ok(!enters(&s, BEN, &p), "also after a restart");
	ok(enters(&s, BEN, &good), "its owner still enters");
	finish(&s);
}

static void
origins(void)
{
	static const char *const own[] = { "wss://own/", NULL };
	static struct sim s;
	struct proof p = GOOD(BEN);

	start(&s, 1, 0);
	s.config.allow_origin = 1;
	s.config.origins = own;
	crash(&s);
	p.binding = SS_BIND_ORIGIN;
	p.binding_text = "origin";
	p.origin = "wss://own/";
	ok(enters(&s, BEN, &p), "the URL of this relay, where it is taken");
	p.origin = "wss://other/";
	ok(!enters(&s, BEN, &p), "not the URL of another one");
	p.relay = "other";
	p.origin = "wss://own/";
	ok(!enters(&s, BEN, &p), "nor another name");
	finish(&s);
}

static const char long_id[] =
    "{\"type\":\"hello\",\"id\":\"0123456789012345678901234567"
    "8901234567890123456789012345678901234567890123456789\"}";

static void
no_json(void)
{
	static const char *const bad[] = { "{\"type\":\"receive\"}", "[]",
		"{\"type\":\"hello\",\"type\":\"hello\"}", "{", "",
		"{\"type\":\"hello\",\"name\":\"Ann\"}",
		"{\"type\":\"register\"}", "{\"type\":3}",
		"{\"type\":\"\xff\xfe\"}", "{\"type\":\"\xed\xa0\x80\"}",
		"{\"type\":\"a\\u0000b\"}", "{\"type\":1e999}",
		"{\"type\":99999999999999999999999999}",
		"{\"type\":\"hello\",\"id\":{}}", "{} {}",
		long_id };
	static struct sim s;
	char deep[8001] = "";
	size_t i;

	start(&s, 1, 0);
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		dial(&s, ANN);
		say(&s.client[ANN], bad[i]);
		relay_reads(&s, ANN);
		ok(s.client[ANN].conn == 0, "no login: text %zu", i);
	}
	memset(deep, '[', 8000);
	dial(&s, ANN);
	say(&s.client[ANN], deep);
	relay_reads(&s, ANN);
	ok(s.code == 1007, "8,000 brackets");
	dial(&s, ANN);
	s.client[ANN].in = 1;
	client_sends(&s, ANN, 1);
	relay_reads(&s, ANN);
	ok(s.code == 1008, "records before the login");
	finish(&s);
}

/* What the relay says to a binary message. */
static const char *
told(struct sim *s, const uint8_t *in, size_t n)
{
	struct proof good = GOOD(ANN);
	struct ss_msg *m = ss_msg_new(SS_WS_BINARY, n);

	if (s->client[ANN].conn == 0 && !enters(s, ANN, &good))
		return "no login";
	s->said[0] = '\0';
	memcpy(m->bytes + m->at, in, n);
	m->len = n;
	push(&s->client[ANN].up_end, m);
	relay_reads(s, ANN);
	store_all(s);
	return s->client[ANN].conn ? s->said : "closed";
}

static void
headers(void)
{
	static struct sim s;
	struct proof ben = GOOD(BEN);
	uint8_t in[2 + 65 + 24 + 16] = { 1, 3, 'b', 'e', 'n' };
	uint8_t *rec = in + SS_ROUTE_BYTES(3);
	size_t n = SS_ROUTE_BYTES(3) + 12, i;

	memcpy(rec, "SS\x01\x03\x00\x00\x00\x04" "body", 12);
	start(&s, 1, 0);
	(void)enters(&s, BEN, &ben);
	ok(strstr(told(&s, in, n), "\"stored\"") != NULL, "well-formed mail");
	for (i = 0; i < SS_ROUTE_BYTES(3); i++)
		if (strcmp(told(&s, in, i), "closed") != 0)
			break;
	ok(i == SS_ROUTE_BYTES(3), "cut in its routing header: closed");
	for (; i < n; i++)
		if (strstr(told(&s, in, i), "\"format\"") == NULL)
			break;
	ok(i == n, "cut in its record: an error, and one may go on");
	in[0] = 2;
	ok(strstr(told(&s, in, n), "\"kind\"") != NULL, "for a room");
	in[0] = 3;
	ok(strcmp(told(&s, in, n), "closed") == 0, "of no kind");
	in[0] = 1;
	in[1] = 0;
	ok(strcmp(told(&s, in, n), "closed") == 0, "no name");
	in[1] = 65;
	ok(strcmp(told(&s, in, sizeof in), "closed") == 0, "a name too long");
	in[1] = 3;
	in[2] = 'B';
	ok(strcmp(told(&s, in, n), "closed") == 0, "a name that is none");
	in[2] = 'b';
	rec[3] = 0x83;
	ok(strstr(told(&s, in, n), "\"message\"") != NULL,
	    "LAB records are forwarded: the recipient refuses them");
	rec[3] = 0x09;
	ok(strstr(told(&s, in, n), "\"format\"") != NULL, "an unknown type");
	finish(&s);
}

/* Nobody empties the mailbox of another, whatever rows he names. */
static void
others_mail(void)
{
	static struct sim s;
	struct proof ann = GOOD(ANN), ben = GOOD(BEN), cat = GOOD(CAT);
	struct message *m = &s.message[0];

	start(&s, 1, 0);
	(void)enters(&s, BEN, &ben);
	(void)enters(&s, ANN, &ann);
	*m = (struct message){ .from = ANN, .to = BEN };
	s.nmessages = 1;
	transmit(&s, m);
	relay_reads(&s, ANN);
	store_all(&s);
	ok(strstr(s.said, "\"stored\"") != NULL, "mail for the absent");
	(void)enters(&s, CAT, &cat);
	say(&s.client[CAT], "{\"type\":\"ack\",\"id\":1,"
	    "\"rows\":[1,2,3,4,5]}");
	relay_reads(&s, CAT);
	store_all(&s);
	ok(strstr(s.said, "\"acked\"") != NULL, "an ACK of a stranger");
	say(&s.client[CAT], "{\"type\":\"receive\",\"window\":9}");
	relay_reads(&s, CAT);
	store_all(&s);
	ok(strstr(s.said, "\"empty\",\"row\":0") != NULL,
	    "brings no mail");
	(void)enters(&s, BEN, &ben);
	(void)answered(&s, BEN, "");
	say(&s.client[BEN], "{\"type\":\"receive\",\"window\":9}");
	relay_reads(&s, BEN);
	store_all(&s);
	client_reads(&s, BEN);
	ok(m->delivered == 1 && !s.wrong, "and takes none away");
	finish(&s);
}

static void
pass_time(struct sim *s, int64_t ms)
{
	int64_t end = s->now + ms;

	for (; s->now < end; s->now += 250)
		event(s, &(struct ss_event){ .kind = SS_EV_TICK });
}

static void
timers(void)
{
	static struct sim s;
	struct proof p = GOOD(ANN);

	start(&s, 1, 0);
	s.config.login_ms = 10000;
	s.config.dead_ms = 75000;
	crash(&s);
	dial(&s, ANN);
	pass_time(&s, 8000);
	ok(s.client[ANN].conn != 0, "8 s without a login");
	pass_time(&s, 4000);
	ok(s.client[ANN].conn == 0 && s.code == 1008, "12 s: closed");
	dial(&s, ANN);
	offer(&s, ANN, &p);
	pass_time(&s, 12000);
	ok(s.client[ANN].conn == 0, "12 s without an answer of the disk");
	store_all(&s);
	dial(&s, ANN);
	offer(&s, ANN, &p);
	s.linger = 1;
	pass_time(&s, 12000);
	store_all(&s);
	ok(ss_relay_counters(s.core)->users == 0,
	    "and what comes while it is closing lets nobody in");
	s.linger = 0;
	lose(&s, ANN);
	(void)enters(&s, ANN, &p);
	s.pings = 0;
	pass_time(&s, 29000);
	ok(s.pings == 0, "29 s of silence");
	pass_time(&s, 3000);
	ok(s.pings == 1, "32 s: one ping");
	event(&s, &(struct ss_event){ .kind = SS_EV_ALIVE,
	    .conn = s.client[ANN].conn });
	pass_time(&s, 60000);
	ok(s.client[ANN].conn != 0, "a pong counts");
	pass_time(&s, 20000);
	ok(s.client[ANN].conn == 0 && s.code == 1001, "silence: closed");
	finish(&s);
}

/* Asks n times without reading an answer; how often until it is closed? */
static int
asks(struct sim *s, const char *text, int n, int stores)
{
	struct proof p = GOOD(ANN);
	int i;

	(void)enters(s, ANN, &p);
	for (i = 0; i < n && s->client[ANN].conn != 0; i++) {
		say(&s->client[ANN], text);
		relay_reads(s, ANN);
		if (stores)
			store_all(s);
	}
	return i;
}

static void
costs(void)
{
	static struct sim s;
	int n;

	start(&s, 1, 0);
	s.config.queue_bytes = 4096;
	crash(&s);
	n = asks(&s, "{\"type\":\"user_list\"}", 10000, 0);
	ok(n < 500 && s.code == 1008, "answers that nobody reads: %d", n);
	s.code = 0;
	n = asks(&s, "{\"type\":\"get_pubkey\",\"name\":\"ann\"}", 10000, 1);
	ok(n < 500 && s.code == 1008, "also those of the store: %d", n);
	s.code = 0;
	n = asks(&s, "{\"type\":\"ack\",\"rows\":[1]}", 10000, 0);
	ok(n == 1025 && s.code == 1008,
	    "requests faster than the disk: %d", n);
	store_all(&s);
	s.code = 0;
	n = asks(&s, "{\"type\":\"ack\",\"rows\":[1]}", 5000, 1);
	ok(n == 5000 && s.code == 0, "those that it answers are free");
	finish(&s);
}

int
main(void)
{
	if (sodium_init() < 0)
		return 1;
	proofs();
	origins();
	no_json();
	headers();
	others_mail();
	timers();
	costs();
	return done_testing();
}
