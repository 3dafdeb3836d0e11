/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dissector.h"
#include "lab_open.h"
#include <string.h>

/* Introducers and data records: what the epoch's key opens of them. */

/* Whose epoch this is, for the tap and for the later passes. */
static void
people(struct ss_record *r, const uint8_t *sender, const uint8_t *audience)
{
	struct ss_record_seen *s = r->seen;

	r->tap.stream = ss_stream_of(sender, audience);
	r->tap.backwards = memcmp(sender, audience, SS_ID_BYTES) > 0;
	if (s && !s->sender) {
		s->sender = ss_person_text(wmem_file_scope(), sender);
		s->recipient = ss_person_text(wmem_file_scope(), audience);
	}
	r->tap.sender = s ? s->sender :
	    ss_person_text(r->m->pinfo->pool, sender);
	r->tap.recipient = s ? s->recipient :
	    ss_person_text(r->m->pinfo->pool, audience);
	if (!r->m->from) {
		r->m->from = r->tap.sender;
		r->m->to = r->tap.recipient;
	}
	ss_tree_generated(proto_tree_add_uint(r->tree, ss_hf.stream, r->tvb,
	    0, 0, r->tap.stream));
}

static void
verdict(const struct ss_record *r, int hf, int verified)
{
	if (verified || ss_keys_any())
		ss_tree_generated(proto_tree_add_uint(
		    r->tree, hf, r->tvb, 0, 0, (uint32_t)verified));
}

static const char *
short_id(const struct ss_record *r, const uint8_t *id)
{
	return bytes_to_str(r->m->pinfo->pool, id, 4);
}

static void
introducer_links(const struct ss_record *r, const struct ss_introducer *i)
{
	const struct ss_intro_hf *hf = &r->sheet->intro;
	const struct ss_epoch_seen *e = r->seen ? r->seen->epoch : NULL;

	ss_record_name(r, hf->sender_name, ss_person(i->sender));
	ss_record_name(r, hf->audience_name, ss_person(i->audience));
	if (!e)
		return;
	if (e->previous)
		ss_tree_frame(r->tree, hf->previous_in, r->tvb, ss_order_frame(
		    e->previous->introducers, &r->m->where));
	ss_tree_frame(r->tree, hf->continued_in, r->tvb, e->continued_in);
}

void
ss_introducer_dissect(struct ss_record *r)
{
	struct ss_introducer i;
	struct ss_key *key;
	int verified = 0;

	if (ss_introducer_get(&i, r->bytes, r->len) != SS_OK)
		return; /* of a shape that lib/proto does not know yet */
	key = ss_keys_find(r->m->pinfo, i.epoch_id, 1);
	if (key)
		verified = ss_introducer_verify(&i, r->bytes, r->len,
		    &key->epoch) == SS_OK ? 1 : 2;
	if (r->seen && !r->seen->epoch) {
		r->seen->epoch = ss_epoch_get(i.epoch_id, 1);
		ss_order_introducer(r->seen, &i, verified == 2);
	}
	if (!PINFO_FD_VISITED(r->m->pinfo) && verified != 2) {
		/* the relay vouches for the name, not for the id */
		ss_person_learn(i.sender, r->m->from, 0);
		ss_person_learn(i.audience, r->m->to, 0);
	}
	people(r, i.sender, i.audience);
	introducer_links(r, &i);
	verdict(r, r->sheet->intro.verified, verified);
	if (verified == 2)
		ss_record_strange(r, SS_X_WRONG_TAG, "The MAC does not fit "
		    "the epoch key: changed on the way, or not made with "
		    "that key");
	r->tap.verified = verified;
	r->tap.family = ss_name_of(ss_introducer_names, i.family);
	bytes_to_hexstr(r->tap.epoch, i.epoch_id, sizeof(i.epoch_id));
	ss_info(r->m, "opens epoch %s (%s)%s", short_id(r, i.epoch_id),
	    r->tap.family ? r->tap.family : "unknown family",
	    verified == 2 ? ", MAC wrong" : "");
}

/* The text of a data record, in a tab of its own. */
static void
plaintext(struct ss_record *r, uint8_t *text, size_t len, size_t all)
{
	packet_info *pinfo = r->m->pinfo;
	tvbuff_t *tvb;

	r->tap.plain = text;
	r->tap.text = (uint32_t)len;
	if (all == 0 || !r->tree)
		return;
	tvb = tvb_new_child_real_data(
	    r->tvb, text, (unsigned)all, (int)all);
	add_new_data_source(pinfo, tvb, "Decrypted record");
	if (len > 0) {
		/* a line is shown without its newline; what has zeros is no
		 * text */
		if (!memchr(text, 0, len))
			proto_tree_add_item(r->tree, ss_hf.plaintext, tvb, 0,
			    (int)(len - (text[len - 1] == '\n')),
			    ENC_UTF_8 | ENC_NA);
		proto_tree_add_item(r->tree, ss_hf.plaintext_bytes, tvb, 0,
		    (int)len, ENC_NA);
	}
	if (all > len)
		proto_tree_add_item(r->tree, ss_hf.padding, tvb, (int)len,
		    (int)(all - len), ENC_NA);
}

#define QUOTE_MAX 72

/* What a data record says, for the Info column. */
static void
say_data(struct ss_record *r, const struct ss_data *d, int verified)
{
	const struct ss_epoch_seen *e = r->seen ? r->seen->epoch : NULL;
	size_t len = r->tap.text, n;
	const char *end = d->flags & SS_DATA_FINAL ? ", the end" : "";

	if (!r->m->info)
		return;
	if (verified == 2) {
		ss_info(r->m, "%zu bytes that do not verify", d->cipher.len);
		return;
	}
	if (verified == 0) {
		ss_info(r->m, "%zu bytes sealed%s", d->cipher.len, end);
		return;
	}
	if (len == 0) {
		ss_info(r->m, "%s", d->flags & SS_DATA_FINAL ?
		    "ends the stream" : "an empty text");
		return;
	}
	len -= r->tap.plain[len - 1] == '\n';
	n = MIN(len, QUOTE_MAX);
	/* do not cut a character of several bytes */
	while (n < len && n > 0 && (r->tap.plain[n] & 0xc0) == 0x80)
		n--;
	if (!g_utf8_validate((const char *)r->tap.plain, (gssize)n, NULL)) {
		ss_info(r->m, "%zu bytes%s", len, end);
		return;
	}
	if (e && e->introduced && !e->lines)
		ss_info(r->m, "%zu bytes%s, ", len, end);
	ss_info(r->m, "\xe2\x80\x9c%s%s\xe2\x80\x9d%s",
	    ws_format_text(r->m->pinfo->pool,
		(const char *)r->tap.plain, n),
	    n < len ? "\xe2\x80\xa6" : "",
	    e && e->introduced && !e->lines ? "" : end);
}

static int
decrypt(struct ss_record *r, struct ss_key *key, const struct ss_data *d)
{
	uint8_t *text = wmem_alloc(r->m->pinfo->pool, d->cipher.len + 1);
	const struct ss_lab *lab;
	enum ss_err e;
	size_t len;

	e = ss_lab_open(text, &len, &lab, r->bytes, r->len, &key->epoch);
	if (e == SS_ERR_AUTH)
		return 2;
	if (ss_lab_is(lab, SS_LAB_REUSE_NONCE))
		ss_record_strange(r, SS_X_NONCE, "A nonce is used twice: "
		    "with the profile reuse-nonce, by every record of the "
		    "epoch");
	if (e != SS_OK) {
		ss_record_strange(r, SS_X_MALFORMED, "The tag holds, but the "
		    "padding is not what it should be");
		len = d->cipher.len;
	}
	plaintext(r, text, len, d->cipher.len);
	return ss_lab_is(lab, SS_LAB_NO_TAG) ? 3 : 1;
}

void
ss_data_dissect(struct ss_record *r)
{
	struct ss_data d;
	struct ss_key *key;
	struct ss_epoch_seen *e;
	int verified = 0;

	if (ss_data_get(&d, r->bytes, r->len) != SS_OK) {
		ss_record_strange(
		    r, SS_X_MALFORMED, "Flags that are not known");
		return;
	}
	e = r->seen && r->seen->epoch ? r->seen->epoch :
	    ss_epoch_get(d.epoch_id, r->seen != NULL);
	key = ss_keys_find(r->m->pinfo, d.epoch_id, 0);
	if (key && e && !e->has_ids) {
		memcpy(e->sender, key->line.sender, SS_ID_BYTES);
		memcpy(e->audience, key->line.audience, SS_ID_BYTES);
		e->has_ids = 1;
	}
	if (e && e->has_ids) {
		people(r, e->sender, e->audience);
		ss_record_name(r, ss_hf.sender, r->tap.sender);
		ss_record_name(r, ss_hf.recipient, r->tap.recipient);
	}
	if (e)
		ss_tree_frame(r->tree, ss_hf.introduced_in, r->tvb,
		    ss_order_frame(e->introducers, &r->m->where));
	if (key)
		verified = decrypt(r, key, &d);
	if (r->seen && !r->seen->epoch) {
		r->seen->epoch = e;
		ss_order_data(r->seen, d.sequence, d.flags & SS_DATA_FINAL,
		    verified == 2);
	}
	verdict(r, ss_hf.verified, verified);
	if (verified == 2)
		ss_record_strange(r, SS_X_WRONG_TAG,
		    expert_get_summary(ss_expert(SS_X_WRONG_TAG)));
	r->tap.data = 1;
	r->tap.verified = verified;
	bytes_to_hexstr(r->tap.epoch, d.epoch_id, sizeof(d.epoch_id));
	proto_item_append_text(r->item, ", sequence %" PRIu64, d.sequence);
	say_data(r, &d, verified);
}
