/* SPDX-License-Identifier: ISC */
#include "prekeymake.h"
#include "file.h"
#include "io.h"
#include "lab.h"
#include "prekeyfile.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* With a seed: every file and every call draws numbers of its own. */
static void
mix(const struct ss_prekeys *p)
{
	uint8_t next[8];

	ss_put32(next, p->next_signed);
	ss_put32(next + 4, p->next_one_time);
	ss_lab_mix(p->owner.name, strlen(p->owner.name));
	ss_lab_mix(next, sizeof(next));
}

static void
xadd(struct ss_prekeys *p, uint64_t count)
{
	uint8_t seed[32];

	if (count > SS_ONE_TIME_MAX - p->n)
		ss_die(SS_ERR_USAGE, "at most %d one-time prekeys: there are "
		    "%zu, and %llu are to be made", SS_ONE_TIME_MAX, p->n,
		    (unsigned long long)count);
	for (; count > 0; count--) {
		ss_random(seed, sizeof(seed));
		if (ss_prekeys_add(p, seed) != SS_OK)
			ss_die(SS_ERR_SPENT, "the ids of one-time prekeys");
	}
	sodium_memzero(seed, sizeof(seed));
}

static void
explain_signed(const struct ss_signed_prekey *s)
{
	char date[SS_TIME_TEXT];

	ss_trace_step(&ss_narrator, "random: secret of the signed prekey",
	    s->sec, sizeof(s->sec), SS_SECRET);
	ss_trace_step(&ss_narrator, "signed prekey, public", s->pub,
	    sizeof(s->pub), SS_PUBLIC);
	ss_time_text(date, (int64_t)s->expires * 1000);
	ss_narrate("the signature covers a label, the owner's fingerprint, "
	    "the id %u, the key and its end, %s", s->id, date);
	ss_trace_step(&ss_narrator, "Ed25519 signature", s->sig,
	    sizeof(s->sig), SS_KEYED);
}

static void
xsign(struct ss_prekeys *p, const struct ss_identity *id,
    const struct ss_prekeymake *m)
{
	uint8_t seed[32];
	enum ss_err e;

	ss_random(seed, sizeof(seed));
	e = ss_prekeys_rotate(p, id, seed, ss_prekeys_now(), m->lifetime,
	    m->grace, ss_lab_profile());
	sodium_memzero(seed, sizeof(seed));
	if (e == SS_ERR_FOREIGN)
		ss_set_hint("these prekeys belong to another key");
	if (e == SS_ERR_LENGTH)
		ss_die(SS_ERR_USAGE, "--lifetime and --grace go beyond the "
		    "year 9999");
	if (e != SS_OK)
		ss_die(e, "prekeys '%s'", m->path);
	explain_signed(&p->spk[p->nspk - 1]);
}

static void
report(const struct ss_prekeys *p)
{
	const struct ss_signed_prekey *s = &p->spk[p->nspk - 1];
	char date[SS_TIME_TEXT];

	ss_time_text(date, (int64_t)s->expires * 1000);
	fprintf(stderr, "owner:            %s\n", p->owner.name);
	fprintf(stderr, "signed prekey:    %u, until %s", s->id, date);
	if (p->nspk > 1)
		fprintf(stderr, ", and %zu before it", p->nspk - 1);
	fprintf(stderr, "\none-time prekeys: %zu\n", p->n);
}

void
xprekeymake_new(const struct ss_prekeymake *m)
{
	struct ss_identity *id = xsecret_alloc(sizeof(*id));
	struct ss_prekeys *p = xsecret_alloc(sizeof(*p));
	struct stat st;

	xout_keep(m->path, m->key, "key");
	if (!m->force && lstat(m->path, &st) == 0) {
		ss_set_hint("without -o, --prekeys adds to it; --force "
		    "gives up the prekeys in it");
		ss_die(SS_ERR_EXISTS, "%s", m->path);
	}
	xkey_load(id, m->key, m->passphrase_fd);
	ss_prekeys_init(p, &id->pub);
	mix(p);
	xsign(p, id, m);
	xadd(p, m->count);
	xprekeys_create(m->path, p, m->force);
	report(p);
	sodium_free(p);
	sodium_free(id);
}

static void
xsave(struct ss_prekeyfile *f)
{
	if (ss_prekeys_save(f) != SS_OK)
		ss_die(SS_ERR_SYSTEM, "prekeys '%s': save", f->path);
	report(f->p);
	xprekeys_close(f);
}

/* The file must be there, but only what is read under the lock counts. */
static void
xchange(struct ss_prekeyfile *f, const char *path)
{
	xprekeys_open(f, path);
	/* a seed must not make prekeys that pass for real */
	xkey_fence(&f->p->owner, path);
	xprekeys_lock(f);
	mix(f->p);
	if (ss_prekeys_purge(f->p, ss_prekeys_now()) > 0)
		ss_narrate("a signed prekey is past its grace, and erased");
}

void
xprekeymake_add(const struct ss_prekeymake *m)
{
	struct ss_prekeyfile f;

	xchange(&f, m->path);
	if (f.p->nspk == 0) {
		ss_set_hint("ss-keygen --rotate-prekey makes a signed prekey");
		ss_die(SS_ERR_SPENT, "prekeys '%s'", m->path);
	}
	xadd(f.p, m->count);
	xsave(&f);
}

void
xprekeymake_rotate(const struct ss_prekeymake *m)
{
	struct ss_identity *id = xsecret_alloc(sizeof(*id));
	struct ss_prekeyfile f;

	/* a passphrase is typed before the lock is held */
	xkey_load(id, m->key, m->passphrase_fd);
	xchange(&f, m->path);
	xsign(f.p, id, m);
	xsave(&f);
	sodium_free(id);
}

static void
put_bundle(const struct ss_bundle *b, const struct ss_prekeymake *m)
{
	char *text = malloc(SS_BUNDLE_TEXT_MAX);
	struct ss_out out;
	size_t len;

	if (!text || ss_bundle_put_text(text, SS_BUNDLE_TEXT_MAX, &len, b) !=
	    SS_OK)
		ss_die(SS_ERR_SYSTEM, "no memory");
	xout_open(&out, m->output, m->force);
	xwrite_full(out.fd, text, len, "the bundle");
	xout_commit(&out);
	free(text);
}

void
xprekeymake_bundle(const struct ss_prekeymake *m)
{
	struct ss_bundle *b = malloc(sizeof(*b));
	struct ss_prekeyfile f;
	enum ss_err e;

	if (!b)
		ss_die(SS_ERR_SYSTEM, "no memory");
	xout_keep(m->output, m->path, "prekeys");
	xprekeys_open(&f, m->path);
	if (ss_lab()) /* outside, a lab's bundle may be looked at */
		xkey_fence(&f.p->owner, m->path);
	if ((e = ss_bundle_of(b, f.p, ss_prekeys_now())) != SS_OK)
		ss_set_hint("its signed prekey has expired: "
		    "ss-keygen --rotate-prekey");
	else if (m->one && (e = ss_bundle_one(b, m->id)) != SS_OK)
		ss_set_hint("that one-time prekey is gone, or was never made: "
		    "--prekeys makes more; without --one a bundle may have "
		    "none");
	if (e != SS_OK)
		ss_die(e, "%s", strcmp(m->path, "-") == 0 ? "standard input"
		                                          : m->path);
	ss_narrate("signed prekey %u and %zu one-time prekeys, the public "
	    "halves", b->id, b->n);
	put_bundle(b, m);
	xprekeys_close(&f);
	free(b);
}
