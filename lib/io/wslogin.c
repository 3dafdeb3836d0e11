/* SPDX-License-Identifier: ISC */
#include "../proto/login.h"
#include "io.h"
#include "wsclient.h"

#include <jansson.h>
#include <sodium.h>
#include <string.h>

/* The next text message as JSON; dies if none comes in time. */
static json_t *
xwait_text(struct ss_ws *ws, int64_t deadline)
{
	struct ss_ws_message m;
	json_t *j;
	int got;

	while ((got = ss_ws_next(ws, &m)) == 0) {
		if (ws->ended)
			ss_die(ws->code == 1008 ? SS_ERR_LOGIN :
			    SS_ERR_NETWORK, "login");
		if (!ss_ws_wait(ws, ss_ws_events(ws), deadline))
			ss_die(SS_ERR_TIMEOUT, "login");
		if (ss_ws_pump(ws) != SS_OK && ws->code == 0)
			ss_die(SS_ERR_NETWORK, "login");
	}
	j = got == 1 && m.opcode == SS_WS_TEXT ?
	    json_loadb((const char *)m.at, m.len, JSON_REJECT_DUPLICATES,
	        NULL) : NULL;
	if (!json_is_object(j))
		ss_die(SS_ERR_FORMAT, "the relay's answer");
	return j;
}

static const char *
text_of(const json_t *j, const char *key)
{
	const char *t = json_string_value(json_object_get(j, key));

	return t != NULL ? t : "";
}

static int
offers(const json_t *hello, const char *binding)
{
	json_t *list = json_object_get(hello, "binding"), *b;
	size_t i;

	json_array_foreach (list, i, b)
		if (json_is_string(b) &&
		    strcmp(json_string_value(b), binding) == 0)
			return 1;
	return 0;
}

/*
 * Over TLS the signature covers this very connection, so that nobody who
 * sits between could use it elsewhere.  Over ws:// there is nothing to bind
 * to but the URL; that is never chosen for us.       RFC 9266
 */
static void
bind_login(struct ss_login *l, const struct ss_ws *ws, const json_t *hello)
{
	const char *name = ws->tls ? "tls-exporter" : "origin";

	if (!offers(hello, name)) {
		ss_set_hint(ws->tls ? "is there a proxy that ends TLS?" :
		    "over ws:// the relay needs --allow-origin-login");
		ss_die(SS_ERR_LOGIN, "the relay does not take %s logins",
		    name);
	}
	l->binding = ws->tls ? SS_BIND_EXPORTER : SS_BIND_ORIGIN;
	l->bound = ws->tls ? ws->exporter : (const uint8_t *)ws->origin;
	l->boundlen = ws->tls ? sizeof ws->exporter : strlen(ws->origin);
}

static void
send_proof(struct ss_ws *ws, const struct ss_login *l,
    const struct ss_identity *id)
{
	char public[SS_PUBLIC_TEXT_MAX + 1], hex[2 * SS_SIGN_BYTES + 1];
	uint8_t sig[SS_SIGN_BYTES];

	if (ss_login_sign(sig, l, id) != SS_OK)
		ss_die(SS_ERR_FORMAT, "the relay's hello");
	sodium_bin2hex(hex, sizeof hex, sig, sizeof sig);
	ss_public_put_text(public, &id->pub);
	ss_ws_text(ws,
	    "{\"type\":\"hello\",\"name\":\"%s\",\"public\":\"%s\"}",
	    id->pub.name, public);
	ss_ws_text(ws,
	    "{\"type\":\"register\",\"binding\":\"%s\"%s%s%s,"
	    "\"signature\":\"%s\"}",
	    ws->tls ? "tls-exporter" : "origin",
	    ws->tls ? "" : ",\"origin\":\"", ws->tls ? "" : ws->origin,
	    ws->tls ? "" : "\"", hex);
}

void
xws_login(struct ss_ws *ws, struct ss_ws_welcome *w,
    const struct ss_identity *id, int timeout_ms)
{
	int64_t deadline = ss_ws_clock() + timeout_ms;
	json_t *hello = xwait_text(ws, deadline), *answer;
	uint8_t challenge[SS_CHALLENGE_BYTES];
	struct ss_login l = { .relay = text_of(hello, "relay"),
		.challenge = challenge, .name = id->pub.name };
	const char *hex = text_of(hello, "challenge");
	json_int_t window;
	size_t n;

	if (strcmp(text_of(hello, "type"), "hello") != 0 ||
	    sodium_hex2bin(challenge, sizeof challenge, hex, strlen(hex),
	        NULL, &n, NULL) != 0 || n != sizeof challenge)
		ss_die(SS_ERR_FORMAT, "the relay's hello");
	window = json_integer_value(json_object_get(
	    json_object_get(hello, "limits"), "window"));
	w->window = window > 0 && window < 64 ? (unsigned)window : 64;
	bind_login(&l, ws, hello);
	send_proof(ws, &l, id);
	answer = xwait_text(ws, deadline);
	if (strcmp(text_of(answer, "type"), "registered") != 0)
		ss_die(strcmp(text_of(answer, "code"), "login") == 0 ?
		    SS_ERR_LOGIN : SS_ERR_NETWORK, "as '%s'", id->pub.name);
	w->first = json_is_true(json_object_get(answer, "first"));
	json_decref(answer);
	json_decref(hello);
}
