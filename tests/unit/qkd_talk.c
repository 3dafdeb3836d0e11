/* SPDX-License-Identifier: ISC */
/*
 * The public discussion: it ends with one key on both sides, or with none on
 * either, whatever happens to a message on the way.
 */
#include "../../lib/proto/labels.h"
#include "../../lib/qkd/poly.h"
#include "qkd_pair.h"
#include <sodium.h>

static struct pair p;
static struct line l;

static void
end(void)
{
	pair_drop(&p.side[0]);
	pair_drop(&p.side[1]);
	line_drop(&l);
}

static void
agreement(void)
{
	static const char *const how[] = { "", "pads", "signatures" };
	struct light_plan plan = { .pulses = 40000, .seed = 1,
		.fibre = { .noise = 4294967296ull / 50 } };

	pair_light(&plan);
	for (int m = SS_TALK_PADS; m <= SS_TALK_SIGNED; m++) {
		pair_config(&p, plan.pulses, (enum ss_talk_auth_method)m, 1);
		is_err(pair_talk(&p, &l), SS_OK, "%s: the talk begins", how[m]);
		ok(pair_same_key(&p), "%s: both have the same key of %llu "
		    "bits", how[m],
		    (unsigned long long)p.side[0].talk.sum.length);
		ok(p.side[0].talk.sum.length >= 256, "%s: which is long enough",
		    how[m]);
		end();
	}
	for (const struct ss_cascade_variant *v = ss_cascade_variants;
	    v->name; v++) {
		pair_config(&p, plan.pulses, SS_TALK_PADS, 2);
		p.config[0].variant = v;
		ok(pair_talk(&p, &l) == SS_OK && pair_same_key(&p) &&
		    p.side[1].talk.variant == v, "%s: one key", v->name);
		end();
	}
}

/* The sum is what is in the documents; the sample is not in the key. */
static void
sums(void)
{
	struct light_plan plan = { .pulses = 60000, .seed = 3 };
	struct ss_talk *a = &p.side[0].talk, *b = &p.side[1].talk;

	pair_light(&plan);
	pair_config(&p, plan.pulses, SS_TALK_PADS, 3);
	is_err(pair_talk(&p, &l), SS_OK, "a quiet line");
	ok(a->sample + a->n == a->sifted && a->sample == a->sifted / 4,
	    "a quarter of %zu sifted bits is the sample, and is gone",
	    a->sifted);
	ok(a->errors == 0 && b->errors == 0 && a->qber == 0,
	    "no errors without noise");
	ok(a->disclosed == b->disclosed && a->sum.leaked == a->disclosed,
	    "%llu parities, counted by both",
	    (unsigned long long)a->disclosed);
	ok(a->sum.n == a->n && a->sum.k == a->sample && a->sum.qber == 0 &&
	    a->sum.correct == SS_POLY_BITS && a->sum.quality == 1 &&
	    a->sum.eps_sec == 1e-10, "the hash's 128 bits are subtracted");
	ok(a->high > 0 && a->high < 0.001, "zero errors are no proof of "
	    "none: up to %.5f", a->high);
	ok(a->pads_at == 7 + SS_TALK_TAGS && b->pads_at == a->pads_at,
	    "both used ten pads");
	end();
	pair_config(&p, plan.pulses, SS_TALK_PADS, 3);
	p.config[0].keep_sample = p.config[1].keep_sample = 1;
	p.config[0].profile = p.config[1].profile = "keep-sample";
	is_err(pair_talk(&p, &l), SS_OK, "keep-sample: it begins");
	ok(pair_same_key(&p) && a->n == a->sifted, "keep-sample: the sample "
	    "stays in the key");
	ok(l.all[3] & SS_TYPE_LAB, "keep-sample: records are marked LAB");
	end();
}

static void
thresholds(void)
{
	struct light_plan plan = { .pulses = 20000, .seed = 4, .eve = 1 };
	struct ss_talk *a = &p.side[0].talk, *b = &p.side[1].talk;

	pair_light(&plan);
	pair_config(&p, plan.pulses, SS_TALK_SIGNED, 4);
	is_err(pair_talk(&p, &l), SS_OK, "Eve measures everything");
	ok(a->error == SS_ERR_NOISY && b->error == SS_ERR_NOISY && !a->key &&
	    !b->key, "%.1f %% of errors: no key on either side",
	    100 * a->qber);
	end();
	/* she is strict, he is not: he learns why she left */
	pair_config(&p, plan.pulses, SS_TALK_SIGNED, 4);
	p.config[1].threshold = 0.5;
	is_err(pair_talk(&p, &l), SS_OK, "only Alice minds");
	ok(a->error == SS_ERR_NOISY && b->error == SS_ERR_NOISY &&
	    b->by_peer, "then Bob is told");
	end();
	plan = (struct light_plan){ .pulses = 900, .seed = 5 };
	pair_light(&plan);
	pair_config(&p, plan.pulses, SS_TALK_SIGNED, 5);
	is_err(pair_talk(&p, &l), SS_OK, "900 pulses");
	ok(a->error == SS_ERR_LENGTH && b->error == SS_ERR_LENGTH,
	    "are too few for a sample");
	end();
	plan.pulses = 2000;
	pair_light(&plan);
	pair_config(&p, plan.pulses, SS_TALK_SIGNED, 5);
	is_err(pair_talk(&p, &l), SS_OK, "2000 pulses");
	ok(a->error == SS_ERR_NOISY && b->error == SS_ERR_NOISY &&
	    a->sum.n && a->sum.length < 256, "leave %llu bits, too few",
	    (unsigned long long)a->sum.length);
	end();
}

/* One that is not the other's friend. */
static void
strangers(void)
{
	struct light_plan plan = { .pulses = 20000, .seed = 6 };
	struct ss_talk *a = &p.side[0].talk, *b = &p.side[1].talk;
	struct ss_identity mallory;
	uint8_t key[64] = { 9 }, point[16] = { 8 };

	pair_light(&plan);
	if (ss_identity_make(&mallory, "mallory", key) != SS_OK)
		exit(255);
	pair_config(&p, plan.pulses, SS_TALK_SIGNED, 6);
	p.config[1].auth.self = &mallory;
	is_err(pair_talk(&p, &l), SS_OK, "somebody else signs");
	ok(a->error == SS_ERR_AUTH && !a->key && !b->key, "Alice notices");
	end();
	pair_config(&p, plan.pulses, SS_TALK_PADS, 6);
	p.config[0].auth.point = point;
	is_err(pair_talk(&p, &l), SS_OK, "another point");
	ok(b->error == SS_ERR_AUTH && !a->key && !b->key, "Bob notices");
	end();
	pair_config(&p, plan.pulses, SS_TALK_PADS, 6);
	p.config[1].auth.at += SS_TALK_TAGS; /* Bob is ahead of her */
	is_err(pair_talk(&p, &l), SS_OK, "pads that Bob has used before");
	ok(b->error == SS_ERR_REPLAY && !a->key && !b->key, "are refused");
	end();
	pair_config(&p, plan.pulses, SS_TALK_PADS, 6);
	p.config[0].auth.at += 4; /* a run of hers broke off */
	p.config[0].auth.pads += 4 * 16;
	p.config[0].auth.npads -= 4;
	ok(pair_talk(&p, &l) == SS_OK && pair_same_key(&p) &&
	    b->pads_at == a->pads_at, "pads that only Alice gave up are "
	    "passed over");
	end();
	pair_config(&p, plan.pulses, SS_TALK_PADS, 6);
	l.fault = FLIP; /* the number of the pad in Bob's first proof */
	l.at = 3;
	l.bit = 8 * (SS_QKD_HEAD + 2 + 7) + 1;
	is_err(pair_talk(&p, &l), SS_OK, "another pad than the next");
	ok(a->error == SS_ERR_REPLAY && !a->key && !b->key, "is refused, "
	    "whatever it proves");
	end();
	pair_config(&p, plan.pulses, SS_TALK_OPEN, 6);
	is_err(pair_talk(&p, &l), SS_ERR_USAGE, "nothing proved: only in the "
	    "lab");
	end();
	pair_config(&p, plan.pulses, SS_TALK_PADS, 6);
	p.config[0].auth.npads = SS_TALK_TAGS - 1;
	is_err(pair_talk(&p, &l), SS_ERR_SPENT, "too few pads");
	end();
	pair_config(&p, plan.pulses, SS_TALK_PADS, 6);
	p.config[1].profile = "seeded";
	is_err(pair_talk(&p, &l), SS_OK, "Bob is in the lab");
	ok(a->error == SS_ERR_LAB && !b->key, "Alice does not listen");
	end();
	pair_config(&p, plan.pulses, SS_TALK_PADS, 6);
	p.config[0].profile = "seeded";
	is_err(pair_talk(&p, &l), SS_OK, "Alice is in the lab");
	ok(a->error == SS_ERR_SUITE && !b->key, "she does not listen either");
	end();
}

/* The first proof, computed again from the document's words. */
static void
proof(void)
{
	struct light_plan plan = { .pulses = 6000, .seed = 7 };
	static uint8_t text[65536];
	struct ss_buf b = { text, 0, sizeof(text), 0 };
	size_t tag_at = SS_QKD_HEAD + 2 + 8, sift;
	uint8_t tag[16], zeros[64] = { 0 };

	pair_light(&plan);
	pair_config(&p, plan.pulses, SS_TALK_PADS, 7);
	is_err(pair_talk(&p, &l), SS_OK, "a talk to be checked");
	sift = l.starts[1];
	ss_buf_str(&b, SS_LABEL_QKD);
	ss_buf_put(&b, "\001\001\000", 3); /* version, pads, no profile */
	ss_buf_put(&b, p.config[0].run, 8);
	ss_buf_put(&b, zeros, 64);
	ss_buf_put(&b, l.all, sift);
	ss_buf_put(&b, l.all + sift, tag_at);
	ss_buf_put(&b, zeros, 16);
	ss_buf_put(&b, l.all + sift + tag_at + 16,
	    l.starts[2] - sift - tag_at - 16);
	ok(ss_get64(l.all + sift + tag_at - 8) == 7, "it names its pad");
	ss_poly_tag(tag, text, b.len, p.point, p.pads);
	is_bytes(l.all + sift + tag_at, tag, 16, "the first tag is that of "
	    "Wegman and Carter, over all that was said");
	end();
}

/* The same for the first signature. */
static void
signature(void)
{
	struct light_plan plan = { .pulses = 6000, .seed = 7 };
	static uint8_t text[65536];
	struct ss_buf b = { text, 0, sizeof(text), 0 };
	size_t tag_at = SS_QKD_HEAD + 2, behind = tag_at + 64, sift;
	uint8_t fp[2][SS_FINGERPRINT_BYTES], zeros[64] = { 0 };
	uint8_t said[sizeof(SS_LABEL_QKD_SIGNED) + 32] = SS_LABEL_QKD_SIGNED;

	pair_light(&plan);
	pair_config(&p, plan.pulses, SS_TALK_SIGNED, 7);
	is_err(pair_talk(&p, &l), SS_OK, "a talk with signatures");
	sift = l.starts[1];
	ss_buf_str(&b, SS_LABEL_QKD);
	ss_buf_put(&b, "\001\002\000", 3); /* version, signed, no profile */
	ss_buf_put(&b, p.config[0].run, 8);
	for (int i = 0; i < 2; i++)
		ss_public_fingerprint(fp[i], &p.id[i].pub);
	ss_buf_put(&b, fp, sizeof(fp));
	ss_buf_put(&b, l.all, sift + tag_at);
	ss_buf_put(&b, zeros, 64);
	ss_buf_put(&b, l.all + sift + behind, l.starts[2] - sift - behind);
	said[sizeof(SS_LABEL_QKD_SIGNED) - 1] = 1; /* alice */
	crypto_hash_sha256(said + sizeof(SS_LABEL_QKD_SIGNED), text, b.len);
	ok(crypto_sign_verify_detached(l.all + sift + tag_at, said,
	    sizeof(said), p.id[0].pub.ed) == 0, "the first signature is "
	    "Alice's, over who speaks and all that was said");
	end();
}

/* A fault at one record: nobody may have a key, and both say why. */
static int
survives(enum fault fault, size_t at, size_t bit, size_t pulses)
{
	const struct ss_talk *a = &p.side[0].talk, *b = &p.side[1].talk;
	int good;

	pair_config(&p, pulses, SS_TALK_PADS, 8);
	l.fault = fault;
	l.at = at;
	l.bit = bit;
	good = pair_talk(&p, &l) == SS_OK &&
	    ss_talk_turn(a) == SS_TALK_DEAD &&
	    ss_talk_turn(b) == SS_TALK_DEAD && a->error && b->error;
	if (!good)
		printf("# fault %d at record %zu, bit %zu: alice %d, bob %d\n",
		    (int)fault, at, bit, (int)a->error, (int)b->error);
	end();
	return good;
}

static void
faults(void)
{
	static const char *const names[] = { "", "a flipped bit", "dropped",
		"repeated", "swapped with the next", "cut", "extended",
		"sent back" };
	struct light_plan plan = { .pulses = 9000, .seed = 8,
		.fibre = { .noise = 4294967296ull / 100 } };
	size_t records, good, tried, lens[4096], kinds[4096];
	int everything = getenv("SS_LONG") != NULL;

	pair_light(&plan);
	pair_config(&p, plan.pulses, SS_TALK_PADS, 8);
	is_err(pair_talk(&p, &l), SS_OK, "a talk to be disturbed");
	records = l.records;
	ok(pair_same_key(&p), "without a fault there is a key, from %zu "
	    "records", records);
	for (size_t i = 0; i < records; i++) {
		lens[i] = (i + 1 < records ? l.starts[i + 1] : l.len) -
		    l.starts[i];
		kinds[i] = l.all[l.starts[i] + SS_HEADER_BYTES];
	}
	end();
	for (enum fault f = DROP; f <= REFLECT; f++) {
		for (good = tried = 0; tried < records; tried++)
			good += survives(f, tried, 0, plan.pulses) != 0;
		ok(good == records, "%s: each of %zu records, no key",
		    names[f], records);
	}
	good = tried = 0;
	for (size_t i = 0; i < records; i++) {
		size_t bits = 8 * lens[i];
		int often = kinds[i] == SS_QKD_ASK || kinds[i] ==
		    SS_QKD_ANSWER;

		/* of Cascade's many records, one of eight */
		if (often && i % 8 && !everything)
			continue;
		for (size_t bit = 0; bit < bits; bit++) {
			/* of a long body, one bit in 61 */
			if (bit > 8 * 40 && bit % 61 && !everything)
				continue;
			tried++;
			good += survives(FLIP, i, bit, plan.pulses) != 0;
		}
	}
	ok(good == tried, "%s: %zu bits in %zu records, never a key",
	    names[FLIP], tried, records);
}

/* Random bytes, and real records out of place. */
static void
nonsense(void)
{
	struct light_plan plan = { .pulses = 6000, .seed = 9 };
	struct ss_talk *b = &p.side[1].talk;
	struct ss_dice d;
	uint8_t seed[32] = { 9 }, rec[64];
	size_t refused = 0;

	pair_light(&plan);
	ss_dice_init(&d, seed);
	for (int i = 0; i < 1000; i++) {
		size_t len = (size_t)ss_dice_below(&d, sizeof(rec));

		for (size_t k = 0; k < len; k++)
			rec[k] = (uint8_t)ss_dice_word(&d);
		pair_config(&p, plan.pulses, SS_TALK_PADS, 9);
		if (ss_talk_begin(b, &p.config[1]) != SS_OK)
			break;
		refused += ss_talk_read(b, rec, len) != SS_OK &&
		    ss_talk_turn(b) == SS_TALK_WRITE;
		end();
	}
	ok(refused == 1000, "1000 records of random bytes are refused");
}

int
main(void)
{
	if (sodium_init() < 0)
		return 2;
	agreement();
	sums();
	thresholds();
	strangers();
	proof();
	signature();
	nonsense();
	faults();
	return done_testing();
}
