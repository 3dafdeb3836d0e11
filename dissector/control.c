/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dissector.h"
#include "../lib/proto/armor.h"
#include "../lib/proto/msg.h"
#include <string.h>
#include <wsutil/wsjson.h>

/*
 * Control messages of the relay: one JSON object each.  docs/protocol.md, 11.3
 */

enum kind { STRING, NUMBER, YESNO, TEXT };

/* One row for each member that has a meaning. */
static struct member {
	const char *key;    /* below limits: "limits.records" */
	const char *label;
	enum kind kind;     /* TEXT: a string or a number, as text */
	const char *sentence;
	int hf;
} members[] = {
	{ "type", "Type", STRING, "What this message says.", -1 },
	{ "id", "Request id", TEXT, "Chosen by the client; the answer repeats "
	    "it.", -1 },
	{ "relay", "Relay", STRING, "The relay's name.", -1 },
	{ "challenge", "Challenge", STRING, "32 random bytes that the login "
	    "signs.", -1 },
	{ "binding", "Binding", STRING, "What ties the login to this "
	    "connection.", -1 },
	{ "name", "Name", STRING, "Whom this is about.", -1 },
	{ "public", "Public key", STRING, "The line that holds a name, an "
	    "Ed25519 and an X25519 key.", -1 },
	{ "origin", "Origin", STRING, "The URL that was dialled.", -1 },
	{ "signature", "Signature", STRING, "Ed25519, over the relay's "
	    "challenge and the binding.", -1 },
	{ "first", "First login", YESNO, "Whether this login bound the name "
	    "to the key.", -1 },
	{ "users", "User", STRING, "Somebody who is present.", -1 },
	{ "from", "From", STRING, "Whose mail is asked for.", -1 },
	{ "after", "After row", NUMBER, "Mail behind this row is asked for.",
	    -1 },
	{ "window", "Window", NUMBER, "How many messages may be on their "
	    "way.", -1 },
	{ "more", "More", NUMBER, "So many further messages may come.", -1 },
	{ "row", "Row", NUMBER, "A row of the mailbox.", -1 },
	{ "rows", "Row", NUMBER, "A row that may be deleted.", -1 },
	{ "code", "Error code", STRING, "What is wrong, for programs.", -1 },
	{ "text", "Error text", STRING, "What is wrong, for people.", -1 },
	{ "message", "Message id", STRING, "The message that this answers, in "
	    "hex.", -1 },
	{ "limits.records", "Most bytes of records", NUMBER,
	    "In one binary message.", -1 },
	{ "limits.text", "Most bytes of text", NUMBER,
	    "In one control message.", -1 },
	{ "limits.window", "Most unanswered messages", NUMBER,
	    "Of one sender.", -1 },
	{ "limits.mailbox", "Most messages in a mailbox", NUMBER,
	    "Then senders are refused.", -1 },
	{ "limits.mailbox_bytes", "Most bytes in a mailbox", NUMBER,
	    "Then senders are refused.", -1 },
};
static int hf_control = -1, hf_member = -1;

/* Message types: who sends it, and the sentence for the Info column. */
static const struct type {
	const char *name;
	enum ss_lane lane;
	const char *says;
	const char *more;  /* a member to be told as well */
} types[] = {
	{ "hello", SS_LANE_UP, "says hello", NULL },
	{ "hello", SS_LANE_DOWN, "says hello, with a challenge", NULL },
	{ "register", SS_LANE_UP, "signs the challenge", NULL },
	{ "registered", SS_LANE_DOWN, "accepts the login", NULL },
	{ "get_pubkey", SS_LANE_UP, "asks for the public key of", "name" },
	{ "pubkey", SS_LANE_DOWN, "gives the public key of", "name" },
	{ "user_list", SS_LANE_UP, "asks who is present", NULL },
	{ "user_list", SS_LANE_DOWN, "says who is present", NULL },
	{ "receive", SS_LANE_UP, "asks for mail", NULL },
	{ "ack", SS_LANE_UP, "acknowledges mail", NULL },
	{ "acked", SS_LANE_DOWN, "has deleted the acknowledged mail", NULL },
	{ "empty", SS_LANE_DOWN, "says that the mailbox is empty", NULL },
	{ "delivered", SS_LANE_DOWN, "has delivered the message", NULL },
	{ "stored", SS_LANE_DOWN, "has stored the message", NULL },
	{ "error", SS_LANE_DOWN, "refuses:", "text" },
};

/* A control message while it is dissected. */
struct control {
	struct ss_message *m;
	char *text;          /* zero terminated */
	jsmntok_t *tokens;
	int ntokens;
	proto_tree *tree;
	/* what the first look found */
	const char *type, *name, *public, *why;
	int challenge, users;
};

void
ss_control_register(void)
{
	static const enum ftenum ft[] = { [STRING] = FT_STRING,
		[NUMBER] = FT_UINT64, [YESNO] = FT_BOOLEAN,
		[TEXT] = FT_STRING };
	static hf_register_info hf[array_length(members) + 2];
	size_t n = array_length(members);

	for (size_t i = 0; i < n; i++)
		hf[i] = (hf_register_info){ &members[i].hf,
			{ members[i].label, g_strdup_printf(
			    "secretsocket.control.%s", members[i].key),
			    ft[members[i].kind],
			    members[i].kind == NUMBER ? BASE_DEC : BASE_NONE,
			    NULL, 0, members[i].sentence, HFILL } };
	hf[n] = (hf_register_info){ &hf_control, { "Control message",
		"secretsocket.control", FT_NONE, BASE_NONE, NULL, 0,
		"A JSON object, between a client and the relay.", HFILL } };
	hf[n + 1] = (hf_register_info){ &hf_member, { "Member",
		"secretsocket.control.member", FT_STRING, BASE_NONE, NULL, 0,
		"A member that has no meaning here.", HFILL } };
	proto_register_field_array(ss_proto, hf, (int)n + 2);
}

/* The text of a token; strings without their escapes. */
static char *
text_of(const struct control *c, const jsmntok_t *t)
{
	char *s = wmem_strndup(c->m->pinfo->pool, c->text + t->start,
	    (size_t)(t->end - t->start));

	if (t->type == JSMN_STRING && strchr(s, '\\') &&
	    !json_decode_string_inplace(s))
		return wmem_strndup(c->m->pinfo->pool, c->text + t->start,
		    (size_t)(t->end - t->start));
	return s;
}

/* The index behind a value and all that is in it. */
static int
behind(const struct control *c, int i)
{
	int end = c->tokens[i].end;

	for (i++; i < c->ntokens && c->tokens[i].start < end; i++)
		continue;
	return i;
}

static int
add_value(const struct control *c, const struct member *mb,
    const jsmntok_t *t)
{
	tvbuff_t *tvb = c->m->tvb;
	int len = t->end - t->start;
	char *s = text_of(c, t), *end;
	uint64_t v;

	if (t->type == JSMN_STRING && mb->kind != NUMBER && mb->kind != YESNO) {
		proto_tree_add_string(
		    c->tree, mb->hf, tvb, t->start, len, s);
		return 1;
	}
	if (t->type != JSMN_PRIMITIVE)
		return 0;
	if (mb->kind == YESNO && (*s == 't' || *s == 'f')) {
		proto_tree_add_boolean(
		    c->tree, mb->hf, tvb, t->start, len, *s == 't');
		return 1;
	}
	if (!g_ascii_isdigit(*s))
		return 0;
	v = g_ascii_strtoull(s, &end, 10);
	if (*end)
		return 0;
	if (mb->kind == NUMBER)
		proto_tree_add_uint64(
		    c->tree, mb->hf, tvb, t->start, len, v);
	else if (mb->kind == TEXT)
		proto_tree_add_string(
		    c->tree, mb->hf, tvb, t->start, len, s);
	else
		return 0;
	return 1;
}

static const struct member *
member_of(const char *prefix, const char *key)
{
	size_t n = strlen(prefix);

	for (size_t i = 0; i < array_length(members); i++)
		if (strncmp(members[i].key, prefix, n) == 0 &&
		    strcmp(members[i].key + n, key) == 0)
			return &members[i];
	return NULL;
}

/* A record in base64 inside the JSON, for clients without binary frames. */
static void
armored(const struct control *c, const jsmntok_t *t)
{
	size_t len = (size_t)(t->end - t->start), n;
	uint8_t *rec;
	struct ss_message inner = *c->m;

	if (t->type != JSMN_STRING || len < 8 ||
	    memcmp(c->text + t->start, "U1MB", 4) != 0)
		return;
	rec = wmem_alloc(c->m->pinfo->pool, len);
	if (ss_armor_get(rec, &n, c->text + t->start, len) != SS_OK)
		return;
	inner.tvb = tvb_new_child_real_data(
	    c->m->tvb, rec, (unsigned)n, (int)n);
	add_new_data_source(c->m->pinfo, inner.tvb, "Record from base64");
	ss_records_dissect(&inner, 0);
	c->m->records = inner.records;
	c->m->said_for = inner.said_for;
}

static void
add_member(const struct control *c, const char *prefix, const jsmntok_t *key,
    int value)
{
	const jsmntok_t *t = &c->tokens[value];
	const char *name = text_of(c, key);
	const struct member *mb = member_of(prefix, name);
	int added = 0;

	if (mb && t->type == JSMN_ARRAY) {
		int end = behind(c, value);

		for (int i = value + 1; i < end; i = behind(c, i))
			added |= add_value(c, mb, &c->tokens[i]);
		added |= end == value + 1;
	} else if (mb) {
		added = add_value(c, mb, t);
	}
	if (!added)
		proto_tree_add_string(c->tree, hf_member, c->m->tvb,
		    key->start, t->end - key->start,
		    wmem_strdup_printf(c->m->pinfo->pool, "%s: %.*s", name,
			t->end - t->start, c->text + t->start));
	armored(c, t);
}

/* All members of the object that is token `at`. */
static void
add_members(const struct control *c, const char *prefix, int at)
{
	int end = behind(c, at);

	for (int i = at + 1; i + 1 < end; i = behind(c, i + 1)) {
		const jsmntok_t *key = &c->tokens[i], *t = key + 1;

		if (!prefix[0] && t->type == JSMN_OBJECT &&
		    strcmp(text_of(c, key), "limits") == 0)
			add_members(c, "limits.", i + 1);
		else
			add_member(c, prefix, key, i + 1);
	}
}

/* What decides who speaks. */
static void
look(struct control *c)
{
	int end = behind(c, 0);

	for (int i = 1; i + 1 < end; i = behind(c, i + 1)) {
		const jsmntok_t *t = &c->tokens[i + 1];
		const char *key = text_of(c, &c->tokens[i]);

		c->challenge |= strcmp(key, "challenge") == 0;
		c->users |= strcmp(key, "users") == 0;
		if (t->type != JSMN_STRING)
			continue;
		if (strcmp(key, "type") == 0)
			c->type = text_of(c, t);
		else if (strcmp(key, "name") == 0)
			c->name = text_of(c, t);
		else if (strcmp(key, "public") == 0)
			c->public = text_of(c, t);
		else if (strcmp(key, "text") == 0)
			c->why = text_of(c, t);
	}
}

/* Who must have said it, NONE if it may be either. */
static enum ss_lane
speaker(const struct control *c)
{
	enum ss_lane lane = SS_LANE_NONE;

	if (!c->type)
		return SS_LANE_NONE;
	if (strcmp(c->type, "hello") == 0)
		return c->challenge ? SS_LANE_DOWN :
		    c->name ? SS_LANE_UP : SS_LANE_NONE;
	if (strcmp(c->type, "user_list") == 0)
		return c->users ? SS_LANE_DOWN : SS_LANE_UP;
	for (size_t i = 0; i < array_length(types); i++)
		if (strcmp(types[i].name, c->type) == 0)
			lane = types[i].lane;
	return lane;
}

static const struct type *
type_of(const struct control *c, enum ss_lane lane)
{
	for (size_t i = 0; c->type && i < array_length(types); i++)
		if (strcmp(types[i].name, c->type) == 0 &&
		    types[i].lane == lane)
			return &types[i];
	return NULL;
}

/* Names and keys that the message shows. */
static void
learn(const struct control *c, enum ss_lane said_by)
{
	struct ss_link *l = c->m->link;
	struct ss_public pub;
	const char *says = said_by == SS_LANE_UP ? "hello" : "registered";

	if (PINFO_FD_VISITED(c->m->pinfo) || said_by == SS_LANE_NONE)
		return;
	ss_link_client(l, c->m->pinfo, said_by == SS_LANE_UP);
	if (strcmp(c->type, says) == 0 && c->name &&
	    ss_name_ok(c->name, strlen(c->name)))
		l->name = wmem_strdup(wmem_file_scope(), c->name);
	if (c->public && ss_public_get_text(&pub, c->public,
		strlen(c->public)) == SS_OK)
		ss_person_public(&pub);
}

static void
carriers(struct control *c)
{
	struct ss_message *m = c->m;
	const char *client = m->link->name;

	m->where.lane = ss_link_lane(m->link, m->pinfo);
	m->from = m->where.lane == SS_LANE_UP ? client : "relay";
	m->to = m->where.lane == SS_LANE_UP ? "relay" : client;
	if (!m->from)
		m->from = "client";
	if (!m->to)
		m->to = "client";
	ss_carriers_add(m);
}

static int
parse(struct control *c, tvbuff_t *tvb, packet_info *pinfo)
{
	unsigned len = tvb_captured_length(tvb);
	int n;

	c->ntokens = 0;
	/* the time that this takes grows with the square of what is in it */
	if (len > SS_MSG_TEXT_MAX)
		return 0;
	c->text = (char *)wmem_alloc(pinfo->pool, len + 1);
	tvb_memcpy(tvb, c->text, 0, len);
	c->text[len] = '\0';
	n = json_parse(c->text, NULL, 0);
	if (n < 1)
		return 0;
	c->tokens = wmem_alloc_array(pinfo->pool, jsmntok_t, (size_t)n);
	c->ntokens = json_parse(c->text, c->tokens, (unsigned)n);
	return c->ntokens >= 1 && c->tokens[0].type == JSMN_OBJECT;
}

int
ss_control_is_ours(tvbuff_t *tvb, packet_info *pinfo)
{
	struct ss_message m = { .tvb = tvb, .pinfo = pinfo };
	struct control c = { .m = &m };

	if (ws_get_uint8(tvb, 0) != '{' || !parse(&c, tvb, pinfo))
		return 0;
	look(&c);
	return type_of(&c, SS_LANE_UP) || type_of(&c, SS_LANE_DOWN);
}

static const char *
quoted(const struct ss_message *m, const char *text)
{
	return text ? ws_format_text(m->pinfo->pool, text, strlen(text)) : "";
}

void
ss_control_dissect(struct ss_message *m)
{
	struct control c = { .m = m };
	const struct type *t;
	proto_item *item = proto_tree_add_item(
	    m->tree, hf_control, m->tvb, 0, -1, ENC_NA);

	c.tree = proto_item_add_subtree(item, ss_ett.control);
	if (!parse(&c, m->tvb, m->pinfo)) {
		expert_add_info_format(m->pinfo, item,
		    ss_expert(SS_X_MALFORMED), "Not a JSON object");
		ss_info(m, "a text that is no JSON object");
		return;
	}
	look(&c);
	learn(&c, speaker(&c));
	carriers(&c);
	t = type_of(&c, m->where.lane);
	proto_item_append_text(item, ", %s", c.type ? c.type : "no type");
	if (!t)
		ss_info(m, "%s", c.type ? quoted(m, c.type) :
		    "a message without a type");
	else if (!t->more)
		ss_info(m, "%s", t->says);
	else
		ss_info(m, "%s %s", t->says, quoted(m,
		    strcmp(t->more, "name") == 0 ? c.name : c.why));
	add_members(&c, "", 0);
}
