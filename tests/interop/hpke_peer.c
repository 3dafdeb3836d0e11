/* SPDX-License-Identifier: ISC */
#include "../../lib/proto/hpke.h"
#include "../unit/tap.h"
#include <sodium.h>

/*
 * Our half of hpke_model.py: one case for each line of input, all fields in
 * hex, "-" for an empty one, and one line of output.
 *
 *   seal MODE AEAD ikmE pkR skS info psk psk_id aad text...
 *     -> enc shared export ciphertext...
 *   open MODE AEAD enc  skR pkS info psk psk_id aad ciphertext...
 *     -> shared export text...
 *
 * and last on the line the error, 0 for none.  The messages of a line follow
 * each other in one context and have the same associated data.  What is
 * exported has the context "context".
 */
static const uint8_t context[] = { 'c', 'o', 'n', 't', 'e', 'x', 't' };

struct field {
	uint8_t at[SS_HPKE_INFO_MAX];
	size_t len;
};

static struct field
take(void)
{
	const char *word = strtok(NULL, " \n");
	struct field f = { .len = 0 };

	if (word && strcmp(word, "-") != 0)
		f.len = unhex(f.at, sizeof(f.at), word);
	return f;
}

static void
put(const uint8_t *in, size_t len)
{
	for (size_t i = 0; i < len; i++)
		printf("%02x", in[i]);
	printf(len ? " " : "- ");
}

static enum ss_err
messages(struct ss_hpke *c, int sealing, const struct field *aad)
{
	const char *word;
	enum ss_err e = SS_OK;

	while (e == SS_OK && (word = strtok(NULL, " \n"))) {
		uint8_t in[256], out[256 + 16];
		size_t len = strcmp(word, "-") ? unhex(in, sizeof(in), word)
		                               : 0;

		e = (sealing ? ss_hpke_seal : ss_hpke_open)(
		    c, out, in, len, aad->at, aad->len);
		if (e == SS_OK)
			put(out, sealing ? len + 16 : len - 16);
	}
	return e;
}

static enum ss_err
one_case(int sealing)
{
	const char *mode = strtok(NULL, " "), *aead = strtok(NULL, " ");
	struct field first = take(), to = take(), from = take();
	struct field info = take(), psk = take(), psk_id = take();
	struct field aad = take();
	struct ss_hpke_setup s = { .mode = (enum ss_hpke_mode)atoi(mode),
		.aead = (enum ss_hpke_aead)atoi(aead), .info = info.at,
		.infolen = info.len, .psk = psk.at, .psklen = psk.len,
		.psk_id = psk_id.at, .psk_idlen = psk_id.len };
	uint8_t shared[32], enc[32], skE[32], export[48];
	const uint8_t *with = from.len ? from.at : NULL;
	struct ss_hpke c;
	enum ss_err e;

	ss_hpke_derive(skE, first.at);
	e = sealing ? ss_hpke_encap(shared, enc, skE, to.at, with)
	            : ss_hpke_decap(shared, first.at, to.at, with);
	if (e != SS_OK || (e = ss_hpke_start(&c, &s, shared)) != SS_OK)
		return e;
	if (sealing)
		put(enc, sizeof(enc));
	put(shared, sizeof(shared));
	if ((e = ss_hpke_export(export, sizeof(export), context,
		sizeof(context), &c)) == SS_OK)
		put(export, sizeof(export));
	if (e == SS_OK)
		e = messages(&c, sealing, &aad);
	ss_hpke_wipe(&c);
	return e;
}

int
main(void)
{
	static char line[16384];
	enum ss_err e;

	if (sodium_init() < 0)
		return 255;
	while (fgets(line, sizeof(line), stdin)) {
		const char *what = strtok(line, " ");

		if (!what)
			return 255;
		e = one_case(strcmp(what, "seal") == 0);
		printf("%d\n", (int)e);
		fflush(stdout);
	}
	return 0;
}
